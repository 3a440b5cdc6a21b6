package netpol

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// apiService is the Service that leads to the API server, as namespace/name.
const apiService = "default/kubernetes"

// wantServicePorts adds the ports of the Services that were dialled, for a network plugin that
// looks at them: there these are what is observed, with Exact as well.
func (f *fitter) wantServicePorts(s *fitSubject, d int, e *api.Edge, peer *fitPeer, protocol int) {
	if d != egress || !f.in.Plugin.ServicePorts || e.AnyPort {
		return
	}
	if e.Server.Kind == api.EndAPIServer {
		f.wantAPIService(s, e, protocol)
		return
	}
	for _, dialled := range e.Services {
		name, port, err := cutPort(dialled)
		if err == nil && port != 0 && port != e.Port {
			s.sides[d].dial(fitUse{peer, protocol, span{port, port}}, servicePortReason("Service "+name, e.Port))
		}
	}
}

func servicePortReason(service string, port int32) string {
	return fmt.Sprintf("the network plugin sees egress before %s turns the port into %d", service, port)
}

// wantAPIService adds the addresses of the API server's Service: a plugin that adds those of
// Services itself does so for the pods behind them, and the API server is none.
func (f *fitter) wantAPIService(s *fitSubject, e *api.Edge, protocol int) {
	direct := !slices.ContainsFunc(e.Services, func(dialled string) bool { return strings.HasPrefix(dialled, apiService+":") })
	if direct && (len(e.Services) > 0 || f.opts.Exact) {
		return
	}
	if len(f.in.APIService) == 0 {
		s.note("the address of Service %s is not known, and with this network plugin it has to be let through beside the API server itself", apiService)
	}
	on := map[uint16][]netip.Prefix{}
	for _, at := range f.in.APIService {
		on[at.Port()] = append(on[at.Port()], single(at.Addr()))
	}
	for port, blocks := range on {
		peer := blocksPeer(serverBlocks, blocks, "Service "+apiService)
		reason := "the network plugin sees egress before Service " + apiService + " leads to the API server"
		s.sides[egress].dial(fitUse{peer, protocol, span{int32(port), int32(port)}}, reason)
	}
}

// dial is the need for the address or the port of a Service.
func (side *fitSide) dial(use fitUse, reason string) {
	side.needAsked(fitNeed{use: use, reason: reason, dialled: true})
}

// needAsked adds a need that was not observed.
func (side *fitSide) needAsked(n fitNeed) {
	use := n.use
	if known := side.peers[use.peer.key]; known != nil {
		use.peer = known
	}
	known := side.needs[use]
	if known != nil && n.dialled {
		return
	}
	side.need(use.peer, use.protocol, use.span, n.reason, nil)
	side.needs[use].dialled = n.dialled
}

// portBehindService says why a port of the API server is any.
const portBehindService = "the port behind Service " + apiService + " is not known"

// behindService tells a call of the API server of which the Service's port is known and not the one that
// it leads to: Cilium compares that.
func (f *fitter) behindService(d int, e *api.Edge) bool {
	if !f.cilium() || d != egress || e.Server.Kind != api.EndAPIServer || e.AnyPort {
		return false
	}
	if slices.ContainsFunc(f.in.APIServer, func(at netip.AddrPort) bool { return int32(at.Port()) == e.Port }) {
		return false
	}
	dialled := slices.ContainsFunc(e.Services, func(text string) bool {
		name, port, err := cutPort(text)
		return err == nil && name == apiService && (port == 0 || port == e.Port)
	})
	return dialled || e.Count == 0 && len(f.in.APIServer) == 0
}
