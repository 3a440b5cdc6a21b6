package cluster

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"unicode"
)

// FuzzLoad wants no panic, at least one object or problem or list of any input, printable
// messages and lines that exist.
func FuzzLoad(f *testing.F) {
	for _, seed := range append(yamlSeeds, linesYAML, linesJSON, deployment(1), billionLaughs(4), mergeBomb(4),
		`{"apiVersion":"v1","kind":"PodList","items":[{"metadata":{"name":"a"}},{}]}`,
		`{"apiVersion":"v1","items":[{"metadata":{"name":"a"}},{"kind":"Pod","apiVersion":"v1"}],"kind":"PodList"}`,
		"{\"kind\": \"Pod\", \"apiVersion\": \"v1\"}\n---\n{\"kind\": \"Pod\", \"apiVersion\": \"v1\"}\nkind: Pod\napiVersion: v1\n",
		"apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Secret}\n- {}\n", "a: 1\r---\rb: 2\r", "---\n---\n...\n%YAML 1.1\n---\nkind: x\n",
		"apiVersion: v1\nkind: Pod\nspec: {containers: [{image: 5}]}\n", "\ufeff{}", "{\"a\"", "{\"items\":[", "{\"items\":[]}",
	) {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		objects, problems, err := Load(t.Context(), LoadOptions{Filenames: []string{"-"}, Stdin: bytes.NewReader(data)})
		if err != nil {
			t.Fatal(err)
		}
		lines := 1
		for _, end := range []string{"\n", "\r", "\u0085", "\u2028", "\u2029"} {
			lines += strings.Count(string(data), end)
		}
		for _, p := range problems {
			if strings.IndexFunc(p.Error(), func(r rune) bool { return !unicode.IsPrint(r) }) >= 0 {
				t.Errorf("%q is not printable", p.Error())
			}
			if p.Line > lines {
				t.Errorf("%s: there are %d lines", p.Error(), lines)
			}
		}
		for _, o := range objects {
			if o.GVK.Kind == "" || o.Object == nil || o.Source.Line < 1 || o.Source.Line > lines {
				t.Errorf("%s on line %d of %d", o.GVK, o.Source.Line, lines)
			}
			if line := o.Source.LineOf("spec.template.spec.containers[0]['a.b']"); line < 1 || line > lines {
				t.Errorf("a field on line %d of %d", line, lines)
			}
		}
		again, problemsAgain, _ := Load(t.Context(), LoadOptions{Filenames: []string{"-"}, Stdin: bytes.NewReader(data)})
		if len(again) != len(objects) || fmt.Sprint(printed(problems)) != fmt.Sprint(printed(problemsAgain)) {
			t.Error("a second look finds something else")
		}
	})
}
