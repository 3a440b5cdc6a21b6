package render

import (
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// fix is one thing to write, with all it mends.
type fix struct {
	words    string
	findings []api.Finding
	severity api.Severity
	// ends are the outcomes that are no more with it.
	ends []string
	// reaches is the Pod Security level once it and those before it are done; empty where
	// the level stays.
	reaches api.Level
}

const mostFixes = 5

// fixes are what to do first: the fixes of the worst findings, each named once.
func (p page) fixes() {
	all := fixesOf(p.item)
	if len(all) == 0 {
		return
	}
	p.write(line{{bold, "Fix first"}})
	first := all[:min(len(all), mostFixes)]
	column := p.fixColumn(first)
	for i, f := range first {
		p.fix(i+1, f, column)
	}
	if more := len(all) - len(first); more > 0 {
		p.hang(nil, subjectAt, line{{plain, p.text("and " + number(more) + " more")}})
	}
}

const (
	subjectAt   = 5
	mostSubject = 50
	// wordsLeast is the room below which what to write goes under what it is about.
	wordsLeast = 40
)

// fixColumn is where what to write starts; 0 where it goes under what it is about.
func (p page) fixColumn(fixes []fix) int {
	widest := 0
	for _, f := range fixes {
		widest = max(widest, p.text(f.subject()).width())
	}
	column := subjectAt + min(widest, mostSubject) + columnGap
	if p.width > 0 && p.edge()-column < wordsLeast {
		return 0
	}
	return column
}

func (p page) fix(n int, f fix, column int) {
	head := line{{plain, p.text("  " + number(n))}}
	subject, words := line{{plain, p.text(f.subject())}}, line{{plain, p.text(f.words)}}
	if subjectAt+subject.width() < column {
		head = head.at(subjectAt, subject)
	} else {
		p.hang(head, subjectAt, subject)
		head, column = nil, subjectAt
	}
	after := string(f.reaches)
	if len(f.ends) > 0 && len(f.findings) > 0 {
		after = strings.TrimPrefix(after+"; not possible: "+list(f.ends), "; ")
	}
	if after == "" {
		p.hang(head, column, words)
		return
	}
	level := line{{dim, p.to + " " + p.text(after)}}
	if both := words.then(1, level); p.width == 0 || column+both.width() <= p.edge() {
		p.hang(head, column, both)
		return
	}
	p.hang(head, column, words)
	p.hang(nil, column, level)
}

// subject is what a fix is about: its checks and their containers, or else what it ends.
func (f fix) subject() string {
	var checks, containers []string
	for _, finding := range f.findings {
		checks = append(checks, finding.Check)
		containers = append(containers, finding.Container)
	}
	words := strings.Join(distinct(checks), ", ")
	if len(checks) == 0 {
		words = list(f.ends)
	}
	if containers = distinct(containers); len(containers) > 0 {
		words += " of " + list(containers)
	}
	return words
}

func fixesOf(item *api.Item) []fix {
	var out []fix
	for _, f := range sorted(item.Findings, api.StatusFail) {
		if f.Fix == "" || f.Severity == api.SeverityInfo {
			continue
		}
		i := slices.IndexFunc(out, func(x fix) bool { return x.words == f.Fix })
		if i < 0 {
			i = len(out)
			out = append(out, fix{words: f.Fix, severity: f.Severity})
		}
		out[i].findings = append(out[i].findings, f)
	}
	out = withOutcomes(out, item)
	markLevels(out, item)
	return out
}

// withOutcomes adds what ends each outcome, before the fixes of what is less severe.
func withOutcomes(fixes []fix, item *api.Item) []fix {
	for _, o := range item.Outcomes {
		if !o.Possible || o.Fix == "" || !o.Severity.AtLeast(api.SeverityLow) || (page{item: item}).taken(o) {
			continue
		}
		i := lastFix(fixes, o.Fix)
		if i < 0 {
			i = slices.IndexFunc(fixes, func(x fix) bool {
				return !x.severity.AtLeast(o.Severity) || x.severity == o.Severity && len(x.findings) > 0
			})
			if i < 0 {
				i = len(fixes)
			}
			fixes = slices.Insert(fixes, i, fix{words: o.Fix, severity: o.Severity})
		}
		fixes[i].ends = distinct(append(fixes[i].ends, o.Text))
	}
	return fixes
}

// lastFix is where the last stands of the fixes that together are words; -1 where one of
// them is missing.
func lastFix(fixes []fix, words string) int {
	last := -1
	for part := range strings.SplitSeq(words, "; and ") {
		i := slices.IndexFunc(fixes, func(x fix) bool { return x.words == part })
		if i < 0 {
			return slices.IndexFunc(fixes, func(x fix) bool { return x.words == words })
		}
		last = max(last, i)
	}
	return last
}

// gapKey is what ties a gap to the findings about it.
type gapKey struct{ check, container, path string }

func keyOfFinding(f api.Finding) gapKey { return gapKey{f.Check, f.Container, f.Path} }

// markLevels says of each fix which level is reached with it and all before it. A gap is closed
// once every finding about it, and there is one, is among those that are fixed.
func markLevels(fixes []fix, item *api.Item) {
	open := map[gapKey]int{}
	about := map[gapKey]bool{}
	for _, f := range item.Findings {
		open[keyOfFinding(f)]++
		about[keyOfFinding(f)] = true
	}
	left := slices.Clone(item.PodSecurity.Gaps)
	level := item.PodSecurity.Level
	for i := range fixes {
		for _, f := range fixes[i].findings {
			open[keyOfFinding(f)]--
		}
		left = slices.DeleteFunc(left, func(g api.Gap) bool {
			key := gapKey{g.Check, g.Container, g.Path}
			return about[key] && open[key] == 0
		})
		if next := levelWith(left); next != level && len(item.PodSecurity.Gaps) > 0 {
			level, fixes[i].reaches = next, next
		}
	}
}

// levelWith is the level that a pod with these gaps reaches.
func levelWith(gaps []api.Gap) api.Level {
	level := api.LevelRestricted
	for _, g := range gaps {
		if g.Level == api.LevelBaseline {
			return api.LevelPrivileged
		}
		level = api.LevelBaseline
	}
	return level
}
