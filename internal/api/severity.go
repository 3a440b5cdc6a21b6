package api

import (
	"fmt"
	"slices"
	"strings"
)

// Severity says how bad the outcome of a finding is, not which field it is about.
type Severity string

// Severities, worst first.
const (
	// SeverityCritical is the takeover of a node or of the cluster by itself.
	SeverityCritical Severity = "critical"
	// SeverityHigh is a takeover given one more common condition, or the secrets of others.
	SeverityHigh Severity = "high"
	// SeverityMedium removes a layer of defence.
	SeverityMedium Severity = "medium"
	// SeverityLow is hygiene.
	SeverityLow Severity = "low"
	// SeverityInfo is a fact worth knowing, nothing to mend.
	SeverityInfo Severity = "info"
)

// Severities returns every severity, worst first.
func Severities() []Severity {
	return []Severity{SeverityCritical, SeverityHigh, SeverityMedium, SeverityLow, SeverityInfo}
}

// Rank orders severities: 4 for critical down to 0 for info, -1 for anything else.
func (s Severity) Rank() int {
	i := slices.Index(Severities(), s)
	if i < 0 {
		return -1
	}
	return len(Severities()) - 1 - i
}

// AtLeast tells whether s is as bad as limit or worse.
func (s Severity) AtLeast(limit Severity) bool { return s.Rank() >= limit.Rank() }

// Step moves s by n steps towards critical (n > 0) or towards info (n < 0),
// and stays within the scale.
func (s Severity) Step(n int) Severity {
	all := Severities()
	i := slices.Index(all, s)
	if i < 0 {
		return s
	}
	return all[min(max(i-n, 0), len(all)-1)]
}

// ParseSeverity reads a severity in any letter case.
func ParseSeverity(text string) (Severity, error) {
	s := Severity(strings.ToLower(text))
	if s.Rank() < 0 {
		return "", fmt.Errorf("severity %q is none of critical, high, medium, low, info", text)
	}
	return s, nil
}
