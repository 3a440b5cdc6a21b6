package render

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// standing is a right with the findings that stand on it, worst first.
type standing struct {
	right    api.Right
	findings []api.Finding
}

// standings pairs rights with findings, the worst first, and returns the rights without and
// the findings that stand on none.
func (p page) standings(findings []api.Finding) (rows []standing, rights []api.Right, rest []api.Finding) {
	on := newPairs(p.item.Rights, findings)
	for i, right := range p.item.Rights {
		if len(on.right[i]) == 0 {
			rights = append(rights, right)
			continue
		}
		row := standing{right: right}
		for _, k := range on.right[i] {
			row.findings = append(row.findings, findings[k])
		}
		rows = append(rows, row)
	}
	slices.SortStableFunc(rows, func(a, b standing) int {
		return cmp.Compare(b.findings[0].Severity.Rank(), a.findings[0].Severity.Rank())
	})
	for k, f := range findings {
		if !on.placed[k] {
			rest = append(rest, f)
		}
	}
	return rows, rights, rest
}

// about is what ties findings to rights: a check with a grant, or with the place where a
// right holds.
type about struct{ check, of string }

// pairs are indices of the findings on each right, and which findings are on any.
type pairs struct {
	rights   []api.Right
	findings []api.Finding
	right    [][]int
	placed   []bool
	// byGrant are the findings that name a grant first, more those that stand on others
	// besides, by place.
	byGrant, more map[about][]int
}

func newPairs(rights []api.Right, findings []api.Finding) *pairs {
	p := &pairs{
		rights: rights, findings: findings,
		right: make([][]int, len(rights)), placed: make([]bool, len(findings)),
		byGrant: map[about][]int{}, more: map[about][]int{},
	}
	byGrant := map[about][]int{}
	for i, r := range rights {
		for _, grant := range grantsOfRight(r) {
			for _, check := range r.Checks {
				byGrant[about{check, grant}] = append(byGrant[about{check, grant}], i)
			}
		}
	}
	for k, f := range findings {
		grant := f.Path
		if _, whole := byGrant[about{f.Check, grant}]; !whole {
			grant = withoutMore(f.Path)
		}
		first := about{f.Check, grant}
		p.byGrant[first] = append(p.byGrant[first], k)
		if grant != f.Path {
			place := about{f.Check, placeOf(f)}
			p.more[place] = append(p.more[place], k)
		}
		for _, i := range p.concerned(f, byGrant[first]) {
			p.pair(i, k)
		}
	}
	for i := range rights {
		p.besides(i)
		slices.Sort(p.right[i])
		p.right[i] = slices.Compact(p.right[i])
	}
	return p
}

func (p *pairs) pair(right, finding int) {
	p.right[right] = append(p.right[right], finding)
	p.placed[finding] = true
}

// concerned are the rights of one rule that a finding is about: those on resources that it
// names, where it names any.
func (p *pairs) concerned(f api.Finding, rights []int) []int {
	if len(rights) < 2 {
		return rights
	}
	var out []int
	for _, i := range rights {
		if p.names(f, p.rights[i].Resources) {
			out = append(out, i)
		}
	}
	if len(out) == 0 {
		return rights
	}
	return out
}

// names tells whether the words of a finding name one of the resources or objects.
func (p *pairs) names(f api.Finding, of []string) bool {
	words := strings.FieldsFunc(f.Got, func(r rune) bool { return strings.ContainsRune(" ,;", r) })
	return slices.ContainsFunc(of, func(name string) bool {
		return slices.ContainsFunc(words, func(word string) bool { return word == name || strings.HasPrefix(word, name+".") })
	})
}

// besides pairs a right with findings that stand on it but name another grant first, or name
// other resources of its rule: the worst of them for each check.
func (p *pairs) besides(i int) {
	r := p.rights[i]
	for _, check := range r.Checks {
		if slices.ContainsFunc(p.right[i], func(k int) bool { return p.findings[k].Check == check }) {
			continue
		}
		var some []int
		for _, grant := range grantsOfRight(r) {
			some = append(some, p.byGrant[about{check, grant}]...)
		}
		some = append(some, p.more[about{check, r.Namespace}]...)
		if check == groupGrants {
			some = slices.DeleteFunc(some, func(k int) bool {
				return !strings.HasSuffix(withoutMore(p.findings[k].Path), " by "+r.Via.Subject)
			})
		}
		for _, of := range [][]string{r.Resources, r.ResourceNames} {
			if named := p.naming(some, of); len(named) > 0 {
				some = named
			}
		}
		if len(some) > 0 {
			p.pair(i, slices.Min(some))
		}
	}
}

// naming are those of the findings that name one of the resources or objects.
func (p *pairs) naming(findings []int, of []string) []int {
	var out []int
	for _, k := range findings {
		if p.names(p.findings[k], of) {
			out = append(out, k)
		}
	}
	return out
}

// groupGrants is the check of what accounts have as members of a group.
const groupGrants = "group-grants"

// grantsOfRight are the grants of a right as findings name them.
func grantsOfRight(r api.Right) []string {
	by := ""
	if strings.HasPrefix(r.Via.Subject, "Group ") {
		by = " by " + r.Via.Subject
	}
	out := make([]string, len(r.Via.Rules))
	for i, n := range r.Via.Rules {
		out[i] = r.Via.Binding + " → " + r.Via.Role + " " + ruleWords([]int{n}) + by
	}
	return out
}

var moreGrants = regexp.MustCompile(` and [0-9,]+ more$`)

// withoutMore is the grant that a finding names first.
func withoutMore(path string) string {
	if at := moreGrants.FindStringIndex(path); at != nil {
		return path[:at[0]]
	}
	return path
}

// placeOf is the namespace where a finding says that a right holds; empty for the cluster.
func placeOf(f api.Finding) string {
	rest := strings.TrimPrefix(f.Message, f.Got+" ")
	place, _, _ := strings.Cut(rest, ": ")
	if place == "in the whole cluster" {
		return ""
	}
	return strings.TrimPrefix(place, "in ")
}
