package check

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/podsecurity"
)

// refused tells whether Pod Security refuses the violation at the version judged by.
func (s Subject) refused(v Violation) bool {
	return slices.ContainsFunc(v.Controls, s.Breaks)
}

// refusing returns those of the controls that a pod with nothing but this spec breaks.
func (s Subject) refusing(spec corev1.PodSpec, controls ...podsecurity.Control) []podsecurity.Control {
	return slices.DeleteFunc(controls, func(c podsecurity.Control) bool { return !s.BreaksAlone(c, spec) })
}

// policy names the version judged by, in messages.
func (s Subject) policy() string { return "Pod Security " + s.Policy.Version().String() }

// onLinux keeps of a Windows pod's violations those alone that Pod Security refuses
// nonetheless: older versions do not look at the operating system, and some controls never do.
func onLinux(eval func(Subject) []Violation) func(Subject) []Violation {
	return func(s Subject) []Violation {
		out := eval(s)
		if !s.Windows() {
			return out
		}
		out = slices.DeleteFunc(out, func(v Violation) bool { return !s.refused(v) })
		for i := range out {
			v := &out[i]
			v.Severity, v.Modifier, v.Unknown, v.Derived = api.SeverityLow, "", false, false
			v.Message = fmt.Sprintf("no effect on Windows, but %s refuses it", s.policy())
		}
		return out
	}
}

// overridden adds v, about a field of the pod, where no container inherits the field, so
// that nothing found so far is at its path: Pod Security refuses the field all the same.
func overridden(s Subject, out []Violation, v Violation) []Violation {
	at := func(o Violation) bool { return o.Path == v.Path }
	if !s.refused(v) || slices.ContainsFunc(out, at) {
		return out
	}
	v.Severity = api.SeverityLow
	v.Message = fmt.Sprintf("overridden by every container, but %s refuses the field", s.policy())
	return append(out, v)
}
