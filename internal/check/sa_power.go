package check

import (
	"cmp"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// danger says what a kind of power means. The zero value stands for kinds that are no
// matter of a check.
type danger struct {
	// cluster and namespace are the severities where the power holds in the whole cluster and
	// in one namespace; named that of a power over some names, as over any where it is empty.
	cluster, namespace, named api.Severity
	// gives is what follows, givesNamed from a power over some names.
	gives, givesNamed string
	// want is what is right in place of it, "none" where it is empty.
	want string
	// byName marks powers over roles, users and groups, of which some names say that they may
	// do everything.
	byName bool
	// harmless tells names over which it is no power; nil where there are none.
	harmless func(name string) bool
	// privileged marks what makes pods: worse where Pod Security admits privileged ones.
	privileged bool
}

// dangers are the kinds of power that a check is about.
type dangers func(kind rbac.PowerKind) danger

// graders are the checks of powers. Each kind is the matter of one of them at most.
func graders() [9]struct {
	check   string
	dangers dangers
} {
	return [...]struct {
		check   string
		dangers dangers
	}{
		{saClusterAdmin, adminDangers}, {saEscalate, escalateDangers}, {saCreatePods, podDangers},
		{saExec, execDangers}, {saNodesProxy, nodeDangers}, {saSecrets, secretDangers},
		{saTokenCreate, tokenDangers}, {saGuards, guardDangers}, {saIndirect, indirectDangers},
	}
}

// OfPower is the ID of the check that reports a kind of power, empty for kinds that none does.
func OfPower(kind rbac.PowerKind) string {
	for _, g := range graders() {
		if g.dangers(kind).cluster != "" {
			return g.check
		}
	}
	return ""
}

// GradePower is the ID of the check that reports a power, and how bad the power is by itself;
// both are empty for what none reports.
func GradePower(p rbac.Power) (check string, severity api.Severity) {
	for _, g := range graders() {
		if severity := g.dangers(p.Kind).grade(p); severity != "" {
			return g.check, severity
		}
	}
	return "", ""
}

// worstPower is the severity of the worst power of the account, empty without one.
func worstPower(a *Account) api.Severity {
	var worst api.Severity
	if a == nil {
		return worst
	}
	for _, p := range a.Powers {
		if _, severity := GradePower(p); severity.Rank() > worst.Rank() {
			worst = severity
		}
	}
	return worst
}

// grade is how bad the power is. In kube-system it is as bad as in the whole cluster: the
// controllers' accounts are there.
func (d danger) grade(p rbac.Power) api.Severity {
	switch named := len(p.Names) > 0; {
	case named && d.harmless != nil && !slices.ContainsFunc(p.Names, func(n string) bool { return !d.harmless(n) }):
		return ""
	case named && d.named != "" && (!d.byName || !slices.ContainsFunc(p.Names, isAdministrator)):
		return d.named
	case p.Namespace == "" || p.Namespace == metav1.NamespaceSystem:
		return d.cluster
	}
	return cmp.Or(d.namespace, d.cluster)
}

// isAdministrator knows roles, groups and users that by their name may do everything:
// https://kubernetes.io/docs/reference/access-authn-authz/rbac/#user-facing-roles and what
// kubeadm makes.
func isAdministrator(name string) bool {
	return slices.Contains([]string{"cluster-admin", "system:masters", "kubeadm:cluster-admins", "kubernetes-admin"}, name)
}

func (d danger) follows(p rbac.Power) string {
	if len(p.Names) > 0 {
		return cmp.Or(d.givesNamed, d.gives)
	}
	return d.gives
}

// alike are powers that are told as one: of one place, as bad, with the same consequence.
type alike struct {
	namespace, gives, want string
	severity               api.Severity
	privileged             bool
}

// ofPowers makes a check of the powers it is about.
func ofPowers(c Check, dangers dangers) Check {
	c.Account = true
	c.Eval = func(s Subject) []Violation {
		if s.Account == nil {
			return nil
		}
		var order []alike
		groups := map[alike][]rbac.Power{}
		for _, p := range s.Account.Powers {
			d := dangers(p.Kind)
			severity := d.grade(p)
			if severity == "" {
				continue
			}
			group := alike{p.Namespace, d.follows(p), cmp.Or(d.want, "none"), severity, d.privileged}
			if groups[group] == nil {
				order = append(order, group)
			}
			groups[group] = append(groups[group], p)
		}
		var out []Violation
		known := false
		tokenless := len(order) > 0 && tokenless(s)
		for _, group := range order {
			v := group.violation(s.Account, groups[group])
			v.Severity, v.Modifier = group.step(s.Account, tokenless)
			out = append(out, v)
			known = known || group.severity != api.SeverityInfo
		}
		if !known && !slices.ContainsFunc(s.Account.Powers, isEverything) {
			out = append(out, unread(s)...)
		}
		return out
	}
	return c
}

// isEverything tells the power besides which there is nothing more to know.
func isEverything(p rbac.Power) bool { return p.Kind == rbac.MayDoEverything && p.Namespace == "" }

// step changes the severity by one at most.
func (a alike) step(account *Account, tokenless bool) (stepped api.Severity, modifier string) {
	admits := account.AdmitsPrivileged
	switch {
	case a.severity == api.SeverityInfo:
	case tokenless:
		return a.severity.Step(-1), "-1: no token in any container"
	case a.privileged && a.severity == api.SeverityHigh && a.namespace != "" && admits != nil && admits(a.namespace):
		return api.SeverityCritical, "+1: Pod Security admits privileged pods there"
	}
	return a.severity, ""
}

// tokenless tells that no container can use the rights of the account. The page of an
// account has no containers.
func tokenless(s Subject) bool {
	for range s.Containers() {
		return len(Tokens(s)) == 0
	}
	return false
}

// unread is the one violation of a check that found nothing where not all rights are known.
func unread(s Subject) []Violation {
	if s.Account.Fact != workload.FactUnknown {
		return nil
	}
	return []Violation{{
		Unknown: true, Path: s.Join("spec.serviceAccountName"), Got: "unknown", Want: "none",
		Message: cmp.Or(s.Account.Unread, "rights") + " could not be read: what they grant is not known",
	}}
}
