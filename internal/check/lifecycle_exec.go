package check

import (
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// LifecycleExec lists hooks that run a command.
func LifecycleExec() Check {
	return Check{
		ID:        "lifecycle-exec",
		Title:     "Hook runs a command",
		Severity:  api.SeverityInfo,
		Standards: []string{},
		Doc: "postStart and preStop commands run in the container, with its user and rights, outside " +
			"its main process and its log: a place to look at in a review. Only the command's first " +
			"word is shown, as the rest may hold secrets.",
		Fix: "nothing to mend where the command is known",
		Eval: eachContainer(api.SeverityInfo, func(_ Subject, c workload.Container) []Violation {
			var out []Violation
			for _, h := range hooks(c) {
				if h.Exec == nil {
					continue
				}
				word := firstWord(h.Exec.Command)
				out = append(out, Violation{
					Path: c.Field(h.field + ".exec.command"), Got: word, Want: "unset", Key: h.field,
					Message: strings.TrimPrefix(h.field, "lifecycle.") + " runs " + word,
				})
			}
			return out
		}),
	}
}

// firstWord of a command, which may stand in one string with its arguments.
func firstWord(command []string) string {
	if len(command) == 0 {
		return "nothing"
	}
	words := strings.Fields(command[0])
	if len(words) == 0 {
		return "nothing"
	}
	return words[0]
}
