package cluster

import (
	"strings"
	"testing"
)

// TestLoadFlowStyle: YAML in flow style with quoted keys begins as JSON does, and kubectl reads it. What
// follows is read too, and lines stay those of the file.
func TestLoadFlowStyle(t *testing.T) {
	const next = "\n---\n{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\",\n\"metadata\": {\"name\": \"b\"}}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n"
	pod := func(inside string) string {
		return "{\"apiVersion\": \"v1\", \"kind\": \"Pod\",\n" + inside + "\n\"metadata\": {\"name\": \"a\"},\n\"spec\": {\"hostPID\": true}}"
	}
	for name, text := range map[string]string{
		"a tag":                pod("\"x\": !!int \"80\","),
		"a folded string":      pod("\"x\": \"v\\n\\\n    # x\\n\","),
		"two lines":            pod("\"x\": \"v\n  w\","),
		"comments":             pod("# it's \"}\n"),
		"a comment at its end": pod("") + " # end",
		"single quotes":        pod("'x': 'it''s, {\"',"),
		"plain words":          pod("x: yes, \"y\": True,"),
		"a trailing comma":     pod("\"x\": [a, b,],"),
	} {
		objects, problems := loadText(t, text+next)
		if len(problems) > 0 || len(objects) != 3 {
			t.Errorf("%s: %d objects, %q", name, len(objects), problems)
			continue
		}
		before, _, _ := strings.Cut(text, "\"spec\"")
		at := strings.Count(before, "\n") + 1
		if got := objects[0].Source.LineOf("spec.hostPID"); got != at {
			t.Errorf("%s: hostPID is on line %d, want %d", name, got, at)
		}
		if want := strings.Count(text, "\n") + 3; objects[1].Source.Line != want {
			t.Errorf("%s: the next is on line %d, want %d", name, objects[1].Source.Line, want)
		}
	}
	// What is neither keeps the fault of its JSON, and JSON behind it is read.
	objects, problems := loadText(t, "{\"apiVersion\": \"v1\",\n\"kind\": [1 \"b\"]}\n{\"apiVersion\": \"v1\", \"kind\": \"Pod\"}")
	if len(objects) != 1 || objects[0].Source.Line != 3 || len(problems) != 1 || !strings.HasPrefix(problems[0], "-:2: document 1: invalid character") {
		t.Errorf("%d objects, %q", len(objects), problems)
	}
}
