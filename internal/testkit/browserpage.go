package testkit

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// BrowserPage is a page that a Browser shows. Its methods end the test where
// the browser fails.
type BrowserPage struct {
	wire    *browserWire
	session string
}

// PageOptions say how a page is shown.
type PageOptions struct {
	// Width and Height are those of the window, in CSS pixels.
	Width, Height int
	// Dark tells pages that the reader prefers dark colours.
	Dark bool
}

// Open loads a page, and returns when it is loaded. The page is closed with the
// test.
func (b *Browser) Open(tb testing.TB, url string, opts PageOptions) *BrowserPage {
	tb.Helper()
	var target struct {
		TargetID string `json:"targetId"`
	}
	var session struct {
		SessionID string `json:"sessionId"`
	}
	p := &BrowserPage{wire: b.wire}
	p.call(tb, "Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	p.call(tb, "Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &session)
	p.session = session.SessionID
	tb.Cleanup(func() { _ = b.wire.call("", "Target.closeTarget", target, nil) }) // the browser may have ended
	for _, domain := range []string{"Page", "Runtime", "Log", "Network"} {
		p.call(tb, domain+".enable", nil, nil)
	}
	p.call(tb, "Emulation.setDeviceMetricsOverride", map[string]any{"width": opts.Width, "height": opts.Height, "deviceScaleFactor": 1, "mobile": false}, nil)
	scheme := "light"
	if opts.Dark {
		scheme = "dark"
	}
	p.Media(tb, "", scheme)
	p.load(tb, url)
	return p
}

// load waits for the load event of this document: that of the empty page before
// may come late.
func (p *BrowserPage) load(tb testing.TB, url string) {
	tb.Helper()
	var document struct {
		LoaderID  string `json:"loaderId"`
		ErrorText string `json:"errorText"`
	}
	p.call(tb, "Page.setLifecycleEventsEnabled", map[string]any{"enabled": true}, nil)
	p.call(tb, "Page.navigate", map[string]any{"url": url}, &document)
	if document.ErrorText != "" {
		tb.Fatalf("load %s: %s", url, document.ErrorText)
	}
	err := p.wire.await(p.session, func(m *browserMessage) bool {
		var event struct {
			LoaderID string `json:"loaderId"`
			Name     string `json:"name"`
		}
		return m.Method == "Page.lifecycleEvent" && json.Unmarshal(m.Params, &event) == nil && event.LoaderID == document.LoaderID && event.Name == "load"
	})
	if err != nil {
		tb.Fatalf("load %s: %v", url, err)
	}
}

func (p *BrowserPage) call(tb testing.TB, method string, params, result any) {
	tb.Helper()
	if err := p.wire.call(p.session, method, params, result); err != nil {
		tb.Fatal(err)
	}
}

// Media shows the page as for a medium, such as print, and for a scheme of
// colours, light or dark.
func (p *BrowserPage) Media(tb testing.TB, medium, scheme string) {
	tb.Helper()
	p.call(tb, "Emulation.setEmulatedMedia", map[string]any{"media": medium, "features": []map[string]string{{"name": "prefers-color-scheme", "value": scheme}}}, nil)
}

// Eval evaluates an expression of JavaScript, of which a promise is awaited,
// and decodes its value.
func (p *BrowserPage) Eval(tb testing.TB, expression string, into any) {
	tb.Helper()
	var answer struct {
		Result struct {
			Value json.RawMessage `json:"value"`
		} `json:"result"`
		Exception *struct {
			Exception struct {
				Description string `json:"description"`
			} `json:"exception"`
		} `json:"exceptionDetails"`
	}
	p.call(tb, "Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true, "awaitPromise": true}, &answer)
	if answer.Exception != nil {
		tb.Fatalf("evaluate %s: %s", expression, answer.Exception.Exception.Description)
	}
	if err := json.Unmarshal(answer.Result.Value, into); err != nil {
		tb.Fatalf("evaluate %s: %v", expression, err)
	}
}

// Text is the value of an expression that is a string.
func (p *BrowserPage) Text(tb testing.TB, expression string) string {
	tb.Helper()
	var text string
	p.Eval(tb, expression, &text)
	return text
}

// front shows the page before others, which draw nothing and have no focus.
func (p *BrowserPage) front(tb testing.TB) {
	tb.Helper()
	p.call(tb, "Page.bringToFront", nil, nil)
}

// Screenshot writes what the window shows as a PNG file.
func (p *BrowserPage) Screenshot(tb testing.TB, path string) {
	tb.Helper()
	var image struct {
		Data []byte `json:"data"`
	}
	p.front(tb)
	p.call(tb, "Page.captureScreenshot", map[string]any{"format": "png"}, &image)
	if err := os.WriteFile(path, image.Data, 0o644); err != nil {
		tb.Fatal(err)
	}
}

// Requests are the addresses that the page asked for, but for data: that is in
// the page already.
func (p *BrowserPage) Requests() []string {
	var all []string
	for _, m := range p.wire.seen(p.session) {
		var params struct {
			Request struct {
				URL string `json:"url"`
			} `json:"request"`
		}
		if m.Method == "Network.requestWillBeSent" && json.Unmarshal(m.Params, &params) == nil && !strings.HasPrefix(params.Request.URL, "data:") {
			all = append(all, params.Request.URL)
		}
	}
	return all
}

// Complaints are the messages of the console, exceptions, and what the browser
// itself logged, as JSON.
func (p *BrowserPage) Complaints() []string {
	var all []string
	for _, m := range p.wire.seen(p.session) {
		switch m.Method {
		case "Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded":
			all = append(all, m.Method+" "+string(m.Params))
		}
	}
	return all
}
