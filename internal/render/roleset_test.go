package render

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
	rbacv1 "k8s.io/api/rbac/v1"
	sigsyaml "sigs.k8s.io/yaml"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

// roleSet has a text wherever a set has one that comes from others.
func roleSet(text string) *api.RoleSet {
	rule := rbacv1.PolicyRule{APIGroups: []string{"", text}, Resources: []string{text}, ResourceNames: []string{text, "b"}, Verbs: []string{"get"}}
	return &api.RoleSet{
		Comment: []string{"kubectl harden gen role --self=" + text},
		Roles: []api.RoleDraft{
			{Name: "reviewer", Rules: []api.RuleDraft{{PolicyRule: rule, Reason: "for " + text}, {PolicyRule: rbacv1.PolicyRule{NonResourceURLs: []string{text}, Verbs: []string{"get"}}}}},
			{Name: "reviewer", Namespace: "ns" + text, Rules: []api.RuleDraft{{PolicyRule: rule, Reason: "for " + text}}},
		},
		Subjects: []rbacv1.Subject{
			{Kind: "User", APIGroup: rbacv1.GroupName, Name: "u" + text}, {Kind: "ServiceAccount", Namespace: "shop", Name: "s" + text},
		},
	}
}

func printRoles(t *testing.T, set *api.RoleSet, format string) string {
	t.Helper()
	var out bytes.Buffer
	if err := Roles(&out, []*api.RoleSet{set}, Options{Format: format}); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestRolesGolden(t *testing.T) {
	for _, format := range RoleFormats() {
		testkit.Golden(t, "testdata/roles-"+format+".golden", []byte(printRoles(t, roleSet("carts"), format)))
	}
}

// TestRolesReadBack: what a YAML reader finds is what was to be printed, whatever is in it.
func TestRolesReadBack(t *testing.T) {
	texts := []testkit.HostileString{
		{Name: "true", Value: "true"}, {Name: "no", Value: "No"}, {Name: "number", Value: "0x1f"}, {Name: "float", Value: "1e3"}, {Name: "null", Value: "~"},
		{Name: "date", Value: "2026-11-20"}, {Name: "colon", Value: "system:masters"}, {Name: "base 60", Value: "1:30"}, {Name: "star", Value: "*"},
	}
	for _, text := range append(texts, testkit.HostileStrings()...) {
		set := roleSet(text.Value)
		want := readBack(t, text.Name, printRoles(t, set, "json"))
		printed := printRoles(t, set, "yaml")
		var got []map[string]any
		decoder := yaml.NewDecoder(strings.NewReader(printed))
		for {
			var object map[string]any
			if err := decoder.Decode(&object); err != nil {
				break
			}
			got = append(got, object)
		}
		if diff := cmp.Diff(want, normal(t, got)); diff != "" {
			t.Errorf("%s: %s\n%s", text.Name, diff, printed)
		}
		if lines := strings.Count(printed, "\n"); lines != 31 {
			t.Errorf("%s: %d lines\n%s", text.Name, lines, printed)
		}
		testkit.CheckHarmless(t, "yaml", printed)
	}
}

// readBack are the items of a List.
func readBack(t *testing.T, name, printed string) any {
	t.Helper()
	var list struct {
		Items []map[string]any `json:"items"`
	}
	if err := sigsyaml.Unmarshal([]byte(printed), &list); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return normal(t, list.Items)
}

func normal(t *testing.T, value any) any {
	t.Helper()
	raw, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	var out any
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestRoleFormats(t *testing.T) {
	for _, format := range []string{"yaml", "JSON", "kyaml"} {
		if err := ValidateRoleFormat(format); err != nil {
			t.Error(err)
		}
	}
	if err := ValidateRoleFormat("text"); err == nil || err.Error() != `output format "text" is none of yaml, json, kyaml` {
		t.Error(err)
	}
}
