package assess

import (
	"maps"
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	psapi "k8s.io/pod-security-admission/api"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/podsecurity"
	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// Reach says where the rights of the accounts of an inventory lead, over as many steps as
// were read: the namespaces of which pods and accounts decide what is reached. The accounts
// are those of its workloads, and those asked for by themselves. It is for cluster.Query.
func Reach(inv *cluster.Inventory, accounts ...api.Ref) cluster.Reach {
	f := &follower{
		inv: inv, access: newAccess(inv), world: newWorld(inv, podsecurity.New(PolicyVersion(inv.Server, psapi.Version{}))),
		seen: map[rbac.Subject]bool{}, namespaces: map[string]bool{},
	}
	judged := map[api.Ref]bool{}
	for _, w := range inv.Workloads() {
		judged[w.Ref] = true
		for _, shape := range w.Shapes() {
			f.visitAccount(w.Ref.Namespace, workload.AccountName(shape.Spec))
		}
	}
	for _, ref := range accounts {
		f.visitAccount(ref.Namespace, ref.Name)
	}
	f.fromNodes(judged)
	for len(f.todo) > 0 {
		next := f.todo[0]
		f.todo = f.todo[1:]
		f.follow(f.powers(next))
	}
	return slices.Sorted(maps.Keys(f.namespaces))
}

// follower goes from subject to subject.
type follower struct {
	inv        *cluster.Inventory
	access     *access
	world      *world
	todo       []rbac.Subject
	seen       map[rbac.Subject]bool
	namespaces map[string]bool
}

func (f *follower) visit(s rbac.Subject) {
	if !f.seen[s] {
		f.seen[s] = true
		f.todo = append(f.todo, s)
	}
}

func (f *follower) visitAccount(namespace, name string) {
	f.visit(rbac.Subject{Kind: rbacv1.ServiceAccountKind, Namespace: namespace, Name: name})
}

func (f *follower) powers(s rbac.Subject) []rbac.Power {
	if s.Kind == rbacv1.ServiceAccountKind {
		return f.access.account(s.Namespace, s.Name).powers
	}
	return f.access.policy.Powers(s.Identity(), f.access.server)
}

// fromNodes visits the accounts of all pods on nodes where a workload is root.
func (f *follower) fromNodes(judged map[api.Ref]bool) {
	nodes := map[string]bool{}
	for _, pod := range f.world.pods {
		if judged[pod.ref] && pod.root {
			nodes[pod.node] = true
		}
	}
	for _, pod := range f.world.pods {
		if nodes[pod.node] && pod.token {
			f.visitAccount(pod.namespace, pod.account)
		}
	}
}

// follow visits what powers lead to. Who has the cluster leads nowhere.
func (f *follower) follow(powers []rbac.Power) {
	for _, p := range powers {
		if p.Kind == rbac.MayDoEverything && p.Namespace == "" {
			return
		}
	}
	for _, p := range powers {
		switch {
		case f.leadsToNodes(p, powers):
			f.enter("")
		case leadsToPods(p.Kind):
			f.enter(p.Namespace)
		case p.Kind == rbac.MayReadSecrets:
			f.readTokens(p)
		case p.Kind == rbac.MayImpersonateUsers:
			f.become(rbacv1.UserKind, p.Names)
		case p.Kind == rbac.MayImpersonateGroups:
			f.become(rbacv1.GroupKind, p.Names)
		}
	}
}

// enter visits the accounts of a namespace, of all where it is empty.
func (f *follower) enter(namespace string) {
	if f.namespaces[namespace] || f.namespaces[""] {
		return
	}
	f.namespaces[namespace] = true
	for _, pod := range f.world.pods {
		if namespace == "" || pod.namespace == namespace {
			f.visitAccount(pod.namespace, pod.account)
		}
	}
	for _, s := range f.access.named {
		if namespace == "" || s.Namespace == namespace {
			f.visit(s)
		}
	}
}

func (f *follower) become(kind string, names []string) {
	for _, name := range names {
		f.visit(rbac.Subject{Kind: kind, Name: name})
	}
}

// readTokens visits the accounts of token Secrets; who also changes one has a token of any
// account of its namespace.
func (f *follower) readTokens(p rbac.Power) {
	for _, s := range f.inv.Secrets() {
		if s.Account == "" || p.Namespace != "" && p.Namespace != s.Namespace || len(p.Names) > 0 && !slices.Contains(p.Names, s.Name) {
			continue
		}
		f.visitAccount(s.Namespace, s.Account)
		for _, named := range f.access.named {
			if named.Namespace == s.Namespace {
				f.visit(named)
			}
		}
	}
}

// leadsToNodes tells the powers that lead to root on some node or to its name, and so to the
// pods of all namespaces. powers are all of who holds it.
func (f *follower) leadsToNodes(p rbac.Power, powers []rbac.Power) bool {
	switch p.Kind {
	case rbac.MayDoEverything, rbac.MayEscalate, rbac.MayBindInNamespace, rbac.MayBindInCluster, rbac.MayProxyNodes, rbac.MayIssueNodeCertificates:
		return true
	case rbac.MayImpersonateUsers:
		return slices.ContainsFunc(p.Names, func(name string) bool { return strings.HasPrefix(name, "system:node:") })
	case rbac.MayCreatePods, rbac.MayWriteTemplates:
		return p.Namespace == "" || admitsPrivileged(f.inv, p.Namespace) || slices.ContainsFunc(powers, func(beside rbac.Power) bool {
			return beside.Kind == rbac.MayWriteNamespaces || beside.Kind == rbac.MayWriteVolumes
		})
	case rbac.MayExec, rbac.MayDebug, rbac.MayChangePods:
		return slices.ContainsFunc(f.world.pods, func(pod neighbour) bool {
			named := len(p.Names) == 0 || slices.Contains(p.Names, pod.name)
			return pod.root && named && (p.Namespace == "" || p.Namespace == pod.namespace)
		})
	}
	return false
}
