package netpol

import (
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// The doubts about rules of Cilium.
const (
	// DoubtEntity: a part of what a rule's entities stand for is asked about, or a node that may
	// have the API server.
	DoubtEntity Doubt = "entities may hold for it"
	// DoubtName: a rule has names, and not all names that the address had are among them, or none
	// are known.
	DoubtName Doubt = "it may have a name that the rule has"
	// DoubtLookups: no rule of the policy reads the answers of DNS, by which names become addresses.
	DoubtLookups Doubt = "no rule of the policy reads the answers of DNS"
)

// entities are a set of them.
type entities uint8

const (
	entityAPIServer entities = 1 << iota
	entityHost
	entityRemoteNode
	entityAll
)

const entityNodes = entityHost | entityRemoteNode

// entityOf is none for those that are not written.
func entityOf(text string) entities {
	switch text {
	case api.CiliumAPIServer:
		return entityAPIServer
	case api.CiliumHost:
		return entityHost
	case api.CiliumRemoteNode:
		return entityRemoteNode
	case api.CiliumAll:
		return entityAll
	}
	return 0
}

// ciliumPeer is what a peer of a rule has beyond that of a NetworkPolicy: entities, names, or with
// neither a block of addresses, which holds for no pod.
type ciliumPeer struct {
	entities entities
	names    []string
}

func (peer *rulePeer) matchesCilium(p *policy, e *endpoint) (match, Doubt) {
	switch c := peer.cilium; {
	case c.entities != 0:
		return c.matchesEntity(e)
	case c.names != nil:
		return c.matchesName(p, e)
	case e.group != nil && !e.group.host:
		return never, "" // docs.cilium.io, layer 3, CIDR based: not where both ends are managed
	case e.entities() != 0 && len(e.addresses) == 0:
		return perhaps, DoubtBlock // with policyCIDRMatchMode: nodes, or an API server outside
	}
	return peer.block.contains(e), DoubtBlock
}

// entities are those that an endpoint is: of a node it depends on where the policy is looked at.
func (e *endpoint) entities() entities {
	if e.host() {
		return entityNodes
	}
	return e.entity
}

func (c *ciliumPeer) matchesEntity(e *endpoint) (match, Doubt) {
	is := e.entities()
	switch {
	case c.entities&entityAll != 0:
		return surely, ""
	case is == 0:
		return never, ""
	case is&^c.entities == 0:
		return surely, ""
	case is&c.entities != 0 || is == entityAPIServer && c.entities&entityNodes != 0 || is&entityNodes != 0 && c.entities == entityAPIServer:
		return perhaps, DoubtEntity
	}
	return never, ""
}

// matchesName: an address has the names that it was looked up by, as far as they are known. Names
// do not hold for what is in the cluster (pkg/policy/api/egress.go, ToFQDNs).
func (c *ciliumPeer) matchesName(p *policy, e *endpoint) (match, Doubt) {
	has := func(name string) bool { return slices.Contains(c.names, name) }
	switch {
	case e.group != nil || e.entities() != 0:
		return never, ""
	case len(e.names) == 0:
		return perhaps, DoubtName
	case !slices.ContainsFunc(e.names, has):
		return never, ""
	case slices.ContainsFunc(e.names, func(name string) bool { return !has(name) }):
		return perhaps, DoubtName
	case !p.lookups:
		return perhaps, DoubtLookups
	}
	return surely, ""
}

// ciliumNameable tells a name that toFQDNs takes: allowedMatchNameChars of pkg/policy/api/fqdn.go,
// here in lower case, with labels as long as DNS has them (RFC 1035).
func ciliumNameable(name string) bool {
	const most, mostLabel = 253, 63
	if name == "" || len(name) > most {
		return false
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > mostLabel || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return false
		}
	}
	return true
}

// ciliumPort is a port as those of NetworkPolicies are, one for each protocol.
func (b *builder) ciliumPort(p *policy, name Rule, o api.CiliumPort) []networkingv1.NetworkPolicyPort {
	list := []corev1.Protocol{corev1.Protocol(o.Protocol)}
	if o.Protocol == "" || o.Protocol == "ANY" {
		all := protocols()
		list = all[:]
	}
	number, err := strconv.ParseUint(o.Port, 10, 16)
	var out []networkingv1.NetworkPolicyPort
	for _, protocol := range list {
		port := networkingv1.NetworkPolicyPort{Protocol: &protocol}
		switch first := intstr.FromInt32(int32(number)); {
		case err != nil:
			first = intstr.FromString(o.Port)
			port.Port = &first
		case number > 0:
			port.Port = &first
		}
		if last := o.EndPort; last != 0 && port.Port != nil {
			port.EndPort = &last
		}
		out = append(out, port)
	}
	if err == nil && strconv.FormatUint(number, 10) != o.Port {
		b.refuse(p, name, "port %q is not written so", o.Port)
	}
	return out
}
