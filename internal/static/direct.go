package static

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// serves tells a port that pods behind a Service declare.
func (r *reader) serves(s *corev1.Service, port int32) bool {
	return slices.ContainsFunc(r.behind[s], func(m *member) bool {
		for p := range servingPorts(m.pod) {
			if p.ContainerPort == port {
				return true
			}
		}
		return false
	})
}

// direct is where a headless Service leads for a port of the pods themselves.
func (r *reader) direct(p place, m mention) []target {
	s, port := p.service, m.dialled()
	text := fmt.Sprintf("%s/%s:%d", s.Namespace, s.Name, port)
	protocols := r.directProtocols(p, m)
	var out []target
	for _, to := range r.members(p) {
		for _, protocol := range protocols {
			out = append(out, target{end: to.end(), protocol: protocol, port: port, service: text})
		}
	}
	if len(s.Spec.Selector) == 0 {
		for i := range s.Spec.Ports {
			out = append(out, r.lead(p, &s.Spec.Ports[i])...)
		}
	}
	if len(out) == 0 {
		return r.unknown("Service "+s.Namespace+"/"+s.Name+" has no pods", "", m)
	}
	return out
}

// directProtocols are those that a headless Service or its pods declare for a port, else TCP.
func (r *reader) directProtocols(p place, m mention) []string {
	if m.protocol != "" {
		return []string{m.protocol}
	}
	port, found := m.dialled(), map[string]bool{}
	for _, sp := range p.service.Spec.Ports {
		if sp.Port == port {
			found[protocolOf(sp.Protocol)] = true
		}
	}
	for _, to := range r.members(p) {
		for cp := range servingPorts(to.pod) {
			if cp.ContainerPort == port {
				found[protocolOf(cp.Protocol)] = true
			}
		}
	}
	if len(found) == 0 {
		found["TCP"] = true
	}
	return sortedKeys(found)
}
