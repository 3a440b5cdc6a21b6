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
	// Names are those of the pods.
	Names   []string
	Account Subject
	// Token tells that a container holds a token of the account for the API server.
	Token bool
	// Root tells that code in a container can be root on its node.
	Root bool
	// Nodes it runs on; pods of several names that are Root run on the same ones.
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
	known   map[place]*leads
	// namespaces of which something is known.
	namespaces []string
	// named are the pods by namespace and name.
	named map[roleKey]*Pod
}

// Graph begins to look for paths. A nil world is one of which nothing is known.
func (p *Policy) Graph(w *World, server Server) *Graph {
	g := &Graph{policy: p, server: server, known: map[place]*leads{}}
	if w != nil {
		g.world = *w
	}
	g.members, g.namespaces = membersOf(&g.world), namespacesOf(&g.world)
	return g
}

// Reached is somebody in reach of an identity, or itself.
type Reached struct {
	// Powers are what he may do.
	Powers []Power
	at     *reached
}

// Steps are those by which he is reached.
func (r Reached) Steps() []Step { return r.at.steps() }

// Paths are as those of Policy.
func (g *Graph) Paths(from Identity) []Path {
	return essential(g.walk(from).found)
}

// Explore finds the paths of an identity, and who is reached so soon that a power of his can be
// used within MaxSteps, itself first and then the nearest. On the way to all of the cluster it
// goes no further than that.
func (g *Graph) Explore(from Identity) ([]Path, []Reached) {
	w := g.walk(from)
	around := make([]Reached, len(w.people))
	for i, who := range w.people {
		around[i] = Reached{who.powers, who.at}
	}
	return essential(w.found), around
}

func (g *Graph) walk(from Identity) *walk {
	start := &reached{place: placeOf(from)}
	w := &walk{Graph: g, from: from, visited: map[place]bool{start.place: true}, found: map[Goal]Path{}}
	w.levels[0] = []*reached{start}
	for step := range MaxSteps {
		w.expand(step)
		if _, all := w.found[Goal{Kind: GoalClusterAdmin}]; all {
			break // what is further away follows from it
		}
	}
	return w
}

// leadsFrom are those of a place, worked out once. Only the start has other groups than those
// that its name says.
func (g *Graph) leadsFrom(at *reached, from Identity) *leads {
	if at.from == nil {
		known := at.place.subject().Identity()
		if known.User != from.User || !slices.Equal(known.Groups, from.Groups) {
			return g.leadsOf(at.place, from, nil)
		}
	} else if at.by.then != nil {
		return at.by.then()
	}
	l, done := g.known[at.place]
	if !done {
		l = g.fromPlace(at.place)
		g.known[at.place] = l
	}
	return l
}

func (g *Graph) fromPlace(at place) *leads {
	switch at.kind {
	case placeNode:
		return &leads{edges: []edge{{to: place{placeTokens, "", at.name}, does: "take the tokens of its pods"}}}
	case placeNodeName:
		return &leads{edges: []edge{{to: place{placeTokens, "", at.name}, does: "ask for tokens of its pods"}}}
	case rbacv1.ServiceAccountKind, rbacv1.UserKind, rbacv1.GroupKind:
		return g.leadsOf(at, at.subject().Identity(), nil)
	}
	return &leads{}
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
