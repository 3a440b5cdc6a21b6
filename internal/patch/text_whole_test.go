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
