package patch

import (
	"bytes"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
	corev1 "k8s.io/api/core/v1"
	kyaml "sigs.k8s.io/yaml"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/podsecurity"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// edited is a text with the changes that lift its only Deployment or Pod to a level.
func edited(t testing.TB, text string, goal api.Level) (string, error) {
	t.Helper()
	var object map[string]any
	if err := kyaml.Unmarshal([]byte(strings.ReplaceAll(text, `\/`, "/")), &object); err != nil {
		t.Fatal(err)
	}
	if items, isList := object["items"].([]any); isList {
		object, _ = items[0].(map[string]any)
	}
	plan := To(workloadOf(t, object), goal, podsecurity.New(podsecurity.Newest()))
	if len(plan.Obstacles) > 0 {
		t.Fatalf("%+v", plan.Obstacles)
	}
	edit := NewText([]byte(text))
	if !bytes.Equal(edit.Bytes(), []byte(text)) {
		t.Fatalf("without an edit: %q", edit.Bytes())
	}
	_, err := edit.Edit(&plan, 1)
	return string(edit.Bytes()), err
}

func workloadOf(t testing.TB, object map[string]any) *workload.Workload {
	t.Helper()
	pod := &corev1.Pod{}
	decodeInto := func(from any) {
		data, err := kyaml.Marshal(from)
		if err != nil {
			t.Fatal(err)
		}
		if err := kyaml.Unmarshal(data, pod); err != nil {
			t.Fatal(err)
		}
	}
	if object["kind"] == "Pod" {
		decodeInto(object)
		return podWorkload(pod)
	}
	decodeInto(object["spec"].(map[string]any)["template"])
	w := templateWorkload(pod, object["apiVersion"].(string), object["kind"].(string), "spec.template")
	w.Ref.Name, w.Ref.Namespace = object["metadata"].(map[string]any)["name"].(string), ""
	return w
}

// TestEdits holds the text that edits leave, in the golden files beside the manifests.
func TestEdits(t *testing.T) {
	for _, name := range []string{"block", "flow", "pretty.json", "removals", "anchors", "odd"} {
		file := "testdata/" + name
		if !strings.Contains(name, ".") {
			file += ".yaml"
		}
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		got, err := edited(t, string(data), api.LevelRestricted)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		testkit.Golden(t, strings.Replace(file, "testdata/", "testdata/edited-", 1), []byte(got))
		windows, err := edited(t, strings.ReplaceAll(string(data), "\n", "\r\n"), api.LevelRestricted)
		if err != nil || windows != strings.ReplaceAll(got, "\n", "\r\n") {
			t.Errorf("%s with CRLF: %v\n%q", name, err, windows)
		}
		again, err := edited(t, got, api.LevelRestricted)
		if err != nil || again != got {
			t.Errorf("%s is edited again", name)
		}
		if bare, err := edited(t, strings.TrimSuffix(string(data), "\n"), api.LevelRestricted); err != nil || bare != strings.TrimSuffix(got, "\n") {
			t.Errorf("%s without a last line break: %v\n%s", name, err, bare)
		}
	}
}

// TestEditLeavesTheRest: of a stream the one document changes, whatever stands in the others.
func TestEditLeavesTheRest(t *testing.T) {
	const before = "\ufeff# head\n%YAML 1.1\n---\n# first\nfoo: [broken\n--- # second\nkind: Service\napiVersion: v1\nmetadata: {name: x}\n...\n---\n"
	const target = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: x\nspec:\n  hostPID: true   # why not\n  containers:\n  - name: a\n"
	const after = "---\nkind: Pod\napiVersion: v1\nmetadata: {name: y}\nspec: {hostPID: true}\n---\n\n# end"
	var pod corev1.Pod
	if err := kyaml.Unmarshal([]byte(target), &pod); err != nil {
		t.Fatal(err)
	}
	plan := To(podWorkload(&pod), api.LevelBaseline, podsecurity.New(podsecurity.Newest()))
	text := NewText([]byte(before + target + after))
	if _, err := text.Edit(&plan, 12); err != nil {
		t.Fatal(err)
	}
	if want := before + strings.Replace(target, "true", "false", 1) + after; string(text.Bytes()) != want {
		t.Errorf("got\n%s", text.Bytes())
	}
	plan.Ref.Name = "z"
	if _, err := text.Edit(&plan, 1); err == nil {
		t.Error("an object that is not there was edited")
	}
}

// TestEditRefuses what cannot be written where it comes from.
func TestEditRefuses(t *testing.T) {
	const text = "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nx: &x {hostPID: true}\nspec:\n  <<: *x\n  hostNetwork: true\n  containers: [{name: a, ports: [&p {containerPort: 80, hostPort: 80}]}, {name: b, ports: [{<<: *p, containerPort: 81}]}]\n"
	got, err := edited(t, text, api.LevelBaseline)
	if err == nil || !strings.Contains(err.Error(), "by hand") {
		t.Errorf("%v\n%s", err, got)
	}
}

// randomYAML writes an object in a style that the dice choose: block or flow, with comments.
func randomYAML(d dice, object any) string {
	data, err := kyaml.Marshal(object)
	if err != nil {
		return ""
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return ""
	}
	var style func(n *yaml.Node)
	style = func(n *yaml.Node) {
		if len(n.Content) > 0 && d.one(5) {
			n.Style = yaml.FlowStyle
		}
		if n.Kind == yaml.ScalarNode && n.Tag == "!!str" {
			n.Style = pick(d, 0, 0, yaml.DoubleQuotedStyle, yaml.SingleQuotedStyle)
		}
		if d.one(8) {
			n.LineComment = "# é " + pick(d, "x", "{", "'", `"`, "a: b")
		}
		if d.one(9) {
			n.HeadComment = "# - above"
		}
		for _, c := range n.Content {
			style(c)
		}
	}
	style(&doc)
	var b bytes.Buffer
	encoder := yaml.NewEncoder(&b)
	encoder.SetIndent(2 + d.IntN(3))
	if encoder.Encode(&doc) != nil {
		return ""
	}
	out := b.String()
	if d.one(3) {
		out = strings.ReplaceAll(out, "\n", "\r\n")
	}
	return out
}

// TestRandomEdits: whatever the style, the text reads as the object with the changes, and lines
// that have nothing to do with them are there as before.
func TestRandomEdits(t *testing.T) {
	refused := 0
	for seed := range uint64(500) {
		d := dice{rand.New(rand.NewPCG(seed, 3))}
		pod := d.pod()
		pod.APIVersion, pod.Kind, pod.Spec.Volumes, pod.Spec.OS = "v1", "Pod", nil, nil
		text := randomYAML(d, pod)
		object, err := (&part{}).decode([]byte(text))
		if err != nil || object == nil {
			continue // the encoder of comments is not perfect
		}
		plan := To(podWorkload(pod), api.LevelRestricted, podsecurity.New(podsecurity.Newest()))
		edit := NewText([]byte(text))
		if _, err := edit.Edit(&plan, 1); err != nil {
			if refused++; refused > 10 {
				t.Fatalf("seed %d: %v\n%s\n---\n%s", seed, err, text, edit.Bytes())
			}
			continue
		}
		kept, lines := 0, strings.SplitAfter(text, "\n")
		after := string(edit.Bytes())
		for _, line := range lines {
			if strings.Contains(after, line) {
				kept++
			}
		}
		if removed := len(lines) - kept; removed > 4*len(plan.Changes)+2 {
			t.Fatalf("seed %d: %d lines of %d are gone for %d changes\n%s\n---\n%s", seed, removed, len(lines), len(plan.Changes), text, after)
		}
	}
	t.Logf("%d refused", refused)
}

// FuzzEdit: a text is edited exactly or not at all; nothing else of it changes.
func FuzzEdit(f *testing.F) {
	for _, name := range []string{"block.yaml", "flow.yaml", "pretty.json", "removals.yaml", "anchors.yaml", "odd.yaml"} {
		data, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, "spec.template.spec.hostPID", true)
		f.Add(data, "spec.template.spec.containers[0].securityContext.capabilities.drop", false)
		f.Add(data, "metadata.name", true)
	}
	f.Add([]byte("a: |+\n  b\n\nc: {}\n"), "c.d", false)
	f.Add([]byte("- a\n"), "x", false)
	f.Fuzz(func(t *testing.T, data []byte, path string, removes bool) {
		if len(data) > 1<<14 {
			return
		}
		text := NewText(data)
		if !bytes.Equal(text.Bytes(), data) {
			t.Fatalf("apart and together: %q", text.Bytes())
		}
		steps := workload.Steps(path)
		for i, p := range text.parts {
			before := p.content
			if before == nil || len(steps) == 0 {
				continue
			}
			c := change{steps: steps, value: []any{"ALL"}, removes: removes}
			if removes {
				c.value = nil
			}
			old := bytes.Clone(p.text)
			if err := p.edit(c, "was: x"); err != nil {
				if !bytes.Equal(p.text, old) {
					t.Fatalf("refused, and changed: %q", p.text)
				}
				continue
			}
			want := c.pruned(before).apply(before, c.pruned(before).steps)
			got, err := p.decode(p.text)
			if err != nil || !equal(got, want) {
				t.Fatalf("part %d: %v\n%s\n---\n%s", i, err, old, p.text)
			}
			if !removes { // a removal may empty the document
				shared(t, old, p.text)
			}
		}
	})
}

// shared: an edit is one splice, so that the texts have a common head and a common tail.
func shared(t *testing.T, before, after []byte) {
	t.Helper()
	head := 0
	for head < min(len(before), len(after)) && before[head] == after[head] {
		head++
	}
	tail := 0
	for tail < min(len(before), len(after))-head && before[len(before)-1-tail] == after[len(after)-1-tail] {
		tail++
	}
	if len(before) > 0 && head+tail == 0 && len(before) > 40 {
		t.Fatalf("everything changed: %q → %q", before, after)
	}
}
