package assess

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// servicePage tells what a Service leads to, whom policies let reach it, and which ways lead to
// it from outside the cluster.
func (a *assessor) servicePage(ref api.Ref) api.Page {
	p := api.Page{Type: "service", Namespace: ref.Namespace, Name: ref.Name, Rows: []api.Row{}}
	services, _ := a.inv.Services(ref.Namespace)
	at := slices.IndexFunc(services, func(s *corev1.Service) bool { return s.Name == ref.Name })
	service := services[at]
	p.Summary = string(service.Spec.Type)
	if p.Summary == "" {
		p.Summary = string(corev1.ServiceTypeClusterIP)
	}
	if headless(service) {
		p.Summary = "headless"
	}
	end, err := locateService(a.inv, ref.Namespace, End{Text: shortRef(ref), Name: ref.Name})
	if err != nil {
		p.Summary += "; " + err.Error()
	} else {
		p.Summary += "; " + end.notes[0]
		p.Rows = append(p.Rows, a.letIn(ref, end)...)
	}
	p.Rows = append(p.Rows, a.waysTo(service)...)
	slices.SortStableFunc(p.Rows, func(x, y api.Row) int { return serviceRank(x.ID) - serviceRank(y.ID) })
	return p
}

func serviceRank(id string) int {
	return slices.Index([]string{"reach", rowExposed, rowUnknown, rowNote}, id)
}

// IDs of rows of a Service.
const (
	rowExposed = "exposed"
	rowNote    = "note"
)

// letIn are those whom policies let reach the ports behind a Service.
func (a *assessor) letIn(ref api.Ref, end located) []api.Row {
	aims, err := aimAt(End{}, end)
	if err != nil {
		return []api.Row{unknownRow("ports", err.Error())}
	}
	var rows []api.Row
	for _, note := range aims.notes {
		rows = append(rows, row(rowNote, "note", note, ""))
	}
	if a.inv.PodsUnread(ref.Namespace) {
		rows = append(rows, unknownRow("its pods", a.inv.Failed("", "pods", ref.Namespace)))
	}
	if why := a.policiesUnknown(ref.Namespace); why != "" {
		return append(rows, unknownRow("others", why))
	}
	pods := a.net.Distinct(end.pods)
	if more := len(pods) - maxStandIns; more > 0 {
		pods = pods[:maxStandIns]
		rows = append(rows, unknownRow("others", workload.Plural(more, "pod")+" that policies tell apart from the others are not looked at"))
	}
	told := map[string]bool{}
	for _, pod := range pods {
		ports := aims.ports
		if one := (located{service: end.service, pods: []*corev1.Pod{pod}}); len(end.endpoints) == 0 {
			own, err := aimAt(End{}, one)
			if err != nil {
				continue
			}
			ports = own.ports
		}
		for _, r := range a.comingIn(pod, ports) {
			if key := fmt.Sprint(r); !told[key] {
				told[key] = true
				rows = append(rows, r)
			}
		}
	}
	return rows
}

func unknownRow(title, why string) api.Row {
	return api.Row{ID: rowUnknown, Title: title, Status: rowUnknown, Evidence: []string{why, ""}, Standards: []string{}}
}

// waysTo are the ways that lead to a Service from outside the cluster.
func (a *assessor) waysTo(service *corev1.Service) []api.Row {
	var shapes []*workload.Shape
	for _, w := range a.inv.Workloads() {
		if w.Ref.Namespace == service.Namespace {
			shapes = append(shapes, w.Shapes()...)
		}
	}
	found := a.exposures().OfService(service, shapes)
	var rows []api.Row
	for _, e := range found.Exposed {
		rows = append(rows, row(rowExposed, outsideText(e), wayText(e), e.Via))
	}
	for _, doubt := range found.Doubts {
		rows = append(rows, unknownRow("outside the cluster", doubt))
	}
	for _, note := range found.Notes {
		rows = append(rows, row(rowNote, "note", note, ""))
	}
	return rows
}

// outsideText is from where a way comes.
func outsideText(e api.Exposure) string {
	switch {
	case len(e.From) > 0:
		return workload.SomeOf(e.From)
	case e.Reach == api.ReachNodes:
		return "whoever reaches a node"
	case e.Reach == api.ReachPrivate:
		return "a private network"
	}
	return "outside the cluster"
}

// wayText is by which names and ports a way leads to which port of the pods, and with what TLS.
func wayText(e api.Exposure) string {
	var parts []string
	if len(e.Hosts) > 0 {
		parts = append(parts, workload.SomeOf(e.Hosts))
	}
	if e.Port != 0 {
		parts = append(parts, strconv.Itoa(int(e.Port)))
	}
	if e.Target != "" && e.Target != strconv.Itoa(int(e.Port)) {
		parts = append(parts, "to "+e.Target)
	}
	text := strings.Join(parts, " ") + ", "
	if len(e.Paths) > 0 {
		text += "paths " + workload.SomeOf(e.Paths) + ", "
	}
	text += map[string]string{
		api.TLSYes: "TLS", api.TLSNo: "no TLS", api.TLSPassthrough: "TLS passed through", api.TLSUnknown: "TLS not known",
	}[e.TLS]
	if e.Derived {
		text += ", nothing shows that it is served"
	}
	return text
}

// comingIn are those who may connect to ports of a pod.
func (a *assessor) comingIn(pod *corev1.Pod, ports netpol.Ports) []api.Row {
	if pod.Spec.HostNetwork {
		return []api.Row{row("reach", "anyone who reaches its node", portText(ports), "no policy holds for the host's network")}
	}
	switch a.net.Isolated(pod, networkingv1.PolicyTypeIngress).Verdict {
	case netpol.Depends:
		return []api.Row{unknownRow("others", "the API server refuses a policy that selects it: "+strings.Join(a.refusals(pod), "; "))}
	case netpol.No:
		return []api.Row{row("reach", "anyone in the cluster", portText(ports), open)}
	}
	var rows []api.Row
	for _, allowance := range a.net.Allows(pod, networkingv1.PolicyTypeIngress) {
		both := allowance.Ports.And(ports)
		if both.Empty() {
			continue
		}
		r := row("reach", a.peerText(allowance.Peer, pod.Namespace), portText(both), allowance.Rules[0].String())
		if allowance.Verdict == netpol.Depends {
			r.Status, r.Evidence[0] = rowUnknown, fmt.Sprintf("%s (%s)", r.Evidence[0], allowance.Doubt)
		}
		rows = append(rows, r)
	}
	if len(rows) == 0 {
		rows = append(rows, row("reach", "nobody", portText(ports), "no rule of the policies that select it"))
	}
	return rows
}

// refusals are why the API server refuses policies that select a pod for ingress.
func (a *assessor) refusals(pod *corev1.Pod) []string {
	var out []string
	refused := a.net.Isolated(pod, networkingv1.PolicyTypeIngress).Refused
	for _, note := range a.net.Notes() {
		if note.Kind == netpol.NoteRefused && slices.Contains(refused, note.Object) {
			out = append(out, note.Object.Name+": "+note.Message)
		}
	}
	if more := len(out) - maxRefusals; more > 0 {
		out = append(out[:maxRefusals], fmt.Sprintf("and %d more", more))
	}
	return out
}

// maxRefusals bounds what one row tells.
const maxRefusals = 3
