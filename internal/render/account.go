package render

import (
	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// accountHead says of a ServiceAccount who uses it, and whether its pods get a token.
func (p page) accountHead() []line {
	used := "used by no workload that was read"
	if id := p.item.Identity; id != nil && len(id.UsedBy) > 0 {
		used = "used by " + p.refs("identity", id.UsedBy)
	}
	out := []line{p.said(used)}
	if s := p.item.Settings[automount]; s.Value != "" {
		out = append(out, p.said("token "+mountWords(s)))
	}
	return out
}

func mountWords(s api.Setting) string {
	words := short(s)
	switch words {
	case "true":
		words = "automounted"
	case "false":
		return "not automounted"
	case unset:
		return "automounted (unset)"
	}
	if s.Origin == unset {
		words += " (unset)"
	}
	return words
}
