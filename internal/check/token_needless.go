package check

import (
	"fmt"
	"slices"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

const tokenNeedless = "token-needless"

// TokenNeedless finds tokens of accounts that may do nothing with them.
func TokenNeedless() Check {
	return Check{
		ID:        tokenNeedless,
		Title:     "Token of an account without rights is mounted",
		Severity:  api.SeverityLow,
		Standards: []string{"cis-1.12:5.1.6", "owasp-2025:K01", "attack:T1528"},
		Doc: "The account has no right but those that Kubernetes grants to every account, so that the token " +
			"opens nothing now, and opens whatever is granted to the account or its groups later. It " +
			"stands for token-mounted, at the same places. Reported where all of RBAC was read, or where files that " +
			"hold bindings define the account. Derived: other authorizers may grant more, and a " +
			"program may show the token to prove who it is. Where a part of RBAC could not be read, " +
			"token-mounted stands.",
		Fix:      "automountServiceAccountToken: false",
		MayBreak: "clients that find their namespace beside the token, and programs that show it to others as proof of who they are",
		Account:  true,
		Eval: func(s Subject) []Violation {
			if !rightless(s.Account) {
				return nil
			}
			var out []Violation
			for _, g := range grantsOf(s) {
				v := Violation{
					Path: g.path, Got: g.got, Want: "false", Unknown: g.unknown, Derived: true,
					Message: fmt.Sprintf("token of ServiceAccount %s, which has no rights, in %s",
						accountOf(s), workload.SomeOf(slices.Sorted(slices.Values(g.containers)))),
				}
				if g.got == "set" {
					v.Want, v.Fix = "unset", "remove the serviceAccountToken source"
				}
				if g.volume != "" {
					v.Key, v.Message = "volume:"+g.volume, v.Message+", through volume "+g.volume
				}
				if g.unknown {
					v.Message += ", unless the account, which could not be read, says no"
				}
				out = append(out, v)
			}
			return out
		},
	}
}

// rightless tells that all rights of the account are known, and there are none.
func rightless(a *Account) bool {
	return a != nil && len(a.Rights) == 0 && (a.Fact == workload.FactYes || a.Written)
}
