package assess

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// question is one way to become somebody: whoever may do any of the requests can.
type question struct {
	how      string
	requests []rbac.Request
}

// becomers are all who can run code in a workload or act as its account, by RBAC.
func (a *access) becomers(w *workload.Workload, accountName string, owners, others []api.Ref, tokenSecrets []string) []api.Becomer {
	questions := append(a.intoPods(w, owners), a.asAccount(w.Ref.Namespace, accountName, others)...)
	questions = append(questions, readingTokens(w.Ref.Namespace, tokenSecrets)...)
	own := rbac.Subject{Kind: rbacv1.ServiceAccountKind, Namespace: w.Ref.Namespace, Name: accountName}
	return a.ask(append([]question{everything(w.Ref.Namespace)}, questions...), own)
}

// everything is asked first: who may do all is not told to be able to do each.
func everything(namespace string) question {
	return question{howEverything, []rbac.Request{{Verb: "*", Group: "*", Resource: "*", Namespace: namespace}}}
}

const howEverything = "everything"

// intoPods are the ways to run code in the pods of a workload.
func (a *access) intoPods(w *workload.Workload, owners []api.Ref) []question {
	if len(owners) == 0 {
		return nil
	}
	ns := w.Ref.Namespace
	names := []string{""}
	named := a.limited("", "pods")
	for _, pod := range w.Pods {
		if named[pod.Name] {
			names = append(names, pod.Name)
		}
	}
	onPods := func(subresource string, verbs ...string) []rbac.Request {
		var out []rbac.Request
		for _, verb := range verbs {
			for _, name := range names {
				out = append(out, rbac.Request{Verb: verb, Resource: "pods", Subresource: subresource, Namespace: ns, Name: name})
			}
		}
		return out
	}
	connect := []string{"create"}
	if a.server.Minor != 0 && a.server.Minor < 35 {
		// A WebSocket request is a GET, and was authorized as get alone before 1.35
		// (k8s.io/kubernetes pkg/registry/core/pod/rest/subresources.go).
		connect = append(connect, "get")
	}
	questions := []question{
		{"exec", onPods("exec", connect...)},
		{"attach", onPods("attach", connect...)},
		{"debug", onPods("ephemeralcontainers", "patch", "update")},
		{"patch pods", onPods("", "patch", "update")},
		{"nodes/proxy", []rbac.Request{{Verb: "get", Resource: "nodes", Subresource: "proxy"}, {Verb: "create", Resource: "nodes", Subresource: "proxy"}}},
	}
	for _, owner := range owners {
		resource := resourceOf(owner)
		if resource == "jobs" {
			continue // the template of a Job does not change
		}
		r := rbac.Request{Group: owner.Group(), Resource: resource, Namespace: ns, Name: owner.Name}
		patch, update := r, r
		patch.Verb, update.Verb = "patch", "update"
		questions = append(questions, question{"patch " + resource, []rbac.Request{patch, update}})
	}
	return questions
}

// templateResources are the resources whose objects have pod templates, by kind.
func templateResources() [][3]string {
	return [][3]string{
		{"apps", "Deployment", "deployments"}, {"apps", "StatefulSet", "statefulsets"}, {"apps", "DaemonSet", "daemonsets"},
		{"apps", "ReplicaSet", "replicasets"}, {"batch", "Job", "jobs"}, {"batch", "CronJob", "cronjobs"},
		{"", "ReplicationController", "replicationcontrollers"},
	}
}

// resourceOf is the resource of an owner; that of a custom kind is its plural, as far as English
// goes.
func resourceOf(owner api.Ref) string {
	for _, r := range templateResources() {
		if r[0] == owner.Group() && r[1] == owner.Kind {
			return r[2]
		}
	}
	plural, _ := meta.UnsafeGuessKindToResource(schema.GroupVersionKind{Group: owner.Group(), Version: "v1", Kind: owner.Kind})
	return plural.Resource
}

// asAccount are the ways to act as an account.
func (a *access) asAccount(ns, name string, others []api.Ref) []question {
	user := api.AccountUser(ns, name)
	questions := []question{
		{"token", []rbac.Request{{Verb: "create", Resource: "serviceaccounts", Subresource: "token", Namespace: ns, Name: name}}},
		{"impersonate", []rbac.Request{
			{Verb: "impersonate", Resource: "serviceaccounts", Namespace: ns, Name: name},
			{Verb: "impersonate", Resource: "users", Name: user},
		}},
		{howCreatePods, createPods(ns)},
		{"patch templates", a.patchTemplates(ns, others)},
	}
	if a.server.Minor == 0 || a.server.Minor >= 36 {
		// For the verbs of impersonate-on:serviceaccount:… alone (KEP-5284, on since 1.36).
		questions = append(questions, question{"impersonate, constrained", []rbac.Request{{
			Verb: "impersonate:serviceaccount", Group: "authentication.k8s.io", Resource: "serviceaccounts", Namespace: ns, Name: name,
		}}})
	}
	return questions
}

// patchTemplates are the requests by which a template that is there gets another account, or
// another Secret: those for any name, and those for names that rules are limited to.
func (a *access) patchTemplates(ns string, workloads []api.Ref) []rbac.Request {
	var out []rbac.Request
	for _, r := range templateResources() {
		if r[2] == "jobs" {
			continue
		}
		names := []string{""}
		named := a.limited(r[0], r[2])
		for _, ref := range workloads {
			if ref.Namespace == ns && ref.Kind == r[1] && named[ref.Name] {
				names = append(names, ref.Name)
			}
		}
		for _, name := range names {
			for _, verb := range []string{"patch", "update"} {
				out = append(out, rbac.Request{Verb: verb, Group: r[0], Resource: r[2], Namespace: ns, Name: name})
			}
		}
	}
	return out
}

// limited are the names that rules about a resource are limited to.
func (a *access) limited(group, resource string) map[string]bool {
	return a.names.Of(schema.GroupResource{Group: group, Resource: resource}, func() map[string]bool { return a.policy.Named(group, resource) })
}

// readingTokens is to read the Secrets that hold a token of the account, as far as those are
// known.
func readingTokens(ns string, secrets []string) []question {
	if len(secrets) == 0 {
		return nil
	}
	q := question{how: "token secret"}
	for _, name := range secrets {
		for _, verb := range readVerbs() {
			q.requests = append(q.requests, rbac.Request{Verb: verb, Resource: "secrets", Namespace: ns, Name: name})
		}
	}
	return []question{q}
}

const howCreatePods = "create pods"

// createPods are the requests by which pods come to be, of the requester's own making.
func createPods(ns string) []rbac.Request {
	create := []rbac.Request{{Verb: "create", Resource: "pods", Namespace: ns}}
	for _, r := range templateResources() {
		create = append(create, rbac.Request{Verb: "create", Group: r[0], Resource: r[2], Namespace: ns})
	}
	return create
}

// ask collects who may do what, a subject each. Who may do everything is listed with that.
func (a *access) ask(questions []question, own rbac.Subject) []api.Becomer {
	ways := map[rbac.Subject][]api.Way{}
	grants := map[rbac.Subject][]rbac.Grant{}
	for _, q := range questions {
		for subject, grant := range a.whoMay(q.requests) {
			if subject == own || implied(ways[subject], q.how) {
				continue
			}
			ways[subject] = append(ways[subject], api.Way{How: q.how, Via: new(via(grant, own.Namespace))})
			grants[subject] = append(grants[subject], grant)
		}
	}
	out := make([]api.Becomer, 0, len(ways))
	for subject, w := range ways {
		out = append(out, api.Becomer{Subject: subjectFrom(subject, ""), System: isSystem(subject, grants[subject]), Ways: w})
	}
	slices.SortFunc(out, compareBecomers)
	return out
}

// implied tells a way that is part of one told before.
func implied(ways []api.Way, how string) bool {
	return slices.ContainsFunc(ways, func(w api.Way) bool {
		return w.How == howEverything || how == "patch templates" && (w.How == howCreatePods || strings.HasPrefix(w.How, "patch "))
	})
}

// compareBecomers puts groups first, which stand for many, then users, then accounts.
func compareBecomers(a, b api.Becomer) int {
	return cmp.Or(cmp.Compare(rankOf(a.Subject), rankOf(b.Subject)), strings.Compare(a.Subject, b.Subject))
}

func rankOf(subject string) int {
	kind, _, _ := strings.Cut(subject, " ")
	return slices.Index([]string{rbacv1.GroupKind, rbacv1.UserKind, rbacv1.ServiceAccountKind}, kind)
}

// whoMay are those who may do any of the requests, each with the first grant.
func (a *access) whoMay(requests []rbac.Request) map[rbac.Subject]rbac.Grant {
	out := map[rbac.Subject]rbac.Grant{}
	for _, r := range requests {
		for _, holder := range a.subjects(r) {
			if _, found := out[holder.Subject]; !found {
				out[holder.Subject] = holder.Grants[0]
			}
		}
	}
	return out
}

// rootOnNodes is who is root on the nodes of a workload: pods of other workloads that can
// leave their container.
func (a *assessor) rootOnNodes(w *workload.Workload) []api.Becomer {
	if len(w.Pods) == 0 {
		return nil
	}
	nodes := map[string]bool{}
	for _, pod := range w.Pods {
		if pod.Spec.NodeName != "" {
			nodes[pod.Spec.NodeName] = true
		}
	}
	var refs []api.Ref
	var where []string
	for _, pod := range a.worldOf().pods {
		if !nodes[pod.node] || pod.ref == w.Ref || !pod.root {
			continue
		}
		if !slices.Contains(refs, pod.ref) {
			refs = append(refs, pod.ref)
		}
		if !slices.Contains(where, pod.node) {
			where = append(where, pod.node)
		}
	}
	if len(refs) == 0 {
		return nil
	}
	slices.Sort(where)
	slices.SortFunc(refs, api.Ref.Compare)
	return []api.Becomer{{
		Subject: fmt.Sprintf("root on %s", workload.SomeOf(where)),
		Ways:    []api.Way{{How: "root", Workloads: refs}},
	}}
}
