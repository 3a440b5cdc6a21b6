package assess

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// policyPage tells whom a NetworkPolicy selects, and what its rules let through.
func (a *assessor) policyPage(ref api.Ref) api.Page {
	p := api.Page{Type: "networkpolicy", Namespace: ref.Namespace, Name: ref.Name, Rows: []api.Row{}}
	selected, refused := 0, a.refused(ref)
	told := map[string]bool{}
	for _, w := range a.inv.Workloads() {
		if w.Ref.Namespace != ref.Namespace {
			continue
		}
		pods := standIns(w, w.Shapes())
		in, out := a.selectedBy(ref, pods, networkingv1.PolicyTypeIngress), a.selectedBy(ref, pods, networkingv1.PolicyTypeEgress)
		if words := directionWords(in, out); words != "" {
			selected++
			p.Rows = append(p.Rows, ifInForce(row("selects", shortRef(w.Ref), words, "podSelector"), refused))
			for direction, is := range map[string]bool{"Ingress": in, "Egress": out} {
				for _, r := range a.policyRules(ref, pods, networkingv1.PolicyType(direction), is) {
					if key := fmt.Sprint(r); !told[key] {
						told[key] = true
						p.Rows = append(p.Rows, ifInForce(r, refused))
					}
				}
			}
		}
	}
	slices.SortStableFunc(p.Rows, func(x, y api.Row) int { return pageRank(x.ID) - pageRank(y.ID) })
	for _, note := range a.net.Notes() {
		if note.Object.Namespace == ref.Namespace && note.Object.Name == ref.Name {
			p.Rows = append(p.Rows, row("note", "note", note.Message, ""))
		}
	}
	p.Summary = fmt.Sprintf("selects %s of namespace %s", workload.Plural(selected, "workload"), ref.Namespace)
	if selected == 0 {
		p.Summary = "selects no workload of namespace " + ref.Namespace
	}
	if refused {
		p.Summary += "; the API server refuses it as it is written"
	}
	return p
}

// refused tells a policy that the API server would not let in.
func (a *assessor) refused(ref api.Ref) bool {
	return slices.ContainsFunc(a.net.Notes(), func(n netpol.Note) bool { return n.Kind == netpol.NoteRefused && n.Object == ref })
}

// ifInForce is a row of what a policy does, which is not known of one that is refused.
func ifInForce(r api.Row, refused bool) api.Row {
	if refused {
		r.Status = rowUnknown
	}
	return r
}

func pageRank(id string) int {
	return slices.Index([]string{"selects", "ingress", "egress", "note"}, id)
}

func directionWords(in, out bool) string {
	switch {
	case in && out:
		return "isolated for ingress and egress"
	case in:
		return "isolated for ingress"
	case out:
		return "isolated for egress"
	}
	return ""
}

// selectedBy tells whether a policy isolates any of the pods.
func (a *assessor) selectedBy(ref api.Ref, pods []*corev1.Pod, is networkingv1.PolicyType) bool {
	return slices.ContainsFunc(pods, func(pod *corev1.Pod) bool { return a.isolates(ref, pod, is) })
}

// isolates leaves out pods on the host's network, for which no policy holds.
func (a *assessor) isolates(ref api.Ref, pod *corev1.Pod, is networkingv1.PolicyType) bool {
	i := a.net.Isolated(pod, is)
	return !i.HostNetwork && (slices.Contains(i.Policies, ref) || slices.Contains(i.Refused, ref))
}

// policyRules are the rows of one policy's rules for the pods that it selects.
func (a *assessor) policyRules(ref api.Ref, pods []*corev1.Pod, is networkingv1.PolicyType, selected bool) []api.Row {
	if !selected {
		return nil
	}
	direction := strings.ToLower(string(is))
	word := map[string]string{"ingress": "may come in", "egress": "may be reached"}[direction]
	var rows []api.Row
	told := map[string]bool{}
	for _, pod := range pods {
		if !a.isolates(ref, pod, is) {
			continue
		}
		for _, rule := range a.rulesOf(pod, is) {
			r := row(direction, rule.Peer, word+": "+strings.Join(rule.Ports, ", "), fmt.Sprintf("%s rule %d", direction, rule.Rule))
			if key := fmt.Sprint(r); rule.Policy == ref.Name && !told[key] {
				told[key] = true
				rows = append(rows, r)
			}
		}
	}
	if len(rows) == 0 {
		rows = append(rows, row(direction, "nobody", "no rule of it lets "+direction+" through", ""))
	}
	return rows
}

// policiesUnknown says why it is not known what isolates the pods of a namespace; empty where it
// is.
func (a *assessor) policiesUnknown(namespace string) string { return policiesUnknown(a.inv, namespace) }

func policiesUnknown(inv *cluster.Inventory, namespace string) string {
	policies, fact := inv.NetworkPolicies(namespace)
	switch {
	case fact == workload.FactUnknown:
		return cmp.Or(inv.Failed(networkingv1.GroupName, "networkpolicies", namespace), "networkpolicies of namespace "+namespace+" could not be read")
	case fact == workload.FactAbsent && len(policies) == 0 && !inv.HasPolicies():
		return "the files hold no NetworkPolicy: what isolates the pods of " + namespace + " is not known"
	}
	return strings.Join(inv.OtherPolicies(namespace), "; ")
}
