package render

import (
	"cmp"
	"io"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// Reachability prints yes or no, and what decides. The error is that of w.
func Reachability(w io.Writer, r *api.Reachability, opts Options) error {
	s := newScreen(opts)
	if opts.Quiet {
		s.flow(s.said(r.Allowed))
		return printScreen(w, s)
	}
	ink, words := plain, r.Allowed
	switch r.Allowed {
	case "no":
		ink = red
	case "partly":
		words = "partly: not for all of their pods, addresses or ports"
	case "depends":
		words = "depends on the network plugin"
	}
	if len(r.Unknown) > 0 && r.Allowed != "unknown" {
		words += ", by what could be read"
	}
	s.parts(headGap, line{{ink, s.text(words)}}, s.said(r.From+" to "+r.To+", "+r.Ports))
	s.decides("egress", r.Egress)
	s.decides("ingress", r.Ingress)
	s.decides("note", r.Notes)
	s.decides(s.unknown+" unknown", r.Unknown)
	s.decides("enforced", []string{cmp.Or(r.Enforced, "not known; judged as the policies are written")})
	return printScreen(w, s)
}

// decides writes lines of what decides, with their label at the first.
func (s *screen) decides(label text, words []string) {
	head := line{}.at(indent, line{{dim, label}})
	for _, l := range bounded(words, mostNotes, "") {
		s.hang(head, labelAt, s.said(l))
		head = nil
	}
}
