package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// RuntimeClass tells what the runtime class that a pod asks for gives.
func RuntimeClass() Check {
	return Check{
		ID:        "runtime-class",
		Title:     "Pod asks for a runtime class",
		Severity:  api.SeverityInfo,
		Standards: []string{"owasp-2025:K01"},
		Doc: "A RuntimeClass names the handler that runs the pod. gVisor (runsc) and virtual machines " +
			"(Kata, Firecracker, krun) keep the node's kernel out of the containers' reach; others, such " +
			"as nvidia or crun, share it. Which handler a class names is read from the class, and taken " +
			"from its name where the class was not read. Low where the class does not exist: the API " +
			"server admits no new pod then. A pod that asks for no class has no finding.",
		Fix:      "a RuntimeClass that exists; one with a sandbox for code that is not trusted",
		MayBreak: "what needs the node's devices or a kernel feature that the sandbox lacks",
		Eval: func(s Subject) []Violation {
			if s.Spec.RuntimeClassName == nil || *s.Spec.RuntimeClassName == "" {
				return nil
			}
			name := *s.Spec.RuntimeClassName
			v := Violation{Path: s.Join("spec.runtimeClassName"), Got: name, Want: name}
			class := s.Context.RuntimeClasses[name]
			switch class.Fact {
			case workload.FactYes:
				v.Message = kernelOf(class.Value.Handler)
			case workload.FactNo:
				v.Severity, v.Want = api.SeverityLow, "a RuntimeClass that exists"
				v.Message = fmt.Sprintf("RuntimeClass %s does not exist: no pod of it is admitted", name)
			case workload.FactUnknown:
				v.Unknown = true
				v.Message = fmt.Sprintf("RuntimeClass %s could not be read", name)
			default:
				v.Derived, v.Message = true, kernelOf(name)
			}
			return []Violation{v}
		},
	}
}

func kernelOf(handler string) string {
	if sandboxed(handler) {
		return fmt.Sprintf("sandbox %s: system calls do not reach the node's kernel", handler)
	}
	return fmt.Sprintf("handler %s: shares the node's kernel", handler)
}

// Sandboxed tells whether the runtime class of a subject, as far as it was read, keeps its
// containers from the node's kernel.
func Sandboxed(s Subject) bool {
	if s.Spec.RuntimeClassName == nil {
		return false
	}
	class := s.Context.RuntimeClasses[*s.Spec.RuntimeClassName]
	return class.Fact == workload.FactYes && sandboxed(class.Value.Handler)
}

// sandboxed tells by name whether a handler keeps containers from the node's kernel, as in
// runsc, kata-qemu, kata-clh or aws-firecracker.
func sandboxed(handler string) bool {
	words := strings.FieldsFunc(strings.ToLower(handler), func(r rune) bool { return r == '-' || r == '_' || r == '.' })
	return slices.ContainsFunc(words, func(w string) bool {
		return slices.Contains([]string{"runsc", "gvisor", "kata", "firecracker", "krun", "urunc"}, w)
	})
}
