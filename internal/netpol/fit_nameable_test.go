package netpol_test

import (
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

// acceptable: the API server takes all selectors that were written.
func acceptable(t *testing.T, sets []api.PolicySet) {
	t.Helper()
	check := func(s *metav1.LabelSelector) {
		if s == nil {
			return
		}
		if errs := validation.ValidateLabelSelector(s, validation.LabelSelectorValidationOptions{}, field.NewPath("selector")); len(errs) > 0 {
			t.Fatalf("%v in\n%s", errs, setsText(sets))
		}
	}
	for i := range sets {
		for j := range sets[i].Policies {
			d := &sets[i].Policies[j]
			check(&d.PodSelector)
			for _, r := range append(d.Ingress, d.Egress...) {
				for _, p := range r.Peers {
					check(p.PodSelector)
					check(p.NamespaceSelector)
				}
			}
		}
	}
}

// TestFitWritesAcceptableSelectors: whatever labels, names and selectors are, also those of name
// servers and of the workloads that are read.
func TestFitWritesAcceptableSelectors(t *testing.T) {
	texts := []string{"", "a b", "a/b/c", "/a", "-a", "a-", "ü", strings.Repeat("a", 64), strings.Repeat("a.", 127) + "/a", "example.com/x", "x"}
	for _, hostile := range testkit.HostileStrings() {
		texts = append(texts, hostile.Value)
	}
	web, ghost := refOf("deploy/web"), refOf("deploy/ghost")
	for _, text := range texts {
		for _, labels := range []map[string]string{{text: "x"}, {"x": text}, {text: text}, {"app": "web", "x": text}} {
			for _, namespace := range []string{"shop", "ops", text} {
				c := readFitCase(t, "workload deploy/web app=web ports:=TCP/80\nworkload ops/deploy/odd app=odd ports:=TCP/80\noption ingress egress\ndns selector:=k8s-app=dns\n")
				odd := &c.in.Workloads[1]
				odd.Selector.MatchLabels, odd.Pods[0].Labels, odd.Ref.Namespace, odd.Pods[0].Namespace = labels, labels, namespace, namespace
				ghost.Namespace, c.in.DNS[0].Namespace, c.in.DNS[0].Selector.MatchLabels = namespace, namespace, labels
				for _, other := range []api.EdgeEnd{{Kind: api.EndWorkload, Workload: &ghost, Labels: labels}, {Kind: api.EndWorkload, Workload: &odd.Ref}} {
					own := api.EdgeEnd{Kind: api.EndWorkload, Workload: &web}
					c.edges = append(c.edges, api.Edge{Client: own, Server: other, Protocol: "TCP", Port: 80, Count: 1, Answered: true}, api.Edge{Client: other, Server: own, Protocol: "TCP", Port: 80, Count: 1, Answered: true})
				}
				c.subjects = []api.Ref{web, odd.Ref}
				sets, err := netpol.Fit(&c.in, c.edges, c.subjects, c.opts)
				if err != nil {
					t.Fatalf("%q: %v", text, err)
				}
				acceptable(t, sets)
			}
		}
	}
}
