package check

import (
	"fmt"
	"slices"
	"strings"

	psapi "k8s.io/pod-security-admission/api"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/podsecurity"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// enforced is what the labels of a namespace say of Pod Security admission.
type enforced struct {
	fact workload.Fact
	// set tells that there is an enforce label; without one the API server's own default
	// holds, which no object shows.
	set     bool
	level   api.Level
	version psapi.Version
	// wrong names the labels that the API server cannot read: a wrong level counts as
	// restricted, a wrong version as latest (k8s.io/pod-security-admission/api,
	// PolicyToEvaluate).
	wrong []string
}

func enforcedOn(s Subject) enforced {
	e := enforced{fact: s.Context.Namespace.Fact, level: api.LevelPrivileged, version: psapi.LatestVersion()}
	if e.fact != workload.FactYes {
		return e
	}
	labels := s.Context.Namespace.Value.Labels
	_, e.set = labels[psapi.EnforceLevelLabel]
	policy, errs := psapi.PolicyToEvaluate(labels, psapi.Policy{Enforce: psapi.LevelVersion{Level: psapi.LevelPrivileged, Version: psapi.LatestVersion()}})
	e.level, e.version = api.Level(policy.Enforce.Level), policy.Enforce.Version
	for _, err := range errs {
		for _, label := range []string{psapi.EnforceLevelLabel, psapi.EnforceVersionLabel} {
			if strings.HasSuffix(err.Field, "["+label+"]") {
				e.wrong = append(e.wrong, strings.TrimPrefix(label, "pod-security.kubernetes.io/"))
			}
		}
	}
	return e
}

// refuses lists the controls that the namespace would refuse the pods for today, sorted.
func (e enforced) refuses(s Subject) []string {
	controls := s.Controls
	if e.level == api.LevelPrivileged {
		return nil
	}
	if !e.version.Latest() && e.version != s.Policy.Version() {
		controls = NewSubject(s.Shape, s.Context, podsecurity.New(e.version)).Controls
	}
	var out []string
	for control, level := range controls {
		if level == api.LevelBaseline || e.level == api.LevelRestricted {
			out = append(out, string(control))
		}
	}
	slices.Sort(out)
	return out
}

// words as a label and its version are written: "enforce=restricted, v1.30".
func (e enforced) words() string {
	words := fmt.Sprintf("enforce=%s", e.level)
	if !e.version.Latest() {
		words += ", " + e.version.String()
	}
	return words
}
