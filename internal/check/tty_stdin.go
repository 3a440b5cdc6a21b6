package check

import (
	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// TTYStdin finds containers with an open terminal.
func TTYStdin() Check {
	return Check{
		ID:        "tty-stdin",
		Title:     "Terminal or standard input is open",
		Severity:  api.SeverityLow,
		Standards: []string{"owasp-2025:K01"},
		Doc: "With stdin or tty the container's main process reads what whoever may attach to the pod " +
			"types. A shell left open like this is a way in that needs no exec. Ephemeral containers " +
			"are made for it and left out.",
		Fix:      "no stdin and no tty",
		MayBreak: "programs that end when their standard input does",
		Eval: eachContainer(api.SeverityLow, func(_ Subject, c workload.Container) []Violation {
			if c.Type == api.ContainerEphemeral || !c.Stdin && !c.TTY {
				return nil
			}
			v := Violation{Path: c.Field("stdin"), Got: "true", Want: "false"}
			switch {
			case c.Stdin && c.TTY:
				v.Message = "stdin and tty are open to whoever attaches"
			case c.Stdin:
				v.Message = "stdin is open to whoever attaches"
			default:
				v.Path, v.Message = c.Field("tty"), "a terminal is open"
			}
			return []Violation{v}
		}),
	}
}
