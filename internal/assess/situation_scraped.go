package assess

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// prometheus is the name of the program, of its image, and in the label that its charts set.
const prometheus = "prometheus"

// scraped adds each Prometheus as the client of what it is told to scrape.
func (b *situationBuilder) scraped() {
	s := scrapes{situationBuilder: b, asked: map[int]map[string]netpol.Ports{}}
	podMonitor, serviceMonitor := cluster.MonitorKinds()
	for _, u := range b.inv.Custom(serviceMonitor) {
		s.serviceMonitor(u)
	}
	for _, u := range b.inv.Custom(podMonitor) {
		s.podMonitor(u)
	}
	s.annotated()
	for _, kind := range []schema.GroupKind{podMonitor, serviceMonitor} {
		if b.inv.KindRead(kind) == workload.FactUnknown {
			b.unread("what Prometheus scrapes", unreadWords(b.inv, kind))
		}
	}
	s.tell()
}

// scrapes are what asks for scraping.
type scrapes struct {
	*situationBuilder
	// asked are the ports of a workload by what asks for them.
	asked map[int]map[string]netpol.Ports
}

func (s *scrapes) ask(to int, by string, ports netpol.Ports) {
	if ports.Empty() {
		return
	}
	if s.asked[to] == nil {
		s.asked[to] = map[string]netpol.Ports{}
	}
	s.asked[to][by] = s.asked[to][by].Or(ports)
}

// tell makes callers of what asks. Without a Prometheus nobody is let in.
func (s *scrapes) tell() {
	var servers []int
	for i, w := range s.workloads {
		if len(s.asked) > 0 && isPrometheus(w) {
			servers = append(servers, i)
		}
	}
	for to, by := range s.asked {
		for what, ports := range by {
			for _, from := range servers {
				ref := s.workloads[from].Ref
				if s.out.Workloads[from].HostNetwork {
					s.callBeside(to, ports, nil, fmt.Sprintf("Prometheus scrapes it, by %s, from %s on the network of its node", what, ref.From("")))
				} else {
					s.callBeside(to, ports, &ref, "Prometheus scrapes it, by "+what)
				}
			}
			if len(servers) == 0 {
				s.hint(&s.workloads[to].Ref, fmt.Sprintf("%s asks Prometheus to scrape %s, and none was found: nobody is let in for it", what, ports))
			}
		}
	}
}

// isPrometheus tells by the image, or by the label of the pods.
func isPrometheus(w standing) bool {
	return slices.ContainsFunc(w.pods[:min(len(w.pods), 1)], func(pod *corev1.Pod) bool {
		return pod.Labels["app.kubernetes.io/name"] == prometheus || slices.ContainsFunc(pod.Spec.Containers, func(c corev1.Container) bool {
			name, _, _ := strings.Cut(c.Image[strings.LastIndex(c.Image, "/")+1:], "@")
			name, _, _ = strings.Cut(name, ":")
			return name == prometheus
		})
	})
}

// serviceMonitor: an endpoint names a port of the Service, or one of the pods.
func (s *scrapes) serviceMonitor(u *unstructured.Unstructured) {
	m, ok := readMonitor(u, "endpoints")
	if !ok {
		s.hint(nil, "what ServiceMonitor "+u.GetNamespace()+"/"+u.GetName()+" selects is not understood")
		return
	}
	for _, n := range m.find(s.byService) {
		service := s.services[n]
		for _, e := range m.endpoints {
			name, _, _ := unstructured.NestedString(e, "port")
			target, named := targetOf(e)
			if name == "" && named {
				s.askPods(s.behind(service.Namespace, service.Spec.Selector), m.by, target)
				continue
			}
			found, _ := s.leadTo(service, func(p corev1.ServicePort) bool { return name == "" || p.Name == name })
			for _, l := range found {
				s.ask(l.to, m.by, l.ports)
			}
		}
	}
}

// podMonitor: an endpoint names a port of the pods.
func (s *scrapes) podMonitor(u *unstructured.Unstructured) {
	m, ok := readMonitor(u, "podMetricsEndpoints")
	if !ok {
		s.hint(nil, "what PodMonitor "+u.GetNamespace()+"/"+u.GetName()+" selects is not understood")
		return
	}
	pods := m.find(s.byPod)
	for _, e := range m.endpoints {
		target, _ := targetOf(e)
		if name, _, _ := unstructured.NestedString(e, "port"); name != "" {
			target = intstr.FromString(name)
		} else if number, found, err := unstructured.NestedInt64(e, "portNumber"); err == nil && found {
			target = portNumbered(number)
		}
		s.askPods(pods, m.by, target)
	}
}

// askPods asks for a port of pods; for all that their containers list where none is named.
func (s *scrapes) askPods(pods []int, by string, target intstr.IntOrString) {
	for _, n := range pods {
		ports := portBehind(s.pods[n], corev1.ServicePort{Protocol: corev1.ProtocolTCP, TargetPort: target})
		if target == (intstr.IntOrString{}) || target == intstr.FromString("") {
			ports = listedPorts(s.pods[n])
		}
		s.ask(s.owner[n], by, ports)
	}
}

// listedPorts are those of TCP that containers list.
func listedPorts(pod *corev1.Pod) netpol.Ports {
	var out netpol.Ports
	for _, c := range pod.Spec.Containers {
		for _, p := range c.Ports {
			if cmp.Or(p.Protocol, corev1.ProtocolTCP) == corev1.ProtocolTCP {
				port, _ := netpol.Port(corev1.ProtocolTCP, p.ContainerPort) // none of a number that is none
				out = out.Or(port)
			}
		}
	}
	return out
}

// annotated are Services and pods with the annotations that Prometheus's own example
// configuration obeys.
func (s *scrapes) annotated() {
	for _, service := range s.services {
		port, yes := cluster.Scrapes(service)
		if !yes {
			continue
		}
		by := "annotation of Service " + service.Namespace + "/" + service.Name
		if port != "" {
			s.askPods(s.behind(service.Namespace, service.Spec.Selector), by, portWritten(port))
			continue
		}
		found, _ := s.leadTo(service, func(p corev1.ServicePort) bool { return cmp.Or(p.Protocol, corev1.ProtocolTCP) == corev1.ProtocolTCP })
		for _, l := range found {
			s.ask(l.to, by, l.ports)
		}
	}
	for n, pod := range s.pods {
		port, yes := cluster.Scrapes(pod)
		switch {
		case yes && port == "":
			s.ask(s.owner[n], "annotation of its pods", listedPorts(pod))
		case yes:
			s.askPods([]int{n}, "annotation of its pods", portWritten(port))
		}
	}
}

// portWritten is a number as it stands in an annotation; no name is taken.
func portWritten(text string) intstr.IntOrString {
	number, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		number = -1
	}
	return portNumbered(number)
}
