package check

import (
	"fmt"
	"strings"

	psapi "k8s.io/pod-security-admission/api"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// PSALabel finds namespaces that admit pods of any level.
func PSALabel() Check {
	return Check{
		ID:        "psa-label",
		Title:     "Namespace admits pods of any level",
		Severity:  api.SeverityMedium,
		Standards: []string{"cis-1.12:5.2.1", "owasp-2025:K04"},
		Doc: "Pod Security admission refuses a pod below the level that the namespace's label " +
			"pod-security.kubernetes.io/enforce names; warn and audit refuse nothing. Without the label " +
			"the API server's default holds, which is privileged unless its configuration says " +
			"otherwise: derived. Low where enforce-version pins a policy older than the server's, which " +
			"lacks the controls added since, and where a label cannot be read. Info where the " +
			"namespace enforces baseline and the workload meets restricted. It is told of the namespace, " +
			"not of every workload in it. Unknown where the namespace could not be read, nothing where " +
			"files hold no Namespace.",
		Fix:       "kubectl label namespace NAME pod-security.kubernetes.io/enforce=LEVEL, after a dry run with --dry-run=server",
		MayBreak:  "new pods below the level; those that run stay",
		Namespace: true,
		Eval: func(s Subject) []Violation {
			e := enforcedOn(s)
			v := Violation{
				// The field of the workload that names what the finding is about.
				Path: "metadata.namespace", Got: "enforce=" + string(e.level), Key: "enforce",
				Want: "enforce=baseline",
			}
			if meets(s) == api.LevelRestricted {
				v.Want = "enforce=restricted"
			}
			switch e.fact {
			case workload.FactYes:
				return append(e.levelViolations(s, v), e.versionViolations(s)...)
			case workload.FactUnknown:
				v.Unknown, v.Got, v.Message = true, "unknown", "the namespace's labels could not be read"
				return []Violation{v}
			}
			return nil
		},
	}
}

// meets is the level that the pods reach.
func meets(s Subject) api.Level {
	level := api.LevelRestricted
	for _, of := range s.Controls {
		if of == api.LevelBaseline {
			return api.LevelPrivileged
		}
		level = api.LevelBaseline
	}
	return level
}

func (e enforced) levelViolations(s Subject, v Violation) []Violation {
	switch {
	case !e.set:
		v.Got, v.Derived = "unset", true
		v.Message = "no enforce label: pods of any level are admitted, unless the API server's default is another"
	case e.level == api.LevelPrivileged:
		v.Message = "enforce=privileged admits pods of any level"
	case e.level == api.LevelBaseline && meets(s) == api.LevelRestricted:
		v.Severity, v.Message = api.SeverityInfo, "enforce=baseline, though what runs in it meets restricted"
	default:
		return nil
	}
	return []Violation{v}
}

// versionViolations names labels that hold less, or another thing, than they seem to.
func (e enforced) versionViolations(s Subject) []Violation {
	var out []Violation
	if len(e.wrong) > 0 {
		out = append(out, Violation{
			Path: "metadata.namespace", Got: strings.Join(e.wrong, ", "), Want: "a level, and latest or v1.NN",
			Key: "labels", Severity: api.SeverityLow,
			Message: fmt.Sprintf("label %s cannot be read: restricted, or latest, is enforced in its place", strings.Join(e.wrong, ", ")),
		})
	}
	if server := s.Policy.Version(); e.level != api.LevelPrivileged && !e.version.Latest() && e.version.Older(server) {
		out = append(out, Violation{
			Path: "metadata.namespace", Got: "enforce-version=" + e.version.String(), Want: "latest",
			Key: "version", Severity: api.SeverityLow,
			Message: fmt.Sprintf("enforce-version %s pins a policy older than %s", e.version.String(), server.String()),
			Fix:     "kubectl label namespace NAME --overwrite " + psapi.EnforceVersionLabel + "=latest",
		})
	}
	return out
}
