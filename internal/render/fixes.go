package render

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// fix is one thing to write, with all it mends.
type fix struct {
	words string
	// grants are how many more it is for, and atLeast tells that findings count different ones.
	grants   int
	atLeast  bool
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
	subject, words := p.said(f.subject()), p.said(f.words+f.grantWords())
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
	list := fixList{at: map[string]int{}}
	for _, f := range sorted(item.Findings, api.StatusFail) {
		if f.Fix == "" || f.Severity == api.SeverityInfo {
			continue
		}
		x := list.of(f.Fix, f.Severity)
		x.findings = append(x.findings, f)
	}
	taken := takenOf(item)
	for _, o := range item.Outcomes {
		if o.Possible && o.Fix != "" && o.Severity.AtLeast(api.SeverityLow) && !taken(o) {
			x := list.last(o)
			x.ends = append(x.ends, o.Text)
		}
	}
	out := list.all
	for i := range out {
		out[i].ends = distinct(out[i].ends)
	}
	slices.SortStableFunc(out, fixOrder)
	markLevels(out, item)
	return out
}

// fixOrder puts what only ends an outcome before the fixes of findings that are as severe.
func fixOrder(a, b fix) int {
	return cmp.Or(cmp.Compare(b.severity.Rank(), a.severity.Rank()), cmp.Compare(min(len(a.findings), 1), min(len(b.findings), 1)))
}

// fixList holds each fix once, by its words.
type fixList struct {
	all []fix
	at  map[string]int
}

// of is the fix of these words, which is added where it is missing.
func (l *fixList) of(words string, severity api.Severity) *fix {
	words, grants := withoutGrants(words)
	i, found := l.at[words]
	if !found {
		i = len(l.all)
		l.at[words] = i
		l.all = append(l.all, fix{words: words, severity: severity})
	}
	x := &l.all[i]
	x.atLeast = x.atLeast || grants > 0 && x.grants > 0 && grants != x.grants
	x.grants = max(x.grants, grants)
	return x
}

// last is the last of the fixes that together end an outcome; where one of them is missing,
// they are a fix of their own.
func (l *fixList) last(o api.Outcome) *fix {
	last := -1
	for part := range strings.SplitSeq(o.Fix, "; and ") {
		words, _ := withoutGrants(part)
		i, found := l.at[words]
		if !found {
			return l.of(o.Fix, o.Severity)
		}
		if last < 0 || cmp.Or(fixOrder(l.all[last], l.all[i]), cmp.Compare(last, i)) < 0 {
			last = i
		}
	}
	return &l.all[last]
}

var soForGrants = regexp.MustCompile(`; so for ([0-9,]+) more grants?$`)

// withoutGrants takes from a fix how many more grants it is for, by which alone the fixes of
// findings about one grant differ.
func withoutGrants(words string) (string, int) {
	m := soForGrants.FindStringSubmatch(words)
	if m == nil {
		return words, 0
	}
	n, _ := strconv.Atoi(strings.ReplaceAll(m[1], ",", ""))
	return strings.TrimSuffix(words, m[0]), n
}

func (f fix) grantWords() string {
	switch {
	case f.grants == 0:
		return ""
	case f.atLeast:
		return "; so for at least " + counted(f.grants, "more grant")
	}
	return "; so for " + counted(f.grants, "more grant")
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
