package compare

import (
	"slices"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// OfReport is the posture of a report that was not filtered by severity.
func OfReport(report *api.Report) *Posture {
	p := &Posture{
		Scope: report.Scope, Server: report.Server, Checks: slices.Clone(report.Checks), Unknown: slices.Clone(report.Unknown),
	}
	for i := range report.Items {
		w := workloadOf(&report.Items[i])
		p.workloads = append(p.workloads, w)
		if version := report.Items[i].PodSecurity.Version; version != "" {
			p.PodSecurity = version
		}
	}
	for i := range report.Namespaces {
		p.workloads = append(p.workloads, namespaceOf(&report.Namespaces[i]))
	}
	sortWorkloads(p.workloads)
	p.cite()
	return p
}

func sortWorkloads(workloads []workload) {
	slices.SortFunc(workloads, func(a, b workload) int { return a.ref.Compare(b.ref) })
}

func workloadOf(item *api.Item) workload {
	w := workload{ref: cleanRef(item.Ref), level: item.PodSecurity.Level, facts: factsOf(item), source: item.Source, idle: item.Pods.Live == 0}
	for _, c := range item.Containers {
		w.containers = append(w.containers, containerKey(c.Type, c.Name))
	}
	for _, f := range item.Findings {
		w.add(f, containersNamed(item.Containers, f.Container))
	}
	w.sort()
	return w
}

// namespaceOf is a namespace beside its workloads, as one more of them.
func namespaceOf(ns *api.Namespace) workload {
	w := workload{ref: api.Ref{APIVersion: "v1", Kind: "Namespace", Name: clean(ns.Name)}}
	for _, f := range ns.Findings {
		w.add(f, nil)
	}
	if level := ns.PodSecurity[kindEnforce]; level == string(api.LevelBaseline) || level == string(api.LevelRestricted) {
		w.facts = append(w.facts, fact{kind: kindEnforce, args: [][]string{one(level)}})
	}
	w.sort()
	return w
}

// add takes a finding in that is more than a pass. Of containers of one name the fingerprint tells
// which is meant.
func (w *workload) add(f api.Finding, containers []string) {
	if f.Status == api.StatusPass {
		return
	}
	found := finding{Finding: f}
	found.Check, found.Subject, found.Container = clean(f.Check), clean(f.Subject), clean(f.Container)
	for i, key := range containers {
		if i == 0 || api.Fingerprint(f.Check, w.ref, key, f.Subject) == f.Fingerprint {
			found.container = key
		}
	}
	w.findings = append(w.findings, found)
}

func containersNamed(containers []api.Container, name string) []string {
	if name == "" {
		return nil
	}
	var keys []string
	for _, c := range containers {
		if c.Name == name {
			keys = append(keys, containerKey(c.Type, c.Name))
		}
	}
	if len(keys) == 0 {
		keys = one(containerKey(api.ContainerMain, name))
	}
	return keys
}

// sort puts findings and facts into their order, and drops repeated ones: the worst stays.
func (w *workload) sort() {
	slices.SortStableFunc(w.findings, compareFindings)
	seen := map[subjectKey]bool{}
	w.findings = slices.DeleteFunc(w.findings, func(f finding) bool {
		again := seen[f.key()]
		seen[f.key()] = true
		return again
	})
	slices.SortFunc(w.facts, compareFacts)
	w.facts = slices.CompactFunc(w.facts, func(a, b fact) bool { return a.line() == b.line() })
}

// cite finds the checks that each failed read made unknown.
func (p *Posture) cite() {
	unknown := map[string]bool{}
	for _, w := range p.workloads {
		for _, f := range w.findings {
			if f.unknown() {
				unknown[f.Check] = true
			}
		}
	}
	p.citing = make([][]string, len(p.Unknown))
	for i, u := range p.Unknown {
		for check := range unknown {
			if concerns(u, check) {
				p.citing[i] = append(p.citing[i], check)
			}
		}
		slices.Sort(p.citing[i])
	}
}

// reason names the failed read for which a check is unknown, empty where none is known.
func (p *Posture) reason(check string) string {
	for i, u := range p.Unknown {
		if i < len(p.citing) && slices.Contains(p.citing[i], check) {
			return readText(u)
		}
	}
	return ""
}

func readText(u api.Unread) string {
	text := u.Verb + " " + u.Resource
	if u.Verb == "" {
		text = u.What
	}
	if u.Group != "" {
		text += "." + u.Group
	}
	if u.Namespace != "" {
		text += " in " + u.Namespace
	}
	return text
}
