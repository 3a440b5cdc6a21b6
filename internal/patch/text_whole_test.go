package patch

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	kyaml "sigs.k8s.io/yaml"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/podsecurity"
)

// TestEditRefusesWhole: of an object of which one change cannot be made nothing changes, and what is
// told is so of the text as it was.
func TestEditRefusesWhole(t *testing.T) {
	const text = "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec:\n  containers:\n  - name: a\n    securityContext: &a {privileged: true, capabilities: {add: [NET_ADMIN]}}\n  - name: b\n    securityContext:\n      <<: *a\n      runAsUser: 0\n"
	got, err := edited(t, text, api.LevelRestricted)
	if err == nil {
		t.Fatal("it was edited")
	}
	for _, want := range []string{"edit line 7 by hand", "none is made"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in %v", want, err)
		}
	}
	if got != text {
		t.Errorf("half of it is edited:\n%s", got)
	}
}

// TestEditBehindComments: a document of comments alone, as helm template writes it, is one.
func TestEditBehindComments(t *testing.T) {
	const before = "---\n# Source: a.yaml\n---\n\n# Source: b.yaml\n---\n"
	const target = "# Source: c.yaml\napiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: {hostPID: true, containers: [{name: a}]}\n"
	for _, head := range []string{"", "# head\n"} {
		var pod corev1.Pod
		if err := kyaml.Unmarshal([]byte(target), &pod); err != nil {
			t.Fatal(err)
		}
		plan := To(podWorkload(&pod), api.LevelBaseline, podsecurity.New(podsecurity.Newest()))
		text := NewText([]byte(head + before + target + "---\n# end\n---\n"))
		if _, err := text.Edit(&plan, 8+strings.Count(head, "\n")); err != nil {
			t.Fatal(err)
		}
		if want := head + before + strings.Replace(target, "true", "false", 1) + "---\n# end\n---\n"; string(text.Bytes()) != want {
			t.Errorf("got\n%s", text.Bytes())
		}
	}
}

// TestEditTellsOfBlocks: what stood on lines of its own is told too, where no other comment ends it.
func TestEditTellsOfBlocks(t *testing.T) {
	const text = `apiVersion: v1
kind: Pod
metadata: {name: app}
spec:
  containers:
  - name: app
    image: registry.example/app:1
    securityContext:
      capabilities:
        drop:
        - NET_RAW
        - KILL
      seccompProfile:
        type: Unconfined
        localhostProfile: x
`
	got, err := edited(t, text, api.LevelRestricted)
	for _, want := range []string{"        drop: [ALL] # was NET_RAW, KILL; may break ", "      seccompProfile: {type: RuntimeDefault} # was Unconfined; may break "} {
		if err != nil || !strings.Contains(got, want) {
			t.Errorf("%v, want %q in\n%s", err, want, got)
		}
	}
}

// TestObjectsOfListsAlone: an object of a List is a part of its own, so that an edit costs no more for
// the objects beside it; nothing of the text is lost.
func TestObjectsOfListsAlone(t *testing.T) {
	object := "- apiVersion: v1\n  kind: Pod\n  metadata: {name: app}\n  spec: {containers: [{name: app, image: app}]}\n"
	inJSON := `{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "app"}}`
	for name, tt := range map[string]struct {
		text  string
		parts int
	}{
		"YAML":            {"# all\nkind: List\nitems:\n" + object + "  # of the first\n\n" + object + "metadata: {}\n", 5},
		"no break":        {"kind: List\r\nitems:\r\n" + strings.TrimSpace(strings.ReplaceAll(object+object, "\n", "\r\n")), 3},
		"JSON":            {`{"kind": "List", "items": [` + inJSON + ",\n " + inJSON + `]}`, 5},
		"an anchor":       {"kind: List\nitems:\n" + strings.Replace(object, "{name: app}\n", "&a {name: app}\n", 1) + object, 1},
		"dashes together": {"kind: List\nitems:\n-\n" + strings.Replace(object, "-", " ", 1) + object, 1},
		"no List":         {"kind: Pod\nitems:\n" + object + object, 1},
		"one":             {"kind: List\nitems:\n" + object, 1},
	} {
		got := NewText([]byte(tt.text))
		if len(got.parts) != tt.parts || string(got.Bytes()) != tt.text {
			t.Errorf("%s: %d parts, want %d, text %q", name, len(got.parts), tt.parts, got.Bytes())
		}
	}
}
