package check

import (
	"strconv"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/podsecurity"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// AllowPrivEscalation finds containers that run without no_new_privs.
func AllowPrivEscalation() Check {
	return Check{
		ID:        "allow-priv-escalation",
		Title:     "Privilege escalation is allowed",
		Severity:  api.SeverityMedium,
		Standards: []string{"pss:restricted", "cis-1.12:5.2.6", "owasp-2025:K01", "attack:T1068"},
		Doc: "allowPrivilegeEscalation: false sets no_new_privs, with which setuid programs and file " +
			"capabilities give nothing. Unset means allowed on Linux, and the pod as a whole has no " +
			"such field. privileged makes it moot and covers it; beside an added SYS_ADMIN no_new_privs " +
			"is still set, but the process needs no escalation (caps-added-escape). Behaviour: " +
			"pkg/securitycontext/util.go of Kubernetes (AddNoNewPrivileges).",
		Fix:       "securityContext.allowPrivilegeEscalation: false",
		MayBreak:  "setuid programs (su, sudo, ping) and programs with file capabilities",
		ImpliedBy: []string{"privileged"},
		Eval: onLinux(eachContainer(api.SeverityMedium, func(_ Subject, c workload.Container) []Violation {
			v := c.AllowPrivilegeEscalation()
			if !v.Value {
				return nil
			}
			out := Violation{
				Path: v.Path, Got: "unset", Want: "false",
				Message:  "setuid programs and file capabilities give new privileges",
				Controls: []podsecurity.Control{"allowPrivilegeEscalation"},
			}
			if v.Set {
				out.Got = strconv.FormatBool(v.Value)
			}
			return []Violation{out}
		})),
	}
}
