package render

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

func changesPrinted(t *testing.T, c *api.Changes, opts Options) (string, string) {
	t.Helper()
	var out, errOut bytes.Buffer
	if err := Changes(&out, &errOut, c, opts); err != nil {
		t.Fatal(err)
	}
	return out.String(), errOut.String()
}

func TestChangesScreens(t *testing.T) {
	for name, c := range map[string]*api.Changes{"shop": shopChanges(), "file": fileChanges()} {
		for variant, opts := range map[string]Options{
			"100": {Width: 100}, "80": {Width: 80}, "ascii": {Width: 120, ASCII: true}, "color": {Width: 120, Color: true}, "pipe": {}, "wide": {Format: "wide", Width: 80},
		} {
			out, errOut := changesPrinted(t, c, opts)
			testkit.Golden(t, "testdata/changes-"+name+"-"+variant+".golden", []byte(out+"-- stderr --\n"+errOut))
		}
		for _, format := range []string{"json", "markdown", "html", "sarif", "junit", "name"} {
			out, _ := changesPrinted(t, c, Options{Format: format})
			testkit.Golden(t, "testdata/changes-"+name+"-"+format+".golden", []byte(out))
		}
	}
}

// TestNoChanges: a thing and itself have nothing to tell, in every format.
func TestNoChanges(t *testing.T) {
	for format, want := range map[string]string{"text": "", "wide": "", "name": "", "markdown": "", "jsonpath={.changes[*]}": "", "go-template={{range .changes}}x{{end}}": ""} {
		if out, _ := changesPrinted(t, noChanges(), Options{Format: format}); out != want {
			t.Errorf("%s: %q", format, out)
		}
	}
	for format, must := range map[string]string{"json": `"changes": []`, "yaml": "changes: []", "kyaml": "changes: []", "sarif": `"results": []`, "junit": `tests="0"`, "html": "nothing changed", "custom-columns=REF:.ref": "REF\n"} {
		out, _ := changesPrinted(t, noChanges(), Options{Format: format})
		if !strings.Contains(out, must) || strings.Contains(out, "<tr>\n") || strings.Contains(out, "<testcase") {
			t.Errorf("%s: %s", format, out)
		}
	}
	if out, errOut := changesPrinted(t, noChanges(), Options{}); out != "" || errOut != "nothing changed, 12 unchanged\n" {
		t.Errorf("%q", errOut)
	}
}

// TestChangesFormats: each format that is offered prints, and what it prints is well-formed.
func TestChangesFormats(t *testing.T) {
	for _, format := range ChangesFormats() {
		switch {
		case strings.HasSuffix(format, "-file"):
			continue
		case strings.HasPrefix(format, "jsonpath"):
			format += "={.summary}"
		case strings.HasPrefix(format, "go-template"):
			format += "={{.kind}}"
		case strings.HasPrefix(format, "custom-columns"):
			format += "=STATE:.state,NAME:.ref.name"
		}
		if err := ValidateChangesFormat(format, false); err != nil {
			t.Errorf("%s: %v", format, err)
		}
		out, _ := changesPrinted(t, shopChanges(), Options{Format: format})
		var into any
		var err error
		switch format {
		case "json", "sarif":
			err = json.Unmarshal([]byte(out), &into)
		case "yaml", "kyaml":
			err = yaml.Unmarshal([]byte(out), &into)
		case "junit":
			err = xml.Unmarshal([]byte(out), &junitSuites{})
		}
		if err != nil || out == "" {
			t.Errorf("%s: %v\n%s", format, err, out)
		}
	}
	if err := ValidateChangesFormat("sarif", true); err == nil || !strings.Contains(err.Error(), "live objects") {
		t.Errorf("%v", err)
	}
	if err := ValidateChangesFormat("xml", false); err == nil || !strings.Contains(err.Error(), "junit") {
		t.Errorf("%v", err)
	}
}

// TestChangesHostile: nothing that stands in a name reaches a reader as more than text.
func TestChangesHostile(t *testing.T) {
	for _, s := range testkit.HostileStrings() {
		c := shopChanges()
		c.Baseline, c.Posture, c.Notes = s.Value, s.Value, []string{s.Value}
		for i := range c.Changes {
			change := &c.Changes[i]
			change.Ref.Name, change.Container, change.Text, change.Check = s.Value, s.Value, s.Value, s.Value
			if change.Fact != "" {
				change.Fact, change.Check = s.Value, ""
			}
			change.Subject, change.Line = s.Value, i
			if change.Now != nil {
				change.Now.Message = s.Value
			}
		}
		for _, format := range []string{"text", "wide", "json", "yaml", "kyaml", "name", "markdown", "html", "sarif", "junit"} {
			for _, width := range []int{0, 100} {
				if width == 0 && (format == "json" || format == "yaml" || format == "kyaml" || format == "sarif") {
					continue // what programs read has the names as they are
				}
				out, errOut := changesPrinted(t, c, Options{Format: format, Width: width})
				testkit.CheckHarmless(t, format, out)
				testkit.CheckHarmless(t, "text", errOut)
			}
		}
	}
}

func TestChangesFitTheTerminal(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for round := range 8 {
		for _, c := range []*api.Changes{shopChanges(), fileChanges()} {
			if round > 0 {
				scramble(reflect.ValueOf(c).Elem(), r)
			}
			for _, width := range []int{80, 100, 120, 80 + r.IntN(90)} {
				out, errOut := changesPrinted(t, c, Options{Width: width, Color: round%2 == 0})
				tooWide(t, out, width)
				tooWide(t, errOut, width)
			}
		}
	}
}
