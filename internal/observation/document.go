package observation

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// dayLayout is how a day is written.
const dayLayout = "2006-01-02"

// Document is all of the Set, sorted: the same for the same events in any order.
func (s *Set) Document() *api.Observations {
	s.named.cut()
	doc := &api.Observations{
		APIVersion: api.Version, Kind: api.KindObservations, Window: window(s.from, s.to),
		Sources: slices.Clone(s.sources), Access: []api.Access{}, Edges: s.edges.document(&s.named),
		Names: s.named.document(), MoreNames: s.named.more,
		StartedPods: s.started.sorted(), MoreStartedPods: s.started.more,
	}
	if doc.Sources == nil {
		doc.Sources = []api.ObservedSource{}
	}
	slices.SortFunc(doc.Sources, compareSources)
	for _, u := range s.users {
		doc.Access = append(doc.Access, u.access())
	}
	slices.SortFunc(doc.Access, func(a, b api.Access) int {
		return cmp.Or(strings.Compare(a.User, b.User), slices.Compare(a.Groups, b.Groups))
	})
	return doc
}

// compareSources orders sources by all that they say: those of the same name differ in it.
func compareSources(a, b api.ObservedSource) int {
	text := func(s api.ObservedSource) string {
		out, _ := json.Marshal(s) // strings, numbers and maps of them always can be
		return string(out)
	}
	return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(text(a), text(b)))
}

func (u *User) access() api.Access {
	a := api.Access{
		User: u.name, Groups: slices.Clone(u.groups), Requests: u.requests,
		Pods: u.pods.sorted(), MorePods: u.pods.more, Uses: []api.Use{}, Denied: []api.Use{},
	}
	if a.Groups == nil {
		a.Groups = []string{}
	}
	for p, at := range u.places {
		for name, e := range at.all() {
			put(&a, p, e.use(p, name))
		}
		if at.any != nil {
			use := at.any.use(p, "")
			use.AnyName = true
			put(&a, p, use)
		}
	}
	byAction := func(x, y api.Use) int { return x.Compare(&y) }
	slices.SortFunc(a.Uses, byAction)
	slices.SortFunc(a.Denied, byAction)
	return a
}

// put adds the use to those allowed or denied.
func put(a *api.Access, p place, use api.Use) {
	if p.denied {
		a.Denied = append(a.Denied, use)
	} else {
		a.Uses = append(a.Uses, use)
	}
}

// use is the entry of a place and a name as it is written.
func (e *Entry) use(p place, name string) api.Use {
	use := api.Use{
		Action: api.Action{Verb: p.verb, Group: p.group, Resource: p.resource, Namespace: p.namespace},
		Count:  e.count, Started: e.started, First: stamp(e.first), Last: stamp(e.last), Days: e.dates(),
		Agents: slices.Clone(e.agents), Grants: slices.Clone(e.grants), Hidden: p.hidden,
	}
	if p.resource == "" {
		use.Path = name
	} else {
		use.Name = name
	}
	if d := e.more; d != nil {
		d.describe(&use)
	}
	return use
}

func (d *detail) describe(use *api.Use) {
	use.Via, use.Applied, use.Unnamed = slices.Clone(d.via), d.applied, d.unnamed
	if len(d.created.set) > 0 {
		use.Created = d.created.sorted()
	}
	use.MoreCreated = d.created.more
	for _, text := range slices.Sorted(maps.Keys(d.rules)) {
		var rule rbacv1.PolicyRule
		_ = json.Unmarshal([]byte(text), &rule) // written by addRules
		use.Unless = append(use.Unless, rule)
	}
	use.MoreUnless = d.many
}

// stamp is a time as documents have it.
func stamp(at int64) string {
	if at == 0 {
		return ""
	}
	return time.Unix(at, 0).UTC().Format(time.RFC3339)
}

func window(from, to int64) api.Window { return api.Window{From: stamp(from), To: stamp(to)} }
