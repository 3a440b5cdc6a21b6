package rbac

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// Reasons for what was added.
const (
	becauseInformer   = "informers start with one watch and fall back to list"
	becauseWiden      = "--widen names"
	becauseNamespaces = "--widen namespaces"
	becauseEvents     = "--widen events"
)

// add wants what is needed beside what was observed. Each step looks at what those before it
// wanted.
func (f *fit) add() {
	f.addHidden()
	f.addAnyNames()
	f.addLists()
	f.addBeyondMade()
	if f.opts.Events {
		f.addEvents()
	}
	if f.opts.AnyNamespace {
		f.addAnyNamespaces()
	}
	f.addUnless()
}

// addHidden wants what servers ask for without a trace in the log, but for what depends on all
// else.
func (f *fit) addHidden() {
	for _, use := range f.hidden {
		if !dependsOnRules(use) && (f.opts.Finalizers || !strings.HasSuffix(use.Resource, "/finalizers")) {
			f.addUse(use)
		}
	}
}

// dependsOnRules tells a use that is needless for a subject with some rules.
func dependsOnRules(use *api.Use) bool {
	return use.Verb == "escalate" || len(use.Unless) > 0 || use.MoreUnless
}

func (f *fit) addUse(use *api.Use) {
	if _, granted := f.toEverybody(use.Action); !granted {
		f.want(use.Action, use.Hidden)
	}
}

// addUnless wants what the subject needs where it will not hold other rules: to escalate, where
// it wrote roles with more than it has (k8s.io/kubernetes pkg/registry/rbac/escalation_check.go),
// and the like.
func (f *fit) addUnless() {
	var uses []*api.Use
	for _, use := range f.hidden {
		if dependsOnRules(use) {
			uses = append(uses, use)
		}
	}
	if len(uses) == 0 {
		return
	}
	policy := policyOf(draftRoles(f.kept(), func([]api.Action) string { return "" }, func(*packed) string { return "" }))
	for _, use := range uses {
		covered, err := Covers(policy.RulesFor(Identity{User: draftUser}, use.Namespace), pointersTo(use.Unless))
		if use.MoreUnless || !covered || err != nil {
			f.addUse(use)
		}
	}
}

// addLists wants list beside watch: an informer starts with one watch, and where the server
// refuses to stream the list that way, or a watch breaks, it lists.
func (f *fit) addLists() {
	for a := range f.needs {
		if a.Verb == "watch" {
			a.Verb = "list"
			f.want(a, becauseInformer)
		}
	}
}

// noteCreated remembers the names that the subject gave.
func (f *fit) noteCreated(use *api.Use) {
	if use.Verb != "create" || use.Hidden != "" || strings.Contains(use.Resource, "/") {
		return
	}
	kind := kindOf(use.Action)
	made := f.created[kind]
	if made == nil {
		made = &createdNames{names: map[string]bool{}}
		f.created[kind] = made
	}
	for _, name := range use.Created {
		made.names[name] = true
	}
	made.more = made.more || use.MoreCreated
	made.unnamed = made.unnamed || use.Unnamed
}

// kindOf is the action without what differs between objects of a kind in a namespace. A
// Namespace has its own name for its namespace.
func kindOf(a api.Action) api.Action {
	resource, _, _ := strings.Cut(a.Resource, "/")
	kind := api.Action{Group: a.Group, Resource: resource, Namespace: a.Namespace}
	if a.Group == "" && resource == "namespaces" {
		kind.Namespace = ""
	}
	return kind
}

// addAnyNames wants any name where the subject made every object that it named, so that
// names are of its choice and those to come are not known.
func (f *fit) addAnyNames() {
	byPlace := map[api.Action][]api.Action{}
	for a := range f.needs {
		if a.Name != "" {
			place := a
			place.Name, place.Namespace = "", kindOf(a).Namespace
			byPlace[place] = append(byPlace[place], a)
		}
	}
	for place, named := range byPlace {
		if reason := f.anyName(place, named); reason != "" {
			f.want(place, reason)
		}
	}
}

// anyName is the reason to grant any name, empty for none.
func (f *fit) anyName(place api.Action, named []api.Action) string {
	if passesOn(place) {
		return ""
	}
	generated := slices.ContainsFunc(named, func(a api.Action) bool { return looksGenerated(a.Name) })
	made := f.created[kindOf(place)]
	all := made != nil && !slices.ContainsFunc(named, func(a api.Action) bool { return !made.more && !made.names[a.Name] })
	switch {
	case made.mayHave(named) && !all:
		return "it created objects that the log does not name, as with generateName, and all seen have such names"
	case all && len(named) == 1 && generated:
		return "it created the one seen, of a generated name"
	case all && len(named) > 1 && made.more:
		return "it created more than 1,024 objects, too many to compare"
	case all && len(named) > 1:
		return fmt.Sprintf("it created all %d seen", len(named))
	case f.opts.AnyName && (len(named) > 10 || generated):
		return becauseWiden
	}
	return ""
}

// passesOn tells actions that give rights to somebody or take those of somebody: any name would
// be far more than the names seen.
func passesOn(a api.Action) bool {
	verb, _, _ := strings.Cut(a.Verb, ":")
	return slices.Contains([]string{"bind", "escalate", "impersonate", "impersonate-on", "approve", "sign", "attest", "use"}, verb) ||
		a.Group == "" && a.Resource == "serviceaccounts/token"
}

// looksGenerated tells names that end as generated ones do: with random letters of
// k8s.io/apimachinery/pkg/util/rand (five, or up to ten of a hash), hexadecimal digits or a
// time.
func looksGenerated(name string) bool {
	suffix := name[strings.LastIndexAny(name, "-.")+1:]
	if len(suffix) == len(name) && len(suffix) < 16 {
		return false
	}
	of := func(letters string) bool { return strings.Trim(suffix, letters) == "" }
	digit := strings.ContainsAny(suffix, "0123456789")
	switch {
	case len(suffix) == 5 || len(suffix) >= 8 && len(suffix) <= 10 && of("bcdfghjklmnpqrstvwxz2456789"):
		return digit && of("bcdfghjklmnpqrstvwxz2456789")
	case len(suffix) >= 12 && digit:
		return of("0123456789abcdef")
	}
	return len(suffix) >= 8 && of("0123456789")
}

func (f *fit) addEvents() {
	namespaces := map[string]bool{}
	for a := range f.needs {
		if a.Path == "" {
			namespaces[a.Namespace] = true
		}
	}
	if len(namespaces) > 1 {
		delete(namespaces, "") // events of cluster-scoped objects are in a namespace too
	}
	for namespace := range namespaces {
		for _, group := range []string{"", "events.k8s.io"} {
			for _, verb := range []string{"create", "patch"} {
				f.want(api.Action{Verb: verb, Group: group, Resource: "events", Namespace: namespace}, becauseEvents)
			}
		}
	}
}

// addAnyNamespaces wants in all namespaces what is wanted in several.
func (f *fit) addAnyNamespaces() {
	seen := map[api.Action]map[string]bool{}
	for a := range f.needs {
		wide := a
		wide.Namespace = ""
		if a.Namespace == "" || a.Path != "" {
			continue
		}
		if seen[wide] == nil {
			seen[wide] = map[string]bool{}
		}
		seen[wide][a.Namespace] = true
	}
	for _, wide := range slices.SortedFunc(maps.Keys(seen), api.Action.Compare) {
		if len(seen[wide]) > 1 {
			f.want(wide, becauseNamespaces)
		}
	}
}
