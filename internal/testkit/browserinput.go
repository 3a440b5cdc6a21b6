package testkit

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// Key presses a key, such as "Enter", "ArrowDown", "Tab" or "/", with
// "Shift+" before it where that is held.
func (p *BrowserPage) Key(tb testing.TB, key string) {
	tb.Helper()
	p.front(tb)
	const shift = 8
	params := map[string]any{"type": "keyDown"}
	if rest, found := strings.CutPrefix(key, "Shift+"); found {
		key, params["modifiers"] = rest, shift
	}
	params["key"] = key
	codes := map[string]int{"Tab": 9, "Enter": 13, "Escape": 27, " ": 32, "End": 35, "Home": 36, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40}
	if code, named := codes[key]; named {
		params["code"], params["windowsVirtualKeyCode"] = key, code
	}
	switch {
	case key == "Enter":
		params["text"] = "\r"
	case utf8.RuneCountInString(key) == 1:
		params["text"] = key
	}
	p.call(tb, "Input.dispatchKeyEvent", params, nil)
	params["type"] = "keyUp"
	delete(params, "text")
	p.call(tb, "Input.dispatchKeyEvent", params, nil)
}

// Type types a text, one key for each character.
func (p *BrowserPage) Type(tb testing.TB, text string) {
	tb.Helper()
	for _, r := range text {
		p.Key(tb, string(r))
	}
}

// Click presses the mouse at a point of the window.
func (p *BrowserPage) Click(tb testing.TB, x, y float64) {
	tb.Helper()
	p.front(tb)
	for _, kind := range []string{"mouseMoved", "mousePressed", "mouseReleased"} {
		params := map[string]any{"type": kind, "x": x, "y": y}
		if kind != "mouseMoved" {
			params["button"], params["clickCount"] = "left", 1
		}
		p.call(tb, "Input.dispatchMouseEvent", params, nil)
	}
}

// ClickOn clicks the middle of the first element that a CSS selector finds,
// scrolled into view.
func (p *BrowserPage) ClickOn(tb testing.TB, selector string) {
	tb.Helper()
	var at []float64
	p.Eval(tb, `(() => { const e = document.querySelector(`+quoteJS(selector)+`); if (!e) return []; e.scrollIntoView({block: "nearest", inline: "nearest"}); const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; })()`, &at)
	if len(at) == 0 {
		tb.Fatalf("no element is %s", selector)
	}
	p.Click(tb, at[0], at[1])
}

// quoteJS is a string as JavaScript writes it, of plain characters.
func quoteJS(s string) string {
	return "`" + strings.NewReplacer("\\", "\\\\", "`", "\\`", "$", "\\$").Replace(s) + "`"
}
