package flow

import (
	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/source"
)

// Reasons of faults.
const (
	faultNotJSON   = "not JSON"
	faultNotYAML   = "not YAML"
	faultNotFlow   = "not a flow"
	faultCut       = "cut"
	faultTooLong   = "too long"
	faultAddress   = "no address"
	faultPort      = "port out of range"
	faultPortName  = "ports by name"
	faultProtocol  = "no known protocol"
	faultNotSocket = "not a socket"
	faultNotEntry  = "not a conntrack entry"
	faultAction    = "no known action"
	faultLayout    = "another layout of an access log"
	faultCluster   = "no cluster that Istio names"
	faultNoSubject = "no workload named"
	faultNoPorts   = "a neighbor without ports"
	faultNotKind   = "not a NetworkNeighborhood"
	faultVerdict   = "no known verdict"
	// These skip nothing.
	faultNodes   = "nodes not available"
	faultAssumed = "protocol not named: taken for TCP"
	faultAnswer  = "refused, and perhaps an answer: who began is not known"
	faultDropped = "dropped by the kernel"
	faultHop     = "a hop within a pod: no edge"
)

// tally is what is known of a source; those of its blocks add up in any order.
type tally struct {
	source.Tally
	lost, filtered int64
}

// at counts a flow of a time in seconds since 1970, 0 for none.
func (t *tally) at(sec int64) {
	t.Parsed++
	if sec == 0 {
		t.Undated++
		return
	}
	t.At(sec)
}

func (t *tally) merge(o *tally) {
	t.Merge(&o.Tally)
	t.lost += o.lost
	t.filtered += o.filtered
}

// source is the tally as documents have it. Lost is there for formats that tell it.
func (t *tally) source(name, format string, tellsLost bool) api.ObservedSource {
	s := t.Observed(name, format)
	s.Filtered = t.filtered
	if tellsLost {
		s.Lost = &t.lost
	}
	return s
}
