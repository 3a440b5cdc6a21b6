package static

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// target is where a mention leads: an end, its port or any, and the Service dialled.
type target struct {
	end      api.EdgeEnd
	protocol string
	// port is 0 for any.
	port    int32
	service string
	// beside says in words what else may be called: a Service has pods, and not the port that is named.
	beside string
}

// maxAliases is how many Services of the type ExternalName are followed, one to the next.
const maxAliases = 5

// targets are where a mention of a pod leads. What was not read is told to miss.
func (r *reader) targets(m mention) []target {
	if m.open {
		return r.variable(m)
	}
	if a, ok := addressOf(m.host); ok {
		return r.address(a, m)
	}
	if m.host == ownNode {
		if found := r.hostPort(m); len(found) > 0 {
			return found
		}
		return r.outward(api.EdgeEnd{Kind: api.EndNode}, m)
	}
	if r.aliases[m.host].IsValid() {
		return r.address(r.aliases[m.host], m)
	}
	return r.name(r.workload.Ref.Namespace, m, maxAliases)
}

func (r *reader) name(namespace string, m mention, left int) []target {
	p := r.find(namespace, m.host)
	if p.unread != "" {
		r.builder.miss(r.workload.Ref, "the Services of namespace "+p.unread, true)
		if !strings.Contains(m.host, ".") {
			return nil
		}
	}
	switch {
	case p.service != nil && p.service.Spec.Type == corev1.ServiceTypeExternalName:
		return r.alias(p.service, m, left)
	case p.service != nil:
		return r.service(p, m)
	case p.server:
		return r.apiServer(m, nil)
	case p.outside != "":
		return r.outside(p.outside, m)
	case m.inside && !strings.Contains(m.host, "."):
		return nil
	case p.reason != "" && m.sure:
		return r.unknown(p.reason, "", m)
	}
	return nil
}

// alias follows a Service that is another name of something.
func (r *reader) alias(s *corev1.Service, m mention, left int) []target {
	name := strings.ToLower(strings.TrimSuffix(s.Spec.ExternalName, "."))
	if left == 0 || !isHost(name) {
		return r.unknown("Service "+s.Namespace+"/"+s.Name+" leads to no name", "", m)
	}
	m.sure, m.inside = true, false
	if m.dialled() == 0 && len(s.Spec.Ports) == 1 {
		m.port = valid(s.Spec.Ports[0].Port)
	}
	m.host = name
	found := r.outside(name, m)
	if strings.Contains(name, ".") {
		found = r.name("", m, left-1)
	}
	for i := range found {
		if found[i].end.Kind == api.EndName { // its addresses are not those of a question for that name
			found[i].end = api.EdgeEnd{Kind: api.EndUnknown, Reason: "it is called by another name, through ExternalName Service " + s.Namespace + "/" + s.Name}
		}
	}
	return found
}

// variable is where an address leads whose host is not known.
func (r *reader) variable(m mention) []target {
	if m.inside {
		return nil
	}
	out := r.unknown("its host is a variable whose value is not known", "", m)
	for i := range out {
		out[i].beside = "calls a host by a variable"
	}
	return out
}

// dialled is the port that is called, 0 where it is not known.
func (m mention) dialled() int32 {
	if m.port != 0 {
		return m.port
	}
	return m.usual
}

func (r *reader) unknown(reason, address string, m mention) []target {
	return r.outward(api.EdgeEnd{Kind: api.EndUnknown, Reason: reason, Address: address}, m)
}

func (r *reader) outside(name string, m mention) []target {
	namespace := unreadNamespace(name, m)
	switch {
	case m.inside || r.own[name]:
		return nil
	case r.isServed(name):
		return r.unknown("an Ingress of the cluster serves this name", "", m)
	case namespace != "":
		return r.unknown("namespace "+namespace+" was not read", "", m)
	case !isOutside(name, m.sure) && strings.Contains(name, "."):
		return nil
	case m.srv:
		return r.unknown("the hosts behind an SRV record have other names", "", m)
	}
	return r.outward(api.EdgeEnd{Kind: api.EndName, Name: name}, m)
}

// outward is where no object says which protocol is spoken: TCP, but for ports of which all, or
// some, speak UDP.
func (r *reader) outward(end api.EdgeEnd, m mention) []target {
	protocols := []string{"TCP"}
	switch port := m.dialled(); {
	case m.protocol != "":
		protocols = []string{m.protocol}
	case slices.Contains([]int32{123, 161, 162, 1812, 1813, 6831, 6832, 8125}, port):
		protocols = []string{"UDP"}
	case slices.Contains([]int32{53, 88, 514, 3478, 12201}, port):
		protocols = []string{"TCP", "UDP"}
	}
	var out []target
	for _, protocol := range protocols {
		out = append(out, target{end: end, protocol: protocol, port: m.dialled()})
	}
	return out
}

// service is where the ports of a Service lead that are meant.
func (r *reader) service(p place, m mention) []target {
	s, port := p.service, m.dialled()
	name := s.Namespace + "/" + s.Name
	if isAPIServer(s) {
		return r.apiServer(m, s)
	}
	var out []target
	meant := false
	for i := range s.Spec.Ports {
		sp := &s.Spec.Ports[i]
		if valid(sp.Port) == 0 || port != 0 && sp.Port != port || m.protocol != "" && m.protocol != protocolOf(sp.Protocol) {
			continue
		}
		meant = true
		out = append(out, r.lead(p, sp)...)
	}
	switch {
	case isHeadless(s) && port != 0 && (meant || m.sure || r.serves(s, port)):
		return r.direct(p, m) // its name is that of the pods, so that no port is translated
	case len(out) > 0:
		return out
	case !m.sure && !meant:
		return nil
	case meant && len(r.behind[s]) > 0:
		return beside(s, r.unknown("Service "+name+" names a port that its pods do not have", "", m))
	case meant && len(s.Spec.Selector) == 0:
		return r.unknown("Service "+name+" has no selector, and its endpoints are not known", "", m)
	case meant:
		return r.unknown("Service "+name+" has no pods", "", m)
	case port == 0:
		return r.unknown("Service "+name+" has no ports", "", m)
	}
	unknown := r.unknown(fmt.Sprintf("Service %s has no port %d", name, port), "", m)
	if len(r.behind[s]) == 0 {
		return unknown
	}
	return beside(s, unknown)
}

func beside(s *corev1.Service, targets []target) []target {
	for i := range targets {
		targets[i].beside = "may call another port of Service " + s.Name
	}
	return targets
}

// lead is where one port of a Service leads.
func (r *reader) lead(p place, sp *corev1.ServicePort) []target {
	s := p.service
	text := fmt.Sprintf("%s/%s:%d", s.Namespace, s.Name, sp.Port)
	var out []target
	for _, to := range r.members(p) {
		if port := targetPort(to.pod, sp); port != 0 {
			out = append(out, target{end: to.end(), protocol: protocolOf(sp.Protocol), port: port, service: text})
		}
	}
	if len(s.Spec.Selector) == 0 {
		r.written(s, sp, func(at netip.AddrPort) {
			for _, t := range r.address(at.Addr(), mention{port: int32(at.Port()), protocol: protocolOf(sp.Protocol), sure: true}) {
				t.service = text
				out = append(out, t)
			}
		})
	}
	return out
}

// written goes over the endpoints that somebody wrote for a port of a Service.
func (r *reader) written(s *corev1.Service, sp *corev1.ServicePort, do func(netip.AddrPort)) {
	slices, _ := r.inv.Endpoints(s.Namespace, s.Name)
	for _, slice := range slices {
		for _, p := range slice.Ports {
			if p.Port == nil || valid(*p.Port) == 0 || p.Name != nil && *p.Name != sp.Name || p.Protocol != nil && protocolOf(*p.Protocol) != protocolOf(sp.Protocol) {
				continue
			}
			for _, e := range slice.Endpoints {
				for _, text := range e.Addresses {
					if a, ok := addressOf(text); ok {
						do(netip.AddrPortFrom(a, uint16(*p.Port)))
					}
				}
			}
		}
	}
}

// members are the pods behind a Service, or the one that is named.
func (r *reader) members(p place) []*member {
	behind := r.behind[p.service]
	if p.pod == "" {
		return behind
	}
	var out []*member
	for _, m := range behind {
		if m.mayBe(p.pod) {
			out = append(out, m)
		}
	}
	return out
}
