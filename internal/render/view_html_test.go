package render

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

func flowPageText(tb testing.TB, m *api.FlowMap) string {
	tb.Helper()
	var page bytes.Buffer
	if err := writeFlowPage(&page, m); err != nil {
		tb.Fatal(err)
	}
	return page.String()
}

// flowPageData is what the script of a page reads.
func flowPageData(tb testing.TB, page string) *flowPage {
	tb.Helper()
	found := regexp.MustCompile(`(?s)<script type="application/json" id="data">(.*?)</script>`).FindAllStringSubmatch(page, -1)
	if len(found) != 1 {
		tb.Fatalf("%d elements hold data", len(found))
	}
	var data flowPage
	if err := json.Unmarshal([]byte(found[0][1]), &data); err != nil {
		tb.Fatal(err)
	}
	return &data
}

// TestFlowPageIsOneFile: the policy names the style and the script of the page by their hashes
// and forbids the rest, and nothing in it asks for anything.
func TestFlowPageIsOneFile(t *testing.T) {
	page := flowPageText(t, pageShop())
	for element, directive := range map[string]string{`<style>`: "style-src", `<script type="module">`: "script-src"} {
		_, rest, _ := strings.Cut(page, element)
		content, _, found := strings.Cut(rest, "</"+strings.Fields(strings.Trim(element, "<>"))[0]+">")
		if !found || !strings.Contains(page, directive+" "+sourceHash(content)+";") {
			t.Errorf("the policy does not name %s by its hash", element)
		}
	}
	for _, want := range []string{`content="default-src 'none';`, "require-trusted-types-for 'script'; trusted-types 'none'"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %s", want)
		}
	}
	code := strings.ReplaceAll(page, "http://www.w3.org/2000/svg", "") // the name of SVG, which nobody fetches
	for _, forbidden := range []string{`https?:`, `//[a-z]+\.`, `\b(src|href|action)=`, `@import`, `url\([^#]`, `\b(fetch|XMLHttpRequest|WebSocket|sendBeacon|import)\b\(`, `<(link|iframe|img|object|base)\b`} {
		if found := regexp.MustCompile(forbidden).FindString(code); found != "" {
			t.Errorf("the page has %q", found)
		}
	}
}

// TestFlowPageFiles: markup is never made of strings, nothing is random or moves, and each file
// is short and part of the page.
func TestFlowPageFiles(t *testing.T) {
	styles, scripts := flowPageParts()
	used := append(slices.Concat(styles, scripts), "page.html")
	files, err := fs.ReadDir(flowPageFiles, "flowpage")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if !slices.Contains(used, file.Name()) {
			t.Errorf("%s is in no page", file.Name())
		}
		content, err := flowPageFiles.ReadFile("flowpage/" + file.Name())
		if err != nil {
			t.Fatal(err)
		}
		if lines := bytes.Count(content, []byte("\n")); lines > 300 {
			t.Errorf("%s has %d lines", file.Name(), lines)
		}
		forbidden := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|Function\(|DOMParser|Math\.random|Date\b|localStorage|cookie|transition|animation|behavior|https?://[^w]`)
		if found := forbidden.Find(content); found != nil {
			t.Errorf("%s has %q", file.Name(), found)
		}
	}
}

// TestFlowPageHoldsTheMap: the columns of numbers are the links, one for one.
func TestFlowPageHoldsTheMap(t *testing.T) {
	for name, m := range map[string]*api.FlowMap{"shop": pageShop(), "crowd": pageCrowd(60), "empty": {}} {
		checkFlowPageData(t, name, m, flowPageData(t, flowPageText(t, m)))
	}
}

func checkFlowPageData(t *testing.T, name string, m *api.FlowMap, data *flowPage) {
	t.Helper()
	seen := map[int]flowPageSeen{}
	for _, s := range data.Seen {
		seen[s.Link] = s
	}
	if len(data.Links) != 3*len(m.Links) || len(data.Places) != len(m.Places) || len(data.Rules) != len(m.Rules) {
		t.Fatalf("%s: %d numbers for %d links, %d of %d places, %d of %d rules", name, len(data.Links), len(m.Links), len(data.Places), len(m.Places), len(data.Rules), len(m.Rules))
	}
	from := 0
	for i, l := range m.Links {
		from += data.Links[3*i]
		shape := data.Shapes[data.Links[3*i+2]]
		if from != l.From || data.Links[3*i+1] != l.To || shape.Port != escape(flowPortWords(&l), false, "") || seen[i].Count != l.Count || len(seen[i].Configured) != len(l.Configured) {
			t.Fatalf("%s: link %d is %+v, and on the page from %d to %d, %+v, %+v", name, i, l, from, data.Links[3*i+1], shape, seen[i])
		}
		for view, d := range []*api.FlowDecision{&l.Now, &l.After} {
			on := data.Decisions[shape.Decisions[view]]
			known := shape.States[view] == string(l.State(d)) || shape.States[view] == flowNotKnown && d.Verdict == api.FlowUndecided
			if on.Verdict != d.Verdict || !slices.Equal(on.Rules, d.Rules) || !known {
				t.Fatalf("%s: link %d is %+v in view %d, and on the page %s, %+v", name, i, d, view, shape.States[view], on)
			}
		}
	}
}

// TestFlowPageGuessesNothing: what is not decided counts neither as used nor as allowed.
func TestFlowPageGuessesNothing(t *testing.T) {
	unknown := api.FlowDecision{Verdict: api.FlowUndecided}
	for _, c := range []struct {
		link api.FlowLink
		want string
	}{
		{api.FlowLink{}, "unknown"},
		{api.FlowLink{Count: 3}, "unknown"},
		{api.FlowLink{Count: 3, Denied: true}, "blocked"},
		{api.FlowLink{Configured: []string{"env A of container app"}}, "configured"},
	} {
		if got := flowPageState(&c.link, &unknown); got != c.want {
			t.Errorf("%+v is %s, not %s", c.link, got, c.want)
		}
	}
}

// TestFlowPageOfNothingWritten: what differs is never hidden, though no rule tells why.
func TestFlowPageOfNothingWritten(t *testing.T) {
	m := &api.FlowMap{Places: []api.FlowPlace{{Kind: api.EndNode, Name: "a node"}}, Links: []api.FlowLink{{Now: api.FlowDecision{Verdict: api.FlowAllowed}, After: api.FlowDecision{Verdict: api.FlowAllowed}}}}
	if flowPageData(t, flowPageText(t, m)).Written {
		t.Error("nothing is written, and the page has two views")
	}
	m.Links[0].After.Verdict = api.FlowNotAllowed
	if !flowPageData(t, flowPageText(t, m)).Written {
		t.Error("a link is closed, and the page does not show it")
	}
}

func TestFlowPortWords(t *testing.T) {
	for want, link := range map[string]api.FlowLink{
		"TCP 443":          {Protocol: "TCP", Port: 443},
		"UDP 8000 to 8010": {Protocol: "UDP", Port: 8000, EndPort: 8010},
		"SCTP any port":    {Protocol: "SCTP", AnyPort: true},
		"ICMP":             {Protocol: "ICMP"},
		"any protocol":     {},
	} {
		if got := flowPortWords(&link); got != want {
			t.Errorf("%+v is %q, not %q", link, got, want)
		}
	}
}

// TestFlowPageIsTheSame: the same map gives the same bytes, and few of them.
func TestFlowPageIsTheSame(t *testing.T) {
	first := flowPageText(t, pageCrowd(300))
	if second := flowPageText(t, pageCrowd(300)); first != second {
		t.Error("two pages of one map differ")
	}
	if len(first) > 3<<20 {
		t.Errorf("90,000 pairs take %d bytes", len(first))
	}
}

// hostileFlowMap has one string wherever a map takes any.
func hostileFlowMap(s string) *api.FlowMap {
	m := pageShop()
	kinds, verdicts := []api.EndKind{}, []string{}
	for i := range m.Places {
		kinds = append(kinds, m.Places[i].Kind)
	}
	for i := range m.Links {
		verdicts = append(verdicts, m.Links[i].Now.Verdict, m.Links[i].After.Verdict)
	}
	fill(reflect.ValueOf(m).Elem(), s)
	for i := range m.Places {
		m.Places[i].Kind = kinds[i]
	}
	for i := range m.Links {
		m.Links[i].Now.Verdict, m.Links[i].After.Verdict = verdicts[2*i], verdicts[2*i+1]
	}
	return m
}

func TestFlowPageWithHostileStrings(t *testing.T) {
	for _, s := range testkit.HostileStrings() {
		t.Run(s.Name, func(t *testing.T) {
			page := flowPageText(t, hostileFlowMap(s.Value))
			testkit.CheckHarmless(t, "html", page)
			flowPageData(t, page)
			if got := strings.Count(page, "<script"); got != 2 {
				t.Errorf("the page has %d scripts", got)
			}
		})
	}
}

func TestFlowPageOfBadMaps(t *testing.T) {
	for want, spoil := range map[string]func(*api.FlowMap){
		"link 0 names place 99 of 16":            func(m *api.FlowMap) { m.Links[0].To = 99 },
		"link 0 names place -1 of 16":            func(m *api.FlowMap) { m.Links[0].From = -1 },
		"link 1: a decision cites rule 999 of ":  func(m *api.FlowMap) { m.Links[1].After.Rules = []int{999} },
		"link 1: a decision cites rule -2 of ":   func(m *api.FlowMap) { m.Links[1].Now.Rules = []int{-2} },
		`link 2: no verdict is called "perhaps"`: func(m *api.FlowMap) { m.Links[2].Now.Verdict = "perhaps" },
		"link 3 was observed -4 times":           func(m *api.FlowMap) { m.Links[3].Count = -4 },
		`link 2: no verdict is called ""`:        func(m *api.FlowMap) { m.Links[2].After.Verdict = "" },
	} {
		m := pageShop()
		spoil(m)
		var out bytes.Buffer
		if err := FlowView(&out, io.Discard, viewHTML, m, Options{}); err == nil || !strings.Contains(err.Error(), want) || out.Len() > 0 {
			t.Errorf("%d bytes and %v, not %q", out.Len(), err, want)
		}
	}
}

// fullDisk takes nothing.
type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestFlowPageTellsFailedWrites(t *testing.T) {
	if err := writeFlowPage(fullDisk{}, pageShop()); err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("got %v", err)
	}
}

func FuzzFlowPage(f *testing.F) {
	for _, s := range testkit.HostileStrings() {
		f.Add(s.Value, "yes", int32(443), int64(1), 0)
	}
	f.Fuzz(func(t *testing.T, s, verdict string, port int32, count int64, to int) {
		m := hostileFlowMap(s)
		m.Links = append(m.Links, api.FlowLink{From: len(m.Places) - 1, To: to, Protocol: s, Port: port, EndPort: port / 2, Count: count, Now: api.FlowDecision{Verdict: verdict}, After: api.FlowDecision{Verdict: verdict}})
		var page bytes.Buffer
		if err := FlowView(&page, io.Discard, viewHTML, m, Options{}); err != nil {
			return
		}
		if strings.Count(page.String(), "<script") != 2 || strings.Count(page.String(), "</script") != 2 {
			t.Error("the page has other scripts")
		}
		checkFlowPageData(t, "fuzzed", m, flowPageData(t, page.String()))
	})
}
