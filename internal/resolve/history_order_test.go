package resolve_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/flow"
	"github.com/kubectl-harden/kubectl-harden/internal/observation"
	"github.com/kubectl-harden/kubectl-harden/internal/resolve"
)

// tenancies are flows of pods that come and go at n addresses. Of each pod the first and the last
// flow name it, and of the others some: each pod calls a port of its own, 9000 and its number.
func tenancies(dice *rand.Rand, n int) []*flow.Flow {
	var flows []*flow.Flow
	peers := make([]*flow.Peer, 6)
	for i := range peers {
		peers[i] = peerOf("Deployment", fmt.Sprint("w", i), "app", fmt.Sprint("w", i))
	}
	for i := range n {
		now := int64(noon) + dice.Int64N(1000)
		for range 1 + dice.IntN(4) {
			who, count := dice.IntN(len(peers)), 2+dice.IntN(5)
			for j := range count {
				now += dice.Int64N(200)
				client, server := fmt.Sprintf("10.244.2.%d:%d", 100+i, 40000+dice.IntN(5)), fmt.Sprintf("%s:%d", cart, 9000+who)
				f := tcp(client+" > "+server, at(now), file(fmt.Sprint("file", dice.IntN(3))))
				if j == 0 || j == count-1 || dice.IntN(3) == 0 {
					f.Client.Peer = peers[who]
				} else if dice.IntN(3) == 0 {
					f.Direction = flow.DirectionUnknown
					if dice.IntN(2) == 0 {
						f.Client, f.Server = f.Server, f.Client
					}
				}
				flows = append(flows, f)
			}
			now++
		}
	}
	return flows
}

// TestNobodyIsTakenForAnother: an address that pods had one after the other is that of each at
// its time, or of nobody; and the order makes no difference, not even where there is no room.
func TestNobodyIsTakenForAnother(t *testing.T) {
	inv := shop(t)
	var known, unknown int64
	for seed := range uint64(30) {
		dice := rand.New(rand.NewPCG(seed, 4))
		flows := tenancies(dice, 60)
		want, short := bytesOf(t, run(inv, flows)), limited(t, inv, flows, 30)
		for range 2 {
			dice.Shuffle(len(flows), func(i, j int) { flows[i], flows[j] = flows[j], flows[i] })
			if bytesOf(t, run(inv, flows)) != want || limited(t, inv, flows, 30) != short {
				t.Fatalf("seed %d: another order gives another document", seed)
			}
		}
		for _, e := range run(inv, flows).doc.Edges {
			switch {
			case e.Client.Kind == api.EndUnknown:
				unknown += e.Count
			case e.Client.Kind != api.EndWorkload || e.Client.Workload.Name != fmt.Sprint("w", e.Port-9000):
				t.Fatalf("seed %d: %s", seed, edgeLine(&e))
			default:
				known += e.Count
			}
		}
	}
	if unknown*20 < known || known < unknown {
		t.Errorf("%d are known, %d are not", known, unknown)
	}
}

// limited is what comes of flows with room for n of everything.
func limited(t *testing.T, inv *cluster.Inventory, flows []*flow.Flow, n int) string {
	t.Helper()
	set := observation.NewSet()
	r := resolve.NewLimited(inv, set, n)
	for _, f := range flows {
		r.Add(f)
	}
	r.Finish()
	alone := int64(0)
	for n := range 3 {
		alone += r.Unclear(fmt.Sprint("file", n))[resolve.Alone]
	}
	if alone == 0 {
		t.Error("nothing was too much")
	}
	doc, err := json.Marshal(set.Document())
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%s %d", doc, alone)
}

// parted resolves parts one by one, and merges what came of them.
func parted(t *testing.T, inv *cluster.Inventory, flows []*flow.Flow, dice *rand.Rand) *api.Observations {
	t.Helper()
	parts := make([][]*flow.Flow, 3)
	for _, f := range flows {
		i := dice.IntN(len(parts))
		parts[i] = append(parts[i], f)
	}
	set := observation.NewSet()
	for _, part := range parts {
		var text strings.Builder
		if err := observation.Write(&text, run(inv, part).doc); err != nil {
			t.Fatal(err)
		}
		doc, err := observation.Parse([]byte(text.String()))
		if err != nil {
			t.Fatal(err)
		}
		if err := set.Merge(doc, observation.Span{}, nil); err != nil {
			t.Fatal(err)
		}
	}
	return set.Document()
}

// TestNamesOfPartsAreThoseOfTheWhole: an answer and the flow that follows from it may be in parts
// that are resolved apart.
func TestNamesOfPartsAreThoseOfTheWhole(t *testing.T) {
	inv := shop(t)
	for seed := range uint64(40) {
		dice := rand.New(rand.NewPCG(seed, 8))
		outside := func() string { return fmt.Sprintf("198.51.100.%d", dice.IntN(6)) }
		var flows []*flow.Flow
		for range dice.IntN(60) {
			switch dice.IntN(3) {
			case 0:
				flows = append(flows, udp(web+":40001 > "+dns+":5353", final, answer(fmt.Sprintf("%c.example.", 'a'+dice.IntN(5)), outside(), cart, "10.96.0.50", "192.0.2.1")))
			case 1:
				flows = append(flows, tcp(web+":40000 > "+outside()+":443", at(noon)))
			case 2:
				flows = append(flows, tcp(outside()+":40000 > "+web+":8080", func(f *flow.Flow) { f.Client.Names = []string{"in.example"} }))
			}
		}
		if diff := cmp.Diff(run(inv, flows).doc, parted(t, inv, flows, dice)); diff != "" {
			t.Fatalf("seed %d: %s", seed, diff)
		}
	}
}
