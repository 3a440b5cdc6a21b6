package observation_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/observation"
)

func workloadEnd(name string) api.EdgeEnd {
	return api.EdgeEnd{Kind: api.EndWorkload, Workload: &api.Ref{APIVersion: "apps/v1", Kind: "Deployment", Namespace: "shop", Name: name}}
}

func outside(address string) api.EdgeEnd { return api.EdgeEnd{Kind: api.EndAddress, Address: address} }

func unknownEnd(address, reason string) api.EdgeEnd {
	return api.EdgeEnd{Kind: api.EndUnknown, Address: address, Reason: reason}
}

func seeAll(t testing.TB, set *observation.Set, sightings []observation.Sighting) {
	t.Helper()
	for i := range sightings {
		if !set.See(&sightings[i]) {
			t.Fatalf("refused: %+v", sightings[i])
		}
	}
}

// drawSightings makes sightings of few kinds; in some runs with so many addresses or ports, or
// both, that they are not kept.
func drawSightings(random *rand.Rand, n int) []observation.Sighting {
	pick := func(words ...string) string { return words[random.IntN(len(words))] }
	addresses, ports := 1+random.IntN([]int{3, 1030, 4000}[random.IntN(3)]), 1+random.IntN([]int{3, 1030, 4000}[random.IntN(3)])
	address := func() string {
		n := random.IntN(addresses)
		if n%7 == 0 {
			return fmt.Sprintf("2001:db8::%x", n)
		}
		return fmt.Sprintf("%s198.51.%d.%d", pick("", "::ffff:"), n>>8, n&255)
	}
	end := func() api.EdgeEnd {
		switch random.IntN(8) {
		case 0:
			return outside(address())
		case 1, 2:
			return unknownEnd(address(), pick("of a pod that is gone", "of nobody"))
		case 3:
			return api.EdgeEnd{Kind: api.EndNode}
		case 4:
			labeled := workloadEnd(pick("a", "b"))
			labeled.Labels = map[string]string{"app": pick("x", "y"), "b": "c\"=,"}
			return labeled
		}
		return workloadEnd(pick("web", "cart"))
	}
	sightings := make([]observation.Sighting, n)
	for i := range sightings {
		s := observation.Sighting{
			Client: end(), Server: end(), Protocol: pick("TCP", "TCP", "TCP", "UDP"), Port: int32(random.IntN(ports)), Denied: random.IntN(9) == 0,
			At: random.Int64N(40 * 86400), Count: random.Int64N(3), Service: pick("", "shop/a:80", "shop/b:80", "shop/c:1", "shop/d:2"),
			Seen:   pick("", "client", "server", "between"),
			Format: pick("", "one", "two", "three"), Certain: random.IntN(4) == 0, Answered: random.IntN(4) == 0,
		}
		switch random.IntN(20) {
		case 0:
			s.Protocol, s.Port = pick("ICMP", "ICMPv6", "47"), 0
		case 1:
			s.Client, s.Server = api.EdgeEnd{Kind: api.EndOwnNode}, workloadEnd("web")
		}
		if s.Client.Kind == api.EndAddress && s.Server.Kind == api.EndAddress {
			s.Server = workloadEnd("web")
		}
		sightings[i] = s
	}
	return sightings
}

func text(t testing.TB, set *observation.Set) string {
	t.Helper()
	var out bytes.Buffer
	if err := observation.Write(&out, set.Document()); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestEdgesMergeLaw: documents of parts, merged in any order and grouping, are that of the whole.
func TestEdgesMergeLaw(t *testing.T) {
	random := rand.New(rand.NewPCG(17, 4))
	for range 12 {
		sightings := drawSightings(random, random.IntN(9000))
		whole := observation.NewSet()
		seeAll(t, whole, sightings)
		given := drawAnswers(random, sightings)
		nameAll(whole, given)
		random.Shuffle(len(sightings), func(i, j int) { sightings[i], sightings[j] = sightings[j], sightings[i] })
		sets := make([]*observation.Set, 1+random.IntN(5))
		for i := range sets {
			sets[i] = observation.NewSet()
		}
		for i := range sightings {
			sets[random.IntN(len(sets))].See(&sightings[i])
		}
		for _, a := range given {
			sets[random.IntN(len(sets))].Named(a.addr, a.name)
		}
		for len(sets) > 1 {
			random.Shuffle(len(sets), func(i, j int) { sets[i], sets[j] = sets[j], sets[i] })
			doc, err := observation.Parse([]byte(text(t, sets[1])))
			if err != nil {
				t.Fatal(err)
			}
			if err := sets[0].Merge(doc, observation.Span{}, nil); err != nil {
				t.Fatal(err)
			}
			sets = append(sets[:1], sets[2:]...)
		}
		if diff := cmp.Diff(strings.Split(text(t, whole), "\n"), strings.Split(text(t, sets[0]), "\n")); diff != "" {
			t.Fatal(diff)
		}
	}
}

func TestEdgeEvidence(t *testing.T) {
	set := observation.NewSet()
	seeAll(t, set, []observation.Sighting{
		{Client: workloadEnd("web"), Server: outside("::ffff:198.51.100.7"), Protocol: "TCP", Port: 443, At: 100 * 86400, Count: 2, Seen: "server", Format: "y", Certain: true},
		{Client: workloadEnd("web"), Server: outside("198.51.100.7"), Protocol: "TCP", Port: 443, At: 99*86400 + 5, Count: 3, Service: "shop/pay:443", Seen: "client", Format: "x", Answered: true},
		{Client: workloadEnd("web"), Server: outside("198.51.100.7"), Protocol: "TCP", Port: 443, At: -5, Count: -1, Seen: "from above"},
	})
	for _, name := range []string{"d", "B", "a.", "c", ".", "", strings.Repeat("a", 254)} {
		set.Named(netip.MustParseAddr("::ffff:198.51.100.7"), name)
	}
	want := []api.Edge{{
		Client: workloadEnd("web"), Server: outside("198.51.100.7"), Protocol: "TCP", Port: 443, Count: 5, First: "1970-04-10T00:00:05Z", Last: "1970-04-11T00:00:00Z",
		Days: map[string]int64{"1970-04-10": 3, "1970-04-11": 2}, Services: []string{"shop/pay:443"}, Names: []string{"a", "b", "c"},
		Seen: []string{"client", "server"}, Formats: []string{"x", "y"}, Certain: true, Answered: true,
	}}
	if diff := cmp.Diff(want, set.Document().Edges); diff != "" {
		t.Error(diff)
	}
	if got := set.Document().Window; got != (api.Window{From: "1970-04-10T00:00:05Z", To: "1970-04-11T00:00:00Z"}) {
		t.Error(got)
	}
	within := observation.NewSet()
	if err := within.Merge(set.Document(), observation.Span{Since: time.Unix(100*86400, 0)}, nil); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]api.AddressNames{{Address: "198.51.100.7", Names: []string{"a", "b", "c"}}}, within.Document().Names); diff != "" {
		t.Error(diff)
	}
	want[0].Count, want[0].First, want[0].Days = 2, "1970-04-11T00:00:00Z", map[string]int64{"1970-04-11": 2}
	if diff := cmp.Diff(want, within.Document().Edges); diff != "" {
		t.Error(diff)
	}
}

// TestSeeRefuses what makes no sense, and hostile names do no harm.
func TestSeeRefuses(t *testing.T) {
	good := observation.Sighting{Client: workloadEnd("a\xff\x00\n"), Server: outside("198.51.100.7"), Protocol: "TCP", Port: 443, Format: "\xff", Service: "\x1b[31m\xff"}
	set := observation.NewSet()
	seeAll(t, set, []observation.Sighting{good, good})
	set.Named(netip.MustParseAddr("198.51.100.7"), "\x1b[31m\xffA..")
	set.Named(netip.MustParseAddr("fe80::1%eth0"), "a")
	set.Named(netip.Addr{}, "a")
	doc, err := observation.Parse([]byte(text(t, set)))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(set.Document(), doc); diff != "" || len(doc.Edges) != 1 || len(doc.Names) != 1 || doc.Edges[0].Names[0] != "\x1b[31m\uFFFDa" {
		t.Error(diff, doc.Names)
	}
	for name, change := range map[string]func(*observation.Sighting){
		"two addresses":      func(s *observation.Sighting) { s.Client = outside("198.51.100.8") },
		"no address":         func(s *observation.Sighting) { s.Server.Address = "" },
		"a name":             func(s *observation.Sighting) { s.Server.Address = "example.com" },
		"a zone":             func(s *observation.Sighting) { s.Server.Address = "fe80::1%eth0" },
		"a workload's":       func(s *observation.Sighting) { s.Client.Address = "10.0.0.1" },
		"no workload":        func(s *observation.Sighting) { s.Client.Workload = nil },
		"no kind":            func(s *observation.Sighting) { s.Client.Kind = "" },
		"port out of range":  func(s *observation.Sighting) { s.Port = 65536 },
		"port of ICMP":       func(s *observation.Sighting) { s.Protocol = "ICMP" },
		"protocol in words":  func(s *observation.Sighting) { s.Protocol = "protocol 47" },
		"protocol in lower":  func(s *observation.Sighting) { s.Protocol = "tcp" },
		"own node of nobody": func(s *observation.Sighting) { s.Client = api.EdgeEnd{Kind: api.EndOwnNode} },
	} {
		bad := good
		change(&bad)
		if set.See(&bad) || set.Edge(&bad) != nil {
			t.Errorf("%s is taken", name)
		}
	}
	if diff := cmp.Diff(doc, set.Document()); diff != "" {
		t.Error(diff)
	}
}

// TestAddressesOfTheAPIServer: those that sources alone tell stay apart from where the cluster has it.
func TestAddressesOfTheAPIServer(t *testing.T) {
	sighting := func(address string, port int32) observation.Sighting {
		return observation.Sighting{Client: workloadEnd("web"), Server: api.EdgeEnd{Kind: api.EndAPIServer, Address: address}, Protocol: "TCP", Port: port, Count: 1}
	}
	want := func(set *observation.Set, addresses ...string) {
		t.Helper()
		doc, err := observation.Parse([]byte(text(t, set)))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for i := range doc.Edges {
			if e := &doc.Edges[i].Server; e.AnyAddress {
				got = append(got, "any")
			} else {
				got = append(got, e.Address)
			}
		}
		merged := observation.NewSet()
		if err := merged.Merge(doc, observation.Span{}, nil); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(addresses, got) + cmp.Diff(text(t, set), text(t, merged)); diff != "" {
			t.Error(diff)
		}
	}
	set := observation.NewSet()
	seeAll(t, set, []observation.Sighting{sighting("198.51.100.7", 443), sighting("", 443), sighting("198.51.100.6", 443)})
	want(set, "", "198.51.100.6", "198.51.100.7")
	for i := range 5000 {
		seeAll(t, set, []observation.Sighting{sighting(netip.AddrFrom4([4]byte{100, 64, byte(i >> 8), byte(i)}).String(), 443)})
	}
	want(set, "", "any")
}
