package render

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

func printPolicyAnswers(t *testing.T, sets []*api.PolicySet, run *api.PolicyRun, opts Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := PolicyAnswers(&b, sets, run, opts); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// policyCases are what PolicyAnswers is shown for.
func policyCases() map[string]struct {
	sets []*api.PolicySet
	run  *api.PolicyRun
} {
	nothing := []*api.PolicySet{without(deployment("cart"), "nothing was observed"), without(deployment("mail"), "nothing was observed")}
	unread := &api.PolicyRun{Namespace: "shop", Sources: []api.ObservedSource{{Name: "flows.json", Format: api.FormatUnread}}, Blind: []string{"flows.json was not read, so nothing that it alone holds is known: no flows"}}
	return map[string]struct {
		sets []*api.PolicySet
		run  *api.PolicyRun
	}{
		"cart": {[]*api.PolicySet{cartSet()}, flowsRun("shop")}, "shop": {shopSets(), flowsRun("shop")},
		"nothing": {nothing, unread}, "hostile": {hostileSets("a\x1b[2J\n# b\u202e" + strings.Repeat("界", 3)), flowsRun("shop")},
		"many": {manySets(400), flowsRun("")}, "configured": {configuredSets(), staticRun()},
		"configured-one": {configuredSets()[:1], staticRun()}, "gaps": {gapSets(), flowsRun("shop")}, "gaps-one": {gapSets()[:1], flowsRun("shop")},
	}
}

// manySets are workloads of two namespaces, each with a reason of its own for much.
func manySets(n int) []*api.PolicySet {
	var sets []*api.PolicySet
	for i := range n {
		set := simpleSet(fmt.Sprintf("app-%03d", i), both(), 12, 1204, dnsUses()...)
		a := set.Answer
		a.Workload.Namespace = []string{"shop", "pay"}[i%2]
		a.Notes = []string{"a note", fmt.Sprintf("note %d", i)}
		a.Open = []api.OpenDirection{{Direction: outbound, Reason: fmt.Sprintf("reason %d", i)}, {Direction: inbound, Reason: "nothing was observed"}}
		for k := range n {
			a.Proof.Denied = append(a.Proof.Denied, api.CountedUse{Use: fmt.Sprintf("TCP %d of 198.51.100.9", k), Count: int64(i)})
		}
		a.InForce = []api.PolicyInForce{{Policy: api.Ref{Kind: "NetworkPolicy", Namespace: "shop", Name: fmt.Sprintf("p%d", i)}, More: []string{"a", "b", "c", "d", "e", "f"}}}
		sets = append(sets, set)
	}
	return sets
}

func TestPolicyAnswersGolden(t *testing.T) {
	for name, c := range policyCases() {
		var b strings.Builder
		for _, v := range []struct {
			name string
			opts Options
		}{{"80 columns", Options{Width: 80}}, {"120 columns, ASCII", Options{Width: 120, ASCII: true}}, {"pipe", Options{}}} {
			fmt.Fprintf(&b, "--- %s\n%s", v.name, printPolicyAnswers(t, c.sets, c.run, v.opts))
		}
		golden(t, "policy-answers-"+name, b.String())
	}
}

// TestPolicyAnswersBounded: many workloads do not make a long answer.
func TestPolicyAnswersBounded(t *testing.T) {
	printed := printPolicyAnswers(t, manySets(400), flowsRun(""), Options{Width: 80})
	if lines := strings.Count(printed, "\n"); lines > 150 {
		t.Errorf("%d lines\n%s", lines, printed)
	}
	for _, want := range []string{"2 namespaces: 400 policies for 400 workloads; all 4,800 observed uses allowed, 160,000 denied, 800 added, 0 excess", "388 more (--proof FILE)", "now 481,600 → after 5,600, of them 4,800 needed"} {
		if !strings.Contains(strings.Join(strings.Fields(printed), " "), want) {
			t.Errorf("no %q in\n%s", want, printed)
		}
	}
}

// TestPolicyAnswersOrder: the answer is the same in whatever order the sets come.
func TestPolicyAnswersOrder(t *testing.T) {
	sets := shopSets()
	want := printPolicyAnswers(t, sets, flowsRun("shop"), Options{})
	last := len(sets) - 1
	slices.Reverse(sets[:last])
	if got := printPolicyAnswers(t, sets, flowsRun("shop"), Options{}); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestPolicyAnswersHostile: nothing that was read steers the terminal or begins a line.
func TestPolicyAnswersHostile(t *testing.T) {
	for _, h := range testkit.HostileStrings() {
		run := flowsRun(h.Value)
		run.Window, run.Blind = api.Window{From: h.Value + "w"}, []string{h.Value}
		run.Sources[0].Name, run.Sources[0].Unclear = h.Value, map[string]int64{h.Value: 1}
		for _, opts := range []Options{{}, {Width: 80}, {Width: 80, ASCII: true}} {
			testkit.CheckHarmless(t, "text", printPolicyAnswers(t, hostileSets(h.Value), run, opts))
			printed := printPolicyAnswers(t, hostileSets(h.Value)[:1], run, opts)
			testkit.CheckHarmless(t, "text", printed)
			for l := range strings.SplitSeq(printed, "\n") {
				if w := text(l).width(); opts.Width > 0 && w > opts.Width {
					t.Errorf("%s: a line of %d cells: %s", h.Name, w, l)
				}
				if strings.TrimFunc(l, func(r rune) bool { return r < 0x80 }) != "" && opts.ASCII {
					t.Errorf("%s: not ASCII: %s", h.Name, l)
				}
			}
		}
	}
}

func TestPolicyAnswersVerdict(t *testing.T) {
	both := []*api.PolicySet{cartSet(), simpleSet("mail", both(), 1, 9)}
	other := cartSet()
	other.Answer.Workload.Kind = "StatefulSet"
	for want, got := range map[string]*policyAnswers{
		"NetworkPolicy shop/cart: all 3 observed uses allowed, 2 added, 0 excess":                 newPolicyAnswers(both[:1], flowsRun("shop")),
		"shop: 2 policies for 2 workloads; all 4 observed uses allowed, 2 added, 0 excess":        newPolicyAnswers(both, flowsRun("shop")),
		"1 namespace: 2 policies for 2 workloads; all 4 observed uses allowed, 2 added, 0 excess": newPolicyAnswers(both, flowsRun("")),
		"shop: no policy for 0 workloads; nothing observed":                                       newPolicyAnswers(nil, flowsRun("shop")),
		"Deployment shop/cart gets no policy: it is gone":                                         newPolicyAnswers([]*api.PolicySet{without(deployment("cart"), "it is gone")}, flowsRun("shop")),
		"shop: no policy for 1 workload and 1 default; nothing observed":                          newPolicyAnswers([]*api.PolicySet{without(deployment("cart"), "it is gone"), {Policies: make([]api.PolicyDraft, 1)}}, flowsRun("shop")),
	} {
		if got.verdict() != want {
			t.Errorf("got %q, want %q", got.verdict(), want)
		}
	}
	names := newPolicyAnswers([]*api.PolicySet{cartSet(), other, both[1]}, flowsRun("shop")).names
	if !slices.Equal(names, []string{"deploy/cart", "sts/cart", "mail"}) {
		t.Error(names)
	}
	if names := newPolicyAnswers(both, flowsRun("")).names; !slices.Equal(names, []string{"shop/cart", "shop/mail"}) {
		t.Error(names)
	}
}

func TestJoinPorts(t *testing.T) {
	got := joinPorts([]string{"UDP 53 of a from b", "ICMP", "TCP 80 from b", "TCP 53 of a from b", "ICMPv6"})
	if want := []string{"ICMP", "ICMPv6", "TCP 53, UDP 53 of a from b", "TCP 80 from b"}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

// TestPolicyAnswersNext: the next command is there only where it changes something.
func TestPolicyAnswersNext(t *testing.T) {
	for want, sets := range map[string][]*api.PolicySet{
		"": {without(deployment("cart"), "nothing was observed")}, "Next: kubectl apply -f FILE\n": {cartSet()},
		"Next: kubectl apply -f FILE (in its order: what closes the rest comes last)\n": shopSets(),
	} {
		printed := printPolicyAnswers(t, sets, flowsRun("shop"), Options{})
		if _, next, _ := strings.Cut(printed, "Next: "); "Next: "+next != want && (want != "" || next != "") {
			t.Errorf("got %q, want %q", next, want)
		}
	}
}
