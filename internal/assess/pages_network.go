package assess

import (
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
	selected := 0
	told := map[string]bool{}
	for _, w := range a.inv.Workloads() {
		if w.Ref.Namespace != ref.Namespace {
			continue
		}
		pods := standIns(w, w.Shapes())
		in, out := a.selectedBy(ref, pods, networkingv1.PolicyTypeIngress), a.selectedBy(ref, pods, networkingv1.PolicyTypeEgress)
		if words := directionWords(in, out); words != "" {
			selected++
			p.Rows = append(p.Rows, row("selects", shortRef(w.Ref), words, "podSelector"))
			for direction, is := range map[string]bool{"Ingress": in, "Egress": out} {
				for _, r := range a.policyRules(ref, pods, networkingv1.PolicyType(direction), is) {
					if key := fmt.Sprint(r); !told[key] {
						told[key] = true
						p.Rows = append(p.Rows, r)
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
	return p
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
	return !i.HostNetwork && slices.Contains(i.Policies, ref)
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

// servicePage tells what a Service leads to, and who policies let reach it.
func (a *assessor) servicePage(ref api.Ref) api.Page {
	p := api.Page{Type: "service", Namespace: ref.Namespace, Name: ref.Name, Rows: []api.Row{}}
	services, _ := a.inv.Services(ref.Namespace)
	at := slices.IndexFunc(services, func(s *corev1.Service) bool { return s.Name == ref.Name })
	service := services[at]
	end, err := locateService(a.inv, ref.Namespace, End{Text: shortRef(ref), Name: ref.Name})
	p.Summary = string(service.Spec.Type)
	if p.Summary == "" {
		p.Summary = string(corev1.ServiceTypeClusterIP)
	}
	if err != nil {
		p.Summary += "; " + err.Error()
		return p
	}
	p.Summary += "; " + end.notes[0]
	ports, err := servicePorts(End{}, end)
	if err != nil {
		p.Rows = append(p.Rows, api.Row{ID: "unknown", Title: "ports", Status: rowUnknown, Evidence: []string{err.Error(), ""}, Standards: []string{}})
	}
	if why := a.policiesUnknown(ref.Namespace); why != "" {
		p.Rows = append(p.Rows, api.Row{ID: "unknown", Title: "others", Status: rowUnknown, Evidence: []string{why, ""}, Standards: []string{}})
		return p
	}
	told := map[string]bool{}
	for _, pod := range end.pods {
		for _, r := range a.comingIn(pod, ports) {
			if key := fmt.Sprint(r); !told[key] {
				told[key] = true
				p.Rows = append(p.Rows, r)
			}
		}
	}
	return p
}

// policiesUnknown says why it is not known what isolates the pods of a namespace; empty where it
// is.
func (a *assessor) policiesUnknown(namespace string) string { return policiesUnknown(a.inv, namespace) }

func policiesUnknown(inv *cluster.Inventory, namespace string) string {
	policies, fact := inv.NetworkPolicies(namespace)
	switch {
	case fact == workload.FactUnknown:
		return "networkpolicies of namespace " + namespace + " could not be read"
	case fact == workload.FactAbsent && len(policies) == 0 && !inv.HasPolicies():
		return "the files hold no NetworkPolicy: what isolates the pods of " + namespace + " is not known"
	}
	return strings.Join(inv.OtherPolicies(namespace), "; ")
}

// comingIn are those who may connect to ports of a pod.
func (a *assessor) comingIn(pod *corev1.Pod, ports netpol.Ports) []api.Row {
	if pod.Spec.HostNetwork {
		return []api.Row{row("reach", "anyone who reaches its node", portText(ports), "no policy holds for the host's network")}
	}
	switch a.net.Isolated(pod, networkingv1.PolicyTypeIngress).Verdict {
	case netpol.Depends:
		return []api.Row{{ID: "unknown", Title: "others", Status: rowUnknown, Evidence: []string{"the API server refuses a policy that selects it", ""}, Standards: []string{}}}
	case netpol.No:
		return []api.Row{row("reach", "anyone in the cluster", portText(ports), open)}
	}
	var rows []api.Row
	for _, allowance := range a.net.Allows(pod, networkingv1.PolicyTypeIngress) {
		if both := allowance.Ports.And(ports); !both.Empty() {
			rows = append(rows, row("reach", a.peerText(allowance.Peer, pod.Namespace), portText(both), allowance.Rules[0].String()))
		}
	}
	if len(rows) == 0 {
		rows = append(rows, row("reach", "nobody", portText(ports), "no rule of the policies that select it"))
	}
	return rows
}
