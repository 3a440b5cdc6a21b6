package render

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// idsIn are the checks of the findings of a document, with repetitions.
func idsIn(t *testing.T, document string) []string {
	t.Helper()
	var report api.Report
	if err := yaml.Unmarshal([]byte(document), &report); err != nil {
		t.Fatal(err)
	}
	return ids(&report)
}

func ids(report *api.Report) []string {
	var out []string
	for _, item := range report.Items {
		for _, f := range item.Findings {
			out = append(out, f.Check)
		}
	}
	return out
}

// words are the runs of the characters that IDs are made of.
func words(output string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.FieldsFunc(output, func(r rune) bool {
		return r != '-' && (r < 'a' || r > 'z') && (r < '0' || r > '9')
	}) {
		out[w] = true
	}
	return out
}

func TestEveryFormatShowsTheSameFindings(t *testing.T) {
	var known []string
	for _, report := range reports() {
		known = append(known, ids(report)...)
	}
	for name, report := range reports() {
		want := ids(report)
		for _, format := range []string{"json", "yaml", "kyaml"} {
			out, _ := streams(t, report, Options{Format: format})
			if got := idsIn(t, out); !slices.Equal(got, want) {
				t.Errorf("%s as %s: %q, want %q", name, format, got, want)
			}
		}
		for _, format := range []string{
			`go-template={{range .items}}{{range .findings}}{{.check}} {{end}}{{end}}`, "custom-columns=X:.findings[*].check", "markdown",
		} {
			out, _ := streams(t, report, Options{Format: format})
			shown := words(out)
			for _, id := range want {
				if !shown[id] && len(id) < 100 {
					t.Errorf("%s as %s does not show %s", name, format, id)
				}
			}
		}
		for i, item := range report.Items {
			for _, opts := range []Options{{}, {Width: 80}, {Width: 100}, {Width: 120}, {Width: 80, Format: "wide"}, {Format: "markdown"}} {
				one := reportOf("", api.Scope{}, item)
				out, _ := streams(t, one, opts)
				shown := words(out)
				pageIDs(t, one, known, shown, name, i)
			}
		}
	}
}

func pageIDs(t *testing.T, one *api.Report, known []string, shown map[string]bool, name string, i int) {
	t.Helper()
	want := ids(one)
	for _, id := range want {
		if !shown[id] && len(id) < 100 {
			t.Errorf("page of %s item %d does not show %s", name, i, id)
		}
	}
	for _, g := range one.Items[0].PodSecurity.Gaps {
		want = append(want, g.Check)
	}
	for _, id := range known {
		// "privileged" is a word of every page.
		if shown[id] && !slices.Contains(want, id) && strings.Contains(id, "-") {
			t.Errorf("page of %s item %d shows %s, which was not found", name, i, id)
		}
	}
}

func TestNames(t *testing.T) {
	out, errOut := streams(t, shop(), Options{Format: "name", Hint: hint})
	if want := "cronjob.batch/nightly\n"; !strings.HasPrefix(out, want) || strings.Count(out, "\n") != 8 {
		t.Errorf("names are\n%s", out)
	}
	if errOut != "" {
		t.Errorf("a document has %q beside it", errOut)
	}
}

func TestJSONPath(t *testing.T) {
	file := filepath.Join(t.TempDir(), "template")
	if err := os.WriteFile(file, []byte("{.kind}"), 0o600); err != nil {
		t.Fatal(err)
	}
	for format, want := range map[string]string{
		`jsonpath={.items[0].ref.name}`:                               "nightly",
		`jsonpath={range .items[0:2]}{.ref.kind}{"\t"}x{"\n"}{end}`:   "CronJob\tx\nDeployment\tx\n",
		`jsonpath={.absent}`:                                          "",
		`jsonpath={.items[?(@.ref.name=="web")].podSecurity.version}`: "v1.36",
		"jsonpath-file=" + file:                                       "Report",
	} {
		for _, width := range []int{0, 100} {
			if out, _ := streams(t, shop(), Options{Format: format, Width: width}); out != want {
				t.Errorf("%s prints %q, want %q", format, out, want)
			}
		}
	}
}

func TestBadFormats(t *testing.T) {
	for format, want := range map[string]string{
		"xml":                              `output format "xml" is none of text, json, yaml, kyaml, name, wide, markdown, jsonpath, jsonpath-file, go-template, `,
		"json=x":                           `output format "json=x" is none of`,
		"jsonpath":                         "output format jsonpath needs a template: jsonpath=…",
		"jsonpath=":                        "needs a template",
		"jsonpath={":                       `parse the template "{"`,
		"jsonpath-file=/no/such":           "read the template: open /no/such",
		"jsonpath={.items[99].a}":          "print as jsonpath={.items[99].a}: array index out of bounds",
		"jsonpath={.items | sort}":         "parse the template",
		"markdown=x":                       `output format "markdown=x" is none of`,
		"go-template":                      "output format go-template needs a template: go-template=…",
		"go-template={{":                   `parse the template "{{"`,
		"go-template-file=/no":             "read the template: open /no",
		"custom-columns":                   "output format custom-columns needs columns",
		"custom-columns=A":                 `column "A" is not of the form HEAD:.path`,
		"custom-columns=A:":                `column "A:" is not of the form`,
		"custom-columns=A:.b[":             `parse the path of column "A:.b["`,
		"custom-columns-file=/no":          "read the template: open /no",
		"go-template={{index .items 99}}":  "print as go-template={{index .items 99}}: ",
		"custom-columns=A:.findings[99].x": "print as custom-columns=A:.findings[99].x: column A: array index out of bounds",
	} {
		var out, errOut bytes.Buffer
		err := Report(&out, &errOut, shop(), Options{Format: format, Hint: hint})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q in it", format, err, want)
		}
		if err != nil && len(err.Error()) > 200 {
			t.Errorf("%s: an error of %d bytes", format, len(err.Error()))
		}
		if out.Len()+errOut.Len() > 0 {
			t.Errorf("%s: printed %q%q beside its error", format, &out, &errOut)
		}
		if valid := ValidateFormat(format); (valid == nil) != strings.Contains(format, "99") {
			t.Errorf("ValidateFormat(%q) = %v", format, valid)
		}
	}
	if err := Checks(&bytes.Buffer{}, checkDocs(), Options{Format: "jsonpath={.x}"}); err == nil ||
		!strings.HasSuffix(err.Error(), "is none of text, json, yaml, kyaml, name") {
		t.Errorf("checks as jsonpath: %v", err)
	}
}

func TestFormatsAreValid(t *testing.T) {
	for _, format := range append(checkFormats(), "", "JSON", "Text") {
		if err := ValidateFormat(format); err != nil {
			t.Error(err)
		}
	}
}

// stream counts writes and fails at one of them.
type stream struct {
	writes, failAt int
	data           []byte
}

var errBroken = errors.New("broken pipe")

func (s *stream) Write(p []byte) (int, error) {
	if s.writes++; s.writes == s.failAt {
		return 0, errBroken
	}
	s.data = append(s.data, p...)
	return len(p), nil
}

func TestWrittenAtOnce(t *testing.T) {
	for name, report := range reports() {
		for _, opts := range []Options{{}, {Width: 80}, {Format: "json"}, {Format: "yaml"}, {Format: "kyaml"}, {Format: "name"}, {Format: "wide"}, {Format: "markdown"}, {Format: "custom-columns=A:.ref.name"}} {
			var out, errOut stream
			if err := Report(&out, &errOut, report, opts); err != nil {
				t.Fatal(err)
			}
			if out.writes > 1 || errOut.writes > 1 {
				t.Errorf("%s: %d and %d writes", name, out.writes, errOut.writes)
			}
		}
	}
}

func TestWriteErrors(t *testing.T) {
	for _, format := range []string{"", "json", "yaml", "kyaml", "name", "jsonpath={.kind}", "wide", "markdown", "go-template={{.kind}}", "custom-columns=A:.ref.name"} {
		var errOut stream
		err := Report(&stream{failAt: 1}, &errOut, partial(), Options{Format: format, Hint: hint})
		if !errors.Is(err, errBroken) {
			t.Errorf("%s: error %v", format, err)
		}
		if errOut.writes > 0 {
			t.Errorf("%s: wrote about an answer that was not given", format)
		}
	}
	if err := Report(&stream{}, &stream{failAt: 1}, partial(), Options{}); !errors.Is(err, errBroken) {
		t.Errorf("of the second stream: %v", err)
	}
	if err := Checks(&stream{failAt: 1}, checkDocs(), Options{}); !errors.Is(err, errBroken) {
		t.Errorf("of checks: %v", err)
	}
	if err := Check(&stream{failAt: 1}, checkDocs()[0], Options{Format: "json"}); !errors.Is(err, errBroken) {
		t.Errorf("of a check: %v", err)
	}
}

func TestSameInputSameBytes(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for name, report := range reports() {
		for _, opts := range []Options{{}, {Width: 100, Color: true}, {Format: "markdown"}, {Format: "wide"}, {Why: whyDocs()}} {
			before, err := json.Marshal(report)
			if err != nil {
				t.Fatal(err)
			}
			want := printed(t, report, opts)
			for range 5 {
				shuffled := report.DeepCopyObject().(*api.Report)
				r.Shuffle(len(shuffled.Unknown), func(i, k int) {
					shuffled.Unknown[i], shuffled.Unknown[k] = shuffled.Unknown[k], shuffled.Unknown[i]
				})
				for i := range shuffled.Items {
					f := shuffled.Items[i].Findings
					r.Shuffle(len(f), func(i, k int) { f[i], f[k] = f[k], f[i] })
				}
				if len(report.Scope.Targets) == 0 {
					r.Shuffle(len(shuffled.Items), func(i, k int) {
						shuffled.Items[i], shuffled.Items[k] = shuffled.Items[k], shuffled.Items[i]
					})
				}
				if got := printed(t, shuffled, opts); got != want {
					t.Fatalf("%s in another order:\n%s\nwas\n%s", name, got, want)
				}
			}
			if after, _ := json.Marshal(report); !bytes.Equal(before, after) {
				t.Errorf("%s was changed by printing it", name)
			}
		}
	}
}
