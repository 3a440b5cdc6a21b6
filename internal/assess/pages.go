package assess

import (
	"fmt"
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// Statuses of the rows of a Secret's page.
const (
	rowYes     = "yes"
	rowUnknown = "unknown"
)

// pages are those of the objects asked for that are no workloads, by type.
func (a *assessor) pages() []api.Page {
	pages := []api.Page{}
	for _, ref := range a.opts.Policies {
		pages = append(pages, a.policyPage(ref))
	}
	for _, ref := range a.opts.Secrets {
		pages = append(pages, a.secretPage(ref))
	}
	for _, ref := range a.opts.Services {
		pages = append(pages, a.servicePage(ref))
	}
	return pages
}

// secretPage tells who can read a Secret: by RBAC, by a pod that uses it, and by way of one.
func (a *assessor) secretPage(ref api.Ref) api.Page {
	p := api.Page{Type: "secret", Namespace: ref.Namespace, Name: ref.Name, Rows: []api.Row{}}
	readers := 0
	for _, r := range a.access.readers(ref.Namespace, ref.Name) {
		if !isSystem(r.Subject, r.Grants) {
			readers++
			grant := r.Grants[0]
			p.Rows = append(p.Rows, row("reader", subjectFrom(r.Subject, ""), strings.Join(r.verbs, " "), roleIn(grant)))
		}
	}
	users := a.usersOfSecret(ref)
	nodes := nodesOf(users)
	if len(nodes) > 0 {
		p.Rows = append(p.Rows, row("node", "kubelets of "+workload.SomeOf(nodes), "pods there use it", "Node authorizer"))
	}
	for _, w := range users {
		p.Rows = append(p.Rows, row("use", shortRef(w.Ref), strings.Join(usesOf(w)[ref.Name], "; "), "its template"))
	}
	reach := a.inReach(ref, users)
	p.Rows = append(p.Rows, reach...)
	for _, text := range a.access.unknowns(ref.Namespace) {
		p.Rows = append(p.Rows, api.Row{ID: rowUnknown, Title: "others", Status: rowUnknown, Evidence: []string{text, ""}, Standards: []string{}})
	}
	p.Summary = fmt.Sprintf("read by %s and %s, within reach of %d more; content not read",
		workload.Plural(readers, "subject"), workload.Plural(len(nodes), "node"), len(reach))
	if len(a.access.unknowns(ref.Namespace)) > 0 {
		p.Summary = "as far as known " + p.Summary
	}
	if known := a.inv.Secret(ref.Namespace, ref.Name); known.Fact == workload.FactNo {
		p.Summary = "there is no such Secret; " + p.Summary
	}
	return p
}

func row(id, title, how, by string) api.Row {
	return api.Row{ID: id, Title: title, Status: rowYes, Evidence: []string{how, by}, Standards: []string{}}
}

// roleIn is the role of a grant, and where a ClusterRole is bound in a namespace.
func roleIn(g rbac.Grant) string {
	text := g.Role.Kind + " " + g.Role.Name
	if g.Role.Namespace == "" && g.Binding.Namespace != "" {
		text += " in " + g.Binding.Namespace
	}
	return text
}

// usersOfSecret are the workloads of the Secret's namespace that get it.
func (a *assessor) usersOfSecret(ref api.Ref) []*workload.Workload {
	return slices.DeleteFunc(a.inv.Workloads(), func(w *workload.Workload) bool {
		return w.Ref.Namespace != ref.Namespace || len(usesOf(w)[ref.Name]) == 0
	})
}

// nodesOf are the nodes on which live pods of workloads run.
func nodesOf(workloads []*workload.Workload) []string {
	var nodes []string
	for _, w := range workloads {
		for _, pod := range w.Pods {
			nodes = appendNew(nodes, pod.Spec.NodeName)
		}
	}
	slices.Sort(nodes)
	return nodes
}

// inReach are those who cannot read the Secret and can get to it: they run code in a workload
// that uses it, or make a pod that does, or are root on a node where one runs.
func (a *assessor) inReach(ref api.Ref, users []*workload.Workload) []api.Row {
	readers := map[rbac.Subject]bool{}
	for _, r := range a.access.readers(ref.Namespace, ref.Name) {
		readers[r.Subject] = true
	}
	rows := a.reachRows([]question{
		{howCreatePods + ": one that mounts it", createPods(ref.Namespace)},
		{"patch templates: one mounts it", a.access.patchTemplates(ref.Namespace, a.refs)},
	}, "", readers)
	for _, w := range users {
		own := rbac.Subject{Kind: rbacv1.ServiceAccountKind, Namespace: ref.Namespace, Name: workload.AccountName(w.Shapes()[0].Spec)}
		readers[own] = true // it is in the rows of uses
		rows = append(rows, a.reachRows(a.access.intoPods(w, a.owners(w)), " into "+shortRef(w.Ref), readers)...)
		for _, b := range a.rootOnNodes(w) {
			names := []string{}
			for _, ref := range b.Ways[0].Workloads {
				names = append(names, ref.Namespace+"/"+ref.Name)
			}
			rows = append(rows, row("reach", b.Subject, "files of the pods there", workload.SomeOf(names)))
		}
	}
	return rows
}

// reachRows asks who may do something, and leaves out who was told before.
func (a *assessor) reachRows(questions []question, into string, told map[rbac.Subject]bool) []api.Row {
	var rows []api.Row
	for _, q := range questions {
		may := a.access.whoMay(q.requests)
		subjects := make([]rbac.Subject, 0, len(may))
		for s, grant := range may {
			if !told[s] && !isSystem(s, []rbac.Grant{grant}) {
				subjects = append(subjects, s)
			}
		}
		slices.SortFunc(subjects, rbac.Subject.Compare)
		for _, s := range subjects {
			told[s] = true
			rows = append(rows, row("reach", subjectFrom(s, ""), q.how+into, roleIn(may[s])))
		}
	}
	return rows
}

// shortRef is a workload as kubectl names it.
func shortRef(ref api.Ref) string { return ref.Short() }
