package assess

import (
	"cmp"
	"slices"
	"sync"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// pathFinder finds where accounts get, in the world that was read.
type pathFinder struct {
	mu    sync.Mutex
	graph *rbac.Graph
	known map[accountKey]ways
}

// ways are where an account gets: the shortest paths to each goal and, where none of them
// leads to the cluster, what may.
type ways struct {
	paths []rbac.Path
	doubt *doubt
}

// paths are the shortest ways of an account to each goal.
func (a *assessor) paths(key accountKey) []rbac.Path { return a.ways(key).paths }

// ways works out where an account gets. One without powers gets nowhere.
func (a *assessor) ways(key accountKey) ways {
	if len(a.access.account(key.namespace, key.name).powers) == 0 {
		return ways{}
	}
	world := a.worldOf()
	a.finder.mu.Lock()
	defer a.finder.mu.Unlock()
	if a.finder.graph == nil {
		a.finder.graph = a.access.policy.Graph(a.rbacWorld(world), a.access.server)
		a.finder.known = map[accountKey]ways{}
	}
	known, found := a.finder.known[key]
	if !found {
		paths, around := a.finder.graph.Explore(rbac.ServiceAccount(key.namespace, key.name))
		known.paths = paths
		if !slices.ContainsFunc(paths, func(p rbac.Path) bool { return p.Goal.Kind == rbac.GoalClusterAdmin }) {
			known.doubt = a.leadsOn(around)
		}
		a.finder.known[key] = known
	}
	return known
}

// rbacWorld is the world in the terms of RBAC. Pods of one workload that are alike are one,
// those that are root on their nodes for each node.
func (a *assessor) rbacWorld(w *world) *rbac.World {
	out := &rbac.World{Privileged: a.admitsPrivileged, Accounts: a.allAccounts()}
	type alike struct {
		ref         api.Ref
		account     string
		token, root bool
		node        string
	}
	index := map[alike]int{}
	for _, pod := range w.pods {
		key := alike{pod.ref, pod.account, pod.token, pod.root, ""}
		if pod.root {
			key.node = pod.node
		}
		at, found := index[key]
		if !found {
			at = len(out.Pods)
			index[key] = at
			out.Pods = append(out.Pods, rbac.Pod{
				Namespace: pod.namespace, Token: pod.token, Root: pod.root,
				Account: rbac.Subject{Kind: rbacv1.ServiceAccountKind, Namespace: pod.namespace, Name: pod.account},
			})
		}
		out.Pods[at].Names = append(out.Pods[at].Names, pod.name)
		// A pod without a node, as in files, will have one.
		if (pod.node != "" || pod.root) && !slices.Contains(out.Pods[at].Nodes, pod.node) {
			out.Pods[at].Nodes = append(out.Pods[at].Nodes, pod.node)
		}
	}
	for _, s := range a.inv.Secrets() {
		if s.Account != "" {
			account := rbac.Subject{Kind: rbacv1.ServiceAccountKind, Namespace: s.Namespace, Name: s.Account}
			out.TokenSecrets = append(out.TokenSecrets, rbac.TokenSecret{Namespace: s.Namespace, Name: s.Name, Account: account})
		}
	}
	return out
}

// allAccounts are those that were read and, of namespaces whose accounts were not all read,
// those that bindings name: they may be there.
func (a *assessor) allAccounts() []rbac.Subject {
	seen := map[rbac.Subject]bool{}
	listed := map[string]bool{}
	add := func(namespace, name string) {
		seen[rbac.Subject{Kind: rbacv1.ServiceAccountKind, Namespace: namespace, Name: name}] = true
	}
	for _, namespace := range a.inv.AccountNamespaces() {
		names, all := a.inv.Accounts(namespace)
		listed[namespace] = all
		for _, name := range names {
			add(namespace, name)
		}
	}
	for _, s := range a.access.named {
		if _, all := a.inv.Accounts(s.Namespace); !all && !listed[s.Namespace] {
			add(s.Namespace, s.Name)
		}
	}
	out := make([]rbac.Subject, 0, len(seen))
	for s := range seen {
		out = append(out, s)
	}
	slices.SortFunc(out, rbac.Subject.Compare)
	return out
}

// accountsNamed are the accounts that bindings name.
func accountsNamed(read cluster.Access) []rbac.Subject {
	var out []rbac.Subject
	add := func(own string, subjects []rbacv1.Subject) {
		for _, s := range subjects {
			namespace := cmp.Or(s.Namespace, own)
			if s.Kind == rbacv1.ServiceAccountKind && namespace != "" {
				out = append(out, rbac.Subject{Kind: s.Kind, Namespace: namespace, Name: s.Name})
			}
		}
	}
	for _, b := range read.RoleBindings {
		add(b.Namespace, b.Subjects)
	}
	for _, b := range read.ClusterRoleBindings {
		add("", b.Subjects)
	}
	slices.SortFunc(out, rbac.Subject.Compare)
	return slices.Compact(out)
}

// leadsToPods tells the powers that lead to other accounts through their namespaces.
func leadsToPods(kind rbac.PowerKind) bool {
	return slices.Contains([]rbac.PowerKind{
		rbac.MayDoEverything, rbac.MayEscalate, rbac.MayBindInNamespace, rbac.MayImpersonateAccounts, rbac.MayMintTokens,
		rbac.MayMakeTokenSecrets, rbac.MayCreatePods, rbac.MayWriteTemplates, rbac.MayChangePods, rbac.MayExec,
		rbac.MayDebug, rbac.MayProxyNodes,
	}, kind)
}

// hopsOf are the steps of a path as reports have them.
func hopsOf(path rbac.Path, namespace string) []api.Hop {
	hops := []api.Hop{}
	for _, step := range path.Steps {
		hop := api.Hop{Subject: step.From, Does: step.Does, Becomes: step.To, Via: api.Via{Rules: []int{}}}
		if step.Power != nil && len(step.Power.Grants) > 0 {
			hop.Via = via(step.Power.Grants[0], namespace)
		}
		hops = append(hops, hop)
	}
	return hops
}

// unknownRights tells that a part of RBAC could not be read.
func (a *access) unknownRights() bool { return a.fact == workload.FactUnknown }
