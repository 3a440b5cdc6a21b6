package rbac

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
)

// place is somewhere on a path: a subject to act as, root on a node, or a goal.
type place struct {
	kind            placeKind
	namespace, name string
}

// placeKind is the kind of a subject, or one of these.
type placeKind string

const (
	// placeNode is root on the node of that name, or on any for none.
	placeNode placeKind = "node"
	// placeNodeName is to be taken by the API server for the node of that name, or for any.
	placeNodeName placeKind = "node name"
	// placeCluster has no rights left to gain.
	placeCluster placeKind = "cluster"
	// placeSecrets is to have read all Secrets of the namespace, or of the cluster.
	placeSecrets placeKind = "secrets"
	// placeBound is a subject with roles that it has bound to itself, as its name says.
	placeBound placeKind = "bound"

	// These are sets: the accounts of a namespace; the accounts and nodes that code in its
	// pods gets; the accounts whose tokens are on a node, or lie in Secrets of a namespace.
	// Without a namespace and a name they are those of the cluster.
	placeAccounts     placeKind = "accounts"
	placePods         placeKind = "pods"
	placePodsOf       placeKind = "pods of a node"
	placeTokens       placeKind = "tokens"
	placeTokenSecrets placeKind = "token secrets"
)

// isSet tells whether the place stands for its members.
func (p place) isSet() bool {
	switch p.kind {
	case placeAccounts, placePods, placePodsOf, placeTokens, placeTokenSecrets:
		return true
	}
	return false
}

func (p place) subject() Subject { return Subject{string(p.kind), p.namespace, p.name} }

func (p place) compare(o place) int {
	return cmp.Or(strings.Compare(string(p.kind), string(o.kind)), strings.Compare(p.namespace, o.namespace), strings.Compare(p.name, o.name))
}

func placeOf(id Identity) place {
	if id.User == "" && len(id.Groups) > 0 {
		return place{kind: rbacv1.GroupKind, name: id.Groups[0]}
	}
	return placeAs(Subject{Kind: rbacv1.UserKind, Name: id.User})
}

func placeAs(s Subject) place {
	s = s.holder()
	return place{placeKind(s.Kind), s.Namespace, s.Name}
}

func (p place) String() string {
	switch p.kind {
	case placeNode:
		if p.name == "" {
			return "root on a node"
		}
		return "root on " + p.name
	case placeNodeName:
		if p.name == "" {
			return "the name of any node"
		}
		return "the name of node " + p.name
	case placeBound:
		return p.name
	case placeCluster:
		return string(GoalClusterAdmin)
	case placeSecrets:
		if p.namespace == "" {
			return "every Secret of the cluster"
		}
		return "every Secret of " + p.namespace
	}
	if p.namespace != "" {
		return string(p.kind) + " " + p.namespace + "/" + p.name
	}
	return string(p.kind) + " " + p.name
}

func (p place) goal() (goal Goal, is bool) {
	switch p.kind {
	case placeCluster:
		return Goal{Kind: GoalClusterAdmin}, true
	case placeNode:
		return Goal{Kind: GoalNodeRoot}, true
	case placeSecrets:
		return Goal{GoalSecrets, p.namespace}, true
	}
	return Goal{}, false
}

func (g Goal) compare(o Goal) int {
	return cmp.Or(strings.Compare(string(g.Kind), string(o.Kind)), strings.Compare(g.Namespace, o.Namespace))
}

// edge is a step without its beginning.
type edge struct {
	to            place
	power, beside *Power
	does          string
	// then is where a placeBound leads; nil for what can be told from the place.
	then func() *leads
}

// sortEdges leaves one edge to each place, the one of the fewest words, and puts those of the
// fewest words first.
func sortEdges(edges []edge) []edge {
	slices.SortStableFunc(edges, func(a, b edge) int {
		return cmp.Or(len(a.does)-len(b.does), strings.Compare(a.does, b.does), a.to.compare(b.to))
	})
	seen := make(map[place]bool, len(edges))
	return slices.DeleteFunc(edges, func(e edge) bool {
		known := seen[e.to]
		seen[e.to] = true
		return known
	})
}

// membersOf fills the sets of a world.
func membersOf(w *World) map[place][]place {
	sets := map[place]map[place]bool{}
	add := func(kind placeKind, namespace, name string, member place) {
		for _, set := range []place{{kind, namespace, name}, {kind: kind}} {
			if sets[set] == nil {
				sets[set] = map[place]bool{}
			}
			sets[set][member] = true
		}
	}
	for _, account := range w.Accounts {
		add(placeAccounts, account.Namespace, "", placeAs(account))
	}
	for _, secret := range w.TokenSecrets {
		add(placeTokenSecrets, secret.Namespace, "", placeAs(secret.Account))
	}
	for i := range w.Pods {
		pod := &w.Pods[i]
		for _, member := range pod.gives("") {
			add(placePods, pod.Namespace, "", member)
		}
		if pod.Token {
			add(placeTokens, "", "", placeAs(pod.Account)) // it runs on some node
		}
		for _, node := range pod.Nodes {
			for _, member := range pod.gives(node) {
				add(placePodsOf, "", node, member)
			}
			if pod.Token {
				add(placeTokens, "", node, placeAs(pod.Account))
			}
		}
	}
	members := make(map[place][]place, len(sets))
	for set, of := range sets {
		members[set] = slices.Collect(maps.Keys(of))
	}
	return members
}

// gives is what code in the pod gets, of one node alone where there is one.
func (pod *Pod) gives(only string) []place {
	var places []place
	if pod.Token {
		places = append(places, placeAs(pod.Account))
	}
	for _, node := range pod.Nodes {
		if pod.Root && (only == "" || node == only) {
			places = append(places, place{kind: placeNode, name: node})
		}
	}
	return places
}
