package render

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// RoleAnswers print what there is to know about roles beside their YAML: of each set, then
// what is so of all. The error is that of w.
func RoleAnswers(w io.Writer, sets []*api.RoleSet, opts Options) error {
	s := newScreen(opts)
	for i, set := range sets {
		if i > 0 {
			s.write(nil)
		}
		s.roleAnswer(set)
	}
	if len(sets) > 1 {
		s.write(nil)
	}
	if len(sets) > 0 {
		a := sets[0].Answer
		window := a.Window.Words()
		if a.Window.From != "" && len(a.Gaps) == 0 {
			window += ", no gap"
		}
		s.facts(append([]noted{{"window", []string{window}}}, sourceFacts(a)...)...)
	}
	s.next(sets)
	return printScreen(w, s)
}

func (s *screen) roleAnswer(set *api.RoleSet) {
	a := set.Answer
	head := line{{bold, s.text(roleNames(set))}}
	if len(set.Roles) > 0 {
		head = append(head, span{plain, s.text(fmt.Sprintf(": %s, %s added, %d excess",
			observedWords(a.Proof.Observed, "use"), number(len(a.Proof.Added)), len(a.Proof.Excess)))})
	}
	s.flow(head)
	s.fact("seen", []string{seenWords(a)})
	s.fact("added", answerAdded(a).capped().texts)
	s.fact("denied", includeWords(deniedWords(&a.Proof, "not granted")).texts)
	s.facts(answerLeftOut(a), inexpressibleWords(&a.Proof), answerUncreated(a), answerMade(a))
	if a.Unlimited != "" {
		s.fact("no limit", []string{a.Unlimited})
	}
	s.inForce(a)
	s.facts(noted{"replaces", a.Replaced})
	if len(a.Others) > 0 {
		s.fact("shared", []string{refWords(a.Others) + " acts as it too: an account of its own for each is narrower"})
	}
}

// seenWords is how much was seen, and when something was seen for the first time last.
func seenWords(a *api.RoleAnswer) string {
	text := counted(int(a.Requests), "request") + startWords(a)
	if a.LastNew != "" {
		text += "; last new use " + a.LastNew
	}
	return text
}

// roleNames are those of a set, or that there are none.
func roleNames(set *api.RoleSet) string {
	var names []string
	for i := range set.Roles {
		names = append(names, set.Roles[i].Words())
	}
	p := &set.Answer.Proof
	switch {
	case len(names) > 0:
	case len(p.Inexpressible) > 0:
		return p.Subject + " gets no role: what it did cannot be written as one"
	case len(p.LeftOut) == 0 && len(p.Denied) > 0:
		return p.Subject + " gets no role: nothing that it tried was allowed"
	default:
		return p.Subject + " needs no role"
	}
	return strings.Join(someMore(names), ", ")
}

// answerAdded are what was added, together with what has the same reason.
func answerAdded(a *api.RoleAnswer) noted {
	byReason := map[string][]string{}
	for _, u := range a.Proof.Added {
		byReason[u.Reason] = append(byReason[u.Reason], u.Use)
	}
	f := noted{label: "added"}
	for _, reason := range slices.Sorted(maps.Keys(byReason)) {
		f.texts = append(f.texts, strings.Join(someMore(byReason[reason]), "; ")+" ("+reason+")")
	}
	return f
}

// answerLeftOut are what everybody may do, by the role that lets them.
func answerLeftOut(a *api.RoleAnswer) noted {
	byRole := map[string][]string{}
	for _, u := range a.Proof.LeftOut {
		byRole[u.By] = append(byRole[u.By], u.Use+" "+number(int(u.Count))+"x")
	}
	f := noted{label: "left out"}
	for _, role := range slices.Sorted(maps.Keys(byRole)) {
		f.texts = append(f.texts, strings.Join(someMore(byRole[role]), ", ")+": "+role+" grants it to every account")
	}
	return f.capped()
}

func answerUncreated(a *api.RoleAnswer) noted {
	if len(a.Uncreated) == 0 {
		return noted{}
	}
	return noted{"not seen", []string{strings.Join(someMore(a.Uncreated), "; ") + ": it applied what was there already"}}
}

func answerMade(a *api.RoleAnswer) noted {
	if len(a.Made) == 0 {
		return noted{}
	}
	return noted{"made", []string{"it made " + strings.Join(someMore(a.Made), ", ") +
		" itself: a role there can be applied once the namespace is there, and goes with it (--widen namespaces grants it in all)"}}
}

// inForce says what stays granted.
func (s *screen) inForce(a *api.RoleAnswer) {
	f := noted{label: "in force"}
	for _, b := range a.InForce {
		if b.Conflict {
			f.texts = append(f.texts, b.Binding.From("")+" is in the way: it refers to another role, which apply cannot change; delete it first")
		}
		f.texts = append(f.texts, b.Binding.From("")+" still grants "+strings.Join(someMore(b.More), "; "))
	}
	f = f.capped()
	if len(a.InForce) > 0 {
		f.texts = append(f.texts, "RBAC adds up: nothing is narrower until it goes")
	}
	if a.Unread != "" {
		f.texts = append(f.texts, string(s.unknown)+" unknown: "+a.Unread)
	}
	s.fact(f.label, f.texts)
}

// next is what to do with the roles. A binding that names others too is not to be deleted.
func (s *screen) next(sets []*api.RoleSet) {
	granted := false
	var before, after []string
	for _, set := range sets {
		granted = granted || len(set.Roles) > 0
		for _, b := range set.Answer.InForce {
			remove := "kubectl delete " + strings.ToLower(b.Binding.Kind) + " " + b.Binding.Name + inNamespace(b.Binding.Namespace)
			switch {
			case !b.Alone || !isWord(b.Binding.Name):
			case b.Conflict:
				before = append(before, remove)
			default:
				after = append(after, remove)
			}
		}
	}
	if !granted {
		return
	}
	s.flow(s.said("Next: " + strings.Join(append(append(before, "kubectl apply -f FILE"), after...), ", then ")))
}

func inNamespace(namespace string) string {
	if namespace == "" {
		return ""
	}
	return " -n " + namespace
}
