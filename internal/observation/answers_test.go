package observation_test

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/observation"
)

// answered is a name of an address.
type answered struct {
	addr netip.Addr
	name string
}

func nameAll(set *observation.Set, given []answered) {
	for _, a := range given {
		set.Named(a.addr, a.name)
	}
}

// drawAnswers names the addresses of some sightings, and others.
func drawAnswers(random *rand.Rand, sightings []observation.Sighting) []answered {
	given := []answered{{netip.MustParseAddr("2001:db8:1::1"), "of.none.example"}}
	for i := range sightings {
		addr, err := netip.ParseAddr(sightings[i].Server.Address)
		if err == nil && random.IntN(3) > 0 {
			given = append(given, answered{addr, fmt.Sprintf("%c.example", 'a'+random.IntN(6))})
		}
	}
	return given
}

// merged are documents of parts as one.
func merged(t *testing.T, parts ...*observation.Set) *api.Observations {
	t.Helper()
	all := observation.NewSet()
	for _, part := range parts {
		doc, err := observation.Parse([]byte(text(t, part)))
		if err != nil {
			t.Fatal(err)
		}
		if err := all.Merge(doc, observation.Span{}, nil); err != nil {
			t.Fatal(err)
		}
	}
	return all.Document()
}

// TestAnswerAndFlowApart: the name and the edge are of different documents.
func TestAnswerAndFlowApart(t *testing.T) {
	for name, c := range map[string]struct {
		edge  observation.Sighting
		named bool
	}{
		"server":    {observation.Sighting{Client: workloadEnd("web"), Server: outside("198.51.100.7"), Protocol: "TCP", Port: 443}, true},
		"client":    {observation.Sighting{Client: outside("198.51.100.7"), Server: workloadEnd("web"), Protocol: "TCP", Port: 443}, true},
		"unknown":   {observation.Sighting{Client: workloadEnd("web"), Server: unknownEnd("198.51.100.7", "gone"), Protocol: "TCP", Port: 443}, false},
		"any":       {observation.Sighting{Client: workloadEnd("web"), Server: api.EdgeEnd{Kind: api.EndAddress, AnyAddress: true}, Protocol: "TCP", Port: 443}, false},
		"another":   {observation.Sighting{Client: workloadEnd("web"), Server: outside("198.51.100.8"), Protocol: "TCP", Port: 443}, false},
		"workloads": {observation.Sighting{Client: workloadEnd("web"), Server: workloadEnd("cart"), Protocol: "TCP", Port: 443}, false},
	} {
		t.Run(name, func(t *testing.T) {
			flow, answer := observation.NewSet(), observation.NewSet()
			seeAll(t, flow, []observation.Sighting{c.edge})
			answer.Named(netip.MustParseAddr("198.51.100.7"), "pay.example")
			for _, doc := range []*api.Observations{merged(t, flow, answer), merged(t, answer, flow)} {
				if got := fmt.Sprint(doc.Edges[0].Names) == "[pay.example]"; got != c.named {
					t.Errorf("named: %v", doc.Edges[0].Names)
				}
				if diff := cmp.Diff([]api.AddressNames{{Address: "198.51.100.7", Names: []string{"pay.example"}}}, doc.Names); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

// TestTooManyNamedAddresses: which addresses have names does not depend on the order or the parts.
func TestTooManyNamedAddresses(t *testing.T) {
	const most = 1 << 16
	random := rand.New(rand.NewPCG(5, 6))
	for name, n := range map[string]int{"just enough": most, "a few more": most + 5, "many more": most + most/2} {
		t.Run(name, func(t *testing.T) {
			given := make([]answered, 0, n+n/8)
			for i := range n {
				addr := netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, 0xC0000000+uint32(i))))
				given = append(given, answered{addr, "a.example"})
				if i%8 == 0 {
					given = append(given, answered{addr, "b.example"})
				}
			}
			edge := observation.Sighting{Client: workloadEnd("web"), Server: outside("192.0.0.8"), Protocol: "TCP", Port: 443}
			whole, parts := observation.NewSet(), []*observation.Set{observation.NewSet(), observation.NewSet(), observation.NewSet()}
			seeAll(t, whole, []observation.Sighting{edge})
			seeAll(t, parts[1], []observation.Sighting{edge})
			nameAll(whole, given)
			random.Shuffle(len(given), func(i, j int) { given[i], given[j] = given[j], given[i] })
			for i, a := range given {
				parts[i%5/2].Named(a.addr, a.name)
			}
			want := whole.Document()
			if len(want.Names) != most || want.MoreNames != (n > most) {
				t.Fatalf("%d addresses have names, more: %v", len(want.Names), want.MoreNames)
			}
			if diff := cmp.Diff(want, merged(t, parts...)); diff != "" {
				t.Error(diff[:min(len(diff), 2000)])
			}
			if len(want.Edges[0].Names) == 2 != named(want, "192.0.0.8") {
				t.Errorf("the edge has the names %v", want.Edges[0].Names)
			}
		})
	}
}

func named(doc *api.Observations, address string) bool {
	for _, of := range doc.Names {
		if of.Address == address {
			return true
		}
	}
	return false
}
