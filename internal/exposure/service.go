package exposure

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

func keyOf(s *corev1.Service) types.NamespacedName {
	return types.NamespacedName{Namespace: s.Namespace, Name: s.Name}
}

// selectedBy are the shapes of which a Service selects pods.
func selectedBy(s *corev1.Service, shapes []*workload.Shape) []*workload.Shape {
	var out []*workload.Shape
	for _, shape := range shapes {
		selects := matches(s.Spec.Selector, shape.Meta.Labels, !shape.Live)
		if shape.Live {
			selects = selects || slices.ContainsFunc(shape.Pods, func(p *corev1.Pod) bool { return matches(s.Spec.Selector, p.Labels, false) })
		}
		if selects {
			out = append(out, shape)
		}
	}
	return out
}

// addedLabels are those that controllers give to the pods of a template.
func addedLabels() []string {
	return []string{
		"statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index", "pod-template-hash", "controller-revision-hash",
		"job-name", "batch.kubernetes.io/job-name", "batch.kubernetes.io/job-completion-index", "pod-template-generation",
	}
}

func matches(selector, labels map[string]string, template bool) bool {
	for key, value := range selector {
		got, found := labels[key]
		if template && !found && slices.Contains(addedLabels(), key) {
			continue
		}
		if !found || got != value {
			return false
		}
	}
	return true
}

// OfService finds what leads to one Service, with the pods behind it, given by their shapes. It
// may have none.
func (x *Index) OfService(s *corev1.Service, shapes []*workload.Shape) Result {
	r := Result{Services: []api.ServicePort{}, Exposed: []api.Exposure{}}
	switch {
	case s.Spec.Type == corev1.ServiceTypeExternalName:
	case byHand(s):
		endpoints, known := x.endpoints(s)
		if !known {
			r.Doubts = append(r.Doubts, unreadEndpoints(s, endpoints))
		}
		x.service(&r, s, func(port corev1.ServicePort) ([]string, string) { return orNone(endpoints.targets(port, nil)), "" })
	default:
		x.service(&r, s, targetsIn(selectedBy(s, shapes)))
	}
	r.Doubts = append(r.Doubts, x.doubtsOf(s.Namespace, true)...)
	r.sort()
	return r
}

// orNone has a way in shown that leads to no port yet.
func orNone(targets []string) []string {
	if len(targets) == 0 {
		return []string{""}
	}
	return targets
}

// service adds what leads to one Service, and to the ports of pods that its own lead to.
func (x *Index) service(r *Result, s *corev1.Service, leads func(corev1.ServicePort) (targets []string, note string)) {
	r.Doubts = append(r.Doubts, x.named[keyOf(s)]...)
	routed := x.ways[keyOf(s)]
	used := make([]bool, len(routed))
	for _, port := range s.Spec.Ports {
		protocol := protocolOf(port.Protocol)
		targets, note := leads(port)
		if note != "" {
			r.Notes = append(r.Notes, "Service "+s.Name+": "+note)
		}
		if !validPort(port.Port) {
			r.Doubts = append(r.Doubts, fmt.Sprintf("Service %s: %d is no port", s.Name, port.Port))
		}
		ways := serviceWays(s, port)
		for i, w := range routed {
			if w.to.leadsTo(port, len(s.Spec.Ports)) {
				ways, used[i] = append(ways, w.Exposure), true
			}
		}
		for _, target := range targets {
			r.Services = append(r.Services, api.ServicePort{
				Service: s.Name, Type: typeOf(s), Port: port.Port, Target: target, Protocol: string(protocol),
			})
			for _, w := range ways {
				w.Target = withProtocol(target, protocol)
				if privateRanges(w.From) {
					w.Reach = api.ReachPrivate
				}
				r.Exposed = append(r.Exposed, w)
			}
		}
	}
	for i, w := range routed {
		if !used[i] {
			r.Notes = append(r.Notes, w.Via+": "+w.to.missing())
		}
	}
}

// leadsTo tells whether a backend is one of the so many ports of its Service.
func (b backend) leadsTo(port corev1.ServicePort, of int) bool {
	switch {
	case b.name != "":
		return port.Name == b.name
	case b.port != 0:
		return port.Port == b.port
	}
	return of == 1
}

func (b backend) missing() string {
	switch {
	case b.name != "":
		return "Service " + b.service.Name + " has no port named " + b.name
	case b.port != 0:
		return fmt.Sprintf("Service %s has no port %d", b.service.Name, b.port)
	}
	return "it names no port of Service " + b.service.Name
}

func typeOf(s *corev1.Service) string {
	switch {
	case s.Spec.ClusterIP == corev1.ClusterIPNone:
		return "headless"
	case s.Spec.Type == "":
		return string(corev1.ServiceTypeClusterIP)
	}
	return string(s.Spec.Type)
}

// opensOutside tells a Service that is reached from outside by itself. kube-proxy leaves out
// headless ones (pkg/proxy/util, ShouldSkipService).
func opensOutside(s *corev1.Service) bool {
	return s.Spec.ClusterIP != corev1.ClusterIPNone &&
		(s.Spec.Type == corev1.ServiceTypeNodePort || s.Spec.Type == corev1.ServiceTypeLoadBalancer || len(s.Spec.ExternalIPs) > 0)
}

// serviceWays are those that a Service opens by itself.
func serviceWays(s *corev1.Service, port corev1.ServicePort) []api.Exposure {
	if !opensOutside(s) {
		return nil
	}
	var out []api.Exposure
	add := func(how string, number int32, reach string, derived bool, from []string) {
		if s.Spec.ExternalTrafficPolicy == corev1.ServiceExternalTrafficPolicyLocal {
			how += ", on the nodes of its pods"
		}
		out = append(out, api.Exposure{
			Via: "Service " + s.Name + " (" + how + ")", Hosts: []string{}, Port: number, TLS: serviceTLS(s, port),
			From: sorted(from), Reach: reach, Derived: derived,
		})
	}
	if s.Spec.Type == corev1.ServiceTypeLoadBalancer {
		how, reach := "LoadBalancer", api.ReachOutside
		if internalService(s) {
			how, reach = "LoadBalancer, internal", api.ReachPrivate
		}
		from := s.Spec.LoadBalancerSourceRanges
		if text := s.Annotations[corev1.AnnotationLoadBalancerSourceRangesKey]; len(from) == 0 && text != "" {
			from = words(text)
		}
		add(how, port.Port, reach, len(s.Status.LoadBalancer.Ingress) == 0, from)
	}
	if s.Spec.Type == corev1.ServiceTypeNodePort || s.Spec.Type == corev1.ServiceTypeLoadBalancer && port.NodePort != 0 {
		add("NodePort", port.NodePort, api.ReachNodes, false, nil)
	}
	if len(s.Spec.ExternalIPs) > 0 {
		reach := api.ReachOutside
		if allPrivate(s.Spec.ExternalIPs) {
			reach = api.ReachPrivate
		}
		add("externalIPs "+strings.Join(s.Spec.ExternalIPs, ", "), port.Port, reach, false, nil)
	}
	return out
}

// serviceTLS is what the application protocol of a port says; a cloud's load balancer may end
// TLS itself.
func serviceTLS(s *corev1.Service, port corev1.ServicePort) string {
	if s.Spec.Type == corev1.ServiceTypeLoadBalancer && s.Annotations[awsPrefix+"ssl-cert"] != "" {
		ports := words(s.Annotations[awsPrefix+"ssl-ports"])
		if len(ports) == 0 || slices.ContainsFunc(ports, func(p string) bool {
			return p == "*" || p == port.Name || p == fmt.Sprint(port.Port)
		}) {
			return api.TLSYes
		}
	}
	if port.AppProtocol == nil {
		return api.TLSUnknown
	}
	switch strings.ToLower(*port.AppProtocol) {
	case "https", "tls", "wss", "kubernetes.io/wss":
		return api.TLSPassthrough
	case "http", "ws", "kubernetes.io/h2c", "kubernetes.io/ws":
		return api.TLSNo
	}
	return api.TLSUnknown
}

// words cuts a list that is written with commas.
func words(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })
}
