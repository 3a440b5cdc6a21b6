package render

import (
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

func (p page) containers() {
	before := ""
	for i, c := range inOrder(p.item.Containers) {
		findings := p.of(c.Name)
		image := c.Image
		if image == before && i > 0 {
			image = "the same image"
		} else if p.width > 0 {
			image = shortImage(image, p.more)
		}
		before = c.Image
		if i > 0 && len(findings) == 0 && !p.gapIn(c.Name) {
			p.parts(headGap, append(p.containerHead(c, image, findings), line{{plain, "restricted, 0 gaps"}})...)
			continue
		}
		p.parts(headGap, p.containerHead(c, image, findings)...)
		p.rows(containerFacts(), c.Settings, findings, c.Origin != "")
	}
	for _, group := range p.shared {
		p.parts(headGap, line{{bold, p.text(p.containersWords(group))}})
		p.row(p.findingRow(group, false))
	}
}

// containersWords names the containers of findings.
func (p page) containersWords(group []api.Finding) string {
	if len(group) == len(p.item.Containers) && len(group) > 2 {
		return "All " + number(len(group)) + " containers"
	}
	var names []string
	for _, f := range group {
		names = append(names, f.Container)
	}
	return "Containers " + list(names)
}

// shared groups the findings that are no more than information and say the same of several
// containers: one row tells them all.
func shared(findings []api.Finding) [][]api.Finding {
	var groups [][]api.Finding
	for _, f := range findings {
		if f.Severity != api.SeverityInfo || f.Status != api.StatusFail || f.Container == "" || f.Pods != "" {
			continue
		}
		i := slices.IndexFunc(groups, func(g []api.Finding) bool {
			return g[0].Check == f.Check && g[0].Message == f.Message && g[0].Modifier == f.Modifier
		})
		if i < 0 {
			groups = append(groups, nil)
			i = len(groups) - 1
		}
		if !slices.ContainsFunc(groups[i], func(g api.Finding) bool { return g.Container == f.Container }) {
			groups[i] = append(groups[i], f)
		}
	}
	return slices.DeleteFunc(groups, func(g []api.Finding) bool { return len(g) < 2 })
}

func (p page) isShared(f api.Finding) bool {
	return slices.ContainsFunc(p.shared, func(g []api.Finding) bool {
		return slices.ContainsFunc(g, func(of api.Finding) bool { return of.Fingerprint == f.Fingerprint && of.Path == f.Path })
	})
}

func (p page) of(container string) []api.Finding {
	var out []api.Finding
	for _, f := range p.open {
		if f.Container == container && !p.isShared(f) && !p.ofSecrets(f) {
			out = append(out, f)
		}
	}
	return out
}

func (p page) gapIn(container string) bool {
	return slices.ContainsFunc(p.item.PodSecurity.Gaps, func(g api.Gap) bool { return g.Container == container })
}

func (p page) containerHead(c api.Container, image string, findings []api.Finding) []line {
	head := []line{
		{{bold, p.text("Container " + c.Name)}},
		{{plain, p.text(string(c.Type))}},
		{{plain, p.text(image)}},
	}
	if c.Origin == "" {
		return head
	}
	words := c.Origin
	if strings.HasPrefix(words, "template ") {
		return append(head, p.origin(words))
	}
	if len(findings) > 0 && findings[0].Pods != "" {
		words += ", in " + findings[0].Pods
	}
	return append(head, p.origin(words+", not in the template"))
}

// rows writes settings and findings; added tells that no template has what they are about,
// which then need not be said of each.
func (p page) rows(facts []fact, settings map[string]api.Setting, findings []api.Finding, added bool) {
	stated, rest := states(facts, settings, findings)
	for _, r := range stated {
		if r.shown(settings) {
			p.row(p.factRow(r, added))
		}
	}
	for _, r := range p.findingRows(rest, added) {
		p.row(r)
	}
}

// pod has what is about the pod as a whole, and findings about containers that the item
// does not have.
func (p page) pod() {
	if isAccount(p.item.Ref) {
		return
	}
	findings := slices.DeleteFunc(p.of(""), func(f api.Finding) bool {
		return p.inIdentity(f) || isMount(f.Check) || p.item.Network != nil && isNetwork(f.Check)
	})
	var lost []api.Finding
	for _, f := range p.open {
		if f.Container != "" && !p.has(f.Container) && !p.ofSecrets(f) {
			f.Message = f.Container + ": " + f.Message
			lost = append(lost, f)
		}
	}
	rows, rest := states(podFacts(), p.item.Settings, findings)
	rows = slices.DeleteFunc(rows, func(r stated) bool {
		return !r.shown(p.item.Settings) || p.item.Identity != nil && (r.setting == automount || r.setting == accountName)
	})
	if len(rows)+len(rest)+len(lost) == 0 {
		return
	}
	p.write(line{{bold, "Pod"}})
	for _, r := range rows {
		p.row(p.factRow(r, false))
	}
	for _, r := range p.findingRows(append(rest, lost...), false) {
		p.row(r)
	}
}

func (p page) has(container string) bool {
	return slices.ContainsFunc(p.item.Containers, func(c api.Container) bool { return c.Name == container })
}

// gaps lists what is in the way of a level and no row above shows; all of it when asked for.
func (p page) gaps() {
	headed := false
	for _, g := range p.item.PodSecurity.Gaps {
		if len(p.asked) == 0 && p.told(g) {
			continue
		}
		if !headed {
			p.write(line{{bold, "Gaps"}})
			headed = true
		}
		value := p.textf("%s, not %s, which %s wants", g.Got, g.Want, g.Level)
		if g.Container != "" {
			value = p.textf("container %s: %s", g.Container, value)
		}
		p.row(row{label: line{{plain, p.text(label(g.Check))}}, value: line{{plain, value}}, checks: line{{dim, p.text(g.Check)}}})
	}
}

// told tells whether a finding shows the gap, or a privileged container stands for it.
func (p page) told(g api.Gap) bool {
	if slices.ContainsFunc(p.item.Findings, func(f api.Finding) bool {
		return f.Container == g.Container && (f.Check == g.Check || f.Path == g.Path)
	}) {
		return true
	}
	for _, c := range p.item.Containers {
		if c.Name == g.Container && c.Settings[privileged].Value == "true" {
			rows, _ := states(containerFacts(), c.Settings, nil)
			i := rowOf(rows, g.Check, g.Path)
			return i >= 0 && rows[i].confines
		}
	}
	return false
}

func (p page) acceptances() {
	accepted := sorted(p.item.Findings, api.StatusAccepted)
	if len(accepted) == 0 {
		return
	}
	p.write(line{{bold, "Accepted"}})
	for _, f := range accepted {
		f.Message = string(f.Severity) + ": " + f.Message
		if f.Container != "" {
			f.Message += " (container " + f.Container + ")"
		}
		r := p.findingRow([]api.Finding{f}, false)
		r.label, r.value = r.label.inked(dim), r.value.inked(dim)
		for i := range r.notes {
			r.notes[i] = r.notes[i].inked(dim)
		}
		p.row(r)
	}
}
