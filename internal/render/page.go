package render

import (
	"cmp"
	"slices"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// page is one workload on a screen.
type page struct {
	*screen
	item *api.Item
	// open are the findings that fail or are unknown.
	open []api.Finding
}

func (s *screen) page(item *api.Item, server string) {
	p := page{s, item, open(item.Findings)}
	p.head(server)
	p.verdict()
	p.level()
	s.write(nil)
	p.containers()
	p.pod()
	p.gaps()
	p.acceptances()
	p.fixes()
}

func (p page) head(server string) {
	parts := []line{{{bold, p.text(fullName(p.item.Ref))}}}
	if src := p.item.Source; src != nil {
		parts = append(parts, line{{plain, p.textf("%s:%d", src.File, src.Line)}})
	} else {
		parts = append(parts, line{{plain, p.text(podsWords(p.item.Pods))}})
	}
	if server != "" {
		parts = append(parts, line{{plain, p.text("Kubernetes " + server)}})
	}
	p.parts(headGap, parts...)
}

func podsWords(pods api.Pods) string {
	words := counted(pods.Live, "pod")
	if pods.Desired != nil {
		words = number(pods.Live) + " of " + counted(*pods.Desired, "pod")
	}
	if pods.Ready < pods.Live {
		words += ", " + number(pods.Ready) + " ready"
	}
	return words
}

// verdict is the worst finding as a sentence.
func (p page) verdict() {
	if len(p.open) == 0 {
		p.write(line{{plain, p.pass + " no findings"}})
		return
	}
	worst := p.open[0]
	if worst.Status == api.StatusUnknown {
		p.write(line{{plain, p.unknown + p.text(" no findings, but "+number(len(p.open))+" unknown")}})
		return
	}
	g := p.gradeOf(worst)
	p.flow(line{{g.ink, g.symbol + " " + g.word + ":"}, {plain, p.text(" " + worst.Message + p.where(worst))}})
}

// where names the containers, and the pods, that a finding is about.
func (p page) where(worst api.Finding) string {
	var names []string
	for _, f := range p.open {
		if f.Check == worst.Check && f.Status == worst.Status && f.Severity == worst.Severity && f.Message == worst.Message {
			names = append(names, f.Container)
		}
	}
	names = distinct(names)
	words := ""
	switch {
	case len(names) == 1:
		words = "container " + names[0]
	case len(names) > 1:
		words = "containers " + list(names)
	}
	if worst.Pods != "" {
		if words != "" {
			words += ", "
		}
		words += "in " + worst.Pods
	}
	if words == "" {
		return ""
	}
	return " (" + words + ")"
}

func (p page) level() {
	counts := api.Count(p.item.Findings)
	grade := line{{plain, p.text("Pod Security " + p.item.PodSecurity.Version + ": " + levelWords(p.item.PodSecurity))}}
	tally := line{{plain, p.text(failures(counts) + ", " + others(counts))}}
	if both := grade.then(3, tally); !p.narrow() && p.fits(both) {
		p.write(both)
		return
	}
	p.flow(grade)
	p.flow(tally)
}

// levelWords is the level reached, with how many fields are in the way of the next ones.
func levelWords(ps api.PodSecurity) string {
	baseline := 0
	for _, g := range ps.Gaps {
		if g.Level == api.LevelBaseline {
			baseline++
		}
	}
	words := string(cmp.Or(ps.Level, "level unknown"))
	switch more := len(ps.Gaps) - baseline; {
	case baseline > 0 && more > 0:
		words += " (" + counted(baseline, "gap") + " to baseline, " + number(more) + " more to restricted)"
	case baseline > 0:
		words += " (" + counted(baseline, "gap") + " to baseline)"
	case more > 0:
		words += " (" + counted(more, "gap") + " to restricted)"
	}
	if ps.Template != ps.Live {
		words += "; template " + string(ps.Template) + ", live pods " + string(ps.Live)
	}
	return words
}

// inOrder lists main containers first, then sidecars, init and ephemeral ones.
func inOrder(containers []api.Container) []api.Container {
	types := []api.ContainerType{api.ContainerMain, api.ContainerSidecar, api.ContainerInit, api.ContainerEphemeral}
	out := slices.Clone(containers)
	slices.SortStableFunc(out, func(a, b api.Container) int {
		return cmp.Compare(slices.Index(types, a.Type), slices.Index(types, b.Type))
	})
	return out
}
