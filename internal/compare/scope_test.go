package compare_test

import (
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/compare"
)

// live is a report as of a cluster.
func live(t *testing.T, manifests string, scope api.Scope) *compare.Posture {
	t.Helper()
	report := judged(t, manifests)
	report.Scope, report.Server = scope, "v1.36.3"
	p := compare.OfReport(report)
	p.Name = "live"
	return p
}

func TestScopes(t *testing.T) {
	other := strings.NewReplacer("name: web", "name: api", "app: web", "app: api").Replace(strict)
	both := strict + "---\n" + other
	shop := api.Scope{Namespaces: []string{"shop"}}
	named := func(name string) api.Scope {
		return api.Scope{Namespaces: []string{"shop"}, Targets: []string{"deploy/" + name}}
	}
	for name, tt := range map[string]struct {
		was, now   *compare.Posture
		want       string
		refs, note string
	}{
		"another namespace": {live(t, strict, shop), live(t, strict, api.Scope{Namespaces: []string{"default"}}), "live is of namespace shop, and live of namespace default", "", ""},
		"another cluster":   {live(t, strict, shop), live(t, other, shop), "live and live have no workload in common", "", ""},
		"a part of it":      {live(t, both, shop), live(t, strict, named("web")), "", "", ""},
		"more than it":      {live(t, strict, named("web")), live(t, both, shop), "", "", "live is of deploy/web of namespace shop: it says nothing of Deployment shop/api"},
		"nothing of it":     {live(t, strict, named("web")), live(t, other, named("api")), "live is of deploy/web of namespace shop, of which live has nothing", "", ""},
		"all of them":       {live(t, both, shop), live(t, both, api.Scope{AllNamespaces: true}), "", "", ""},
		"a file of it":      {live(t, both, shop), live(t, strict, api.Scope{Files: []string{"x"}}), "", "", ""},
		"excluded":          {live(t, both, api.Scope{AllNamespaces: true}), live(t, both, api.Scope{AllNamespaces: true, Excluded: []string{"shop"}}), "", "", ""},
		"new in it":         {live(t, strict, shop), live(t, both, shop), "", "api", ""},
		"gone from it":      {live(t, both, shop), live(t, strict, shop), "", "api", "Deployment shop/api is gone"},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := compare.Changes(tt.was, tt.now, compare.Options{Now: clock, Checks: docs()})
			if tt.want != "" {
				if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
					t.Fatalf("%v, want %q", err, tt.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, change := range c.Changes {
				if tt.refs == "" || change.Ref.Name != tt.refs {
					t.Errorf("%v", told(c))
				}
			}
			if tt.refs != "" && len(c.Changes) == 0 {
				t.Error("no change")
			}
			if strings.Join(c.Notes, "; ") != tt.note {
				t.Errorf("%q, want %q", c.Notes, tt.note)
			}
		})
	}
}

// TestUnreadWorkload: one that may be there and could not be read is neither gone nor new.
func TestUnreadWorkload(t *testing.T) {
	shop := api.Scope{Namespaces: []string{"shop"}}
	other := strings.NewReplacer("name: web", "name: api", "kind: Deployment", "kind: StatefulSet", "readOnlyRootFilesystem: true, ", "").Replace(strict)
	all := live(t, strict+"---\n"+other, shop)
	part := judged(t, strict)
	part.Scope, part.Server = shop, "v1.36.3"
	part.Unknown = []api.Unread{{Verb: "list", Group: "apps", Resource: "statefulsets", Namespace: "shop", Reason: "forbidden", Hides: true}}
	some := compare.OfReport(part)
	for _, c := range []*api.Changes{changesOf(t, all, some), changesOf(t, some, all), changesOf(t, written(t, some), all), changesOf(t, all, written(t, some))} {
		for _, change := range c.Changes {
			if change.State != api.ChangeIncomparable {
				t.Errorf("%v", told(c))
			}
		}
		if len(c.Changes) == 0 || len(c.Notes) == 0 || !strings.Contains(c.Notes[0], "could not be read: list statefulsets.apps in shop") {
			t.Errorf("%v %q", told(c), c.Notes)
		}
	}
}

// TestFilesAgainstCluster: what files alone do not hold is not gone.
func TestFilesAgainstCluster(t *testing.T) {
	base := strict + rights(`{apiGroups: [""], resources: [configmaps], verbs: [get]}`)
	was := live(t, base, api.Scope{Namespaces: []string{"shop"}})
	now := posture(t, "new.yaml", strict)
	c := changesOf(t, was, now)
	for _, change := range c.Changes {
		if change.State != api.ChangeIncomparable {
			t.Errorf("%v", told(c))
		}
	}
	now.Merged = true
	expect(t, changesOf(t, was, now), "resolved low deploy/web right get configmaps in shop")
}

// TestImplied: what comes to light where the finding that stood for it went is not new, and what it
// stands for now is not resolved.
func TestImplied(t *testing.T) {
	loose := edit(t, strict, "        securityContext: {allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}\n", "")
	privileged := edit(t, loose, "        resources: {limits", "        securityContext: {privileged: true}\n        resources: {limits")
	for _, change := range changesOf(t, posture(t, "a", privileged), posture(t, "b", loose)).Changes {
		if change.State != api.ChangeResolved && change.State != api.ChangeImproved {
			t.Errorf("%s %s %s", change.State, change.Check, change.Fact)
		}
	}
	for _, change := range changesOf(t, posture(t, "b", loose), posture(t, "a", privileged)).Changes {
		if change.State != api.ChangeNew && change.State != api.ChangeWorsened {
			t.Errorf("%s %s %s", change.State, change.Check, change.Fact)
		}
	}
}

// TestFilters: what is shown does not change what is judged.
func TestFilters(t *testing.T) {
	worse := edit(t, strict, "readOnlyRootFilesystem: true, ", "", "allowPrivilegeEscalation: false, ", "")
	better := edit(t, strict, "runAsUser: 1000, ", "")
	c := changesOf(t, posture(t, "a", better), posture(t, "b", worse))
	for _, change := range compare.Only(c, api.ChangeNew).Changes {
		if change.State != api.ChangeNew {
			t.Errorf("%s", change.State)
		}
	}
	for _, change := range compare.Filter(c, api.SeverityMedium).Changes {
		if change.Severity == api.SeverityLow {
			t.Errorf("%s", change.Check)
		}
	}
	if got := compare.Only(c, api.ChangeNew).Summary; got != c.Summary || len(c.Changes) == 0 {
		t.Errorf("%+v", got)
	}
}
