package check

import (
	"fmt"
	"slices"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// TokenMounted finds pods whose containers hold a token for the API server.
func TokenMounted() Check {
	return Check{
		ID:        "token-mounted",
		Title:     "Token for the API server is mounted",
		Severity:  api.SeverityMedium,
		Standards: []string{"cis-1.12:5.1.6", "owasp-2025:K01", "attack:T1528"},
		Doc: "Code in a container that holds the token of its ServiceAccount may do what the account " +
			"may. Admission mounts one into every init and main container unless the pod's " +
			"automountServiceAccountToken, or where the pod says nothing the account's, is false; a " +
			"container that mounts something of its own at " + tokenMountPath + " gets none, mirror " +
			"pods have none. A projected serviceAccountToken volume counts whatever automount says, " +
			"unless it has an audience of its own: that token does not open the API server " +
			"(token-audience-ttl). Live pods are judged by what they mount. Whether a Secret volume holds a " +
			"token of the old kind is not known from the pod. Unknown where the account could not " +
			"be read, derived where there is none to read. High where a right of the account is high or " +
			"critical by itself. Behaviour: " +
			"plugin/pkg/admission/serviceaccount/admission.go of Kubernetes.",
		Fix:       "automountServiceAccountToken: false, and a projected token for the container that needs one",
		MayBreak:  "programs that call the Kubernetes API, and clients that find their namespace beside the token",
		ImpliedBy: []string{tokenNeedless},
		Eval: func(s Subject) []Violation {
			var out []Violation
			high := worstPower(s.Account).AtLeast(api.SeverityHigh)
			for _, g := range grantsOf(s) {
				in := workload.SomeOf(slices.Sorted(slices.Values(g.containers)))
				v := Violation{
					Path: g.path, Got: g.got, Want: "false", Unknown: g.unknown, Derived: g.derived,
					Message: fmt.Sprintf("token of ServiceAccount %s in %s", accountOf(s), in),
				}
				if g.got == "set" {
					v.Want, v.Fix = "unset", "make the pod anew with automountServiceAccountToken: false, and a projected token for the container that needs one"
				}
				if g.volume != "" {
					v.Key, v.Message = "volume:"+g.volume, v.Message+", through volume "+g.volume
					v.Fix = "take the serviceAccountToken source out of volume " + g.volume + ", or mount it only where a token is needed"
				}
				if g.unknown {
					v.Message = fmt.Sprintf("a token in %s, unless ServiceAccount %s, which could not be read, says no", in, accountOf(s))
				}
				if high {
					v.Severity, v.Modifier = api.SeverityHigh, "+1: the account has high rights"
				}
				out = append(out, v)
			}
			return out
		},
	}
}
