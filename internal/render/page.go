package render

import (
	"cmp"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// page is one workload on a screen.
type page struct {
	*screen
	item *api.Item
	// open are the findings that fail or are unknown.
	open []api.Finding
	// shared are those of them that say the same of several containers.
	shared [][]api.Finding
	// asked are the sections to print; none stands for all.
	asked []string
	// several tells that the report has other workloads too.
	several bool
}

func (s *screen) newPage(item *api.Item) page {
	p := page{screen: s, item: item, open: open(item.Findings)}
	p.shared = shared(p.open)
	return p
}

// section is a part of a page that --show names.
type section struct {
	name  string
	print func(page)
}

func sections() []section {
	return []section{
		{"containers", page.containers},
		{"pod", page.pod},
		{"identity", page.identity},
		{"become", page.become},
		{"mounts", page.mounts},
		{"network", page.network},
		{"gaps", page.gaps},
		{"accepted", page.acceptances},
		{"outcomes", page.outcomes},
		{"fix", page.fixes},
	}
}

// Sections lists the parts of a page below its verdict, in their order.
func Sections() []string {
	var names []string
	for _, part := range sections() {
		names = append(names, part.name)
	}
	return names
}

// page prints the sections that are asked for, and says of each of them that is empty that it is.
func (s *screen) page(item *api.Item, report *api.Report, asked []string) {
	p := s.newPage(item)
	p.asked, p.several = asked, len(report.Items) > 1
	p.head(report.Server)
	p.verdict()
	p.level()
	s.write(nil)
	top := s.content.Len()
	for _, part := range sections() {
		if len(asked) > 0 && !slices.Contains(asked, part.name) {
			continue
		}
		before := s.content.Len()
		apart := part.name == "fix" && len(fixesOf(item)) > 0 || part.name == "outcomes" && len(item.Outcomes) > 0
		if apart && before > top {
			s.write(nil)
		}
		part.print(p)
		if len(asked) > 0 && s.content.Len() == before {
			s.write(line{{plain, text(part.name + ": none")}})
		}
	}
}

func (p page) head(server string) {
	parts := []line{{{bold, p.text(p.item.Ref.From(""))}}}
	if src := p.item.Source; src != nil {
		parts = append(parts, line{{plain, p.textf("%s:%d", src.File, src.Line)}})
	}
	if isAccount(p.item.Ref) {
		parts = append(parts, p.accountHead()...)
	} else if p.item.Source == nil {
		parts = append(parts, line{{plain, p.text(podsWords(p.item.Pods))}})
	}
	if server != "" {
		parts = append(parts, line{{plain, p.text("Kubernetes " + server)}})
	}
	p.parts(headGap, parts...)
}

func podsWords(pods api.Pods) string {
	if pods.Unknown {
		return "pods not readable"
	}
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
func (p page) verdict() { p.flow(p.verdictLine("")) }

// quiet is the verdict alone, with the name of the workload in it.
func (s *screen) quiet(item *api.Item) {
	p := s.newPage(item)
	p.flow(p.verdictLine(shortName(item.Ref) + " "))
}

func (p page) verdictLine(name string) line {
	if l, ok := p.outcomeVerdict(strings.TrimSuffix(name, " ")); ok {
		return l
	}
	if len(p.open) == 0 {
		return line{{plain, p.pass + p.text(" "+name+"no findings"+p.acceptedWords())}}
	}
	worst := p.open[0]
	if worst.Status == api.StatusUnknown {
		return line{{plain, p.unknown + p.text(" "+name+"no findings, but "+number(len(p.open))+" unknown"+p.acceptedWords())}}
	}
	g := p.gradeOf(worst)
	words := " " + name + worst.Check + ": " + worst.Message + p.where(worst)
	return line{{g.ink, g.symbol + " " + g.word}, {plain, p.text(words)}}
}

func (p page) acceptedWords() string {
	if n := len(sorted(p.item.Findings, api.StatusAccepted)); n > 0 {
		return ", " + number(n) + " accepted"
	}
	return ""
}

// counts tells whether the verdict leaves anything to count.
func (p page) counts() bool {
	_, byOutcome := p.outcomeVerdict("")
	return byOutcome || len(p.open) > 0 && p.open[0].Status != api.StatusUnknown
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
	if isAccount(p.item.Ref) {
		if p.counts() {
			p.flow(tally)
		}
		return
	}
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

// shows tells whether a section is asked for, and is to be told at length.
func (p page) shows(section string) bool { return p.wide || slices.Contains(p.asked, section) }

// list joins names, all of them where their section is asked for.
func (p page) list(section string, names []string) string {
	if p.shows(section) {
		return strings.Join(names, ", ")
	}
	return list(names)
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
