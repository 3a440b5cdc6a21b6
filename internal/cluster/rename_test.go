package cluster

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
)

func TestBijective(t *testing.T) {
	for _, test := range []struct{ names, want map[string]string }{
		{map[string]string{"a": "b"}, map[string]string{"a": "b", "b": "a"}},
		{map[string]string{"a": "b", "b": "c"}, map[string]string{"a": "b", "b": "c", "c": "a"}},
		{map[string]string{"a": "b", "b": "a"}, map[string]string{"a": "b", "b": "a"}},
		{map[string]string{"a": "a"}, map[string]string{"a": "a"}},
		{map[string]string{"a": "b", "c": "d"}, map[string]string{"a": "b", "b": "a", "c": "d", "d": "c"}},
	} {
		got := bijective(test.names)
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Error(diff)
		}
		if values := slices.Collect(maps.Values(got)); len(slices.Compact(slices.Sorted(slices.Values(values)))) != len(got) {
			t.Errorf("two become one: %v", got)
		}
	}
}

const renamedObjects = `{"apiVersion":"v1","kind":"List","items":[
{"apiVersion":"kubectl-harden.dev/v1alpha1","kind":"Snapshot","server":"v1.36.3","query":{"namespace":"OLD","selector":"","targets":[]},"kinds":[],
 "reads":[{"verb":"get","group":"","resource":"namespaces","namespace":"","name":"OLD","failure":{"code":403,"reason":"Forbidden"}},{"verb":"list","group":"","resource":"pods","namespace":"OLD"}]},
{"apiVersion":"networking.k8s.io/v1","kind":"NetworkPolicy","metadata":{"name":"a","namespace":"OLD"},"spec":{"podSelector":{},"ingress":[
 {"from":[{"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"OLD"}}},{"namespaceSelector":{"matchExpressions":[{"key":"kubernetes.io/metadata.name","operator":"In","values":["OLD","other"]}]}}]}]}},
{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"RoleBinding","metadata":{"name":"b","namespace":"OLD"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"b"},
 "subjects":[{"kind":"ServiceAccount","name":"OLD","namespace":"OLD"},{"kind":"User","name":"system:serviceaccount:OLD:x","apiGroup":"rbac.authorization.k8s.io"},{"kind":"Group","name":"system:serviceaccounts:OLD","apiGroup":"rbac.authorization.k8s.io"}]},
{"apiVersion":"gateway.networking.k8s.io/v1","kind":"HTTPRoute","metadata":{"name":"r","namespace":"OLD"},"spec":{"parentRefs":[{"name":"g","namespace":"OLD"}]}},
{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"OLD","labels":{"kubernetes.io/metadata.name":"OLD"}}},
{"apiVersion":"v1","kind":"Pod","metadata":{"name":"NAME","namespace":"OLD"},"spec":{"containers":[{"name":"OTHER","image":"OTHER"}]}}
]}
`

func TestRenamed(t *testing.T) {
	fill := func(old, other string) string {
		return written(t, readSnapshot(t, strings.NewReplacer("OLD", old, "other", other, "OTHER", "staging", "NAME", "staging", `"name":"OLD","namespace"`, `"name":"account","namespace"`).Replace(renamedObjects)))
	}
	s := readSnapshot(t, fill("staging", "prod"))
	renamed, err := s.Renamed(map[string]string{"staging": "prod"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(fill("prod", "staging"), written(t, renamed)); diff != "" {
		t.Error(diff)
	}
	back, err := renamed.Renamed(map[string]string{"prod": "staging"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(written(t, s), written(t, back)); diff != "" {
		t.Error(diff)
	}
}

// FuzzApplied wants no panic, a printable error on one line, and an object of the name that it was
// asked about.
func FuzzApplied(f *testing.F) {
	for _, seed := range []string{
		`{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web"},"spec":{"template":{"spec":{"containers":[{"name":"a","image":"b"}]}}}}`,
		`{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"other"}}`, `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web"}}`,
		`{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web"},"spec":{"replicas":"x"}}`, `{`, `null`, `[]`, `{"kind":"List","apiVersion":"v1","items":[]}`,
		`{"apiVersion":"x/v1\u001b[2J","kind":"Deployment\n"}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		key := keyOf(shopRef("Deployment", "web"))
		o, err := appliedObject(key, text)
		if err != nil {
			if strings.ContainsFunc(err.Error(), func(r rune) bool { return !unicode.IsPrint(r) }) {
				t.Errorf("%q", err.Error())
			}
			return
		}
		inv := NewInventory()
		if problems := inv.Replace([]Object{o}); len(problems) > 0 || inv.owners[key] == nil {
			t.Errorf("%v: %+v", problems, o)
		}
	})
}
