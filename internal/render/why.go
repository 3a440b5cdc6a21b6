package render

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// only is the report with the findings of some checks.
func only(report *api.Report, checks []api.CheckDoc) *api.Report {
	out := *report
	out.Items = slices.Clone(report.Items)
	out.Summary = api.Summary{Workloads: len(out.Items)}
	for i := range out.Items {
		out.Items[i].Findings = []api.Finding{}
		for _, f := range report.Items[i].Findings {
			if slices.ContainsFunc(checks, func(c api.CheckDoc) bool { return c.ID == f.Check }) {
				out.Items[i].Findings = append(out.Items[i].Findings, f)
			}
		}
		out.Summary.Counts = out.Summary.Add(api.Count(out.Items[i].Findings))
	}
	return &out
}

// why tells every finding of the checks at length, and where they found nothing.
func (s *screen) why(report *api.Report, opts Options) {
	if len(report.Items) == 0 {
		s.tableVerdict(report)
		return
	}
	first := true
	items := WorstFirst(report.Items)
	for _, doc := range opts.Why {
		var clean []*api.Item
		for i := range items {
			item := &items[i]
			found := ofCheck(item, doc.ID)
			for _, f := range found {
				if !first {
					s.write(nil)
				}
				first = false
				s.reason(item, f, doc, opts)
			}
			if len(found) == 0 {
				clean = append(clean, item)
			}
		}
		if len(clean) == 0 {
			continue
		}
		if !first {
			s.write(nil)
		}
		first = false
		s.nothingFound(report, doc, clean)
	}
}

// ofCheck are the findings of a check, worst first.
func ofCheck(item *api.Item, check string) []api.Finding {
	return slices.DeleteFunc(
		sorted(item.Findings, api.StatusFail, api.StatusUnknown, api.StatusAccepted),
		func(f api.Finding) bool { return f.Check != check })
}

// nothingFound names the workloads in which a check found nothing, and what stands for it there.
func (s *screen) nothingFound(report *api.Report, doc api.CheckDoc, clean []*api.Item) {
	names, covered := []string{}, []string{}
	for _, item := range clean {
		names = append(names, shortName(item.Ref))
		for _, id := range doc.ImpliedBy {
			if len(ofCheck(item, id)) > 0 {
				covered = append(covered, id)
			}
		}
	}
	where := list(names)
	if len(names) > 3 {
		where = counted(len(names), "workload")
	}
	words := fmt.Sprintf("nothing found by %s in %s", doc.ID, where)
	if scope := scopeWords(report.Scope); len(names) != 1 && scope != "" {
		words += " of " + scope
	}
	if covered = distinct(covered); len(covered) > 0 {
		words += "; what " + strings.Join(covered, ", ") + " found covers it there"
	}
	s.flow(line{{plain, s.text(words)}})
}

// reason is one finding with all that is known of it.
func (s *screen) reason(item *api.Item, f api.Finding, doc api.CheckDoc, opts Options) {
	g := s.gradeOf(f)
	where := item.Ref.From("")
	if f.Container != "" {
		where += ", container " + f.Container
	}
	s.parts(headGap,
		line{{g.ink, g.symbol + " " + g.word}, {plain, s.text(" " + f.Check)}},
		line{{plain, s.text(where)}}, line{{plain, s.text(string(f.Confidence))}})
	s.flow(line{{bold, s.text(doc.Title)}, {plain, s.text(sentence(doc.Title, f.Message))}})
	s.property("seen", liveWords(f))
	s.property("field", f.Path)
	if src := item.Source; src != nil {
		s.property("source", fmt.Sprintf("%s:%d", src.File, cmp.Or(f.Line, src.Line)))
	}
	is := line{{plain, s.text(f.Got)}}
	if origin := strings.TrimPrefix(strings.TrimPrefix(f.Origin, f.Got), "; "); f.Got != "" && origin != "" {
		is = is.then(headGap, s.origin(origin))
	}
	s.hang(line{{plain, "  "}, {dim, "is"}}, labelAt, is)
	s.property("want", f.Want)
	s.property("effective", f.Effective)
	s.property("severity", severityWords(f))
	s.property("accepted", acceptanceWords(f.Acceptance))
	s.property("standards", standardWords(f.Standards))
	s.remedy(item, f, opts)
	s.property("may break", f.MayBreak)
}

// sentence is a message behind the title of its check, unless it says the same.
func sentence(title, message string) string {
	switch {
	case strings.EqualFold(strings.ReplaceAll(title, " is ", " "), message), message == "":
		return "."
	case strings.ContainsAny(message[len(message)-1:], ".!?"):
		return ": " + message
	}
	return ": " + message + "."
}

// severityWords is a severity with what it means, and the step that led to it.
func severityWords(f api.Finding) string {
	words := string(f.Severity) + ": " + meaning(f.Severity)
	if step := stepWords(f); step != "" {
		words += "; " + step
	}
	return words
}

func meaning(s api.Severity) string {
	switch s {
	case api.SeverityCritical:
		return "by itself the takeover of a node or of the cluster"
	case api.SeverityHigh:
		return "a takeover given one more common condition, or the secrets of others"
	case api.SeverityMedium:
		return "a layer of defence is missing"
	case api.SeverityLow:
		return "hygiene"
	case api.SeverityInfo:
		return "worth knowing, nothing to mend"
	}
	return "not a severity of this version"
}

// standardWords spells references such as "pss:restricted" and "cis-1.12:5.2.8".
func standardWords(standards []string) string {
	words := make([]string, len(standards))
	for i, standard := range standards {
		name, section, _ := strings.Cut(standard, ":")
		words[i] = standard
		for _, known := range [][2]string{{"pss", "Pod Security"}, {"cis-", "CIS "}, {"owasp-", "OWASP "}, {"attack", "ATT&CK"}, {"nsa", "NSA"}} {
			if rest, ok := strings.CutPrefix(name, known[0]); ok {
				words[i] = strings.TrimSpace(known[1] + rest + " " + section)
				break
			}
		}
	}
	return strings.Join(words, "; ")
}

// remedy is what to write, as a sentence, as YAML and as a command where a field mends it.
func (s *screen) remedy(item *api.Item, f api.Finding, opts Options) {
	s.property("fix", f.Fix)
	if opts.Patch == nil {
		return
	}
	p, ok := opts.Patch(item.Ref, f)
	if !ok {
		return
	}
	fromFile := item.Source != nil
	if p.Fields != nil && (!p.Removes || !fromFile) {
		label := line{{plain, "  "}, {dim, "write"}}
		for _, l := range yamlLines(p.Fields) {
			words := strings.TrimLeft(l, " ")
			s.hang(label, labelAt+len(l)-len(words), line{{plain, s.text(words)}})
			label = nil
		}
	}
	switch {
	case fromFile:
		if p.Removes {
			s.property("write", "nothing: the field is to go")
		}
	case item.Ref.Kind == "Pod" && item.Ref.Group() == "":
		s.property("apply", "most fields of a pod cannot be changed: edit its manifest, delete the pod and create it anew")
	case item.Ref.Kind == "Job" && item.Ref.Group() == "batch":
		s.property("apply", "the template of a Job cannot be changed: edit its manifest, delete the Job and create it anew")
	default:
		s.apply(item.Ref, p, cmp.Or(opts.Kubectl, "kubectl"))
	}
}
