// Package check holds one check per file: what it evaluates, why it matters, and a pure
// function from a pod shape to violations.
package check

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/podsecurity"
	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// Check is one rule.
type Check struct {
	// ID is kebab-case and never reused.
	ID string
	// Title says in one line what is wrong when the check fails.
	Title string
	// Severity is the default; a violation may have another.
	Severity api.Severity
	// Standards are references such as "pss:restricted" or "cis-1.12:5.2.8".
	Standards []string
	// Doc says what is evaluated, what follows from it, and what defines the behaviour.
	Doc string
	// Fix is what to write.
	Fix string
	// MayBreak says what the fix may break; empty when nothing is known.
	MayBreak string
	// ImpliedBy are checks whose finding on the same container, or on the pod, covers this one.
	ImpliedBy []string
	// Root marks checks that a user namespace lowers by one step: they are about root or
	// capabilities, which then hold inside the namespace alone (KEP-127).
	Root bool
	// Namespace marks checks whose violations are about the namespace: told once of it, and
	// not as findings of every workload in it.
	Namespace bool
	// Account marks checks about the ServiceAccount of a pod, which hold for the account alone
	// as well.
	Account bool
	// Eval finds the violations of a shape. It must not keep or change the subject.
	Eval func(s Subject) []Violation
}

// Subject is one shape of a workload with everything a check may know of it.
type Subject struct {
	*workload.Shape
	Context  workload.Context
	Policy   *podsecurity.Evaluator
	Controls map[podsecurity.Control]api.Level
	// Account is the one that the shape acts as; nil for a mirror pod.
	Account *Account
}

// NewSubject asks the policy once which controls the shape breaks.
func NewSubject(shape *workload.Shape, ctx workload.Context, policy *podsecurity.Evaluator) Subject {
	s := Subject{Shape: shape, Context: ctx, Policy: policy, Controls: map[podsecurity.Control]api.Level{}}
	for _, f := range policy.Failures(shape.Meta, shape.Spec) {
		s.Controls[f.Control] = f.Level
	}
	return s
}

// Breaks tells whether the shape breaks a Pod Security control at the version judged by.
func (s Subject) Breaks(c podsecurity.Control) bool {
	_, broken := s.Controls[c]
	return broken
}

// BreaksAlone tells whether a pod with this spec alone breaks a control: it tells which of
// several values in a list is the one refused.
func (s Subject) BreaksAlone(c podsecurity.Control, spec corev1.PodSpec) bool {
	return s.Policy.Breaks(c, &metav1.ObjectMeta{}, &spec)
}

// Violation is one place where a check fails.
type Violation struct {
	// Container is the zero value for a violation of the pod as a whole.
	Container workload.Container
	// Path of the field that is wrong or missing.
	Path string
	// Got and Want are values as they are written; Got is "unset" where nothing is.
	Got, Want string
	Message   string
	// Fix overrides the check's where it depends on the place.
	Fix string
	// Severity overrides the check's; Modifier gives the reason for a step.
	Severity api.Severity
	Modifier string
	// Unknown is set where the verdict needs a read that failed.
	Unknown bool
	// Derived is set where the verdict stands on a default that was not read.
	Derived bool
	// Key tells violations of one check in one container apart, in fingerprints: a
	// capability, a volume, a sysctl. Never an index.
	Key string
	// Powers are what it is about, where it is about rights.
	Powers []rbac.Power
	// Controls are the Pod Security controls that forbid the value where the version does.
	Controls []podsecurity.Control
}

// Describe returns what is told of the check.
func (c Check) Describe() api.CheckDoc {
	return api.CheckDoc{
		ID: c.ID, Title: c.Title, Severity: c.Severity, Standards: slices.Clone(c.Standards),
		Doc: c.Doc, Fix: c.Fix, MayBreak: c.MayBreak, ImpliedBy: slices.Clone(c.ImpliedBy),
	}
}
