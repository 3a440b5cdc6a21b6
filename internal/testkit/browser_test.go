package testkit

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestBrowserSees: what a page asks for and complains of is seen, and keys and
// clicks reach it.
func TestBrowserSees(t *testing.T) {
	path := filepath.Join(t.TempDir(), "page.html")
	page := `<!doctype html><title>a page</title><input id="in"><button id="b" onclick="this.textContent = 'clicked'">a button</button>
<script>console.log("a message"); new Image().src = "https://example.com/image.png"; setTimeout(() => { throw new Error("a fault") }, 0)</script>`
	if err := os.WriteFile(path, []byte(page), 0o644); err != nil {
		t.Fatal(err)
	}
	b := StartBrowser(t)
	p := b.Open(t, "file://"+path, PageOptions{Width: 640, Height: 480, Dark: true})
	p.ClickOn(t, "#in")
	p.Type(t, "a/b c")
	p.Key(t, "Tab")
	p.Key(t, "Enter")
	for expression, want := range map[string]string{
		`document.title`: "a page", `document.getElementById("in").value`: "a/b c", `document.getElementById("b").textContent`: "clicked",
		`String(innerWidth)`: "640", `String(matchMedia("(prefers-color-scheme: dark)").matches)`: "true",
	} {
		if got := p.Text(t, expression); got != want {
			t.Errorf("%s is %q, not %q", expression, got, want)
		}
	}
	if got := p.Requests(); !slices.Equal(got, []string{"file://" + path, "https://example.com/image.png"}) {
		t.Errorf("the page asked for %q", got)
	}
	complaints := strings.Join(p.Complaints(), "\n")
	for _, want := range []string{"a message", "a fault", "ERR_NAME_NOT_RESOLVED"} {
		if !strings.Contains(complaints, want) {
			t.Errorf("no complaint is of %q:\n%s", want, complaints)
		}
	}
	shot := filepath.Join(t.TempDir(), "page.png")
	p.Screenshot(t, shot)
	if image, err := os.ReadFile(shot); err != nil || !strings.HasPrefix(string(image), "\x89PNG") {
		t.Errorf("the screenshot: %v", err)
	}
}
