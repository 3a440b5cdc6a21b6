package rbac

import (
	"slices"

	rbacv1 "k8s.io/api/rbac/v1"
)

// World is what of a cluster, beside its roles and bindings, decides where powers lead. The
// zero World, of which nothing is known, leaves the paths that stand on rights alone.
type World struct {
	// Accounts are all ServiceAccounts.
	Accounts []Subject
	Pods     []Pod
	// TokenSecrets are the Secrets of type kubernetes.io/service-account-token.
	TokenSecrets []TokenSecret
	// Privileged tells whether a namespace lets privileged pods in; nil where it is not known.
	Privileged func(namespace string) bool
}

// Pod is a pod, or all pods of a workload.
type Pod struct {
	Namespace string
	// Name is that of the pod; a power for named pods does not reach those of a workload.
	Name    string
	Account Subject
	// Token tells that a container holds a token of the account for the API server.
	Token bool
	// Root tells that code in a container can be root on its node.
	Root bool
	// Nodes it runs on.
	Nodes []string
}

// TokenSecret is a Secret with a token of a ServiceAccount of its namespace.
type TokenSecret struct {
	Namespace, Name string
	Account         Subject
}

// Goal is where a path leads.
type Goal struct {
	Kind GoalKind
	// Namespace whose Secrets are read, empty for those of the cluster; empty for other goals.
	Namespace string
}

// GoalKind is a sort of goal.
type GoalKind string

// The goals, the greatest first. Paths to one leave out what follows from it.
const (
	GoalClusterAdmin GoalKind = "cluster-admin"
	GoalNodeRoot     GoalKind = "node-root"
	GoalSecrets      GoalKind = "secrets"
)

// MaxSteps is the length of the longest path.
const MaxSteps = 3

// Path is a shortest way from an identity to a goal.
type Path struct {
	Goal  Goal
	Steps []Step
}

// Step is one hop of a path.
type Step struct {
	// From and To are such as "ServiceAccount shop/app", "User ann", "root on node-1",
	// "cluster-admin", "every Secret of shop".
	From, To string
	// Does is such as "create pods/exec in shop".
	Does string
	// Power that is used, with its grants; nil for root on a node, which needs no right.
	Power *Power
	// Beside is another power that is used with it, or nil.
	Beside *Power
}

// Paths are the shortest ways of at most MaxSteps steps from an identity to each goal that
// no greater goal with a path as short implies, the greatest first. To ask for more than one
// identity use Graph.
func (p *Policy) Paths(from Identity, w *World, server Server) []Path {
	return p.Graph(w, server).Paths(from)
}

// Graph finds paths in one world, and remembers what it has found of each subject. It is not
// for use at the same time.
type Graph struct {
	policy  *Policy
	world   World
	server  Server
	members map[place][]place
	edges   map[place][]edge
	// namespaces of which something is known.
	namespaces []string
}

// Graph begins to look for paths. A nil world is one of which nothing is known.
func (p *Policy) Graph(w *World, server Server) *Graph {
	g := &Graph{policy: p, server: server, edges: map[place][]edge{}}
	if w != nil {
		g.world = *w
	}
	g.members, g.namespaces = membersOf(&g.world), namespacesOf(&g.world)
	return g
}

// reached is a place on the way, by an edge from another.
type reached struct {
	place place
	from  *reached // nil at the start
	by    *edge
}

// steps are those from the start.
func (r *reached) steps() []Step {
	if r.from == nil {
		return nil
	}
	step := Step{From: r.from.place.String(), To: r.place.String(), Does: r.by.does, Power: r.by.power, Beside: r.by.beside}
	return append(r.from.steps(), step)
}

// Paths are as those of Policy.
func (g *Graph) Paths(from Identity) []Path {
	start := placeOf(from)
	frontier := []*reached{{place: start}}
	visited := map[place]bool{start: true}
	found := map[Goal]Path{}
	for step := range MaxSteps {
		var next []*reached
		for _, at := range frontier {
			further := g.next(at, from, visited, step == MaxSteps-1)
			for _, to := range further {
				goal, is := to.place.goal()
				if _, known := found[goal]; is && !known {
					found[goal] = Path{goal, to.steps()}
				}
			}
			next = append(next, further...)
		}
		if _, all := found[Goal{Kind: GoalClusterAdmin}]; all {
			break // what is further away follows from it
		}
		frontier = next
	}
	return essential(found)
}

// next are the places one step further that were not visited before, in their order; goals
// alone where it is the last step.
func (g *Graph) next(at *reached, from Identity, visited map[place]bool, last bool) []*reached {
	var next []*reached
	visit := func(to place, by *edge) {
		if _, is := to.goal(); last && !is {
			return
		}
		if !visited[to] {
			visited[to] = true
			next = append(next, &reached{to, at, by})
		}
	}
	edges := g.edgesOf(at, from)
	for i := range edges {
		e := &edges[i]
		if !e.to.isSet() {
			visit(e.to, e)
			continue
		}
		if whole := (place{kind: e.to.kind}); visited[e.to] || visited[whole] {
			continue // so are its members
		}
		if last && e.to.kind != placePods && e.to.kind != placePodsOf {
			continue // they are subjects
		}
		visited[e.to] = true
		for _, member := range g.members[e.to] {
			visit(member, e)
		}
	}
	slices.SortFunc(next, func(a, b *reached) int { return a.place.compare(b.place) })
	return next
}

// edgesOf are those of a place, worked out once. Only the start has other groups than those
// that its name says.
func (g *Graph) edgesOf(at *reached, from Identity) []edge {
	if at.from == nil {
		known := at.place.subject().Identity()
		if known.User != from.User || !slices.Equal(known.Groups, from.Groups) {
			return g.fromIdentity(from)
		}
	}
	edges, done := g.edges[at.place]
	if !done {
		edges = g.from(at.place)
		g.edges[at.place] = edges
	}
	return edges
}

func (g *Graph) from(at place) []edge {
	switch at.kind {
	case placeNode:
		return []edge{{to: place{placeTokens, "", at.name}, does: "take the tokens of its pods"}}
	case placeNodeName:
		return []edge{{to: place{placeTokens, "", at.name}, does: "ask for tokens of its pods"}}
	case rbacv1.ServiceAccountKind, rbacv1.UserKind, rbacv1.GroupKind:
		return g.fromIdentity(at.subject().Identity())
	}
	return nil
}

// essential leaves out what a path as short to a greater goal implies.
func essential(found map[Goal]Path) []Path {
	implied := func(goal, by Goal) bool {
		greater, known := found[by]
		return known && goal != by && len(greater.Steps) <= len(found[goal].Steps)
	}
	var paths []Path
	for goal, path := range found {
		ofCluster := goal.Kind == GoalSecrets && implied(goal, Goal{Kind: GoalSecrets})
		if !ofCluster && !implied(goal, Goal{Kind: GoalClusterAdmin}) {
			paths = append(paths, path)
		}
	}
	slices.SortFunc(paths, func(a, b Path) int { return a.Goal.compare(b.Goal) })
	return paths
}
