package rbac

import "slices"

// raise leads on by roles that somebody, who may be another than the one who stands here, can
// give all rights by the power to escalate: those bound here, and those that can be bound.
func (l *leads) raise(by *leads, x *Power) {
	does := x.Does()
	if by != l {
		does += " as " + by.at.String()
	}
	for _, b := range l.holdings() {
		if by.swells(x, b.role) {
			l.rule(gain{power: x, does: does}, b.ref.Namespace)
		}
	}
	for i := range l.powers {
		b := &l.powers[i]
		with := gain{power: x, beside: b, does: does + " and " + b.Does()}
		with.local = b.Kind == MayBindInNamespace || b.Resource == "rolebindings"
		switch b.Kind {
		case MayBindInCluster, MayBindInNamespace:
			if by.swellsNamed(x, b) {
				l.rule(with, scopeOf(x, b))
			}
		case MayWriteBindings:
			l.bindRaised(by, x, b, with)
		}
	}
}

// bindRaised needs no right to bind: a role without rules may be bound by anybody (Create of
// k8s.io/kubernetes pkg/registry/rbac/rolebinding/policybased), and be given rules then.
func (l *leads) bindRaised(by *leads, x, b *Power, with gain) {
	if x.Resource == "roles" && b.Resource == "clusterrolebindings" || !overlap(x.Namespace, b.Namespace) {
		return
	}
	if slices.Contains(b.Verbs, "create") {
		if by.refills(x) {
			l.rule(with, scopeOf(x, b))
		}
		return
	}
	kind := kindClusterRoleBinding
	if b.Resource == "rolebindings" {
		kind = kindRoleBinding
	}
	for _, roles := range []map[roleKey]*role{l.policy.roles, l.policy.absent} {
		for _, r := range roles {
			for _, bound := range r.bindings {
				here := b.Namespace == "" || b.Namespace == bound.ref.Namespace
				if here && bound.ref.Kind == kind && b.covers(bound.ref.Name) && by.writes(x, r) {
					l.rule(with, bound.ref.Namespace)
				}
			}
		}
	}
}

// scopeOf is where a binding of roles that are written holds.
func scopeOf(x, b *Power) string {
	if b.Namespace == "" {
		return x.Namespace
	}
	return b.Namespace
}

func overlap(a, b string) bool { return a == "" || b == "" || a == b }

func (x *Power) covers(name string) bool { return len(x.Names) == 0 || slices.Contains(x.Names, name) }

// changes tells whether the power changes an object of the name that is there.
func (x *Power) changes(name string) bool {
	return x.covers(name) && (slices.Contains(x.Verbs, "patch") || slices.Contains(x.Verbs, "update"))
}

// makes tells whether the power to escalate makes objects of any name: by a request without
// one, for which a right to names is not enough.
func (x *Power) makes() bool { return len(x.Names) == 0 && slices.Contains(x.Verbs, "create") }

// writes tells whether a role, there or not, can be given any rules (RoleEscalationAuthorized
// of k8s.io/kubernetes pkg/registry/rbac). To update or apply one that is not there makes it,
// by the right to create it (AllowCreateOnUpdate of pkg/registry/rbac/role).
func (l *leads) writes(x *Power, r *role) bool {
	if (x.Resource == "roles") != (r.ref.Kind == kindRole) || !overlap(x.Namespace, r.ref.Namespace) {
		return false
	}
	if !r.absent {
		return x.changes(r.ref.Name)
	}
	return x.makes() || x.changes(r.ref.Name) && l.may(Request{
		Verb: "create", Group: x.Group, Resource: x.Resource, Namespace: r.ref.Namespace, Name: r.ref.Name,
	})
}

// swells tells whether a role can be given all rights: itself, or by another with the labels
// of those whose rules it takes (k8s.io/kubernetes pkg/controller/clusterroleaggregation).
func (l *leads) swells(x *Power, r *role) bool {
	return l.writes(x, r) || r.aggregates && x.Resource == "clusterroles" && l.writesSome(x)
}

// writesSome tells whether there is or can be a role that the power writes.
func (l *leads) writesSome(x *Power) bool {
	if x.makes() {
		return true
	}
	if len(x.Names) == 0 {
		return x.changes("") // some are always there
	}
	return slices.ContainsFunc(x.Names, func(name string) bool { return l.writes(x, l.role(x, name)) })
}

// refills tells whether the power leaves a role without rules and gives it all later: one that
// is there, or a new one that is deleted and made again, or takes its rules from a newer one.
func (l *leads) refills(x *Power) bool {
	if !x.makes() || x.changes("") || x.Resource == "clusterroles" {
		return l.writesSome(x)
	}
	return l.may(Request{Verb: "delete", Group: x.Group, Resource: x.Resource, Namespace: x.Namespace})
}

// swellsNamed tells whether one of the roles that may be bound can be given all rights.
func (l *leads) swellsNamed(x, b *Power) bool {
	if x.Resource != b.Resource || !overlap(x.Namespace, b.Namespace) {
		return false
	}
	if len(b.Names) == 0 {
		return l.writesSome(x)
	}
	return slices.ContainsFunc(b.Names, func(name string) bool {
		y := *x
		y.Namespace = scopeOf(x, b)
		return l.swells(x, l.role(&y, name))
	})
}

// role is the one of a name that the power is about, there or not.
func (l *leads) role(x *Power, name string) *role {
	key, kind := roleKey{x.Namespace, name}, kindRole
	if x.Resource == "clusterroles" {
		key.namespace, kind = "", kindClusterRole
	}
	if r := l.policy.roles[key]; r != nil && r.ref.Kind == kind {
		return r
	}
	if kind == kindRole && x.Namespace == "" {
		for key, r := range l.policy.roles {
			if key.name == name && r.ref.Kind == kind {
				return r // which of them makes no difference
			}
		}
	}
	return &role{ref: RefOf(kind, key.namespace, name), absent: true}
}
