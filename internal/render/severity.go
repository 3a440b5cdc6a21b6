package render

import (
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// grade is how a finding is marked: its symbol, its word and their ink.
type grade struct {
	symbol, word text
	ink          ink
}

func (s *screen) gradeOf(f api.Finding) grade {
	switch f.Status {
	case api.StatusUnknown:
		return grade{s.unknown, "UNKNOWN", plain}
	case api.StatusAccepted:
		return grade{s.accepted, "ACCEPTED", dim}
	default:
		return s.severity(f.Severity)
	}
}

func (s *screen) severity(severity api.Severity) grade {
	word := s.text(strings.ToUpper(string(severity)))
	switch severity {
	case api.SeverityCritical:
		return grade{s.bad, word, critical}
	case api.SeverityHigh:
		return grade{s.bad, word, red}
	case api.SeverityMedium:
		return grade{s.medium, word, yellow}
	default:
		return grade{s.low, word, plain}
	}
}

// gutter is the mark in front of a row.
func (g grade) gutter() line { return line{{plain, "  "}, {g.ink, g.symbol + " " + g.word}} }

// open are the findings that fail or are unknown, worst first.
func open(findings []api.Finding) []api.Finding {
	return sorted(findings, api.StatusFail, api.StatusUnknown)
}

func sorted(findings []api.Finding, statuses ...api.Status) []api.Finding {
	var out []api.Finding
	for _, f := range findings {
		for _, status := range statuses {
			if f.Status == status {
				out = append(out, f)
			}
		}
	}
	api.SortFindings(out)
	return out
}
