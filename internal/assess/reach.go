package assess

import (
	"maps"
	"slices"

	psapi "k8s.io/pod-security-admission/api"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/podsecurity"
	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
)

// Reach says where the rights of the accounts of an inventory lead, over as many steps as
// were read: the namespaces of which pods and accounts decide what is reached. It is for
// cluster.Query.
func Reach(inv *cluster.Inventory) cluster.Reach {
	f := &follower{
		access: newAccess(inv), world: newWorld(inv, podsecurity.New(policyVersion(inv.Server, psapi.Version{}))),
		seen: map[accountKey]bool{}, namespaces: map[string]bool{},
	}
	judged := map[api.Ref]bool{}
	for _, w := range inv.Workloads() {
		judged[w.Ref] = true
		for _, shape := range w.Shapes() {
			f.visit(w.Ref.Namespace, accountName(shape.Spec))
		}
	}
	f.fromNodes(judged)
	for len(f.todo) > 0 {
		next := f.todo[0]
		f.todo = f.todo[1:]
		f.follow(f.access.account(next.namespace, next.name))
	}
	return slices.Sorted(maps.Keys(f.namespaces))
}

// follower goes from account to account.
type follower struct {
	access     *access
	world      *world
	todo       []accountKey
	seen       map[accountKey]bool
	namespaces map[string]bool
}

func (f *follower) visit(namespace, name string) {
	if key := (accountKey{namespace, name}); !f.seen[key] {
		f.seen[key] = true
		f.todo = append(f.todo, key)
	}
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
			f.visit(pod.namespace, pod.account)
		}
	}
}

// follow visits what the powers of an account lead to. Who has the cluster leads nowhere.
func (f *follower) follow(from *account) {
	for _, power := range from.powers {
		if power.Kind == rbac.MayDoEverything && power.Namespace == "" {
			return
		}
		if !leadsToPods(power.Kind) || f.namespaces[power.Namespace] {
			continue
		}
		f.namespaces[power.Namespace] = true
		for _, pod := range f.world.pods {
			if power.Namespace == "" || pod.namespace == power.Namespace {
				f.visit(pod.namespace, pod.account)
			}
		}
		for _, s := range f.access.named {
			if power.Namespace == "" || s.Namespace == power.Namespace {
				f.visit(s.Namespace, s.Name)
			}
		}
	}
}
