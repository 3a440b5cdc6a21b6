package observation_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/observation"
)

// at is an address and a port of a test, by numbers; -1 is any.
type at struct{ address, port int }

// limited says by brute force which edges are kept of one workload and outside addresses: what
// fills a row or a column does so until nothing changes.
func limited(seen map[at]bool) map[at]int {
	const limit = 1024
	ports, addresses, all := map[int]bool{}, map[int]bool{}, false
	for changed := true; changed && !all; {
		changed = false
		byPort, byAddress := map[int]int{}, map[int]int{}
		alone := 0
		for c := range seen {
			if !ports[c.port] && !addresses[c.address] {
				byPort[c.port]++
				byAddress[c.address]++
				alone++
			}
		}
		for port, n := range byPort {
			if n+len(addresses) > limit {
				ports[port], changed = true, true
			}
		}
		if changed { // then the counts are of before
			continue
		}
		for address, n := range byAddress {
			if n+len(ports) > limit {
				addresses[address], changed = true, true
			}
		}
		all = len(ports) > 0 && len(addresses) > 0 || !changed && alone+1025*(len(ports)+len(addresses)) > 1<<16
	}
	kept := map[at]int{}
	for c := range seen {
		switch {
		case all:
			c = at{-1, -1}
		case ports[c.port]:
			c.address = -1
		case addresses[c.address]:
			c.port = -1
		}
		kept[c]++
	}
	return kept
}

// shape is a set of edges around both limits.
func shape(random *rand.Rand) map[at]bool {
	seen := map[at]bool{}
	size := func() int { return []int{3, 500, 1023, 1024, 1025, 1100}[random.IntN(6)] }
	for range random.IntN(4) { // a port that many addresses use
		port, from := random.IntN(5), random.IntN(300)
		for i := range size() {
			seen[at{from + i, port}] = true
		}
	}
	for range random.IntN(3) { // an address with many ports
		address, from := random.IntN(5), random.IntN(300)
		for i := range size() {
			seen[at{address, from + i}] = true
		}
	}
	if random.IntN(4) == 0 { // a sweep
		side := 240 + random.IntN(30)
		for i := range side * side {
			seen[at{2000 + i%side, i / side}] = true
		}
	}
	for range random.IntN(50) {
		seen[at{random.IntN(4000), random.IntN(4000)}] = true
	}
	return seen
}

// fill adds ports from 0 on to addresses from 0 on.
func fill(seen map[at]bool, addresses, ports int) map[at]bool {
	for address := range addresses {
		for port := range ports {
			seen[at{address, port}] = true
		}
	}
	return seen
}

// corners are just at and just beyond where the limits meet.
func corners() []map[at]bool {
	return []map[at]bool{
		fill(fill(map[at]bool{}, 1, 1024), 1030, 10), // a port that is full counts once
		fill(fill(map[at]bool{}, 1, 1025), 1030, 10),
		fill(fill(map[at]bool{}, 10, 1030), 1024, 1),
		fill(fill(map[at]bool{}, 10, 1030), 1025, 1),
		fill(map[at]bool{}, 1030, 63),
		fill(map[at]bool{}, 1030, 64),
		fill(map[at]bool{}, 63, 1030),
		fill(map[at]bool{}, 64, 1030),
		fill(map[at]bool{}, 256, 256),
		fill(fill(map[at]bool{}, 256, 256), 1, 257),
		row(fill(map[at]bool{}, 5, 1030), 1019), // an address that is full counts for each port
		row(fill(map[at]bool{}, 5, 1030), 1020),
	}
}

// row is one port of addresses that are not those of fill.
func row(seen map[at]bool, addresses int) map[at]bool {
	for address := range addresses {
		seen[at{2000 + address, 3000}] = true
	}
	return seen
}

// TestEdgesLimits holds what is kept to what brute force finds, in any order, whole and split.
func TestEdgesLimits(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	shapes := slices.Concat(corners(), corners())
	for range 15 {
		shapes = append(shapes, shape(random))
	}
	for n, seen := range shapes {
		var order []at
		for c := range seen {
			order = append(order, c)
		}
		random.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		inOrder := n < len(corners())
		if inOrder {
			slices.SortFunc(order, func(a, b at) int { return cmp.Compare(b.address, a.address) })
		}
		whole, half := observation.NewSet(), observation.NewSet()
		for i, c := range order {
			s := &observation.Sighting{Client: workloadEnd("web"), Server: outside(fmt.Sprintf("198.51.%d.%d", c.address>>8, c.address&255)), Protocol: "TCP", Port: int32(c.port), Count: 1}
			if !inOrder && (n%2 == 0 && i%2 == 0 || n%2 == 1 && c.port%2 == 0) {
				half.See(s)
			} else {
				whole.See(s)
			}
		}
		if err := whole.Merge(half.Document(), observation.Span{}, nil); err != nil {
			t.Fatal(err)
		}
		got := map[at]int{}
		for _, e := range whole.Document().Edges {
			c := at{-1, int(e.Port)}
			var a, b, x, y int
			if n, _ := fmt.Sscanf(e.Server.Address, "%d.%d.%d.%d", &a, &b, &x, &y); n == 4 {
				c.address = x<<8 | y
			}
			if e.AnyPort {
				c.port = -1
			}
			if e.Server.AnyAddress != (c.address == -1) {
				t.Fatalf("%+v", e)
			}
			got[c] += int(e.Count)
		}
		if diff := gocmp.Diff(limited(seen), got); diff != "" {
			t.Fatalf("shape %d (-want +got):\n%s", n, diff)
		}
	}
}

// TestEdgesOfOnePair: the ports of two workloads end, and those of others do not.
func TestEdgesOfOnePair(t *testing.T) {
	set := observation.NewSet()
	for port := range int32(2000) {
		set.See(&observation.Sighting{Client: workloadEnd("scan"), Server: workloadEnd("web"), Protocol: "TCP", Port: 1 + port, Count: 2})
	}
	for port := range int32(1024) {
		set.See(&observation.Sighting{Client: workloadEnd("cart"), Server: workloadEnd("web"), Protocol: "TCP", Port: 1 + port, Count: 1})
	}
	edges := set.Document().Edges
	want := api.Edge{Client: workloadEnd("scan"), Server: workloadEnd("web"), Protocol: "TCP", AnyPort: true, Count: 4000}
	if diff := gocmp.Diff(want, edges[len(edges)-1]); diff != "" || len(edges) != 1025 {
		t.Error(len(edges), diff)
	}
}
