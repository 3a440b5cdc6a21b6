package netpol_test

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
	"github.com/kubectl-harden/kubectl-harden/internal/netpol/netpoltest"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

// The cases that a run compares with other engines, and the questions of each.
const (
	cases            = 10_000
	questionsPerCase = 10
)

type asked struct {
	netpoltest.World
	Questions []netpoltest.Question `json:"questions"`
}

type answers struct {
	Analyzer []string `json:"analyzer"`
	Cyclonus []string `json:"cyclonus"`
}

// newRandom is another one in each run; NETPOL_SEED repeats a run.
func newRandom(t *testing.T) *rand.Rand {
	t.Helper()
	random, seed, err := netpoltest.NewRandom(os.Getenv("NETPOL_SEED"))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("to repeat: NETPOL_SEED=%s", seed)
	return random
}

func objectsOf(w netpoltest.World) netpol.Objects {
	return netpol.Objects{Policies: w.Policies, Namespaces: w.Namespaces, Pods: w.Pods, Whole: true}
}

// TestAgreesWithEngines compares decisions with two engines that are made by others. They
// differ by design in one thing, whether an ipBlock selects pods: netpol-analyzer says never,
// cyclonus by their addresses. What that decides is Depends here, and must be what the two
// disagree about.
func TestAgreesWithEngines(t *testing.T) {
	others := testkit.StartEngine(t, "netpol")
	random := newRandom(t)
	count := map[string]int{}
	for range cases {
		maker := netpoltest.Maker{Dice: random}
		a := asked{World: maker.World()}
		for range questionsPerCase {
			a.Questions = append(a.Questions, maker.Question(a.World))
		}
		var theirs answers
		others.Ask(t, a, &theirs)
		if len(theirs.Analyzer) != len(a.Questions) || len(theirs.Cyclonus) != len(a.Questions) {
			t.Fatalf("%d and %d answers", len(theirs.Analyzer), len(theirs.Cyclonus))
		}
		n := netpol.New(objectsOf(a.World))
		for i, q := range a.Questions {
			ours := answerTo(t, n, a.World, q)
			if !agrees(ours, theirs.Analyzer[i], theirs.Cyclonus[i]) {
				failing, err := json.MarshalIndent(asked{a.World, a.Questions[i : i+1]}, "", " ")
				t.Fatalf("here %s, netpol-analyzer %s, cyclonus %s\n%s %v", ours.Allowed, theirs.Analyzer[i], theirs.Cyclonus[i], failing, err)
			}
			tested(count, q, ours)
		}
	}
	total := cases * questionsPerCase
	t.Logf("%d decisions of %d cases: %v", total, cases, count)
	for _, sort := range []string{"yes", "no", "depends", "by a rule of egress", "by a rule of ingress", "no rule", "from outside", "to outside", "TCP", "UDP", "SCTP"} {
		if 100*count[sort] < total {
			t.Errorf("%d of %d decisions are of the sort %q", count[sort], total, sort)
		}
	}
}

func agrees(ours netpol.Answer, analyzer, cyclonus string) bool {
	switch {
	case cyclonus == "-":
		return string(ours.Allowed) == analyzer
	case ours.Allowed == netpol.Depends:
		return analyzer == "no" && cyclonus == "yes"
	}
	return string(ours.Allowed) == analyzer && analyzer == cyclonus
}

func answerTo(t testing.TB, n *netpol.Network, w netpoltest.World, q netpoltest.Question) netpol.Answer {
	t.Helper()
	port, err := netpol.Port(q.Protocol, q.Port)
	if err != nil {
		t.Fatal(err)
	}
	objects := objectsOf(w)
	return n.Reach(peer(t, objects, q.From), peer(t, objects, q.To), port)
}

// tested counts what a decision has tested.
func tested(count map[string]int, q netpoltest.Question, a netpol.Answer) {
	count[string(a.Allowed)]++
	count[string(q.Protocol)]++
	if !strings.Contains(q.From, "/") {
		count["from outside"]++
	}
	if !strings.Contains(q.To, "/") {
		count["to outside"]++
	}
	if len(a.Egress) > 0 && a.Egress[0].Reason == netpol.ReasonRule {
		count["by a rule of egress"]++
	}
	if len(a.Ingress) > 0 && a.Ingress[0].Reason == netpol.ReasonRule {
		count["by a rule of ingress"]++
	}
	if len(a.Ingress) > 0 && a.Ingress[0].Reason == netpol.ReasonNoRule {
		count["no rule"]++
	}
}
