package check

import (
	"fmt"
	"path"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// SudoSSH finds containers that change user or let people in by themselves.
func SudoSSH() Check {
	return Check{
		ID:        "sudo-ssh",
		Title:     "Container uses sudo or offers SSH",
		Severity:  api.SeverityLow,
		Standards: []string{"owasp-2025:K01"},
		Doc: "sudo in a command needs a setuid program, and so privilege escalation; sshd, or port 22, " +
			"is a way into the container that knows no RBAC and leaves no trace in the audit log. " +
			"Looked at are the words of command and args, and containerPort; neither is printed but " +
			"for the word found.",
		Fix:      "runAsUser in place of sudo; kubectl exec or kubectl debug in place of SSH",
		MayBreak: "scripts that call sudo; whoever logs in over SSH",
		Eval: eachContainer(api.SeverityLow, func(_ Subject, c workload.Container) []Violation {
			var out []Violation
			for _, word := range []string{"sshd", "sudo"} {
				for _, field := range []string{"command", "args"} {
					if says(c, field, word) {
						out = append(out, Violation{
							Path: c.Field(field), Got: word, Want: "unset", Key: word,
							Message: fmt.Sprintf("%s is called in %s", word, field),
						})
						break
					}
				}
			}
			i := slices.IndexFunc(c.Ports, func(p corev1.ContainerPort) bool { return p.ContainerPort == 22 })
			if i >= 0 {
				out = append(out, Violation{
					Path: c.Field(fmt.Sprintf("ports[%d].containerPort", i)), Got: "22", Want: "unset", Key: "port 22",
					Message: "listens on port 22, SSH",
				})
			}
			return out
		}),
	}
}

// says tells whether a word, or a program of that name, stands in command or args.
func says(c workload.Container, field, word string) bool {
	list := c.Command
	if field == "args" {
		list = c.Args
	}
	return slices.ContainsFunc(list, func(text string) bool {
		return slices.ContainsFunc(strings.FieldsFunc(text, betweenWords), func(w string) bool { return path.Base(w) == word })
	})
}

func betweenWords(r rune) bool { return strings.ContainsRune(" \t\r\n;&|()<>{}'\"`$=,", r) }
