package assess

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// doubts give each workload the kinds that could not be read and by which somebody may call it.
func (b *situationBuilder) doubts(served []bool) {
	callers, routes := b.failed(cluster.CallbackKinds()), b.failed(routeKinds())
	pods, services := b.unreadMonitors()
	for i, w := range b.workloads {
		var reasons []string
		_, fact := b.inv.Services(w.Ref.Namespace)
		if fact == workload.FactUnknown {
			reasons = append(reasons, b.inv.Failed("", "services", w.Ref.Namespace))
		}
		if fact == workload.FactUnknown || served[i] {
			reasons = slices.Concat(reasons, callers, b.unreadIngresses(w.Ref.Namespace), routes, services)
		}
		if len(pods) > 0 && slices.ContainsFunc(w.pods, func(p *corev1.Pod) bool { return !listedPorts(p).Empty() }) {
			reasons = append(reasons, pods...)
		}
		b.out.Workloads[i].Unread = unreadBy(reasons)
	}
}

func unreadBy(reasons []string) []netpol.Unread {
	slices.Sort(reasons)
	var out []netpol.Unread
	for _, reason := range slices.Compact(reasons) {
		out = append(out, netpol.Unread{Direction: networkingv1.PolicyTypeIngress, Reason: reason})
	}
	return out
}

// failed says of those kinds that could not be read why.
func (b *situationBuilder) failed(kinds []schema.GroupKind) []string {
	var reasons []string
	for _, kind := range kinds {
		if b.inv.KindRead(kind) == workload.FactUnknown {
			reasons = append(reasons, unreadWords(b.inv, kind))
		}
	}
	return reasons
}

// routeKinds are the custom kinds that lead from outside to Services.
func routeKinds() []schema.GroupKind {
	kinds := []schema.GroupKind{{Group: istioGroup, Kind: "VirtualService"}, {Group: "route.openshift.io", Kind: "Route"}}
	for _, kind := range []string{"GRPCRoute", "HTTPRoute", "TCPRoute", "TLSRoute", "UDPRoute"} {
		kinds = append(kinds, schema.GroupKind{Group: gatewayGroup, Kind: kind})
	}
	return kinds
}

func (b *situationBuilder) unreadIngresses(namespace string) []string {
	if _, fact := b.inv.Ingresses(namespace); fact == workload.FactUnknown {
		return []string{b.inv.Failed(networkingv1.GroupName, "ingresses", namespace)}
	}
	return nil
}

// unreadMonitors are what tells Prometheus to scrape pods, and Services. Where all pods were read
// and none is Prometheus, it makes no difference.
func (b *situationBuilder) unreadMonitors() (pods, services []string) {
	if b.inv.Whole() && !slices.ContainsFunc(b.workloads, isPrometheus) {
		return nil, nil
	}
	podMonitor, serviceMonitor := cluster.MonitorKinds()
	return b.failed([]schema.GroupKind{podMonitor}), b.failed([]schema.GroupKind{serviceMonitor})
}

// served tells of each workload whether a Service leads to its pods: nothing else makes the API
// server or a controller of routes call them.
func (b *situationBuilder) served() []bool {
	served := make([]bool, len(b.workloads))
	for _, s := range b.services {
		for _, n := range b.behind(s.Namespace, s.Spec.Selector) {
			served[b.owner[n]] = true
		}
		if len(s.Spec.Selector) > 0 {
			continue
		}
		for _, a := range b.writtenAddresses(s) {
			if n, found := b.at[a]; found {
				served[b.owner[n]] = true
			}
		}
	}
	return served
}

// cutOff leaves those without a selector whose owner could not be read: what is known of them is
// that of one revision, or of one run. So it leaves whatever selects their pods, too: these may be
// its own.
func (b *situationBuilder) cutOff() {
	cut := map[int]string{}
	namespaces := map[string]bool{}
	for i, w := range b.workloads {
		if why := b.ownerUnread(w); why != "" {
			cut[i], namespaces[w.Ref.Namespace] = why, true
			b.unselect(i, "its owner was not read: "+why)
		}
	}
	for i, w := range b.workloads {
		if b.out.Workloads[i].Selector == nil || !namespaces[w.Ref.Namespace] {
			continue
		}
		selector, err := metav1.LabelSelectorAsSelector(b.out.Workloads[i].Selector)
		if err != nil {
			continue
		}
		for _, n := range b.byPod.find(w.Ref.Namespace, false, selector) {
			if why := cut[b.owner[n]]; why != "" {
				b.unselect(i, fmt.Sprintf("it is not known whose the pods of %s are: %s", b.workloads[b.owner[n]].Ref.From(""), why))
				break
			}
		}
	}
}

func (b *situationBuilder) unselect(i int, why string) {
	b.out.Workloads[i].Selector, b.out.Workloads[i].Unselectable = nil, why
}

// ownerUnread says why the object that controls the pods of a workload was not read.
func (b *situationBuilder) ownerUnread(w standing) string {
	kind := schema.GroupKind{Group: w.Ref.Group(), Kind: w.Ref.Kind}
	if len(w.Templates) > 0 || w.Ref.Kind == "Pod" || b.inv.KindRead(kind) != workload.FactUnknown {
		return ""
	}
	return unreadWords(b.inv, kind)
}

// policiesUnread says why not all NetworkPolicies of the workloads were read.
func (b *situationBuilder) policiesUnread() string {
	var read []string
	why := ""
	for _, w := range b.workloads {
		switch _, fact := b.inv.NetworkPolicies(w.Ref.Namespace); {
		case fact != workload.FactUnknown:
			read = append(read, w.Ref.Namespace)
		case why == "":
			why = b.inv.Failed(networkingv1.GroupName, "networkpolicies", w.Ref.Namespace)
		}
	}
	slices.Sort(read)
	if read = slices.Compact(read); why != "" && len(read) > 0 {
		why += ", but in namespace " + strings.Join(read[:min(len(read), 3)], ", ")
	}
	return why
}

// elsewhere tells of Services and pods of other namespaces that were not read. Where no Services
// were, each address outside says so itself.
func (b *situationBuilder) elsewhere() {
	var what, why []string
	if text := b.inv.Failed("", "services", ""); text != "" {
		what, why = append(what, "a Service"), append(why, text)
	}
	if text := b.inv.Failed("", "pods", ""); text != "" && b.inv.PodsUnread("") {
		what, why = append(what, "a pod"), append(why, text)
	}
	some := slices.ContainsFunc(b.inv.NetworkNamespaces(), func(namespace string) bool {
		_, fact := b.inv.Services(namespace)
		return fact == workload.FactYes
	})
	if len(what) > 0 && some {
		b.hint(nil, fmt.Sprintf("an outside address may be that of %s of another namespace: %s", strings.Join(what, " or "), strings.Join(why, "; ")))
	}
}

// absent tells what files do not hold and decides who talks to whom.
func (b *situationBuilder) absent() {
	if b.inv.KindRead(schema.GroupKind{Kind: "Pod"}) != workload.FactAbsent || len(b.workloads) == 0 {
		return
	}
	var none []string
	add := func(kind string, found bool) {
		if !found {
			none = append(none, kind)
		}
	}
	add("Node", len(b.inv.Nodes()) > 0)
	add("Namespace", len(b.inv.NamespacesRead()) > 0)
	add("NetworkPolicy", b.inv.HasPolicies())
	add("Service", len(b.services) > 0)
	add("Ingress", slices.ContainsFunc(b.inv.NetworkNamespaces(), func(namespace string) bool {
		found, _ := b.inv.Ingresses(namespace)
		return len(found) > 0
	}))
	add("ValidatingWebhookConfiguration", len(b.inv.Callbacks()) > 0)
	if len(none) > 0 {
		b.hint(nil, fmt.Sprintf("the files hold no %s: what these do is not known; kubectl harden snapshot -A writes a file that has all", strings.Join(none, ", ")))
	}
}
