package render

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

// policyJudgement is that of edited policies of two workloads; text stands where others chose.
func policyJudgement(text string) *api.Judgement {
	refused := api.SubjectProof{
		Subject: "Deployment shop/checkout" + text, ProofCounts: api.ProofCounts{Observed: 15, Covered: 13, Coverage: 13.0 / 15, Granted: 14},
		Refused: []api.CountedUse{
			{Use: "TCP 8080 of deploy/mail" + text, Count: 343702, By: "edited.yaml:18 allows port 5000 alone" + text},
			{Use: "TCP 5050 from deploy/web", Count: 61, By: "NetworkPolicy checkout has no rule for it"},
		},
		Excess:  []api.ReasonedUse{{Use: "TCP 5000 of deploy/mail", Reason: "never seen" + text}},
		Denied:  []api.CountedUse{{Use: "TCP 53 of deploy/x", Count: 1204, By: "NetworkPolicy shop/deny refuses it today" + text}, {Use: "UDP 1 of deploy/x", Count: 1}},
		LeftOut: []api.CountedUse{{Use: "ICMP of deploy/web", Count: 3, By: "NetworkPolicies know TCP, UDP and SCTP alone" + text}},
		Tuples:  &api.Tuples{Needed: 15, Before: 1204, After: 14, OutsideBefore: "any address", OutsideAfter: "2 addresses" + text},
	}
	fits := proofOf("web", 5, nil)
	unjudged := proofOf("media", 4, nil)
	unjudged.Inexpressible = []api.ReasonedUse{{Use: "TCP 80 from deploy/gone", Reason: "the labels of its pods are not known" + text}}
	return &api.Judgement{
		Proof: api.Proof{Subjects: []api.SubjectProof{refused, fits, unjudged, proofOf("idle", 0, nil)}}, Files: []string{"edited.yaml" + text},
		Borrowed:     []string{"in place of NetworkPolicy shop/checkout" + text, "with 3 others in force"},
		Likely:       [][]api.ReasonedUse{{{Use: "asks for names", Reason: "no rule lets TCP 53 and UDP 53 to kube-system/deploy/coredns" + text}}},
		StillAllowed: [][]string{{"NetworkPolicy shop/old (TCP 80 from deploy/web)" + text}}, Notes: []string{"NetworkPolicy shop/x selects nothing" + text}, NotSeen: []string{"Deployment shop/mail" + text}, Blind: []string{"UDP peers" + text},
	}
}

func printPolicyJudgement(t *testing.T, j *api.Judgement, opts Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := PolicyJudgement(&b, j, opts); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestPolicyJudgementGolden(t *testing.T) {
	var b strings.Builder
	for _, opts := range []Options{{Format: "text", Width: 80}, {Format: "text", Width: 120, ASCII: true}, {Format: "text"}} {
		fmt.Fprintf(&b, "--- width %d\n%s", opts.Width, printPolicyJudgement(t, policyJudgement(""), opts))
	}
	golden(t, "policy-judgement", b.String())
}

// TestPolicyJudgementVerdict: the first word of each subject is its verdict.
func TestPolicyJudgementVerdict(t *testing.T) {
	printed := printPolicyJudgement(t, policyJudgement(""), Options{Format: "text"})
	var verdicts []string
	for l := range strings.SplitSeq(printed, "\n") {
		if word, _, _ := strings.Cut(l, " "); word == "yes" || word == "no" || word == "unknown" {
			verdicts = append(verdicts, word)
		}
	}
	if got := strings.Join(verdicts, " "); got != "no yes unknown yes" {
		t.Errorf("verdicts %s in\n%s", got, printed)
	}
	for _, word := range []string{"role", " use ", " uses "} {
		if strings.Contains(printed, word) {
			t.Errorf("policies are said to have a %q:\n%s", word, printed)
		}
	}
}

func TestPolicyJudgementHostile(t *testing.T) {
	for _, h := range testkit.HostileStrings() {
		for _, opts := range []Options{{Format: "text", Width: 80}, {Format: "text"}} {
			testkit.CheckHarmless(t, "text", printPolicyJudgement(t, policyJudgement(h.Value), opts))
		}
	}
}
