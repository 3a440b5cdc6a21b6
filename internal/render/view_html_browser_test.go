package render

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

// flowPageFile is the address of a page of a map in a file.
func flowPageFile(t *testing.T, m *api.FlowMap) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "flows.html")
	if err := os.WriteFile(path, []byte(flowPageText(t, m)), 0o644); err != nil {
		t.Fatal(err)
	}
	return "file://" + path
}

func desk() testkit.PageOptions { return testkit.PageOptions{Width: 1280, Height: 800} }

// checkQuiet fails the test if a page asked for more than itself, or complained.
func checkQuiet(t *testing.T, page *testkit.BrowserPage, url string) {
	t.Helper()
	if got := page.Requests(); !slices.Equal(got, []string{url}) {
		t.Errorf("the page asked for %q", got)
	}
	if got := page.Complaints(); len(got) > 0 {
		t.Errorf("the browser complains: %s", got)
	}
}

// TestFlowPageInBrowser looks at pages in Chromium.
func TestFlowPageInBrowser(t *testing.T) {
	browser := testkit.StartBrowser(t)
	for name, test := range map[string]func(*testing.T, *testkit.Browser){
		"opens":                 pageTestOpens,
		"from server":           pageTestFromServer,
		"shows hostile strings": pageTestShowsHostileStrings,
		"forbids markup":        pageTestForbidsMarkup,
		"by keys":               pageTestByKeys,
		"reaches all by tab":    pageTestReachesAllByTab,
		"graph by keys":         pageTestGraphByKeys,
		"by pointer":            pageTestByPointer,
		"switches":              pageTestSwitches,
		"one view":              pageTestOneView,
		"copies":                pageTestCopies,
		"colours":               pageTestColours,
	} {
		t.Run(name, func(t *testing.T) { test(t, browser) })
	}
}

// pageTestOpens: in a browser every place has a row and a node, nothing is asked for and
// nothing goes wrong. The bound on the time is far beyond what it takes, a third of a second.
func pageTestOpens(t *testing.T, browser *testkit.Browser) {
	for name, m := range map[string]*api.FlowMap{"empty": {}, "shop": pageShop(), "crowd": pageCrowd(300)} {
		t.Run(name, func(t *testing.T) {
			url := flowPageFile(t, m)
			page := browser.Open(t, url, desk())
			var got struct {
				Rows, Nodes int
				Load        float64
				Left        string
			}
			page.Eval(t, `({
				Rows: document.querySelectorAll(".row").length, Nodes: document.querySelectorAll(".node").length,
				Load: performance.getEntriesByType("navigation")[0].loadEventEnd, Left: document.getElementById("hidden").textContent})`, &got)
			if got.Rows != len(m.Places) || got.Nodes != len(m.Places) {
				t.Errorf("%d rows and %d nodes for %d places", got.Rows, got.Nodes, len(m.Places))
			}
			if got.Load > 20_000 {
				t.Errorf("the page took %.0f ms", got.Load)
			}
			if many := name == "crowd"; many != strings.Contains(got.Left, "10,000 links that nobody uses are not drawn") {
				t.Errorf("the page says %q", got.Left)
			}
			t.Logf("loaded in %.0f ms", got.Load)
			checkQuiet(t, page, url)
		})
	}
}

// pageTestFromServer: a page that is served asks for no icon either.
func pageTestFromServer(t *testing.T, browser *testkit.Browser) {
	text := []byte(flowPageText(t, pageShop()))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			t.Errorf("the browser asks for %s", r.URL.Path)
		}
		w.Header().Set("Content-Type", "text/html")
		_, _ = bytes.NewReader(text).WriteTo(w) // a browser that is gone is seen below
	}))
	t.Cleanup(server.Close)
	page := browser.Open(t, server.URL+"/", desk())
	checkQuiet(t, page, server.URL+"/")
}

// hostileCrowd has a place, a link and a rule for each hostile string, with the string wherever
// one stands.
func hostileCrowd() (*api.FlowMap, []string) {
	m := hostileFlowMap("")
	m.Places, m.Links, m.Rules = nil, nil, nil
	var names []string
	for i, s := range testkit.HostileStrings() {
		one := hostileFlowMap(s.Value)
		place, link, rule := one.Places[3], one.Links[slices.IndexFunc(one.Links, func(l api.FlowLink) bool { return l.Denied })], one.Rules[0]
		link.From, link.To, link.Services = i, i, []string{s.Value}
		link.Now.Rules, link.After.Rules = []int{i}, []int{i}
		m.Places, m.Links, m.Rules = append(m.Places, place), append(m.Links, link), append(m.Rules, rule)
		names = append(names, Printable(place.Ref.From("")))
	}
	return m, names
}

// pageTestShowsHostileStrings: they are text, whatever they hold, and fit on a small screen.
func pageTestShowsHostileStrings(t *testing.T, browser *testkit.Browser) {
	m, names := hostileCrowd()
	url := flowPageFile(t, m)
	page := browser.Open(t, url, testkit.PageOptions{Width: 400, Height: 800})
	var got []struct {
		Name, Link             string
		Scripts, Foreign, Wide int
	}
	page.Eval(t, `[...document.querySelectorAll(".row")].map((row) => {
		row.click();
		const name = document.querySelector("#details h2").textContent;
		document.querySelector("#details .link").click();
		return {Name: name, Link: document.querySelector("#details h2 .name").textContent, Scripts: document.scripts.length, Wide: document.documentElement.scrollWidth,
			Foreign: document.querySelectorAll("img, iframe, a, object, embed, form, h1 h1, b b").length};
	})`, &got)
	if len(got) != len(names) {
		t.Fatalf("%d rows for %d names", len(got), len(names))
	}
	var shown []string
	for _, row := range got {
		if row.Name != row.Link || row.Scripts != 2 || row.Foreign != 0 || row.Wide > 400 {
			t.Errorf("got %d scripts, %d elements, %d pixels, %.300q and %.300q", row.Scripts, row.Foreign, row.Wide, row.Name, row.Link)
		}
		shown = append(shown, row.Name)
	}
	slices.Sort(shown)
	if slices.Sort(names); !slices.Equal(shown, names) {
		t.Errorf("the page shows %.2000q", shown)
	}
	checkQuiet(t, page, url)
}

// pageTestForbidsMarkup: even a script of the page could not make markup of a string.
func pageTestForbidsMarkup(t *testing.T, browser *testkit.Browser) {
	page := browser.Open(t, flowPageFile(t, pageShop()), desk())
	if got := page.Text(t, `(() => { try { document.body.innerHTML = "x"; return "allowed" } catch (e) { return e.name } })()`); got != "TypeError" {
		t.Errorf("innerHTML: %s", got)
	}
}
