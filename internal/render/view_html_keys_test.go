package render

import (
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

const (
	focusedText   = `document.activeElement.textContent`
	detailsTitle  = `document.querySelector("#details h2").textContent`
	detailsText   = `document.getElementById("details").innerText`
	focusedPlace  = `document.activeElement.dataset.place || ""`
	countOfUnused = `document.querySelector('[data-count="unused"]').textContent`
)

// expectText fails the test if an expression has not this value.
func expectText(t *testing.T, page *testkit.BrowserPage, expression, want string) {
	t.Helper()
	if got := page.Text(t, expression); got != want {
		t.Errorf("%s is %q, not %q", expression, got, want)
	}
}

// pageTestByKeys searches, selects a place and a link, and goes all the way back.
func pageTestByKeys(t *testing.T, browser *testkit.Browser) {
	url := flowPageFile(t, pageShop())
	page := browser.Open(t, url, desk())
	page.Key(t, "/")
	expectText(t, page, `document.activeElement.id`, "search")
	page.Type(t, "shop check")
	expectText(t, page, `[...document.querySelectorAll(".row .name")].map((e) => e.textContent).join()`, "deploy/checkout")
	expectText(t, page, `document.getElementById("said").textContent`, "1 place")
	page.Key(t, "ArrowDown")
	expectText(t, page, focusedPlace, "5")
	page.Key(t, "Enter")
	expectText(t, page, detailsTitle, "Deployment shop/checkout")
	expectText(t, page, focusedText, "Deployment shop/checkout")
	page.Key(t, "ArrowDown")
	page.Key(t, "ArrowDown")
	page.Key(t, "ArrowUp")
	page.Key(t, "Enter")
	expectText(t, page, detailsTitle, "Deployment shop/checkout → Deployment shop/catalog TCP 3550")
	for _, want := range []string{"66×", "2026-11-19T09:00:04Z", "the client's end and the server's end", "with these policies: allowed", "NetworkPolicy shop/checkout", "written by this run", "app: catalog", "last 2026-11-20T08:57:10Z"} {
		if got := page.Text(t, detailsText); !strings.Contains(got, want) {
			t.Errorf("the details do not say %q:\n%s", want, got)
		}
	}
	page.Key(t, "Escape")
	expectText(t, page, detailsTitle, "Deployment shop/checkout")
	expectText(t, page, `document.activeElement.className`, "link")
	page.Key(t, "Escape")
	expectText(t, page, detailsTitle, "All links")
	expectText(t, page, focusedPlace, "5")
	page.Key(t, "ArrowUp")
	page.Key(t, "Escape")
	expectText(t, page, `String(document.querySelectorAll(".row").length)`, "16")
	checkQuiet(t, page, url)
}

// pageTestReachesAllByTab: Tab comes to each part, and what has the focus shows it.
func pageTestReachesAllByTab(t *testing.T, browser *testkit.Browser) {
	page := browser.Open(t, flowPageFile(t, pageShop()), desk())
	seen := map[string]bool{}
	for range 40 {
		page.Key(t, "Tab")
		var now struct {
			What  string
			Shown bool
		}
		page.Eval(t, `(() => { const e = document.activeElement, s = getComputedStyle(e.name === "view" ? e.nextElementSibling : e);
			return {What: e.id || e.dataset.state || e.name || e.className || (e.dataset.group ? "group" : e.tagName), Shown: s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2}; })()`, &now)
		if now.What == "BODY" {
			break
		}
		seen[now.What] = true
		if !now.Shown {
			t.Errorf("the focus of %s does not show", now.What)
		}
	}
	for _, want := range []string{"view", "theme", "search", "group", "row", "blocked", "refused", "smaller", "larger", "fit", "graph"} {
		if !seen[want] {
			t.Errorf("Tab does not come to %s; it came to %v", want, seen)
		}
	}
}

// pageTestGraphByKeys walks from place to place by arrows.
func pageTestGraphByKeys(t *testing.T, browser *testkit.Browser) {
	page := browser.Open(t, flowPageFile(t, pageShop()), desk())
	var zoomed bool
	page.Eval(t, `(() => { document.getElementById("graph").focus(); return true })()`, &zoomed)
	page.Key(t, "ArrowDown")
	expectText(t, page, focusedPlace, "0")
	page.Key(t, "ArrowDown")
	page.Key(t, "ArrowDown")
	expectText(t, page, focusedPlace, "2")
	page.Key(t, "ArrowUp")
	expectText(t, page, focusedPlace, "1")
	page.Key(t, "Enter")
	expectText(t, page, detailsTitle, "DaemonSet monitoring/node-agent")
	if got := page.Text(t, detailsText); !strings.Contains(got, "on the network of its nodes, where no policy holds") {
		t.Errorf("the details are\n%s", got)
	}
	page.Key(t, "Escape")
	expectText(t, page, focusedPlace, "1")
	const width = `document.querySelector("#graph svg").getAttribute("width")`
	before := page.Text(t, width)
	page.Key(t, "+")
	page.Key(t, "-")
	expectText(t, page, width, before)
}
