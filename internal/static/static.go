// Package static reads what workloads are configured to call: the addresses in their environment,
// command lines and ConfigMaps, joined with the Services, pods and addresses of the cluster. Nothing
// is asked and nothing is observed. Secrets are not read.
//
// What counts is an address that stands where a program reads it: a URL, a host with a port, a name
// that a key calls a host. A word that happens to be the name of a Service is none. What a program
// listens on, who may call it and its own public address are no calls, and neither are comments,
// links in pages and names of formats. What clearly is an address and cannot be followed is an
// EndUnknown with its reason, and what may be one is Unread. A name outside that an Ingress of the
// cluster serves for another workload is not known: it may lead to the cluster or to a load balancer. A workload calls itself by the name of a headless Service alone, as
// the peers of a database do; any other name of its own is what others call it by.
package static

import (
	"cmp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// Reading is what workloads are configured to call.
type Reading struct {
	// Edges come sorted by Edge.Compare, each once, without a Count. An EndUnknown has no address,
	// but a Reason; where no port is known, any port is meant.
	Edges []api.Edge
	// Unread are sorted by workload, then by what.
	Unread []Unread
}

// Unread is a part of the configuration of a workload that was not read, so that it may be configured
// to call others too.
type Unread struct {
	Workload api.Ref
	// What is such as "Secret db", "ConfigMap settings: forbidden", "ConfigMap settings: not read".
	What string
	// Calls tells that it may well say whom the workload calls: it is no password, certificate or the
	// like by its name.
	Calls bool
}

// Missed is what was not read of a workload.
func (r *Reading) Missed(of api.Ref) []string {
	var what []string
	for _, u := range r.Unread {
		if u.Workload == of {
			what = append(what, u.What)
		}
	}
	return what
}

// Read reads the configuration of all workloads. The ConfigMaps are those that Query.Configured reads,
// or files hold.
func Read(inv *cluster.Inventory) Reading {
	x := newIndex(inv)
	b := &builder{edges: map[edgeKey]*api.Edge{}, unread: map[Unread]bool{}, texts: map[types.NamespacedName]configText{}, files: map[fileKeyOf]*finding{}}
	for _, w := range x.workloads {
		r := reader{index: x, builder: b, workload: w, own: x.ownHosts(w)}
		for _, shape := range w.Shapes() {
			r.shape(shape)
		}
		r.settle()
	}
	return b.reading()
}

// builder adds up edges.
type builder struct {
	edges map[edgeKey]*api.Edge
	// unread have their Calls as values.
	unread map[Unread]bool
	// texts and files are the ConfigMaps and what was found in their files: many containers may have
	// the same.
	texts map[types.NamespacedName]configText
	files map[fileKeyOf]*finding
}

// configText is what is known of the text of a ConfigMap.
type configText struct {
	workload.Known[map[string]string]
	reason string
}

type fileKeyOf struct{ namespace, configMap, key string }

// edgeKey is what Edge.Compare compares.
type edgeKey struct {
	client                          api.Ref
	kind                            api.EndKind
	server                          api.Ref
	address, name, reason, protocol string
	port                            int32
	anyPort                         bool
}

// most is how many places and Services of an edge are kept, the smallest.
const most = 3

func (b *builder) add(e api.Edge) {
	key := keyOf(&e)
	known := b.edges[key]
	if known == nil {
		b.edges[key] = &e
		return
	}
	known.Services = smallest(known.Services, e.Services)
	known.Configured = smallest(known.Configured, e.Configured)
}

func keyOf(e *api.Edge) edgeKey {
	key := edgeKey{
		client: *e.Client.Workload, kind: e.Server.Kind, address: e.Server.Address, name: e.Server.Name, reason: e.Server.Reason,
		protocol: e.Protocol, port: e.Port, anyPort: e.AnyPort,
	}
	if e.Server.Workload != nil {
		key.server = *e.Server.Workload
	}
	return key
}

func smallest(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	all = slices.Compact(all)
	return all[:min(most, len(all))]
}

func (b *builder) miss(of api.Ref, what string, calls bool) {
	key := Unread{Workload: of, What: what}
	b.unread[key] = b.unread[key] || calls
}

func (b *builder) reading() Reading {
	var out Reading
	for _, e := range b.edges {
		out.Edges = append(out.Edges, *e)
	}
	slices.SortFunc(out.Edges, func(x, y api.Edge) int { return x.Compare(&y) })
	for u, calls := range b.unread {
		u.Calls = calls
		out.Unread = append(out.Unread, u)
	}
	slices.SortFunc(out.Unread, func(x, y Unread) int {
		return cmp.Or(x.Workload.Compare(y.Workload), strings.Compare(x.What, y.What))
	})
	return out
}
