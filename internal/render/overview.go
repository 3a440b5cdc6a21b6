package render

import (
	"cmp"
	"slices"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// overview is the table of many workloads, worst first.
func (s *screen) overview(report *api.Report, opts Options) {
	items := worstFirst(report.Items)
	t := table{heads: s.overviewHeads(), names: 1, headless: opts.NoHeaders}
	var extra []wideColumn
	if isWide(opts.Format) {
		extra = wideColumns(report)
	}
	for _, c := range extra {
		t.heads = slices.Insert(t.heads, len(t.heads)-1, c.head)
	}
	spaces := severalNamespaces(report)
	if spaces {
		t.heads, t.names = append([]text{"NAMESPACE"}, t.heads...), 2
	}
	for _, r := range items {
		cells := s.overviewRow(r)
		for _, c := range extra {
			cells = slices.Insert(cells, len(cells)-1, line{{plain, s.text(c.value(r.item))}})
		}
		if spaces {
			cells = append([]line{{{plain, s.text(r.item.Ref.Namespace)}}}, cells...)
		}
		t.rows = append(t.rows, cells)
	}
	s.table(t)
}

func (s *screen) overviewHeads() []text {
	if s.narrow() {
		return []text{"WORKLOAD", "PODS", "LEVEL", "C", "H", "M", "L", "U", "A", "WORST"}
	}
	return []text{"WORKLOAD", "PODS", "LEVEL", "CRIT", "HIGH", "MED", "LOW", "UNK", "ACC", "WORST"}
}

// ranked is a workload with its counts and what is worst in it.
type ranked struct {
	item   *api.Item
	counts api.Counts
}

func worstFirst(items []api.Item) []ranked {
	out := make([]ranked, len(items))
	for i := range items {
		out[i] = ranked{&items[i], api.Count(items[i].Findings)}
	}
	slices.SortStableFunc(out, func(a, b ranked) int {
		return cmp.Or(
			cmp.Compare(b.counts.Critical, a.counts.Critical),
			cmp.Compare(b.counts.High, a.counts.High),
			cmp.Compare(b.counts.Medium, a.counts.Medium),
			cmp.Compare(b.counts.Low, a.counts.Low),
			cmp.Compare(b.counts.Info, a.counts.Info),
			cmp.Compare(b.counts.Unknown, a.counts.Unknown),
			cmp.Compare(a.item.Ref.Namespace, b.item.Ref.Namespace),
			cmp.Compare(a.item.Ref.Name, b.item.Ref.Name),
			cmp.Compare(a.item.Ref.Kind, b.item.Ref.Kind),
			cmp.Compare(a.item.Ref.APIVersion, b.item.Ref.APIVersion),
		)
	})
	return out
}

func severalNamespaces(report *api.Report) bool {
	for i := range report.Items {
		if report.Items[i].Ref.Namespace != report.Items[0].Ref.Namespace {
			return true
		}
	}
	return report.Scope.AllNamespaces
}

func (s *screen) overviewRow(r ranked) []line {
	cell := func(t string) line { return line{{plain, s.text(t)}} }
	alarm := func(n int, i ink) line {
		if n == 0 {
			i = plain
		}
		return line{{i, text(number(n))}}
	}
	return []line{
		cell(shortName(r.item.Ref)),
		cell(podsCell(r.item)),
		cell(levelCell(r.item)),
		alarm(r.counts.Critical, critical),
		alarm(r.counts.High, red),
		cell(number(r.counts.Medium)),
		cell(number(r.counts.Low)),
		cell(number(r.counts.Unknown)),
		cell(number(r.counts.Accepted)),
		s.worst(r.item),
	}
}

// levelCell is the Pod Security level; a ServiceAccount has none.
func levelCell(item *api.Item) string { return cmp.Or(string(item.PodSecurity.Level), "-") }

func podsCell(item *api.Item) string {
	switch {
	case item.Source != nil || isAccount(item.Ref):
		return "-"
	case item.Pods.Unknown:
		return "?"
	case item.Pods.Desired != nil:
		return number(item.Pods.Live) + "/" + number(*item.Pods.Desired)
	}
	return number(item.Pods.Live)
}

// worst is the worst finding in one cell.
func (s *screen) worst(item *api.Item) line {
	findings := open(item.Findings)
	if len(findings) == 0 {
		return line{{plain, "-"}}
	}
	f := findings[0]
	g := s.gradeOf(f)
	return line{{g.ink, g.word}, {plain, s.textf(" %s: %s", f.Check, f.Message)}}
}
