package observation_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-harden/kubectl-harden/internal/observation"
)

// TestDocumentsThatFollowEachOther: what stands in one stream is read whole or not at all.
func TestDocumentsThatFollowEachOther(t *testing.T) {
	doc := func(user string) string {
		return `{"apiVersion": "kubectl-harden.dev/v1alpha1", "kind": "Observations", "access": [{"user": "` + user + `"}]}`
	}
	const inYAML = "apiVersion: kubectl-harden.dev/v1alpha1\nkind: Observations\naccess:\n- user: "
	for name, tt := range map[string]struct {
		text  string
		users string
		err   string
	}{
		"one":                 {text: doc("a"), users: "a"},
		"lines":               {text: doc("a") + "\n" + doc("b") + "\n", users: "a b"},
		"without a line end":  {text: doc("a") + doc("b"), users: "a b"},
		"YAML":                {text: inYAML + "a\n---\n" + inYAML + "b\n---\n", users: "a b"},
		"JSON in YAML":        {text: doc("a") + "\n---\n" + doc("b"), users: "a b"},
		"the second cut off":  {text: doc("a") + "\n" + doc("b")[:60], err: "read Observations"},
		"something else last": {text: doc("a") + `{"kind": "Pod"}`, err: "document 2 of 2"},
		"words after it":      {text: doc("a") + "\nand more", err: "read Observations"},
	} {
		t.Run(name, func(t *testing.T) {
			docs, err := observation.ParseAll([]byte(tt.text))
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Errorf("%v, want %q", err, tt.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var users []string
			for _, d := range docs {
				users = append(users, d.Access[0].User)
			}
			if diff := cmp.Diff(tt.users, strings.Join(users, " ")); diff != "" {
				t.Error(diff)
			}
		})
	}
}
