package testkit

import (
	"fmt"
	"html"
	"strings"
	"testing"
	"unicode/utf8"
)

// escaped makes a string harmless in every format, as a renderer would.
func escaped(s string) string {
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(s, "\uFFFD") {
		switch {
		case dangerous(r) || r == '\n' || r == '\t':
			fmt.Fprintf(&b, "<%04x>", r)
		case strings.ContainsRune("|`[]*_#\\", r):
			b.WriteString(`\` + string(r))
		default:
			b.WriteRune(r)
		}
	}
	return html.EscapeString(b.String())
}

func TestHostileStringsAreFoundUnescaped(t *testing.T) {
	harmlessAsText := 0
	for _, h := range HostileStrings() {
		caught := false
		for _, format := range []string{"text", "html", "markdown", "yaml"} {
			caught = caught || len(harms(format, line(format, h.Value))) > 0
		}
		if !caught {
			harmlessAsText++
			t.Logf("no check for %s", h.Name)
		}
	}
	// Lengths, widths, paths, formulas and verbs have no form that a scan could forbid.
	if harmlessAsText > 20 {
		t.Errorf("%d hostile strings pass unescaped", harmlessAsText)
	}
}

func line(format, value string) string {
	switch format {
	case "html":
		return `<p title="` + value + `">` + value + "</p>\n"
	case "markdown":
		return "| " + value + " | `" + value + "` |\n"
	case "yaml":
		return "# " + value + "\nkey: " + value + "\n"
	default:
		return "name  " + value + "\n"
	}
}

func TestCheckHarmlessAcceptsEscaped(t *testing.T) {
	for _, h := range HostileStrings() {
		for _, format := range []string{"text", "ansi", "html", "markdown", "yaml", "json"} {
			CheckHarmless(t, format, "name\t"+escaped(h.Value)+"\n")
		}
	}
	CheckHarmless(t, "ansi", "\x1b[1;31mcritical\x1b[0m checkout\n")
	CheckHarmless(t, "markdown", "`<script>harden-forged()</script>` and ``a`<img src=x onerror=y>`b``\n")
}

func TestCheckHarmlessReports(t *testing.T) {
	tests := map[string]struct{ format, output, want string }{
		"colour in plain text":    {"text", "\x1b[31mred", "U+001B"},
		"cursor among colours":    {"ansi", "\x1b[31mred\x1b[2J", "U+001B"},
		"colour of a name":        {"ansi", "\x1b[5;41mred\x1b[0m", "5;41m"},
		"bidi in json":            {"json", "\"a\u202eb\"", "U+202E"},
		"zero width":              {"html", "a\u200bb", "U+200B"},
		"invalid utf-8":           {"text", "a\xffb", "U+FFFD"},
		"forged line":             {"text", "a\nharden-forged pass", "harden-forged"},
		"script":                  {"html", "<p><script>harden-forged()</script>", "<script>"},
		"link to a script":        {"html", `<a href="javascript:x()">`, "javascript:"},
		"table cell":              {"markdown", "| `a | harden-forged | b` |", "table cell"},
		"markdown link":           {"markdown", "see [harden-forged](https://evil.example)", "harden-forged"},
		"out of a code span":      {"markdown", "`a`<img src=x onerror=y>`b`", "<img"},
		"alias in yaml":           {"yaml", "a: *harden-forged", "*harden-forged"},
		"carriage return in yaml": {"yaml", "a\r", "U+000D"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			failed := record(t, func(tb testing.TB) { CheckHarmless(tb, test.format, test.output) })
			if !strings.Contains(failed, test.want) {
				t.Errorf("reported %q, want %q in it", failed, test.want)
			}
		})
	}
}

func TestReplacementCharacterIsHarmless(t *testing.T) {
	CheckHarmless(t, "text", string(utf8.RuneError)+"\n")
}

func TestHostileNamesAreUnique(t *testing.T) {
	seen := map[string]bool{}
	for _, h := range HostileStrings() {
		if seen[h.Name] {
			t.Errorf("two hostile strings are named %q", h.Name)
		}
		seen[h.Name] = true
	}
}
