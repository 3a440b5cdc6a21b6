package plugin

import (
	"maps"
	"slices"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/compare"
)

// againstLevel compares with workloads that have a Pod Security level: what keeps them from it is
// new, and nothing else is looked at.
func (o *diffOptions) againstLevel(d *difference, report *api.Report) {
	now, was := *report, *report
	now.Items, was.Items = nil, nil
	now.Namespaces, was.Namespaces = []api.Namespace{}, []api.Namespace{}
	// Gaps hang on templates and pods alone.
	now.Unknown = slices.DeleteFunc(slices.Clone(report.Unknown), func(u api.Unread) bool { return !u.Hides })
	was.Unknown = now.Unknown
	name, grades := "pss:"+string(o.baseline.level), o.grades()
	for i := range report.Items {
		item := gapsOf(&report.Items[i], report.Checks, grades)
		now.Items = append(now.Items, item)
		name = "pss:" + string(o.baseline.level) + "@" + item.PodSecurity.Version
		item.PodSecurity.Level, item.Findings = o.baseline.level, nil
		if report.Items[i].PodSecurity.Level.Rank() > item.PodSecurity.Level.Rank() {
			item.PodSecurity.Level = report.Items[i].PodSecurity.Level
		}
		was.Items = append(was.Items, item)
		if report.Items[i].Pods.Unknown {
			d.lack(item.Ref, report.Unknown)
		}
	}
	d.was, d.now = compare.OfReport(&was), compare.OfReport(&now)
	d.was.Name = name
}

// grades are the severities of checks, as --config has them.
func (o *diffOptions) grades() map[string]api.Severity {
	grades := map[string]api.Severity{}
	for _, doc := range checkDocs() {
		grades[doc.ID] = doc.Severity
	}
	maps.Copy(grades, o.assess.Severities)
	return grades
}

// lack tells that pods of a workload were not read.
func (d *difference) lack(ref api.Ref, unread []api.Unread) {
	if d.lacking == nil {
		d.lacking = lacking{}
	}
	d.lacking[ref] = errPodsUnread(unread)
}

// gapsOf is an item with the findings of its gaps alone. A gap of which another finding stands for is
// one by itself.
func gapsOf(item *api.Item, reported []string, grades map[string]api.Severity) api.Item {
	out := api.Item{
		Ref: item.Ref, Source: item.Source, Pods: item.Pods, PodSecurity: item.PodSecurity,
		Containers: slices.Clone(item.Containers), Settings: map[string]api.Setting{},
	}
	for i := range out.Containers {
		out.Containers[i].Settings = map[string]api.Setting{}
	}
	used := map[string]bool{}
	for _, gap := range item.PodSecurity.Gaps {
		if !slices.Contains(reported, gap.Check) {
			continue
		}
		found := findingsOfGap(item, gap)
		if len(found) == 0 {
			found = []api.Finding{findingOfGap(item.Ref, gap, grades[gap.Check])}
		}
		for _, f := range found {
			if !used[f.Fingerprint] {
				used[f.Fingerprint] = true
				out.Findings = append(out.Findings, f)
			}
		}
	}
	return out
}

func findingsOfGap(item *api.Item, gap api.Gap) []api.Finding {
	var out []api.Finding
	for _, f := range item.Findings {
		if f.Check == gap.Check && f.Container == gap.Container && f.Path == gap.Path && f.Status != api.StatusPass {
			out = append(out, f)
		}
	}
	return out
}

// findingOfGap is that of a gap which a worse finding implies.
func findingOfGap(ref api.Ref, gap api.Gap, severity api.Severity) api.Finding {
	return api.Finding{
		Check: gap.Check, Severity: severity, Status: api.StatusFail, Confidence: api.ConfidenceConfirmed,
		Container: gap.Container, Path: gap.Path, Got: gap.Got, Want: gap.Want, Standards: []string{"pss:" + string(gap.Level)},
		Message:     gap.Path + " is " + gap.Got + ", and " + string(gap.Level) + " wants " + gap.Want,
		Fingerprint: api.Fingerprint(gap.Check, ref, gap.Container, gap.Path),
	}
}
