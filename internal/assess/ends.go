package assess

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// End is one end of a connection, as it is written.
type End struct {
	// Text is the end without its port.
	Text string
	// Type and Name of an object; empty for addresses and the internet.
	Type, Name string
	// Prefix of an address, or of a block of them.
	Prefix netip.Prefix
	// Port as it is written: a number, a name, either with /TCP, /UDP or /SCTP; empty for any.
	Port string
}

// internet is the word for all addresses of it.
const internet = "internet"

// ParseEnd reads TYPE/NAME, namespace/NAME, service/NAME, an address, a block or the word
// internet, each with a port behind a colon.
func ParseEnd(text string) (End, error) {
	e := End{Text: text}
	if address, port, ok := addressEnd(text); ok {
		e.Text, e.Prefix, e.Port = address.String(), address, port
		if address.IsSingleIP() {
			e.Text = address.Addr().String()
		}
		return e, nil
	}
	if name, port, found := strings.Cut(text, ":"); found {
		e.Text, e.Port = name, port
		if port == "" {
			return e, fmt.Errorf("%q has no port behind the colon", text)
		}
	}
	if e.Text == internet {
		return e, nil
	}
	var found bool
	if e.Type, e.Name, found = strings.Cut(e.Text, "/"); !found || e.Type == "" || e.Name == "" || strings.Contains(e.Name, "/") {
		return e, fmt.Errorf("%q is neither TYPE/NAME, an address, nor the word internet", text)
	}
	e.Type = strings.ToLower(e.Type)
	return e, nil
}

// addressEnd reads 10.0.0.1, 10.0.0.1:80, 10.0.0.0/8, fd00::1, [fd00::1]:80 and fd00::/8.
func addressEnd(text string) (address netip.Prefix, port string, ok bool) {
	if at, err := netip.ParseAddrPort(text); err == nil {
		return netip.PrefixFrom(at.Addr(), at.Addr().BitLen()), strconv.Itoa(int(at.Port())), true
	}
	if at, err := netip.ParseAddr(text); err == nil {
		return netip.PrefixFrom(at, at.BitLen()), "", true
	}
	if at, err := netip.ParsePrefix(text); err == nil {
		return at.Masked(), "", true
	}
	return netip.Prefix{}, "", false
}

// located is an end with what it stands for.
type located struct {
	peer netpol.Peer
	// pods are those of the end, where it has some.
	pods []*corev1.Pod
	// service is set where the end is one.
	service *corev1.Service
	notes   []string
}

// isService and isPod tell the types of ends that are no workloads.
func (e End) isService() bool { return slices.Contains([]string{"service", "services", "svc"}, e.Type) }

// IsNamespace tells an end that is all pods of a namespace.
func (e End) IsNamespace() bool {
	return slices.Contains([]string{"namespace", "namespaces", "ns"}, e.Type)
}
func (e End) isPod() bool { return slices.Contains([]string{"pod", "pods", "po"}, e.Type) }

// locate finds what an end stands for in a namespace of an inventory.
func locate(inv *cluster.Inventory, namespace string, e End) (located, error) {
	switch {
	case e.Text == internet:
		return located{peer: netpol.Internet()}, nil
	case e.Prefix.IsValid():
		if name := serviceAt(inv, namespace, e.Prefix); name != "" {
			found, err := locateService(inv, namespace, End{Text: "service/" + name, Name: name})
			found.notes = append(found.notes, e.Text+" is the address of Service "+name)
			return found, err
		}
		if e.Prefix.IsSingleIP() {
			return located{peer: netpol.Address(e.Prefix.Addr())}, nil
		}
		return located{peer: netpol.Addresses(e.Prefix)}, nil
	case e.IsNamespace():
		return located{peer: netpol.Namespace(e.Name)}, nil
	case e.isService():
		return locateService(inv, namespace, e)
	case e.isPod():
		for _, pod := range inv.LivePods() {
			if pod.Namespace == namespace && pod.Name == e.Name {
				return located{peer: netpol.Pods(pod), pods: []*corev1.Pod{pod}}, nil
			}
		}
		return located{}, fmt.Errorf("no live pod %q in namespace %s", e.Name, namespace)
	}
	return locateWorkload(inv, namespace, e)
}

// serviceAt is the Service of the namespace that has an address.
func serviceAt(inv *cluster.Inventory, namespace string, p netip.Prefix) string {
	services, _ := inv.Services(namespace)
	for _, s := range services {
		if p.IsSingleIP() && slices.Contains(append(slices.Clone(s.Spec.ClusterIPs), s.Spec.ClusterIP), p.Addr().String()) {
			return s.Name
		}
	}
	return ""
}

func locateWorkload(inv *cluster.Inventory, namespace string, e End) (located, error) {
	refs, missing := inv.Select([]cluster.Target{{Type: e.Type, Name: e.Name}}, "")
	if len(missing) > 0 || len(refs) == 0 {
		return located{}, fmt.Errorf("%s not found in namespace %s", e.Text, namespace)
	}
	var out located
	for _, w := range inv.Workloads() {
		if w.Ref.Namespace != namespace || !slices.Contains(refs, w.Ref) {
			continue
		}
		out.pods = append(out.pods, podsFor(w, w.Shapes())...)
		if len(w.Pods) == 0 {
			for _, pod := range podsFor(w, w.Shapes()) {
				// One of the others that the template makes: a pod always reaches itself.
				other := pod.DeepCopy()
				other.Name += "-2"
				out.pods = append(out.pods, other)
			}
			out.notes = append(out.notes, fmt.Sprintf("%s has no live pods: judged by its template", e.Text))
		}
	}
	if len(out.pods) == 0 {
		return out, fmt.Errorf("%s not found in namespace %s", e.Text, namespace)
	}
	out.peer = netpol.Pods(out.pods...)
	return out, nil
}

// locateService finds the pods behind a Service.
func locateService(inv *cluster.Inventory, namespace string, e End) (located, error) {
	services, fact := inv.Services(namespace)
	at := slices.IndexFunc(services, func(s *corev1.Service) bool { return s.Name == e.Name })
	switch {
	case at < 0 && fact == workload.FactUnknown:
		return located{}, fmt.Errorf("services in namespace %s could not be read", namespace)
	case at < 0:
		return located{}, fmt.Errorf("service %q not found in namespace %s", e.Name, namespace)
	}
	out := located{service: services[at]}
	if len(out.service.Spec.Selector) == 0 {
		return out, fmt.Errorf("service %q has no selector: name the pods or the address that it leads to", e.Name)
	}
	var refs []string
	for _, pod := range podsOfNamespace(inv, namespace) {
		if selects(out.service.Spec.Selector, pod.Labels) {
			out.pods = append(out.pods, pod)
			refs = appendNew(refs, shortRef(inv.WorkloadOf(pod)))
		}
	}
	if len(out.pods) == 0 {
		return out, fmt.Errorf("service %q selects no pod", e.Name)
	}
	slices.Sort(refs)
	out.peer = netpol.Pods(out.pods...)
	out.notes = append(out.notes, fmt.Sprintf("%s leads to %s", e.Text, workload.SomeOf(refs)))
	return out, nil
}

// podsOfNamespace are the live pods, and one of each template without.
func podsOfNamespace(inv *cluster.Inventory, namespace string) []*corev1.Pod {
	var pods []*corev1.Pod
	for _, w := range inv.Workloads() {
		if w.Ref.Namespace == namespace {
			pods = append(pods, podsFor(w, w.Shapes())...)
		}
	}
	return pods
}

func selects(selector, labels map[string]string) bool {
	for key, value := range selector {
		if got, found := labels[key]; !found || got != value {
			return false
		}
	}
	return true
}
