package cluster

import (
	"strings"
	"testing"
)

const linesYAML = `# comment
apiVersion: apps/v1
kind: Deployment
metadata:
  name: a
  annotations:
    a.b/c: x
    plain: text
spec:
  template:
    spec:
      containers:
      - name: app
        securityContext: &sc
          capabilities:
            drop:
            - ALL
            - NET_RAW
      - name: proxy
        securityContext: *sc
`

const linesJSON = `
{
  "apiVersion": "apps/v1", "kind": "Deployment",
  "metadata": {
    "name": "a",
    "annotations": {"a.b/c": "x",
    "pl\u0061in": "y"}},
  "spec":
    {"template": {"spec": {
      "containers": [
        {"name": "app"},
        {"name": "proxy", "securityContext": {
           "capabilities": {"drop": ["ALL",
              "NET_RAW"]}}}]}}}
}`

func TestLineOf(t *testing.T) {
	type lines map[string]int
	tests := map[string]struct {
		text string
		want lines
	}{
		"YAML": {linesYAML, lines{
			"": 2, "kind": 3, "metadata": 4, "metadata.annotations['a.b/c']": 7, "metadata.annotations[a.b/c]": 6,
			`metadata.annotations["a.b/c"]`: 7, "metadata.annotations.plain": 8, "metadata.labels.x": 4, "nothing": 2,
			"spec.template.spec.containers[0]": 13, "spec.template.spec.containers[0].securityContext.capabilities.drop": 16,
			"spec.template.spec.containers[0].securityContext.capabilities.drop[1]": 18,
			"spec.template.spec.containers[0].securityContext.capabilities.add":     15,
			"spec.template.spec.containers[0].image":                                13,
			"spec.template.spec.containers[1].name":                                 19,
			"spec.template.spec.containers[1].securityContext":                      20,
			"spec.template.spec.containers[1].securityContext.capabilities.drop":    16,
			"spec.template.spec.containers[2].name":                                 12,
			"spec.template.spec.containers[-1]":                                     12, "spec..template": 9, "[0]": 2, "spec[": 9,
		}},
		"JSON": {linesJSON, lines{
			"": 2, "kind": 3, "metadata": 4, "metadata.annotations['a.b/c']": 6, "metadata.annotations.plain": 7,
			"spec": 8, "spec.template.spec.containers[0].image": 11, "spec.template.spec.containers[1]": 12,
			"spec.template.spec.containers[1].securityContext.capabilities.drop":    13,
			"spec.template.spec.containers[1].securityContext.capabilities.drop[1]": 14,
		}},
	}
	for name, tt := range tests {
		objects, problems := loadText(t, tt.text)
		if len(problems) > 0 || len(objects) != 1 {
			t.Fatal(problems)
		}
		for path, want := range tt.want {
			if got := objects[0].Source.LineOf(path); got != want {
				t.Errorf("%s: %q is on line %d, want %d", name, path, got, want)
			}
		}
	}
}

func TestLineOfItems(t *testing.T) {
	for name, text := range map[string]string{
		"YAML": "apiVersion: v1\nkind: List\nitems:\n\n- {apiVersion: v1, kind: Pod}\n- apiVersion: v1\n  kind: Pod\n\n  spec:\n    hostPID: true\n",
		"JSON": "{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [\n\n\n\n{\"apiVersion\": \"v1\", \"kind\": \"Pod\"},\n{\"apiVersion\": \"v1\", \"kind\": \"Pod\",\n\n\n\"spec\": {\n\"hostPID\": true}}]}",
	} {
		objects, problems := loadText(t, text)
		if len(problems) > 0 || len(objects) != 2 {
			t.Fatal(name, problems)
		}
		if got := objects[0].Source.Line; got != 5 {
			t.Errorf("%s: the first item is on line %d", name, got)
		}
		if got := objects[1].Source.LineOf("spec.hostPID"); objects[1].Source.Line != 6 || got != 10 {
			t.Errorf("%s: the second item is on line %d, its field on %d", name, objects[1].Source.Line, got)
		}
	}
}

// TestPathStep holds what is written to what is read.
func TestPathStep(t *testing.T) {
	for _, key := range []string{"a", "a.b/c", "a[0]", "a b", "ü"} {
		step, isElement, rest := nextStep(pathStep("", key) + ".next")
		if step != key || isElement || rest != ".next" {
			t.Errorf("%q: step %q, element %v, rest %q", key, step, isElement, rest)
		}
	}
	if got := pathStep(pathStep("a", "b.c"), "d"); got != "a['b.c'].d" {
		t.Error(got)
	}
}

// TestLinesOfGeneratedDeployment looks every line of a manifest up by the path that stands on it.
func TestLinesOfGeneratedDeployment(t *testing.T) {
	text := deployment(1)
	objects, _ := loadText(t, text)
	for path, written := range map[string]string{
		"spec.template.spec.automountServiceAccountToken":                       "automountServiceAccountToken:",
		"spec.template.spec.containers[0].readinessProbe.httpGet":               "httpGet:",
		"spec.template.spec.volumes":                                            "volumes:",
		"metadata.annotations['example.com/notes']":                             "example.com/notes:",
		"spec.template.spec.containers[0].resources.limits.memory":              "memory: 256Mi",
		"spec.template.spec.containers[0].securityContext.capabilities.drop[0]": "drop: [ALL]",
	} {
		lines := strings.Split(text, "\n")
		if got := lines[objects[0].Source.LineOf(path)-1]; !strings.Contains(got, written) {
			t.Errorf("%s is found on %q", path, got)
		}
	}
}
