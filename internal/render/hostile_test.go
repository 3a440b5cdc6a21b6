package render

import (
	"bytes"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

func hostileStrings() map[string]string {
	return map[string]string{
		"clear screen":  "a\x1b[2J\x1b[1;1Hb",
		"colour":        "\x1b[31mred\x1b[0m",
		"one-byte csi":  "a\u009b31mb",
		"link":          "\x1b]8;;https://example.com/\x1b\\click\x1b]8;;\x07",
		"returns":       "fail\rpass\b\b\b\bpass\x7f",
		"lines":         "a\nforged pass\r\nforged\u2028forged\u2029forged\u0085forged\v\f",
		"tabs and nul":  "a\tb\x00c",
		"bidi":          "user\u202egnp.exe\u202c \u2066x\u2069 \u200f\u061c",
		"zero width":    "a\u200bb\u200cc\u200dd\u2060e\ufefff\u00adg",
		"tags":          "a\U000e0061\U000e007fb",
		"variations":    "a\ufe0fb\U000e0100c\u180bd",
		"fillers":       "a\u3164b\u115fc\u2800d\uffa0e",
		"blanks":        "a\u00a0b\u3000c\u2003d",
		"invalid":       "a\xff\xfe\xc3(b\xed\xa0\x80",
		"stacked marks": "a" + strings.Repeat("\u0300", 50) + "b",
		"private use":   "a\ue000b\U0010fffdc",
		"empty":         "",
		"blank":         "   ",
		"wide":          strings.Repeat("界", 120),
	}
}

// fill sets every string below v, the keys of maps too, but for the values that steer the
// renderer.
func fill(v reflect.Value, s string) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			fill(v.Elem(), s)
		}
	case reflect.Struct:
		for _, field := range v.Fields() {
			fill(field, s)
		}
	case reflect.Slice:
		for i := range v.Len() {
			fill(v.Index(i), s)
		}
	case reflect.Map:
		filled := reflect.MakeMap(v.Type())
		for _, key := range v.MapKeys() {
			value := reflect.New(v.Type().Elem()).Elem()
			value.Set(v.MapIndex(key))
			fill(value, s)
			filled.SetMapIndex(key, value)
			filled.SetMapIndex(reflect.ValueOf(s+key.String()), value)
		}
		v.Set(filled)
	case reflect.String:
		if v.Type() != reflect.TypeFor[api.Status]() {
			v.SetString(s)
		}
	}
}

// hostileReports are the fixtures with one string everywhere, and with it in all but what
// decides on the shape of a page.
func hostileReports(s string) []*api.Report {
	all := reports()
	for name := range networks() {
		if name != "net-exposed" {
			delete(all, name)
		}
	}
	return withHostile(s, all)
}

func withHostile(s string, reports map[string]*api.Report) []*api.Report {
	var out []*api.Report
	for _, report := range reports {
		for i := range report.Items {
			f := report.Items[i].Findings
			report.Items[i].Findings = f[:min(len(f), 12)]
		}
		all := report.DeepCopyObject().(*api.Report)
		fill(reflect.ValueOf(all).Elem(), s)
		shaped := all.DeepCopyObject().(*api.Report)
		for i := range shaped.Items {
			for k := range shaped.Items[i].Findings {
				f, was := &shaped.Items[i].Findings[k], report.Items[i].Findings[k]
				f.Severity, f.Container, f.Path = was.Severity, was.Container, was.Path
			}
			if isAccount(report.Items[i].Ref) {
				shaped.Items[i].Ref.Kind, shaped.Items[i].Ref.APIVersion = "ServiceAccount", "v1"
			}
			for k := range shaped.Items[i].Rights {
				shaped.Items[i].Rights[k].Checks = report.Items[i].Rights[k].Checks
			}
			for k := range shaped.Items[i].Outcomes {
				o, was := &shaped.Items[i].Outcomes[k], report.Items[i].Outcomes[k]
				o.Severity, o.Because = was.Severity, was.Because
			}
			for k := range shaped.Items[i].Findings {
				if isIdentity(report.Items[i].Findings[k].Check) {
					shaped.Items[i].Findings[k].Check = report.Items[i].Findings[k].Check
					onHostileGrant(&shaped.Items[i], k)
				}
			}
			for k := range shaped.Items[i].Containers {
				shaped.Items[i].Containers[k].Name = report.Items[i].Containers[k].Name
				shaped.Items[i].Containers[k].Type = report.Items[i].Containers[k].Type
			}
		}
		out = append(out, all, shaped)
	}
	return out
}

// onHostileGrant names the grant of a right that carries the check, as the finding does.
func onHostileGrant(item *api.Item, k int) {
	f := &item.Findings[k]
	for _, r := range item.Rights {
		if slices.Contains(r.Checks, f.Check) {
			f.Path = grantsOfRight(r)[0]
		}
	}
}

var ours = regexp.MustCompile("\x1b\\[(0|1|2|31|33|1;31)m")

// harmful finds what must not reach a terminal.
func harmful(t *testing.T, text string) {
	t.Helper()
	inert(t, text)
	if strings.HasPrefix(text, "forged") || strings.Contains(text, "\nforged") {
		t.Fatalf("a string began a line of its own:\n%s", text)
	}
}

// inert finds what a terminal would obey, or not show.
func inert(t *testing.T, text string) {
	t.Helper()
	for l := range strings.SplitSeq(ours.ReplaceAllString(text, ""), "\n") {
		for _, r := range l {
			if !unicode.IsPrint(r) || unicode.In(r, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point) {
				t.Fatalf("%U in line %q", r, l)
			}
		}
		if strings.Contains(l, strings.Repeat("\u0300", maxStacked+1)) {
			t.Fatalf("stacked marks in line %q", l)
		}
	}
}

func TestHostileStringsStayInert(t *testing.T) {
	for name, s := range hostileStrings() {
		t.Run(name, func(t *testing.T) {
			for _, report := range hostileReports(s) {
				for _, opts := range []Options{
					{}, {Width: 80}, {Width: 100, Color: true}, {Width: 120, ASCII: true},
					{Format: "json", Width: 100}, {Format: "yaml", Width: 100}, {Format: "kyaml", Width: 100}, {Format: "name"},
					{Format: "jsonpath={.items[*].findings[*].message}", Width: 100},
				} {
					opts.Hint = s
					out, errOut := streams(t, report, opts)
					if opts.Color && s == hostileStrings()["colour"] && strings.Contains(out, "31mred\x1b[0m") && !strings.Contains(out, `\x1b[31mred`) {
						t.Fatalf("a string coloured itself: %q", out)
					}
					if strings.HasPrefix(opts.Format, "jsonpath") {
						inert(t, strings.ReplaceAll(out, "\t", ""))
						continue
					}
					if opts.Format != "" {
						out = strings.ReplaceAll(out, "\t", "")
					}
					harmful(t, out)
					harmful(t, errOut)
				}
			}
		})
	}
}

func TestHostileChecksStayInert(t *testing.T) {
	for _, s := range hostileStrings() {
		docs := checkDocs()
		fill(reflect.ValueOf(&docs).Elem(), s)
		for _, opts := range []Options{{}, {Width: 80, Color: true}, {Width: 80, ASCII: true}, {Format: "name"}} {
			var b bytes.Buffer
			if err := Checks(&b, docs, opts); err != nil {
				t.Fatal(err)
			}
			if err := Check(&b, docs[0], opts); err != nil {
				t.Fatal(err)
			}
			harmful(t, b.String())
		}
	}
}

func TestASCIIStaysASCII(t *testing.T) {
	for name, report := range reports() {
		report.Items = append(report.Items, itemOf("v1", "Pod", "schön", "größe", 1, finding(api.SeverityHigh, "id", "← → … × · ✓ é")))
		out, errOut := streams(t, report, Options{ASCII: true, Hint: "← ü"})
		for _, r := range out + errOut {
			if r > unicode.MaxASCII {
				t.Fatalf("%s: %q in\n%s%s", name, r, out, errOut)
			}
		}
	}
}

func TestEscape(t *testing.T) {
	for _, c := range []struct {
		in, keep string
		ascii    bool
		want     string
	}{
		{in: "plain text", want: "plain text"},
		{in: "a\x1b[2J\n\t\x00\x7f", want: `a\x1b[2J\n\t\x00\x7f`},
		{in: "\u202e\u200b\ufeff\U000e0061", want: `\u202e\u200b\ufeff\U000e0061`},
		{in: "a\xffb\xc3", want: `a\xffb\xc3`},
		{in: `C:\new`, want: `C:\new`},
		{in: "größe 界 ×", want: "größe 界 ×"},
		{in: "größe → ×…", ascii: true, want: `gr\u00f6\u00dfe -> x...`},
		{in: "界", ascii: true, want: `\u754c`},
		{in: "a\n\tb\x1b", keep: "\n\t", want: "a\n\tb\\x1b"},
		{in: "e\u0301", want: "e\u0301"},
		{in: "e\u0301\u0301\u0301", want: "e\u0301\u0301\\u0301"},
	} {
		if got := escape(c.in, c.ascii, c.keep); string(got) != c.want {
			t.Errorf("escape(%q, ascii %t, keep %q) = %q, want %q", c.in, c.ascii, c.keep, got, c.want)
		}
	}
}

func FuzzEscape(f *testing.F) {
	for _, s := range hostileStrings() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, ascii := range []bool{false, true} {
			once := escape(s, ascii, "")
			harmful(t, fmt.Sprint("x", once))
			if twice := escape(string(once), ascii, ""); twice != once {
				t.Fatalf("escape is not idempotent: %q, then %q", once, twice)
			}
		}
	})
}
