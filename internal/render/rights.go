package render

import (
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

const (
	// mostAlike is how many rights with the same findings get a line of their own.
	mostAlike = 3
	// mostGrants is how many grants of rights without findings are told, mostRules how many
	// rights of each.
	mostGrants = 3
	mostRules  = 8
)

// refused is what the API server said of a right that RBAC seems to give.
const refused = "refused"

// rights writes those with findings a line each, and the others by their grants.
func (p page) rights(rows []standing, others []api.Right) {
	alike := map[string]int{}
	for _, r := range rows {
		alike[checkNames(r.findings)]++
	}
	told := map[string]int{}
	for _, r := range rows {
		key := checkNames(r.findings)
		if told[key]++; told[key] <= mostAlike || p.shows("identity") {
			p.row(p.rightRow(r))
		} else if told[key] == alike[key] {
			p.indented(labelAt, p.said("and "+counted(alike[key]-mostAlike, "more such right")+" (--show identity)"))
		}
	}
	if p.shows("identity") {
		for _, r := range others {
			p.row(p.rightRow(standing{right: r}))
		}
		return
	}
	p.grants(others)
}

func checkNames(findings []api.Finding) string {
	var ids []string
	for _, f := range findings {
		ids = append(ids, f.Check)
	}
	slices.Sort(ids)
	return strings.Join(slices.Compact(ids), " ")
}

func (p page) rightRow(r standing) row {
	resources, verbs := resourceWords(r.right), p.verbWords(r.right)
	if scope := p.scopeWords(r.right); scope != "" {
		verbs += " " + scope
	}
	origin := []string{viaWords(r.right.Via, r.right.Via.Rules, p.shows("identity"))}
	for _, f := range r.findings {
		origin = append(origin, stepWords(f))
	}
	if r.right.Verified == refused {
		origin = append(origin, "refused by the API server")
	}
	out := row{
		label: p.said(resources), value: p.said(verbs),
		origin: p.origin(strings.Join(distinct(origin), "; ")), checks: p.checks(r.findings),
	}
	if out.label.width() >= valueAt-labelAt {
		out.label, out.value = nil, p.said(resources+" "+verbs)
	}
	if len(r.findings) > 0 {
		out.mark = p.gradeOf(r.findings[0]).gutter()
	}
	for _, f := range r.findings {
		out.notes = append(out.notes, p.acceptance(f)...)
	}
	return out
}

// grants writes rights without findings, a line for each role and scope.
func (p page) grants(rights []api.Right) {
	var groups [][]api.Right
	index := map[[4]string]int{}
	for _, r := range rights {
		key := [4]string{r.Via.Binding, r.Via.Role, r.Namespace, r.Via.Subject}
		if i, found := index[key]; found {
			groups[i] = append(groups[i], r)
		} else {
			index[key] = len(groups)
			groups = append(groups, []api.Right{r})
		}
	}
	left := len(rights)
	for _, group := range groups[:min(len(groups), mostGrants)] {
		left -= len(group)
		p.indented(labelAt, slices.Concat(p.said(p.grantWords(group)), line{{plain, " "}}, p.origin(p.grantOrigin(group))))
	}
	if left > 0 {
		p.indented(labelAt, p.said("and "+counted(left, "more right")+" by "+counted(len(groups)-mostGrants, "other grant")+" (--show identity)"))
	}
}

// grantWords are the rights of a grant, those of the same verbs together.
func (p page) grantWords(group []api.Right) string {
	var verbs, words []string
	on := map[string][]string{}
	for _, r := range group[:min(len(group), mostRules)] {
		may := p.verbWords(r)
		verbs, on[may] = append(verbs, may), append(on[may], resourceWords(r))
	}
	for _, may := range distinct(verbs) {
		words = append(words, strings.Join(distinct(on[may]), " ")+" "+may)
	}
	out := strings.Join(words, ", ")
	if more := len(group) - mostRules; more > 0 {
		out += " and " + number(more) + " more (--show identity)"
	}
	if scope := p.scopeWords(group[0]); scope != "" {
		out = scope + ": " + out
	}
	return out
}

func (p page) grantOrigin(group []api.Right) string {
	var rules []int
	for _, r := range group {
		rules = append(rules, r.Via.Rules...)
	}
	words := viaWords(group[0].Via, rules, false)
	for _, r := range group {
		if r.Verified == refused {
			return words + "; some refused by the API server (--show identity)"
		}
	}
	return words
}
