package render

import (
	"strconv"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// factRow is the row of a setting. Its mark is that of the worst finding about it.
func (s *screen) factRow(r stated, added bool) row {
	out := row{
		label:  line{{plain, r.label}},
		value:  line{{plain, s.text(valueWords(r))}},
		origin: s.origin(originWords(r)),
		checks: s.checks(r.findings),
	}
	if valueWords(r) == originWords(r) {
		out.origin = nil
	}
	if r.label == "" {
		out.label = line{{plain, s.text(r.setting)}}
	}
	if len(r.findings) > 0 {
		out.mark = s.gradeOf(r.findings[0]).gutter()
	}
	for _, f := range r.findings {
		if note := liveWords(f); note != "" && !added {
			out.notes = append(out.notes, line{{plain, s.text(f.Got + " " + note)}})
		}
		out.notes = append(out.notes, s.acceptance(f)...)
	}
	return out
}

// valueWords is a user as uid:gid, and any other value in its short form.
func valueWords(r stated) string {
	value := short(r.value)
	if r.fact.group == "" || r.group.Value == "" || r.group.Value == "unset" {
		return value
	}
	return value + ":" + short(r.group)
}

func short(v api.Setting) string {
	if v.Summary != "" {
		return v.Summary
	}
	return v.Value
}

func originWords(r stated) string {
	parts := []string{r.value.Origin}
	if r.group.Value != "" && r.group.Value != "unset" && r.group.Origin != r.value.Origin {
		parts = append(parts, "group "+r.group.Origin)
	}
	for _, f := range r.findings {
		parts = append(parts, stepWords(f))
	}
	return strings.Join(distinct(parts), "; ")
}

// stepWords tells from which severity a modifier led to a finding's own: "high -1: user namespace".
func stepWords(f api.Finding) string {
	step, reason, _ := strings.Cut(f.Modifier, ":")
	n, err := strconv.Atoi(strings.TrimSpace(step))
	if err != nil {
		return f.Modifier
	}
	words := string(f.Severity.Step(-n)) + " " + strings.TrimSpace(step)
	if reason != "" {
		words += ":" + reason
	}
	return words
}

// liveWords says where a finding was seen that the template does not show.
func liveWords(f api.Finding) string {
	if f.Pods == "" {
		return ""
	}
	return "in " + f.Pods + ", not in the template"
}

func (s *screen) origin(words string) line {
	if words == "" {
		return nil
	}
	return line{{dim, s.from + " " + s.text(words)}}
}

func (s *screen) checks(findings []api.Finding) line {
	var ids []string
	for _, f := range findings {
		ids = append(ids, f.Check)
	}
	if len(ids) == 0 {
		return nil
	}
	return line{{dim, s.text(strings.Join(distinct(ids), ", "))}}
}

// findingRows are the rows of findings about no setting. Those that say the same of the
// same thing share a row.
func (s *screen) findingRows(findings []api.Finding, added bool) []row {
	type saying struct {
		status         api.Status
		severity       api.Severity
		message, where string
	}
	var said []saying
	groups := map[saying][]api.Finding{}
	for _, f := range findings {
		key := saying{f.Status, f.Severity, f.Message + f.Modifier, f.Container + f.Pods}
		if groups[key] == nil {
			said = append(said, key)
		}
		groups[key] = append(groups[key], f)
	}
	rows := make([]row, len(said))
	for i, key := range said {
		rows[i] = s.findingRow(groups[key], added)
	}
	return rows
}

func (s *screen) findingRow(group []api.Finding, added bool) row {
	f := group[0]
	message := f.Message
	if words := stepWords(f); words != "" {
		message += " (" + words + ")"
	}
	r := row{
		mark:   s.gradeOf(f).gutter(),
		label:  line{{plain, s.text(label(f.Check))}},
		value:  line{{plain, s.text(message)}},
		checks: s.checks(group),
	}
	if note := liveWords(f); note != "" && !added {
		r.notes = []line{{{plain, s.text(note)}}}
	}
	r.notes = append(r.notes, s.acceptance(f)...)
	return r
}

// acceptance says who takes a finding, or took it once, and why.
func (s *screen) acceptance(f api.Finding) []line {
	if words := acceptanceWords(f.Acceptance); words != "" {
		if !f.Acceptance.Expired {
			words = "reason: " + words
		}
		return []line{{{plain, s.text(words)}}}
	}
	return nil
}

func acceptanceWords(a *api.Acceptance) string {
	if a == nil {
		return ""
	}
	words := a.Reason
	if a.Owner != "" {
		words += ", by " + a.Owner
	}
	switch {
	case a.Expired:
		return "no longer, until " + a.Expires + " it was: " + words
	case a.Expires != "":
		words += ", until " + a.Expires
	}
	return words + " (" + a.Origin + ")"
}

// label is a short name of what a check is about: one of its own, or as many words of the
// ID as the column holds.
func label(check string) string {
	switch check {
	case "hostpath-any", "hostpath-escape":
		return "hostPath"
	case "netpol-none-egress":
		return "egress"
	case "netpol-none-ingress":
		return "ingress"
	case "runtime-socket":
		return "socket"
	case "secret-in-env":
		return "env"
	case "restricted-volumes":
		return "volumes"
	case "emptydir-unbounded":
		return "emptyDir"
	}
	if strings.HasPrefix(check, "sa-") || check == "group-grants" {
		return "rights"
	}
	const most = valueAt - labelAt - 1
	words := ""
	for word := range strings.SplitSeq(check, "-") {
		if longer := strings.TrimSpace(words + " " + word); words == "" || len(longer) <= most {
			words = longer
			continue
		}
		break
	}
	return words
}
