package render

import (
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

// checkMermaid reads a flowchart by a grammar that is narrower than Mermaid's own, and returns how
// many boxes and arrows it has.
func checkMermaid(t *testing.T, content string) (boxes, arrows int) {
	t.Helper()
	label := `"(?:[a-zA-Z0-9 /.,()+?-]|#\d+;|[^\x00-\x7f])+"`
	box, group := regexp.MustCompile(`^ {2,4}n\d+\[`+label+`\]$`), regexp.MustCompile(`^  subgraph g\d+\[`+label+`\]$`)
	arrow := regexp.MustCompile(`^  (n\d+) (?:-->|-\.->|--x)\|` + label + `\| (n\d+)$`)
	style := regexp.MustCompile(`^  linkStyle [\d,]+ stroke:#[0-9a-f]{6}$`)
	depth := 0
	known := map[string]bool{}
	for i, line := range strings.Split(strings.TrimSuffix(content, "\n"), "\n") {
		switch ends := arrow.FindStringSubmatch(line); {
		case i == 0 && line == "flowchart LR":
		case i > 0 && strings.HasPrefix(line, "%% ") && !strings.ContainsAny(line[2:], "%{"):
		case group.MatchString(line):
			depth++
		case line == "  end":
			depth--
		case box.MatchString(line):
			boxes++
			known[strings.TrimSpace(line[:strings.IndexByte(line, '[')])] = true
		case ends != nil:
			arrows++
			if !known[ends[1]] || !known[ends[2]] {
				t.Errorf("an end without a box: %q", line)
			}
		case style.MatchString(line):
		default:
			t.Errorf("line %d is nothing of Mermaid: %q", i, line)
		}
		if depth < 0 || depth > 1 {
			t.Errorf("line %d: depth %d", i, depth)
		}
	}
	checkPrintable(t, content)
	return boxes, arrows
}

// checkDot is checkMermaid for DOT.
func checkDot(t *testing.T, content string) (boxes, arrows int) {
	t.Helper()
	label := `"(?:[^"\\]|\\["\\])*"`
	box, group := regexp.MustCompile(`^ {2,4}"n\d+" \[label=`+label+`\];$`), regexp.MustCompile(`^  subgraph cluster_\d+ \{$`)
	arrow := regexp.MustCompile(`^  "n\d+" -> "n\d+" \[label=` + label + `, color="#[0-9a-f]{6}"(, (style=dashed|arrowhead=tee))?\];$`)
	fixed := []string{"digraph flows {", "  rankdir=LR;", "  node [shape=box];", "  }", "}"}
	titled := regexp.MustCompile(`^    label=` + label + `;$`)
	depth := 0
	for i, line := range strings.Split(strings.TrimSuffix(content, "\n"), "\n") {
		switch {
		case strings.HasPrefix(line, "// ") && depth == 0, titled.MatchString(line), group.MatchString(line):
		case box.MatchString(line):
			boxes++
		case arrow.MatchString(line):
			arrows++
		case !strings.Contains("\n"+strings.Join(fixed, "\n")+"\n", "\n"+line+"\n"):
			t.Errorf("line %d is nothing of DOT: %q", i, line)
		}
		if !strings.HasPrefix(line, "//") && !strings.Contains(line, `"`) {
			depth += strings.Count(line, "{") - strings.Count(line, "}")
		}
	}
	if depth != 0 {
		t.Errorf("depth %d at the end", depth)
	}
	checkPrintable(t, content)
	return boxes, arrows
}

func checkPrintable(t *testing.T, content string) {
	t.Helper()
	for _, r := range content {
		if r != '\n' && !unicode.IsPrint(r) {
			t.Fatalf("%q is in it", r)
		}
	}
}

// TestPicturesHostile: no name leaves its string, in either language.
func TestPicturesHostile(t *testing.T) {
	hostile := []string{
		`a"]; evil["b`, "a`b`", "x\n  end\n  click n0 href", "%%{init: {'theme':'x'}}%%", "<img src=x onerror=alert(1)>", "&lt;b&gt;", `\`, `\N\G`, `\"`, "#quot;", "a|b",
		"end", "style x:#00;", "---", "", "  ", "*/ //", "{", "]", "```", "1. a", "x;y", "subgraph",
	}
	for _, h := range testkit.HostileStrings() {
		hostile = append(hostile, h.Value)
	}
	for _, value := range hostileStrings() {
		hostile = append(hostile, value)
	}
	plain := crowdMap(4, 2, 2)
	mermaid, _ := viewText(t, viewMermaid, plain, Options{})
	boxes, arrows := checkMermaid(t, mermaid)
	for _, value := range hostile {
		m := crowdMap(4, 2, 2)
		for i := range m.Places {
			m.Places[i].Ref.Name, m.Places[i].Ref.Kind, m.Places[i].Name = value, value, value
			if i%2 == 1 {
				m.Places[i].Ref.Namespace = value
			}
		}
		for i := range m.Links {
			m.Links[i].Protocol, m.Links[i].Services, m.Links[i].Names = value, []string{value}, []string{value}
		}
		m.Scope, m.Notes = value, []string{value}
		for _, ascii := range []bool{false, true} {
			out, _ := viewText(t, viewMermaid, m, Options{ASCII: ascii})
			if b, a := checkMermaid(t, out); b != boxes || a != arrows {
				t.Errorf("%q: %d boxes and %d arrows, not %d and %d", value, b, a, boxes, arrows)
			}
			out, _ = viewText(t, viewDot, m, Options{ASCII: ascii})
			if b, a := checkDot(t, out); b != boxes || a != arrows {
				t.Errorf("%q: %d boxes and %d arrows, not %d and %d", value, b, a, boxes, arrows)
			}
		}
		for _, view := range []string{viewEdges, viewMatrix} {
			for _, width := range []int{0, 80} {
				out, errOut := viewText(t, view, m, Options{Width: width})
				checkPrintable(t, out+errOut)
			}
		}
	}
}

// TestPicturesAreBounded: many arrows become few between namespaces, and that is said.
func TestPicturesAreBounded(t *testing.T) {
	for _, test := range []struct {
		m      *api.FlowMap
		arrows int
		said   string
	}{
		{crowdMap(8, 2, 1), 16, "48 pairs that may reach each other and never did: not drawn"},
		{crowdMap(3, 1, 1), 9, ""}, // the unused ones are few
		{crowdMap(300, 3, 3), 9, "900 arrows between workloads are drawn as 9 between namespaces"},
		{crowdMap(200, 3, 100), 60, "the 60 arrows of the most edges are drawn, 240 are left out"},
	} {
		out, _ := viewText(t, viewMermaid, test.m, Options{})
		_, arrows := checkMermaid(t, out)
		dot, _ := viewText(t, viewDot, test.m, Options{})
		_, same := checkDot(t, dot)
		if arrows != test.arrows || same != arrows || !strings.Contains(out, test.said) || !strings.Contains(dot, test.said) {
			t.Errorf("%d and %d arrows, not %d with %q:\n%.2000s", arrows, same, test.arrows, test.said, out)
		}
	}
}

// TestPictureStates: each state has a colour and an arrow of its own.
func TestPictureStates(t *testing.T) {
	m := &mapMaker{}
	a, b := m.workload("shop", "a"), m.workload("ops", "b")
	no := api.FlowDecision{Verdict: api.FlowNotAllowed}
	m.link(a, b, 80, 1)
	m.link(a, b, 81, 1).Now = no
	m.link(a, b, 82, 1).After = no
	m.link(a, b, 83, 0).Configured = []string{"env"}
	m.link(a, b, 84, 0)
	out, _ := viewText(t, viewMermaid, &m.FlowMap, Options{})
	for _, want := range []string{
		`-->|"TCP 80"|`, `--x|"TCP 81, TCP 82"|`, `-.->|"TCP 83"|`, `-->|"TCP 84"|`, "linkStyle 3 stroke:#1a7f37", "linkStyle 2 stroke:#bf8700", "linkStyle 0 stroke:#cf222e", "linkStyle 1 stroke:#57606a",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %s in\n%s", want, out)
		}
	}
	out, _ = viewText(t, viewDot, &m.FlowMap, Options{})
	for _, want := range []string{`label="TCP 83", color="#57606a", style=dashed`, `label="TCP 81, TCP 82", color="#cf222e", arrowhead=tee`} {
		if !strings.Contains(out, want) {
			t.Errorf("no %s in\n%s", want, out)
		}
	}
}

// FuzzPictures: whatever a name is, the pictures are what they are, and tables are printable.
func FuzzPictures(f *testing.F) {
	for _, h := range testkit.HostileStrings() {
		f.Add(h.Value, true)
	}
	f.Fuzz(func(t *testing.T, value string, ascii bool) {
		m := crowdMap(3, 1, 1)
		m.Places[1].Ref.Name, m.Places[1].Ref.Namespace, m.Links[1].Protocol, m.Scope = value, value, value, value
		m.Places = append(m.Places, api.FlowPlace{Kind: api.EndAddress, Name: value}, api.FlowPlace{Kind: api.EndUnknown, Name: value}, api.FlowPlace{Kind: api.EndKind(value), Name: value})
		for i := 3; i < len(m.Places); i++ {
			m.Links = append(m.Links, api.FlowLink{From: 0, To: i, Protocol: value, Count: 1, Services: []string{value}, Names: []string{value}, Seen: []string{value}, Last: value})
			m.Links[len(m.Links)-1].Now.Verdict, m.Links[len(m.Links)-1].After.Verdict = api.FlowUndecided, api.FlowNotAllowed
		}
		mermaid, _ := viewText(t, viewMermaid, m, Options{ASCII: ascii})
		dot, _ := viewText(t, viewDot, m, Options{ASCII: ascii})
		boxes, arrows := checkMermaid(t, mermaid)
		if b, a := checkDot(t, dot); b != boxes || a != arrows {
			t.Errorf("%d boxes and %d arrows, not %d and %d", b, a, boxes, arrows)
		}
		for _, view := range []string{viewEdges, viewMatrix} {
			out, errOut := viewText(t, view, m, Options{ASCII: ascii, Width: 80})
			checkPrintable(t, out+errOut)
		}
	})
}
