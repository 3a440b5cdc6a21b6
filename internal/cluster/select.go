package cluster

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// AddAll puts loaded objects into the inventory and returns those that cannot be judged.
func (inv *Inventory) AddAll(objects []Object) []Problem {
	var problems []Problem
	for _, o := range objects {
		if err := inv.Add(o.Object, o.GVK, o.Source); err != nil {
			problems = append(problems, problemAt(o.Source, err))
		}
		inv.refusePolicies(o)
	}
	return problems
}

// problemAt finds the line of the field that an error is about.
func problemAt(source workload.Source, err error) Problem {
	p := Problem{File: source.File, Line: source.Line, Err: err}
	if field, ok := errors.AsType[*fieldError](err); ok && source.LineOf != nil {
		p.Line = source.LineOf(field.path)
	}
	return p
}

// ForgetFacts drops what was asked of a server that did not answer.
func (inv *Inventory) ForgetFacts() {
	inv.Server, inv.SeccompDefault, inv.Unread = "", workload.FactAbsent, nil
}

// Select finds the workloads that files hold by target or label; nil stands for all. The
// errors are the targets that no file has.
func (inv *Inventory) Select(targets []Target, selector string) ([]api.Ref, []error) {
	targets, pages := splitTargets(targets)
	if len(targets) == 0 && len(pages) == 0 {
		return inv.matching(selector), nil
	}
	refs := []api.Ref{}
	var missing []error
	for _, t := range targets {
		found := inv.find(t)
		if len(found) == 0 && t.Name != "" {
			missing = append(missing, fmt.Errorf("%s/%s is not in the files", t.Type, t.Name))
		} else if len(found) == 0 {
			missing = append(missing, fmt.Errorf("the files hold no %s", t.Type))
		}
		for _, ref := range found {
			inv.ask(ref)
			for _, key := range inv.topsOf(keyOf(ref)) {
				if top := inv.refOf(key); !slices.Contains(refs, top) {
					refs = append(refs, top)
				}
			}
		}
	}
	if matching := inv.matching(selector); matching != nil {
		refs = slices.DeleteFunc(refs, func(r api.Ref) bool { return !slices.Contains(matching, r) })
	}
	return refs, missing
}

// ask notes that an object was named, so that it is judged even when it has ended.
func (inv *Inventory) ask(ref api.Ref) {
	if o := inv.owners[keyOf(ref)]; o != nil {
		o.asked = true
	}
}

// find lists the objects of the inventory that a target names.
func (inv *Inventory) find(t Target) []api.Ref {
	var refs []api.Ref
	for _, key := range inv.keys() {
		if (t.Name == "" || t.Name == key.name) && isType(key, t.Type) {
			refs = append(refs, inv.refOf(key))
		}
	}
	return refs
}

// isType takes a TYPE without discovery: of a custom kind its name, singular or with an s.
func isType(key ownerKey, name string) bool {
	name = strings.ToLower(name)
	for _, k := range builtinKinds() {
		if k.gvk.Group == key.group && k.gvk.Kind == key.kind {
			return k.named(name)
		}
	}
	name, _, _ = strings.Cut(name, ".")
	singular := strings.ToLower(key.kind)
	return name == singular || name == singular+"s"
}

// matching are the workloads whose own labels a selector selects; nil without a selector.
func (inv *Inventory) matching(text string) []api.Ref {
	selector, err := labels.Parse(text)
	if err != nil || selector.Empty() {
		return nil
	}
	refs := []api.Ref{}
	for _, w := range inv.Workloads() {
		if selector.Matches(labels.Set(w.Meta.Labels)) {
			refs = append(refs, w.Ref)
		}
	}
	return refs
}
