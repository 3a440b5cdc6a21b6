package static

import (
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

func portText(port int32) string { return strconv.Itoa(int(port)) }

// commands reads what the container runs.
func (r *containerReader) commands() {
	words := workload.RedactWords(slices.Concat(r.c.Command, r.c.Args))
	for i, word := range words {
		words[i] = r.expandAll(word)
	}
	n := len(r.c.Command)
	r.field(findIn(commandValues(words[:n])), "command"+r.of)
	r.field(findIn(commandValues(words[n:])), "args"+r.of)
	if len(words) > n && n > 0 && isFlag(words[n-1]) { // a flag whose value is the first argument
		r.field(findIn(commandValues(words[n-1:n+1])), "args"+r.of)
	}
	for _, p := range []*corev1.Probe{r.c.LivenessProbe, r.c.ReadinessProbe, r.c.StartupProbe} {
		if p != nil {
			r.exec(p.Exec, "probe")
		}
	}
	if r.c.Lifecycle != nil {
		for _, h := range []*corev1.LifecycleHandler{r.c.Lifecycle.PostStart, r.c.Lifecycle.PreStop} {
			if h != nil {
				r.exec(h.Exec, "lifecycle hook")
			}
		}
	}
}

// exec reads a command that a kubelet runs in the container, without expansion by it.
func (r *containerReader) exec(exec *corev1.ExecAction, what string) {
	if exec == nil {
		return
	}
	words := workload.RedactWords(exec.Command)
	for i, word := range words {
		words[i] = shellExpand(word, r.variable)
	}
	r.field(findIn(commandValues(words)), what+r.of)
}

// expandAll replaces references as a kubelet does, then as a shell in the container would.
func (r *containerReader) expandAll(word string) string {
	if !strings.Contains(word, "$") {
		return word
	}
	return shellExpand(expand(word, r.variable), r.variable)
}

func (r *containerReader) variable(name string) (string, bool) {
	if value, ok := r.env[name]; ok {
		return value, true
	}
	if name == "HOSTNAME" {
		return r.ownField("metadata.name")
	}
	return r.linked(name)
}

// commandValues are the words of a command as one line, and each word that is a line itself with the
// flag before it.
func commandValues(words []string) []named {
	out := commandParts(words)
	for i := range out {
		out[i].command = true
	}
	return out
}

func commandParts(words []string) []named {
	var line []string
	var out []named
	for i, word := range words {
		word = strings.ReplaceAll(word, "\\\n", " ")
		if !strings.ContainsAny(word, " \t\n\r") {
			line = append(line, word)
			continue
		}
		name, value, ok := cutAssignment(word)
		if ok && isFlag(word) && !strings.ContainsAny(name, " \t\n\r") {
			out = append(out, newNamed(name, value))
			continue
		}
		if i > 0 && isFlag(words[i-1]) && len(words[i-1]) > 2 && !strings.Contains(words[i-1], "=") {
			out = append(out, newNamed(flagName(words[i-1]), word))
			continue
		}
		for part := range strings.Lines(word) {
			if text := strings.TrimSpace(part); text != "" && text[0] != '#' {
				out = append(out, newNamed("", text))
			}
		}
	}
	return append(out, newNamed("", strings.Join(line, " ")))
}
