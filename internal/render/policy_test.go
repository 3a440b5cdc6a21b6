package render

import (
	"bytes"
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

func printPolicies(t *testing.T, sets []*api.PolicySet, run *api.PolicyRun, opts Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := Policies(&b, sets, run, opts); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestPoliciesGolden(t *testing.T) {
	cart := cartSet()
	cart.Comment = []string{"kubectl harden gen netpol deploy/cart --from flows.json"}
	for _, format := range PolicyFormats() {
		golden(t, "policies-cart-"+format, printPolicies(t, []*api.PolicySet{cart}, flowsRun("shop"), Options{Format: format}))
	}
	golden(t, "policies-shop", printPolicies(t, shopSets(), flowsRun("shop"), Options{Format: "yaml"}))
	golden(t, "policies-shapes", printPolicies(t, []*api.PolicySet{shapesSet()}, nil, Options{Format: "yaml"}))
}

// TestPoliciesNoneWritten: what gets no policy leaves nothing but the command that found out.
func TestPoliciesNoneWritten(t *testing.T) {
	set := without(deployment("cart"), "nothing was observed")
	set.Comment = []string{"kubectl harden gen netpol deploy/cart --from flows.json"}
	for format, want := range map[string]string{
		"yaml": "# kubectl harden gen netpol deploy/cart --from flows.json\n# window  2026-11-19T09:00:00Z to 2026-11-20T09:00:00Z\n",
		"json": "{\n    \"apiVersion\": \"v1\",\n    \"kind\": \"List\",\n    \"items\": []\n}\n",
	} {
		if got := printPolicies(t, []*api.PolicySet{set}, flowsRun("shop"), Options{Format: format}); got != want {
			t.Errorf("%s: %q", format, got)
		}
	}
	// The line of the command stands above the first document, whosever that is.
	got := printPolicies(t, []*api.PolicySet{set, cartSet()}, nil, Options{Format: "yaml"})
	if !strings.HasPrefix(got, "# kubectl harden gen netpol deploy/cart --from flows.json\n# proof     3 edges") || strings.Contains(got, nextDocument) {
		t.Error(got)
	}
}

// TestPoliciesWidth: a terminal changes nothing but what it cannot show.
func TestPoliciesWidth(t *testing.T) {
	want := printPolicies(t, shopSets(), flowsRun("shop"), Options{Format: "yaml"})
	for _, width := range []int{80, 120} {
		if got := printPolicies(t, shopSets(), flowsRun("shop"), Options{Format: "yaml", Width: width, ASCII: true, Color: true}); got != want {
			t.Errorf("width %d:\n%s", width, got)
		}
	}
}

func TestPolicyIsolates(t *testing.T) {
	for want, change := range map[string]func(*api.PolicySet){
		"ingress and egress of cart, both open before":                             func(*api.PolicySet) {},
		"egress of cart, open before":                                              func(s *api.PolicySet) { s.Policies[0].Types, s.Answer.Closes = both()[1:], both()[1:] },
		"ingress and egress of cart; egress open before, ingress closed by others": func(s *api.PolicySet) { s.Answer.Closes, s.Answer.Closed = both()[1:], both()[:1] },
		"ingress and egress of cart, closed by other policies before":              func(s *api.PolicySet) { s.Answer.Closes, s.Answer.Closed = nil, both() },
		"ingress and egress of cart, closed before by NetworkPolicy shop/cart, which this replaces": func(s *api.PolicySet) {
			s.Answer.Replaces, s.Answer.ClosedBefore = "NetworkPolicy shop/cart", both()
		},
		"ingress and egress of cart; egress open before, ingress closed before by NetworkPolicy shop/cart, which this replaces": func(s *api.PolicySet) {
			s.Answer.Replaces, s.Answer.ClosedBefore = "NetworkPolicy shop/cart", both()[:1]
		},
		"ingress and egress of cart; ingress closed by others, egress closed before by NetworkPolicy shop/cart, which this replaces": func(s *api.PolicySet) {
			s.Answer.Replaces, s.Answer.ClosedBefore, s.Answer.Closes, s.Answer.Closed = "NetworkPolicy shop/cart", both()[1:], both()[1:], both()[:1]
		},
		"ingress of cart, closed by other policies before": func(s *api.PolicySet) {
			s.Policies[0].Types, s.Answer.Closes, s.Answer.Closed = both()[:1], nil, both()
		},
	} {
		set := cartSet()
		change(set)
		if got := isolatesWords(set); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestPolicyFormats(t *testing.T) {
	for _, format := range []string{"yaml", "JSON", "kyaml"} {
		if err := ValidatePolicyFormat(format); err != nil {
			t.Error(err)
		}
	}
	if err := ValidatePolicyFormat("wide"); err == nil || err.Error() != `output format "wide" is none of yaml, json, kyaml` {
		t.Error(err)
	}
	if err := Policies(&bytes.Buffer{}, nil, nil, Options{Format: "wide"}); err == nil {
		t.Error("a format that is none was printed")
	}
}

// TestPoliciesComments: nothing gets out of a comment, wherever it comes from.
func TestPoliciesComments(t *testing.T) {
	clean := strings.Count(printPolicies(t, hostileSets("x"), flowsRun("shop"), Options{Format: "yaml"}), "\n")
	for _, h := range testkit.HostileStrings() {
		run := flowsRun(h.Value)
		run.Window.From = "w" + h.Value
		printed := printPolicies(t, hostileSets(h.Value), run, Options{Format: "yaml"})
		testkit.CheckHarmless(t, "yaml", printed)
		if got := strings.Count(printed, "\n"); got != clean {
			t.Errorf("%s: %d lines instead of %d\n%s", h.Name, got, clean, printed)
		}
	}
}
