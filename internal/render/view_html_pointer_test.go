package render

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

// clickEdge clicks the middle of the line of a pair of places in a state.
func clickEdge(t *testing.T, page *testkit.BrowserPage, from, to int, state string) {
	t.Helper()
	var at []float64
	page.Eval(t, fmt.Sprintf(`(() => { const e = document.querySelector('.line.%s[data-pair="%d %d"]');
		const p = e.getPointAtLength(e.getTotalLength() * 0.45).matrixTransform(e.getScreenCTM()); return [p.x, p.y]; })()`, state, from, to), &at)
	page.Click(t, at[0], at[1])
}

// pageTestByPointer clicks lines: that of a blocked link tells the policy that refuses it.
func pageTestByPointer(t *testing.T, browser *testkit.Browser) {
	url := flowPageFile(t, pageShop())
	page := browser.Open(t, url, desk())
	clickEdge(t, page, 6, 10, "blocked")
	expectText(t, page, detailsTitle, "Deployment shop/mail → StatefulSet shop/db TCP 5432")
	for _, want := range []string{"× blocked", "when it was tried", "today: not allowed", "with these policies: not allowed", "there already", "app: catalog"} {
		if got := page.Text(t, detailsText); !strings.Contains(got, want) {
			t.Errorf("the details do not say %q:\n%s", want, got)
		}
	}
	clickEdge(t, page, 6, 14, "configured")
	for _, want := range []string{"= configured only", "never", "env SMTP_ADDR of container app"} {
		if got := page.Text(t, detailsText); !strings.Contains(got, want) {
			t.Errorf("the details do not say %q:\n%s", want, got)
		}
	}
	page.Key(t, "Escape")
	expectText(t, page, detailsTitle, "All links")
	expectText(t, page, `document.querySelector('.line.configured[data-pair]').getAttribute("marker-end")`, "url(#end-stopped)")
	if got := page.Text(t, detailsText); !strings.Contains(got, "1 not allowed") {
		t.Errorf("the details do not say that something configured is not allowed:\n%s", got)
	}
	page.ClickOn(t, `.node[data-place="3"]`)
	expectText(t, page, detailsTitle, "Deployment shop/cart")
	page.ClickOn(t, `#details .close`)
	expectText(t, page, detailsTitle, "All links")
	checkQuiet(t, page, url)
}

// pageTestSwitches: the other policies have other counts, lines and rows; a state and a
// namespace that are not wanted are gone.
func pageTestSwitches(t *testing.T, browser *testkit.Browser) {
	page := browser.Open(t, flowPageFile(t, pageShop()), desk())
	const unused, lines = `String(document.querySelectorAll(".line.unused[data-pair]").length)`, `String(document.querySelectorAll(".lines .line").length)`
	expectText(t, page, countOfUnused, "10")
	expectText(t, page, unused, "10")
	page.ClickOn(t, `#views label:first-of-type span`)
	expectText(t, page, countOfUnused, "95")
	expectText(t, page, unused, "95")
	page.ClickOn(t, `[data-state="unused"]`)
	expectText(t, page, unused, "0")
	expectText(t, page, countOfUnused, "95")
	page.ClickOn(t, `#list [data-place="9"]`)
	if got := page.Text(t, detailsText); !strings.Contains(got, "not listed, by the filter above: ") {
		t.Errorf("the details are\n%s", got)
	}
	page.ClickOn(t, `[data-state="refused"]`)
	expectText(t, page, `document.activeElement.dataset.state`, "refused")
	expectText(t, page, detailsTitle, "CronJob shop/nightly")
	page.Key(t, "Escape")
	expectText(t, page, lines, "17")
	page.ClickOn(t, `#list section:nth-of-type(3) input`) // namespace shop
	expectText(t, page, lines, "0")
	expectText(t, page, `String(document.querySelectorAll(".node").length)`, "7")
	expectText(t, page, `document.activeElement.dataset.group`, "2")
}

// pageTestOneView: where nothing is written there is nothing to switch to.
func pageTestOneView(t *testing.T, browser *testkit.Browser) {
	m := pageShop()
	for i := range m.Rules {
		m.Rules[i].Written = false
	}
	for i := range m.Links {
		m.Links[i].After = m.Links[i].Now
	}
	url := flowPageFile(t, m)
	page := browser.Open(t, url, desk())
	expectText(t, page, `getComputedStyle(document.getElementById("views")).display`, "none")
	expectText(t, page, countOfUnused, "95")
	if got := page.Text(t, `document.getElementById("verdict").textContent`); !strings.HasSuffix(got, "95 allowed, unused; no policy is written") {
		t.Errorf("the page says %q", got)
	}
	page.ClickOn(t, `#list .row`)
	page.ClickOn(t, `#details .link`)
	if got := page.Text(t, detailsText); !strings.Contains(got, "today: allowed") || strings.Contains(got, "with these policies") {
		t.Errorf("the details are\n%s", got)
	}
	checkQuiet(t, page, url)
}

// pageTestCopies: what is copied is the rule, byte for byte; where the browser refuses it,
// it is selected.
func pageTestCopies(t *testing.T, browser *testkit.Browser) {
	m := pageShop()
	page := browser.Open(t, flowPageFile(t, m), desk())
	clickEdge(t, page, 8, 5, "used")
	rule := m.Rules[m.Links[indexOfLink(t, m.Links, 8, 5)].After.Rules[0]]
	for _, c := range []struct{ write, answer, evidence string }{
		{`async (text) => { window.taken = text }`, "copied", `window.taken`},
		{`async () => { throw new Error("refused") }`, "selected: copy it by your keys", `getSelection().toString() + "\n"`},
	} {
		var answer string
		page.Eval(t, `(() => { Object.defineProperty(navigator.clipboard, "writeText", {value: `+c.write+`, configurable: true}); return "" })()`, &answer)
		page.ClickOn(t, `#details .copy`)
		page.Eval(t, `new Promise((done) => { const look = () => { const text = document.querySelector(".copy").textContent; text === "`+c.answer+`" ? done(text) : setTimeout(look, 10) }; look() })`, &answer)
		expectText(t, page, c.evidence, rule.YAML)
	}
}

// pageTestColours: the page takes the scheme that the reader prefers, until he chooses.
func pageTestColours(t *testing.T, browser *testkit.Browser) {
	const back = `getComputedStyle(document.body).backgroundColor`
	dark := browser.Open(t, flowPageFile(t, pageShop()), testkit.PageOptions{Width: 1280, Height: 800, Dark: true})
	expectText(t, dark, back, "rgb(13, 17, 23)")
	dark.ClickOn(t, "#theme")
	expectText(t, dark, back, "rgb(255, 255, 255)")
	dark.ClickOn(t, "#theme")
	expectText(t, dark, back, "rgb(13, 17, 23)")
	dark.Media(t, "print", "dark")
	expectText(t, dark, back, "rgb(255, 255, 255)")
	expectText(t, dark, `getComputedStyle(document.getElementById("theme")).display`, "none")
}

func indexOfLink(t *testing.T, links []api.FlowLink, from, to int) int {
	t.Helper()
	at := slices.IndexFunc(links, func(l api.FlowLink) bool { return l.From == from && l.To == to })
	if at < 0 {
		t.Fatalf("no link from %d to %d", from, to)
	}
	return at
}
