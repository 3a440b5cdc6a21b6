package assess

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// located is an end with what it stands for.
type located struct {
	peer netpol.Peer
	// pods are those of the end, where it has some.
	pods []*corev1.Pod
	// service is set where the end is one, and endpoints where it has no selector.
	service   *corev1.Service
	endpoints []endpoint
	notes     []string
}

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
			found := located{peer: netpol.Address(e.Prefix.Addr())}
			if pod := podsAt(inv)[e.Prefix.Addr().Unmap()]; pod != nil {
				found.pods = []*corev1.Pod{pod}
				found.notes = []string{e.Text + " is the address of pod " + pod.Namespace + "/" + pod.Name}
			}
			return found, nil
		}
		return located{peer: netpol.Addresses(e.Prefix)}, nil
	case e.IsNamespace():
		return locateNamespace(inv, e)
	case e.isService():
		return locateService(inv, namespace, e)
	case e.isPod():
		return locatePod(inv, namespace, e)
	}
	return locateWorkload(inv, namespace, e)
}

func locatePod(inv *cluster.Inventory, namespace string, e End) (located, error) {
	for _, pod := range inv.LivePods() {
		if pod.Namespace == namespace && pod.Name == e.Name {
			return located{peer: netpol.Pods(pod), pods: []*corev1.Pod{pod}}, nil
		}
	}
	return located{}, missing(inv, namespace, fmt.Sprintf("no live pod %q in namespace %s", e.Name, namespace))
}

// missing is the error for what is not there, or was not read.
func missing(inv *cluster.Inventory, namespace, text string) error {
	var failed []string
	for _, u := range inv.Unread {
		if u.Hides && (u.Namespace == "" || u.Namespace == namespace) {
			failed = appendNew(failed, inv.Failed(u.Group, u.Resource, namespace))
		}
	}
	if failed = slices.DeleteFunc(failed, func(text string) bool { return text == "" }); len(failed) > 0 {
		return fmt.Errorf("%s, as far as could be read: %s", text, strings.Join(failed, "; "))
	}
	return fmt.Errorf("%s", text)
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
	refs, none := inv.Select([]cluster.Target{{Type: e.Type, Name: e.Name}}, "")
	var out located
	for _, w := range inv.Workloads() {
		if w.Ref.Namespace != namespace || len(none) > 0 || !slices.Contains(refs, w.Ref) {
			continue
		}
		out.pods = append(out.pods, severalOf(w)...)
		if len(w.Pods) == 0 {
			out.notes = append(out.notes, noPods(inv, namespace, e.Text))
		}
	}
	if len(out.pods) == 0 {
		return out, missing(inv, namespace, fmt.Sprintf("%s not found in namespace %s%s", e.Text, namespace, elsewhere(refs, namespace)))
	}
	out.peer = netpol.Pods(out.pods...)
	return out, nil
}

// elsewhere says in which other namespaces something is, as files hold those of several.
func elsewhere(refs []api.Ref, namespace string) string {
	var all []string
	for _, ref := range refs {
		if ref.Namespace != namespace {
			all = appendNew(all, ref.Namespace)
		}
	}
	if len(all) == 0 {
		return ""
	}
	slices.Sort(all)
	return ", but in " + strings.Join(all, ", ")
}

// noPods says that a workload is judged by its template, and whether it has no pods or they
// were not read.
func noPods(inv *cluster.Inventory, namespace, text string) string {
	if inv.PodsUnread(namespace) {
		return fmt.Sprintf("whether %s has live pods is not known: judged by its template (%s)", text, cmp.Or(inv.Failed("", "pods", namespace), "pods were not read"))
	}
	return text + " has no live pods: judged by its template"
}

// severalOf are the pods of a workload. Of one without they are two of each template: a pod
// always reaches itself, and its template may make others.
func severalOf(w *workload.Workload) []*corev1.Pod {
	pods := podsFor(w, w.Shapes())
	if len(w.Pods) > 0 {
		return pods
	}
	for _, pod := range slices.Clone(pods) {
		other := pod.DeepCopy()
		other.Name += "-2"
		pods = append(pods, other)
	}
	return pods
}

// locateNamespace finds all pods of a namespace, and those that templates without pods will make.
func locateNamespace(inv *cluster.Inventory, e End) (located, error) {
	var out located
	var templates []string
	for _, w := range inv.Workloads() {
		if w.Ref.Namespace != e.Name {
			continue
		}
		out.pods = append(out.pods, severalOf(w)...)
		if len(w.Pods) == 0 {
			templates = append(templates, shortRef(w.Ref))
		}
	}
	switch known := inv.Namespace(e.Name); {
	case len(out.pods) > 0:
	case known.Fact == workload.FactNo:
		return out, fmt.Errorf("namespace %q not found", e.Name)
	default:
		return out, missing(inv, e.Name, "namespace "+e.Name+" has no live pods, and no workload with a template to judge by")
	}
	if len(templates) > 0 {
		out.notes = append(out.notes, noPods(inv, e.Name, workload.SomeOf(templates)))
	}
	out.peer = netpol.Pods(out.pods...)
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
