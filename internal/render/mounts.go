package render

import (
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// isMount tells whether a check is about a volume of the pod.
func isMount(check string) bool {
	return slices.Contains([]string{
		"hostpath-any", "hostpath-escape", "runtime-socket", "emptydir-unbounded", "restricted-volumes",
		"ro-mount-not-recursive", "pvc-shared", "raw-devices", "secret-optional-missing",
	}, check)
}

// mounts says which Secrets the workload gets, and what is found of its volumes.
func (p page) mounts() {
	var findings []api.Finding
	for _, f := range p.of("") {
		if isMount(f.Check) && !p.ofSecrets(f) {
			findings = append(findings, f)
		}
	}
	if isAccount(p.item.Ref) || len(p.item.Secrets)+len(findings) == 0 {
		return
	}
	p.heading("Mounts and secrets", "")
	for _, s := range p.item.Secrets {
		p.row(p.secretRow(s))
	}
	for _, r := range p.findingRows(findings, false) {
		p.row(r)
	}
}

// ofSecrets tells whether a finding is told with a Secret.
func (p page) ofSecrets(f api.Finding) bool {
	return slices.ContainsFunc(p.item.Secrets, func(s api.SecretUse) bool { return ofSecret(f, s.Name) })
}

func ofSecret(f api.Finding, name string) bool {
	return f.Check == "secret-in-env" && f.Got == "Secret "+name ||
		f.Check == "secret-optional-missing" && strings.HasPrefix(f.Message, "Secret "+name+" ")
}

func (p page) secretRow(s api.SecretUse) row {
	var findings []api.Finding
	for _, f := range p.open {
		if ofSecret(f, s.Name) {
			findings = append(findings, f)
		}
	}
	words := s.Name
	if s.Missing {
		words += " (does not exist)"
	}
	if len(s.Uses) > 0 {
		words += ": " + strings.Join(s.Uses, "; ")
	}
	r := row{label: line{{plain, "Secret"}}, value: p.said(words), checks: p.checks(findings)}
	if len(findings) > 0 {
		r.mark = p.gradeOf(findings[0]).gutter()
	}
	if note := p.secretWords(s); note != "" {
		r.notes = append(r.notes, line{{dim, p.text(note)}})
	}
	for _, f := range findings {
		if note := liveWords(f); note != "" {
			r.notes = append(r.notes, p.said(note))
		}
		r.notes = append(r.notes, p.acceptance(f)...)
	}
	return r
}

// secretWords are what is known of a Secret, and who else reads it.
func (p page) secretWords(s api.SecretUse) string {
	var parts []string
	if s.Type != "" {
		parts = append(parts, s.Type)
	}
	if s.Keys != nil {
		parts = append(parts, counted(*s.Keys, "key"))
	}
	if s.Created != "" {
		parts = append(parts, "created "+s.Created)
	}
	known := p.item.Identity != nil && len(p.item.Identity.Unknown) == 0
	switch n := len(s.Readers); {
	case n > 0 && p.shows("mounts"):
		parts = append(parts, "others who can read it: "+strings.Join(s.Readers, ", "))
	case n > 0:
		parts = append(parts, counted(n, "other")+" can read it (--show mounts)")
	case known && !s.Missing:
		parts = append(parts, "nobody else can read it by RBAC")
	}
	return strings.Join(parts, "; ")
}
