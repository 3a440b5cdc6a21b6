package render

import (
	"bytes"
	"io"
	"slices"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// PolicyFormats are those that Policies knows.
func PolicyFormats() []string { return manifestFormats() }

// ValidatePolicyFormat tells, before anything is worked out, whether Policies can print a format.
func ValidatePolicyFormat(format string) error { return validateManifestFormat(format) }

// Policies prints policies of their flavours that can be applied, those of defaults where their sets stand:
// as YAML with the evidence for each rule, else as a List. A workload without a policy leaves
// nothing. Of the run, which may be nil, it tells the window. An error is that of the format or
// of a write.
func Policies(out io.Writer, sets []*api.PolicySet, run *api.PolicyRun, opts Options) error {
	objects := func() []any {
		objects := []any{}
		for _, set := range sets {
			objects = append(objects, policyObjects(set)...)
		}
		return objects
	}
	return printManifests(out, objects, func(b *bytes.Buffer, flush func()) { writePolicySets(b, flush, sets, run) }, opts)
}

// policyObject is a policy as it is written.
type policyObject struct {
	APIVersion string                         `json:"apiVersion"`
	Kind       string                         `json:"kind"`
	Metadata   manifestMeta                   `json:"metadata"`
	Spec       networkingv1.NetworkPolicySpec `json:"spec"`
}

func policyObjects(set *api.PolicySet) []any {
	var objects []any
	for i := range set.Policies {
		d := &set.Policies[i]
		if d.Flavor == api.FlavorCilium {
			objects = append(objects, d.Cilium())
			continue
		}
		o := d.Object()
		objects = append(objects, policyObject{o.APIVersion, o.Kind, manifestMeta{o.Name, o.Namespace}, o.Spec})
	}
	return objects
}

// writePolicySets writes YAML with the comments of each set above its first policy. Those of a
// set without one go to the next.
func writePolicySets(b *bytes.Buffer, flush func(), sets []*api.PolicySet, run *api.PolicyRun) {
	var comments []string
	var window []noted
	if run != nil {
		window = []noted{newPolicyAnswers(sets, run).window()}
	}
	var parts []func(*bytes.Buffer)
	for _, set := range sets {
		comments = append(comments, set.Comment...)
		if len(set.Policies) == 0 {
			continue
		}
		later, above, first := len(parts) > 0, comments, window
		parts = append(parts, func(b *bytes.Buffer) {
			if later {
				b.WriteString(nextDocument)
			}
			writeComments(b, "", append(above, labelled(append(first, policyFacts(set)...))...))
			writeSet(b, set)
		})
		comments, window = nil, nil
	}
	writeInTurn(b, flush, parts)
	writeComments(b, "", append(comments, labelled(window)...))
}

func writeSet(b *bytes.Buffer, set *api.PolicySet) {
	for i := range set.Policies {
		if i > 0 {
			b.WriteString(nextDocument)
		}
		writePolicy(b, &set.Policies[i])
	}
}

func writeComments(b *bytes.Buffer, indent string, comments []string) {
	for _, c := range comments {
		writeComment(b, indent, c)
	}
}

// policyFacts are the evidence above the policies of a set.
func policyFacts(set *api.PolicySet) []noted {
	a := set.Answer
	if a == nil {
		return []noted{isolatedWords(set)}
	}
	open := noted{label: "open"}
	for _, o := range a.Open {
		open.texts = append(open.texts, strings.ToLower(string(o.Direction))+": "+o.Reason)
	}
	return []noted{
		{"proof", []string{policyCounts(&a.Proof)}}, {"isolates", []string{isolatesWords(set)}}, open,
		deniedWords(&a.Proof, "not allowed"), inexpressibleWords(&a.Proof),
	}
}

// policyCounts are the counts of a proof. What stands on configuration alone says so.
func policyCounts(p *api.SubjectProof) string {
	if p.Observed > 0 || len(notConfigured(p.Added)) == len(p.Added) {
		return countWords(p, "edge")
	}
	return "nothing observed, " + number(len(p.Added)) + " added, " + number(len(p.Excess)) + " excess"
}

// isolatesWords are the directions that the policies of a set close, and what closed them before.
func isolatesWords(set *api.PolicySet) string {
	a, closing := set.Answer, closedBy(set)
	var open, replaced, closed []networkingv1.PolicyType
	for _, t := range closing {
		switch {
		case !slices.Contains(a.Closes, t):
			closed = append(closed, t)
		case slices.Contains(a.ClosedBefore, t):
			replaced = append(replaced, t)
		default:
			open = append(open, t)
		}
	}
	text, by := directions(closing, " and ")+" of "+a.Workload.Name, "closed before by "+a.Replaces+", which this replaces"
	switch {
	case len(replaced) == 0:
	case len(replaced) == len(closing):
		return text + ", " + by
	case len(open) > 0:
		return text + "; " + directions(open, " and ") + " open before, " + directions(replaced, " and ") + " " + by
	default:
		return text + "; " + directions(closed, " and ") + " closed by others, " + directions(replaced, " and ") + " " + by
	}
	switch {
	case len(open) == 0:
		return text + ", closed by other policies before"
	case len(closed) > 0:
		return text + "; " + directions(open, " and ") + " open before, " + directions(closed, " and ") + " closed by others"
	case len(open) > 1:
		return text + ", both open before"
	}
	return text + ", open before"
}

// closedBy are the directions that the policies of a set close, ingress first.
func closedBy(set *api.PolicySet) []networkingv1.PolicyType {
	var types []networkingv1.PolicyType
	for i := range set.Policies {
		types = append(types, set.Policies[i].Types...)
	}
	slices.Sort(types)
	types = slices.Compact(types)
	slices.Reverse(types) // Ingress stands before Egress everywhere
	return types
}

// directions are their names as words.
func directions(types []networkingv1.PolicyType, between string) string {
	var words []string
	for _, t := range types {
		words = append(words, strings.ToLower(string(t)))
	}
	return strings.Join(words, between)
}
