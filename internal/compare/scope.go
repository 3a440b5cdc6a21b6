package compare

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// common narrows both sides to what both were asked for. The error says that they have nothing in
// common. Notes say what of the new side the old one says nothing of.
func common(was, now *Posture) (w, n *Posture, notes []string, err error) {
	w, n = was.clone(), now.clone()
	if now.empty() && !was.empty() && !slices.ContainsFunc(was.workloads, func(o workload) bool { return now.hidden(o.ref) != "" }) {
		return nil, nil, nil, fmt.Errorf("%s has no workload, and %s has: check the file, the namespace and the selector", now.Name, was.Name)
	}
	spaces, everywhere, err := sharedNamespaces(was, now)
	if err != nil {
		return nil, nil, nil, err
	}
	keep := func(ref api.Ref) bool {
		name := ref.Namespace
		if ref.Kind == "Namespace" {
			name = ref.Name
		}
		return !slices.Contains(was.Scope.Excluded, name) && !slices.Contains(now.Scope.Excluded, name) &&
			(everywhere || name == "" || slices.Contains(spaces, name))
	}
	left := n.keep(keep)
	w.keep(keep)
	named := func(p *Posture) bool { return len(p.Scope.Targets) > 0 || p.Scope.Selector != "" }
	same := slices.Equal(set(was.Scope.Targets), set(now.Scope.Targets)) && was.Scope.Selector == now.Scope.Selector
	fromFiles := func(p *Posture) bool { return len(p.Scope.Files) > 0 }
	if named(was) && !same || fromFiles(was) && !fromFiles(now) {
		left = append(left, n.keep(w.holder())...)
		if len(n.workloads) == 0 && len(w.workloads) > 0 {
			return nil, nil, nil, fmt.Errorf("%s is of %s, of which %s has nothing", was.Name, scopeText(was.Scope), now.Name)
		}
	}
	if named(now) && !same || fromFiles(now) && !fromFiles(was) {
		w.keep(n.holder())
	}
	if (named(was) || named(now)) && !same {
		w.quiet()
		n.quiet()
	}
	if !named(now) && !fromFiles(now) && apart(w, n) {
		return nil, nil, nil, fmt.Errorf("%s and %s have no workload in common: another cluster, or another namespace", was.Name, now.Name)
	}
	left = slices.DeleteFunc(left, func(ref api.Ref) bool {
		return ref.Kind == "Namespace" || slices.Contains(now.Scope.Excluded, ref.Namespace)
	})
	if len(left) > 0 {
		notes = append(notes, fmt.Sprintf("%s is of %s: it says nothing of %s", was.Name, scopeText(was.Scope), someRefs(left)))
	}
	return w, n, notes, nil
}

// empty tells a posture without a workload: namespaces are none.
func (p *Posture) empty() bool {
	return !slices.ContainsFunc(p.workloads, func(w workload) bool { return w.ref.Kind != "Namespace" })
}

// quiet drops the findings of namespaces, which are judged by the workloads that were looked at.
func (p *Posture) quiet() {
	for i := range p.workloads {
		if p.workloads[i].ref.Kind == "Namespace" {
			p.workloads[i].findings = nil
		}
	}
}

func (p *Posture) clone() *Posture {
	out := *p
	out.workloads = slices.Clone(p.workloads)
	return &out
}

// keep drops the workloads that are not wanted, and returns them.
func (p *Posture) keep(wanted func(api.Ref) bool) (dropped []api.Ref) {
	p.workloads = slices.DeleteFunc(p.workloads, func(w workload) bool {
		if wanted(w.ref) {
			return false
		}
		dropped = append(dropped, w.ref)
		return true
	})
	return dropped
}

// holder tells whether a posture has a workload.
func (p *Posture) holder() func(api.Ref) bool {
	there := make(map[api.Ref]bool, len(p.workloads))
	for i := range p.workloads {
		there[sameObject(p.workloads[i].ref)] = true
	}
	return func(ref api.Ref) bool { return there[sameObject(ref)] }
}

// apart tells two sides that both have workloads, and no common one.
func apart(w, n *Posture) bool {
	if len(w.workloads) == 0 || len(n.workloads) == 0 {
		return false
	}
	holds := w.holder()
	return !slices.ContainsFunc(n.workloads, func(one workload) bool { return holds(one.ref) })
}

// sharedNamespaces are those that both sides look at; everywhere where neither is limited.
func sharedNamespaces(was, now *Posture) (names []string, everywhere bool, err error) {
	limited := func(s api.Scope) bool { return !s.AllNamespaces && len(s.Namespaces) > 0 }
	switch a, b := was.Scope, now.Scope; {
	case !limited(a) && !limited(b):
		return nil, true, nil
	case !limited(a):
		return b.Namespaces, false, nil
	case !limited(b):
		return a.Namespaces, false, nil
	default:
		for _, name := range a.Namespaces {
			if slices.Contains(b.Namespaces, name) {
				names = append(names, name)
			}
		}
		if len(names) == 0 {
			return nil, false, fmt.Errorf("%s is of %s, and %s of %s", was.Name, scopeText(a), now.Name, scopeText(b))
		}
		return names, false, nil
	}
}

// scopeText is a scope in a few words.
func scopeText(s api.Scope) string {
	var parts []string
	switch {
	case len(s.Targets) > 0:
		parts = append(parts, strings.Join(s.Targets, ", "))
	case s.Selector != "":
		parts = append(parts, "workloads "+s.Selector)
	}
	switch {
	case len(s.Files) > 0:
		parts = append(parts, strings.Join(s.Files, ", "))
	case s.AllNamespaces:
		parts = append(parts, "all namespaces")
	case len(s.Namespaces) == 1:
		parts = append(parts, "namespace "+s.Namespaces[0])
	case len(s.Namespaces) > 1:
		parts = append(parts, "namespaces "+strings.Join(s.Namespaces, ", "))
	}
	return strings.Join(parts, " of ")
}

func someRefs(refs []api.Ref) string {
	const most = 3
	var names []string
	for i, ref := range refs {
		if i == most {
			return fmt.Sprintf("%s and %d more", strings.Join(names, ", "), len(refs)-most)
		}
		names = append(names, ref.From(""))
	}
	return strings.Join(names, ", ")
}
