package observation_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/observation"
)

// seen is one event, as a Set is told of it.
type seen struct {
	check    observation.Check
	evidence observation.Evidence
	pod      string
}

func tell(set *observation.Set, events []seen) {
	for i := range events {
		e := &events[i]
		set.Add(set.Entry(&e.check), e.evidence)
		set.User(e.check.User, e.check.Groups).Request(e.pod, 1)
		if e.pod != "" {
			set.Started(e.pod)
		}
	}
}

// draw makes events of few kinds, in some runs with so many names that they are not kept.
func draw(random *rand.Rand, n int) []seen {
	pick := func(words ...string) string { return words[random.IntN(len(words))] }
	many := random.IntN(3) == 0
	events := make([]seen, n)
	for i := range events {
		name := pick("", "a", "b")
		if many && random.IntN(4) > 0 {
			name = fmt.Sprint("n", random.IntN(4000))
		}
		c := observation.Check{
			User: pick("u", "v"), Groups: []string{pick("g", "h")}, Denied: random.IntN(5) == 0,
			Action: api.Action{Verb: pick("get", "create"), Resource: pick("pods", "pods/log"), Namespace: pick("", "x"), Name: name},
		}
		switch random.IntN(6) {
		case 0:
			c.Hidden, c.Unless = "it is", []rbacv1.PolicyRule{{Verbs: []string{fmt.Sprint(random.IntN(300))}}}
		case 1:
			c.Via = pick("p", "q", "r", "s", "t")
		case 2:
			c.Created, c.Applied = fmt.Sprint("c", random.IntN(2000)), true
		case 3:
			c.Action = api.Action{Verb: "get", Path: "/" + name}
		}
		events[i] = seen{c, observation.Evidence{
			At: random.Int64N(40 * 86400), Ended: random.IntN(3) > 0, Started: random.IntN(3) == 0,
			Agent: pick("", "1", "2", "3", "4", "5"), Grant: pick("", "w", "x", "y", "z"),
		}, pick("", "ns/a", "ns/b")}
	}
	return events
}

func document(t *testing.T, set *observation.Set) string {
	t.Helper()
	out, err := json.MarshalIndent(set.Document(), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// TestMergeLaw: documents of parts, merged in any order and grouping, are that of the whole.
func TestMergeLaw(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 11))
	for range 25 {
		events := draw(random, random.IntN(9000))
		whole := observation.NewSet()
		tell(whole, events)
		parts := make([][]seen, 1+random.IntN(5))
		for _, e := range events {
			i := random.IntN(len(parts))
			parts[i] = append(parts[i], e)
		}
		sets := make([]*observation.Set, len(parts))
		for i := range parts {
			sets[i] = observation.NewSet()
			tell(sets[i], parts[i])
		}
		for len(sets) > 1 {
			random.Shuffle(len(sets), func(i, j int) { sets[i], sets[j] = sets[j], sets[i] })
			doc, err := observation.Parse([]byte(document(t, sets[1])))
			if err != nil {
				t.Fatal(err)
			}
			if err := sets[0].Merge(doc, observation.Span{}, nil); err != nil {
				t.Fatal(err)
			}
			sets = append(sets[:1], sets[2:]...)
		}
		if diff := cmp.Diff(strings.Split(document(t, whole), "\n"), strings.Split(document(t, sets[0]), "\n")); diff != "" {
			t.Fatal(diff)
		}
	}
}

// TestOverlap: the same events twice double the counts and change nothing else.
func TestOverlap(t *testing.T) {
	events := draw(rand.New(rand.NewPCG(1, 1)), 3000)
	once, twice := observation.NewSet(), observation.NewSet()
	tell(once, events)
	tell(twice, events)
	tell(twice, events)
	want := once.Document()
	for i := range want.Access {
		a := &want.Access[i]
		a.Requests *= 2
		for _, uses := range [][]api.Use{a.Uses, a.Denied} {
			for j := range uses {
				uses[j].Count *= 2
				uses[j].Started *= 2
				for d := range uses[j].Days {
					uses[j].Days[d] *= 2
				}
			}
		}
	}
	if diff := cmp.Diff(want, twice.Document()); diff != "" {
		t.Error(diff)
	}
}

func TestSpan(t *testing.T) {
	set := observation.NewSet()
	at := func(text string) int64 {
		when, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return when.Unix()
	}
	check := observation.Check{User: "u", Action: api.Action{Verb: "get", Resource: "pods"}}
	old := observation.Check{User: "u", Action: api.Action{Verb: "get", Resource: "nodes"}}
	for _, when := range []string{"2026-11-01T10:00:00Z", "2026-11-05T10:00:00Z", "2026-11-09T10:00:00Z"} {
		set.Add(set.Entry(&check), observation.Evidence{At: at(when), Ended: true})
	}
	set.Add(set.Entry(&old), observation.Evidence{At: at("2026-10-01T10:00:00Z"), Ended: true})
	within := observation.NewSet()
	span := observation.Span{Since: time.Unix(at("2026-11-05T23:00:00Z"), 0), Until: time.Unix(at("2026-11-09T00:00:00Z"), 0)}
	if err := within.Merge(set.Document(), span, nil); err != nil {
		t.Fatal(err)
	}
	want := []api.Use{{
		Action: check.Action, Count: 1, First: "2026-11-05T00:00:00Z", Last: "2026-11-05T23:59:59Z",
		Days: map[string]int64{"2026-11-05": 1},
	}}
	if diff := cmp.Diff(want, within.Document().Access[0].Uses); diff != "" {
		t.Error(diff)
	}
}

func TestParseRefuses(t *testing.T) {
	const head = "apiVersion: kubectl-harden.dev/v1alpha1\nkind: Observations\n"
	use := func(fields string) string {
		return head + "access: [{user: u, uses: [{" + fields + "}]}]\n"
	}
	for name, text := range map[string]string{
		"another kind":  "apiVersion: kubectl-harden.dev/v1alpha1\nkind: Report\n",
		"another field": head + "later: true\n",
		"no verb":       use("resource: pods"),
		"neither":       use("verb: get"),
		"both":          use("verb: get, resource: pods, path: /x"),
		"no time":       use("verb: get, resource: pods, first: yesterday"),
		"no day":        use("verb: get, resource: pods, days: {monday: 1}"),
	} {
		doc, err := observation.Parse([]byte(text))
		if err == nil {
			err = observation.NewSet().Merge(doc, observation.Span{}, nil)
		}
		if err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}
