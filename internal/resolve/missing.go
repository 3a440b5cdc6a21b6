package resolve

import (
	"cmp"
	"net/netip"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/flow"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// missing is what could not be read, as reasons for ends that may be of it: without that, an
// address of which nothing is known is not told from one outside. Empty is for what was read.
type missing struct {
	// nodes, and Services where not one namespace's were read.
	nodes, services string
	// elsewhere is for pods or Services of some namespaces.
	elsewhere string
	// perNode is for ports that Services have on all nodes.
	perNode string
	// around are blocks in which nodes likely are.
	around ranges
}

// Beginnings of reasons, before that for which it is not known.
const (
	maybeNode    = "it may be that of a node: "
	maybeService = "it may be that of a Service: "
)

// readMissing is for after the nodes, the pods and the API server.
func (x *index) readMissing() {
	x.noPod, x.noService = noPodNow, noServiceNow
	if x.inv.PodsUnread("") {
		x.noPod = notPods
		x.missing.elsewhere = notPods
	}
	if why := x.inv.Failed("", "services", ""); why != "" {
		x.noService = notServices
		x.missing.elsewhere = cmp.Or(x.missing.elsewhere, notServices)
		x.missing.perNode = maybeService + why
		if !x.someServices() {
			x.missing.services = maybeService + why
		}
	}
	if why := x.nodesMissing(); why != "" {
		x.missing.nodes, x.missing.perNode = maybeNode+why, maybeNode+why
	}
	x.readKin()
	x.readAround()
}

// nodesMissing says why not all nodes are known; empty where they are.
func (x *index) nodesMissing() string {
	switch x.inv.KindRead(schema.GroupKind{Kind: "Node"}) {
	case workload.FactUnknown:
		return cmp.Or(x.inv.Failed("", "nodes", ""), "list nodes failed")
	case workload.FactAbsent:
		if len(x.inv.Nodes()) == 0 {
			return "the files hold none"
		}
	}
	return ""
}

// someServices tells whether the Services of some namespace were read.
func (x *index) someServices() bool {
	for _, namespace := range x.inv.NetworkNamespaces() {
		if _, fact := x.inv.Services(namespace); fact == workload.FactYes {
			return true
		}
	}
	return false
}

// Bits of the blocks around a known node in which others likely are, as clouds give them to a
// network.
const (
	aroundBits  = 16
	aroundBits6 = 48
)

func (x *index) readAround() {
	for a, s := range x.sites {
		if !s.isNode && !s.api {
			continue
		}
		bits := aroundBits
		if a.Is6() {
			bits = aroundBits6
		}
		p, _ := a.Prefix(bits) // the bits are those of its family
		x.missing.around.add(p)
	}
}

// near is why an address that nothing is known of may be that of a node or a pod; empty where it
// is none.
func (m *missing) near(x *index, a netip.Addr) string {
	switch {
	case a.IsLinkLocalUnicast():
	case m.nodes != "" && (private(a) || m.around.holds(a)):
		return m.nodes
	case m.elsewhere != "" && (private(a) || x.kin.holds(a)):
		return m.elsewhere
	}
	return ""
}

// outskirts is for an address that is in no range of the cluster that is known.
func (r *Resolver) outskirts(a netip.Addr, s *site) {
	s.near = r.missing.near(r.index, a)
	switch {
	case a.IsLinkLocalUnicast():
		s.rest = r.outside(a)
	case r.noServices && (private(a) || r.kin.holds(a)):
		s.rest, s.open, s.perhaps = r.unknown(a, cmp.Or(r.missing.services, notServices)), true, true
	case r.missing.services != "":
		s.rest, s.open, s.perhaps = r.unknown(a, r.missing.services), true, true
	case s.near != "":
		s.rest, s.open, s.byNearness = r.unknown(a, s.near), true, true
	default:
		s.rest = r.outside(a)
	}
}

// Ports that Services get on all nodes where nobody set others (--service-node-port-range).
const (
	firstNodePort = 30000
	lastNodePort  = 32767
)

// perNode is an end outside, or one that is not known where nodes or Services were not read and
// the port is such as Services have on all nodes.
func (r *Resolver) perNode(end *api.EdgeEnd, e *endpoint, p flow.Protocol) *api.EdgeEnd {
	if r.missing.perNode == "" || !p.Expressible() || e.port < firstNodePort || e.port > lastNodePort || e.addr.IsLinkLocalUnicast() {
		return end
	}
	return r.unknown(e.addr, r.missing.perNode)
}
