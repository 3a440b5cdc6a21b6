package assess

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
)

// Situation is what policies are written for, from what Query.Flows reads or from files. Of
// Plugins cni is what enforces policies, empty for what was found. The error is for one that is
// not known.
func Situation(inv *cluster.Inventory, cni string) (*netpol.Situation, error) {
	plugin, err := pluginOf(cni, inv.Enforcer())
	if err != nil {
		return nil, err
	}
	b := newSituationBuilder(inv)
	b.out.Plugin = plugin
	b.gather()
	for _, w := range b.workloads {
		b.out.Workloads = append(b.out.Workloads, b.workload(w))
	}
	b.cutOff()
	b.dns()
	b.out.APIServer = slices.SortedFunc(slices.Values(inv.APIServer()), netip.AddrPort.Compare)
	b.out.APIServer = slices.Compact(b.out.APIServer)
	b.out.APIService = b.apiService()
	b.called()
	b.scraped()
	b.exposed()
	served := b.served()
	b.controllerRoutes(served)
	b.doubts(served)
	b.configurationDoubts()
	b.meshed()
	b.out.PoliciesUnread = b.policiesUnread()
	b.elsewhere()
	b.absent()
	if strings.HasPrefix(inv.Enforcer(), "nothing") && cni == "" {
		b.hint(nil, "the cluster seems not to enforce policies: "+strings.TrimPrefix(inv.Enforcer(), "nothing: "))
	}
	b.finish()
	return b.out, nil
}

// situationBuilder makes a Situation.
type situationBuilder struct {
	inv       *cluster.Inventory
	out       *netpol.Situation
	workloads []standing
	// pods with the workload that each is of, byPod an index of them by labels.
	pods  []*corev1.Pod
	owner []int
	byPod *labelIndex
	// at are the pods that have an address of their own.
	at map[netip.Addr]int
	// services by namespace and name, byService an index of them by their own labels.
	services  []*corev1.Service
	named     map[types.NamespacedName]*corev1.Service
	byService *labelIndex
	// unfollowed is what leads to a workload, by its number, and through whom is not known.
	unfollowed map[int][]string
}

func newSituationBuilder(inv *cluster.Inventory) *situationBuilder {
	b := &situationBuilder{
		inv: inv, out: &netpol.Situation{}, workloads: standingIn(inv), byPod: newLabelIndex(), at: map[netip.Addr]int{},
		named: map[types.NamespacedName]*corev1.Service{}, byService: newLabelIndex(), unfollowed: map[int][]string{},
	}
	for i := range b.workloads {
		for _, pod := range b.workloads[i].pods {
			b.addPod(i, pod)
		}
	}
	for _, namespace := range inv.NetworkNamespaces() {
		services, _ := inv.Services(namespace)
		for _, s := range services {
			b.services = append(b.services, s)
			b.named[types.NamespacedName{Namespace: s.Namespace, Name: s.Name}] = s
			b.byService.add(s.Namespace, s.Labels)
		}
	}
	return b
}

func (b *situationBuilder) addPod(of int, pod *corev1.Pod) {
	b.byPod.add(pod.Namespace, pod.Labels)
	if !pod.Spec.HostNetwork {
		for _, ip := range pod.Status.PodIPs {
			if a, err := netip.ParseAddr(ip.IP); err == nil {
				b.at[a.Unmap()] = len(b.pods)
			}
		}
	}
	b.pods, b.owner = append(b.pods, pod), append(b.owner, of)
}

// gather fills in the objects. Where all was read, namespaces without pods count too.
func (b *situationBuilder) gather() {
	g := newGathered()
	g.add(b.inv, b.workloads)
	g.objects.Whole = b.inv.Whole()
	for _, name := range b.inv.NamespacesRead() {
		g.namespace(b.inv, name)
	}
	slices.SortFunc(g.objects.Namespaces, func(x, y *corev1.Namespace) int { return strings.Compare(x.Name, y.Name) })
	slices.SortFunc(g.objects.Policies, func(x, y *networkingv1.NetworkPolicy) int {
		return cmp.Or(strings.Compare(x.Namespace, y.Namespace), strings.Compare(x.Name, y.Name))
	})
	b.out.Objects = g.objects
}

// behind are the pods of a namespace that labels select.
func (b *situationBuilder) behind(namespace string, selector map[string]string) []int {
	if len(selector) == 0 {
		return nil
	}
	return b.byPod.find(namespace, false, labels.SelectorFromSet(selector))
}

func (b *situationBuilder) hint(of *api.Ref, text string) {
	b.out.Hints = append(b.out.Hints, netpol.Hint{Of: of, Text: text})
}

// call adds somebody who calls a workload. A policy does not hold for one on the network of its
// nodes.
func (b *situationBuilder) call(to int, ports netpol.Ports, from *api.Ref, sources []netip.Prefix, reason string) {
	b.add(to, netpol.Caller{Ports: ports.Ranges(), From: from, Sources: sources, Reason: reason})
}

// callBeside adds somebody who calls a workload whatever it is for.
func (b *situationBuilder) callBeside(to int, ports netpol.Ports, from *api.Ref, reason string) {
	b.add(to, netpol.Caller{Ports: ports.Ranges(), From: from, Reason: reason, Beside: true})
}

func (b *situationBuilder) add(to int, c netpol.Caller) {
	if len(c.Ports) == 0 || b.out.Workloads[to].HostNetwork {
		return
	}
	c.To = b.workloads[to].Ref
	b.out.Callers = append(b.out.Callers, c)
}

// finish sorts, and leaves out what is there twice.
func (b *situationBuilder) finish() {
	slices.SortFunc(b.out.Callers, compareCallers)
	b.out.Callers = slices.CompactFunc(b.out.Callers, func(x, y netpol.Caller) bool { return compareCallers(x, y) == 0 })
	slices.SortFunc(b.out.Hints, compareHints)
	b.out.Hints = slices.CompactFunc(b.out.Hints, func(x, y netpol.Hint) bool { return compareHints(x, y) == 0 })
}

func compareCallers(x, y netpol.Caller) int {
	return cmp.Or(
		x.To.Compare(y.To), compareRefs(x.From, y.From), strings.Compare(x.Reason, y.Reason),
		slices.CompareFunc(x.Sources, y.Sources, comparePrefixes), slices.CompareFunc(x.Ports, y.Ports, compareRanges),
	)
}

func compareRanges(a, b netpol.PortRange) int {
	return cmp.Or(strings.Compare(string(a.Protocol), string(b.Protocol)), cmp.Compare(a.First, b.First), cmp.Compare(a.Last, b.Last))
}

func compareHints(x, y netpol.Hint) int {
	return cmp.Or(compareRefs(x.Of, y.Of), strings.Compare(x.Text, y.Text))
}

// compareRefs puts none first.
func compareRefs(x, y *api.Ref) int {
	switch {
	case x == nil && y == nil:
		return 0
	case x == nil:
		return -1
	case y == nil:
		return 1
	}
	return x.Compare(*y)
}

// unread tells of a kind that says who calls that it was not read.
func (b *situationBuilder) unread(what, why string) {
	b.hint(nil, what+" is not known in full: "+why)
}

// onHost tells whether all pods of a workload are on the network of their nodes.
func onHost(pods []*corev1.Pod) bool {
	return len(pods) > 0 && !slices.ContainsFunc(pods, func(p *corev1.Pod) bool { return !p.Spec.HostNetwork })
}
