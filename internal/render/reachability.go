package render

import (
	"io"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// Reachability prints yes or no, and what decides. The error is that of w.
func Reachability(w io.Writer, r *api.Reachability, opts Options) error {
	s := newScreen(opts)
	ink := plain
	if r.Allowed == "no" {
		ink = red
	}
	words := map[string]string{
		"yes": "yes", "no": "no", "partly": "partly: not for all of their pods, addresses or ports", "depends": "depends on the network plugin",
	}[r.Allowed]
	if opts.Quiet {
		first, _, _ := strings.Cut(r.Allowed, " ")
		s.write(line{{plain, s.text(first)}})
		return printScreen(w, s)
	}
	s.write(line{{ink, s.text(words)}, {plain, s.text("   " + r.From + " to " + r.To + ", " + r.Ports)}})
	for _, part := range []struct {
		label string
		texts []string
	}{{"egress", r.Egress}, {"ingress", r.Ingress}, {"note", r.Notes}, {"unknown", r.Unknown}} {
		for _, t := range part.texts {
			s.hang(line{{dim, text(part.label)}}, reachAt, s.said(t))
		}
	}
	enforced := r.Enforced
	if enforced == "" {
		enforced = "not known; judged as the policies are written"
	}
	s.hang(line{{dim, "enforced"}}, reachAt, s.said(enforced))
	return printScreen(w, s)
}

// reachAt is the column of what decides.
const reachAt = 10
