package static

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

func sortedKeys[K cmp.Ordered](set map[K]bool) []K { return slices.Sorted(maps.Keys(set)) }

// address is where an address leads.
func (r *reader) address(a netip.Addr, m mention) []target {
	site := r.at[a]
	switch {
	case site.service != nil:
		return r.service(place{service: site.service}, m)
	case r.isAPIServer(a, m.dialled()):
		return r.apiServer(m, nil)
	case site.pod != nil:
		return r.pod(site.pod, m)
	case site.node:
		if found := r.nodePort(m); len(found) > 0 {
			return found
		}
		return r.outward(api.EdgeEnd{Kind: api.EndNode}, m)
	case slices.ContainsFunc(r.ranges, func(p netip.Prefix) bool { return p.Contains(a) }):
		return r.unknown("no pod has this address now", a.String(), m)
	}
	return r.outward(api.EdgeEnd{Kind: api.EndAddress, Address: a.String()}, m)
}

func (r *reader) pod(to *member, m mention) []target {
	protocols := map[string]bool{}
	for p := range servingPorts(to.pod) {
		if p.ContainerPort == m.dialled() {
			protocols[protocolOf(p.Protocol)] = true
		}
	}
	if m.protocol != "" || len(protocols) == 0 {
		return r.outward(to.end(), m)
	}
	var out []target
	for _, protocol := range sortedKeys(protocols) {
		out = append(out, target{end: to.end(), protocol: protocol, port: m.dialled()})
	}
	return out
}

// nodePort is where a port leads that all nodes have, or one of a node to its pod.
func (r *reader) nodePort(m mention) []target {
	port := m.dialled()
	if port == 0 {
		return nil
	}
	var out []target
	for _, s := range r.services {
		for i := range s.Spec.Ports {
			if sp := &s.Spec.Ports[i]; sp.NodePort == port && (m.protocol == "" || m.protocol == protocolOf(sp.Protocol)) {
				out = append(out, r.lead(place{service: s}, sp)...)
			}
		}
	}
	return append(out, r.hostPort(m)...)
}

// hostPort is the pod, not on the network of its node, that a port of nodes leads to.
func (r *reader) hostPort(m mention) []target {
	var out []target
	for _, members := range r.pods {
		for _, to := range members {
			if to.host {
				continue
			}
			for p := range servingPorts(to.pod) {
				if p.HostPort == m.dialled() && valid(p.ContainerPort) != 0 && p.HostPort != 0 {
					out = append(out, target{end: to.end(), protocol: protocolOf(p.Protocol), port: p.ContainerPort})
				}
			}
		}
	}
	return out
}

func (r *reader) isAPIServer(a netip.Addr, port int32) bool {
	return slices.ContainsFunc(r.inv.APIServer(), func(at netip.AddrPort) bool {
		return at.Addr().Unmap() == a && (port == 0 || int32(at.Port()) == port)
	})
}

// apiServer is the API server at the ports of its endpoints; where these were not read, at the port
// that its Service leads to, else at any: no policy sees the port that is dialled.
func (r *reader) apiServer(m mention, s *corev1.Service) []target {
	port := cmp.Or(m.dialled(), 443)
	if r.isEndpoint(m.host) {
		return []target{{end: api.EdgeEnd{Kind: api.EndAPIServer}, protocol: "TCP", port: port}}
	}
	if s != nil && !slices.ContainsFunc(s.Spec.Ports, func(p corev1.ServicePort) bool { return p.Port == port }) {
		return nil
	}
	text := fmt.Sprintf("%s/%s:%d", serverNamespace, serverName, port)
	ports := map[int32]bool{}
	for _, at := range r.inv.APIServer() {
		ports[int32(at.Port())] = true
	}
	if s != nil && len(ports) == 0 {
		for i := range s.Spec.Ports {
			if p := &s.Spec.Ports[i]; p.Port == port {
				ports[valid(p.TargetPort.IntVal)] = true
			}
		}
	}
	if len(ports) == 0 {
		ports[0] = true
	}
	var out []target
	for _, number := range sortedKeys(ports) {
		out = append(out, target{end: api.EdgeEnd{Kind: api.EndAPIServer}, protocol: "TCP", port: number, service: text})
	}
	return out
}

// isEndpoint tells an address of the API server itself, behind its Service.
func (r *reader) isEndpoint(host string) bool {
	a, ok := addressOf(host)
	return ok && r.isAPIServer(a, 0)
}
