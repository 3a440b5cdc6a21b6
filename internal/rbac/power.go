package rbac

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// Power is something that rights let their holder do beyond its own work: a way to more
// rights, to the secrets or the code of others, or past a guard.
type Power struct {
	Kind PowerKind
	// Namespace where it holds, empty for the whole cluster. What holds in the whole cluster
	// is not repeated for namespaces.
	Namespace string
	// Names are the only ones that it holds for, sorted; empty for any. They are names of
	// objects of Resource: of accounts for serviceaccounts/token, of roles where Resource is
	// roles or clusterroles, of signers, of users.
	Names []string
	// Verbs held of the ones that matter, sorted.
	Verbs []string
	// Group is the API group, empty for the core group.
	Group string
	// Resource with its subresource, such as "pods/exec".
	Resource string
	// Grants it stands on, each once, in the order in which the evaluator looks; the first
	// 1,024 where there are more.
	Grants []Grant
}

// Server is what of an API server decides which powers rights are.
type Server struct {
	// Minor is the y of its version 1.y; 0 stands for the newest known.
	Minor int
}

// has tells whether a change of Kubernetes has come with this version.
func (s Server) has(minor int) bool { return s.Minor == 0 || s.Minor >= minor }

// Powers are what the identity may do beyond its own work, sorted by kind, namespace, group,
// resource and names: one for each kind, namespace, resource and set of names. Who may do
// everything in the cluster, or in a namespace, has no other power there.
//
// Like all of this package it knows RBAC alone: what members of system:masters and nodes may
// do by other authorizers is not among them.
func (p *Policy) Powers(id Identity, server Server) []Power {
	return p.powersWith(id, nil, server)
}

// powersWith are the powers of an identity to which more is bound.
func (p *Policy) powersWith(id Identity, more []*binding, server Server) []Power {
	if p.catalog == nil {
		return nil
	}
	e := appraisal{catalog: p.catalog(), server: server}
	e.collect(merged(p.lists(id)))
	e.add(more)
	powers := e.powers()
	slices.SortFunc(powers, Power.compare)
	return powers
}

func (x Power) compare(y Power) int {
	return cmp.Or(
		strings.Compare(string(x.Kind), string(y.Kind)), strings.Compare(x.Namespace, y.Namespace),
		strings.Compare(x.Group, y.Group), strings.Compare(x.Resource, y.Resource),
		slices.Compare(x.Names, y.Names), slices.Compare(x.Verbs, y.Verbs),
	)
}

// Does is the power as a few words: "create pods/exec in shop", "get secrets db in shop",
// "do everything".
func (x Power) Does() string {
	var b strings.Builder
	switch x.Kind {
	case MayDoEverything:
		b.WriteString("do everything")
	default:
		b.WriteString(strings.Join(x.Verbs, ","))
		b.WriteString(" ")
		b.WriteString(x.Resource)
	}
	const shown = 3
	if len(x.Names) > 0 {
		b.WriteString(" ")
		b.WriteString(strings.Join(x.Names[:min(shown, len(x.Names))], ","))
		if len(x.Names) > shown {
			b.WriteString(",…")
		}
	}
	if x.Namespace != "" {
		b.WriteString(" in ")
		b.WriteString(x.Namespace)
	}
	return b.String()
}

// PowerKinds are all kinds of powers, sorted.
func PowerKinds() []PowerKind {
	kinds := map[PowerKind]bool{MayDoEverything: true}
	for _, r := range newCatalog().rows {
		if r.kind != "" {
			kinds[r.kind] = true
		}
	}
	return slices.Sorted(maps.Keys(kinds))
}
