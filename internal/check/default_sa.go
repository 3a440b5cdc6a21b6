package check

import (
	"cmp"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
)

// DefaultSA finds pods that act as the account that all pods without one share.
func DefaultSA() Check {
	return Check{
		ID:        "default-sa",
		Title:     "Pod acts as the default ServiceAccount",
		Severity:  api.SeverityMedium,
		Standards: []string{"cis-1.12:5.1.5", "owasp-2025:K01"},
		Doc: "Pods that name no account act as the namespace's default: what is granted to one of them " +
			"is granted to all, and the audit log cannot tell them apart. Reported where a container " +
			"holds its token, whatever the namespace; without a token the account has no use. High where " +
			"rights are granted to the account itself, not to a group that it is in. Unknown " +
			"and derived as token-mounted is.",
		Fix:      "serviceAccountName: an account of its own",
		MayBreak: "pods that live on what is granted to the default account: grant it to the new one",
		Eval: func(s Subject) []Violation {
			grants := grantsOf(s)
			if accountOf(s) != "default" || len(grants) == 0 {
				return nil
			}
			// The surest of them: what is mounted comes after what admission adds.
			last := grants[len(grants)-1]
			v := Violation{
				Path: s.Join("spec.serviceAccountName"), Want: "an account of its own",
				Got:     cmp.Or(s.Spec.ServiceAccountName, s.Spec.DeprecatedServiceAccount, "unset"),
				Message: "acts as ServiceAccount default, which every pod without an account shares",
				Unknown: last.unknown, Derived: last.derived,
			}
			if own := ownGrants(s.Account); len(own) > 0 {
				v.Message += ", and has rights of its own through " + own[0].Binding.From(s.Account.Namespace)
				v.Severity, v.Modifier = api.SeverityHigh, "+1: rights are granted to it"
			}
			if v.Unknown {
				v.Message = "ServiceAccount default could not be read: it may give the pod a token"
			}
			return []Violation{v}
		},
	}
}

// ownGrants are those to the account itself, by either spelling of its name.
func ownGrants(a *Account) []rbac.Grant {
	if a == nil {
		return nil
	}
	var own []rbac.Grant
	for _, r := range a.Rights {
		if r.Grant.Subject.Kind != rbacv1.GroupKind {
			own = append(own, r.Grant)
		}
	}
	return own
}
