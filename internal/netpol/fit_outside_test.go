package netpol_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
)

// TestOutsideBlocks: blocks hold the addresses that were seen and no other one, and no two of
// them could be one; with a limit they hold all of them, and what they hold besides is counted.
func TestOutsideBlocks(t *testing.T) {
	random := newRandom(t)
	widened := 0
	for range 1_000 {
		c := readFitCase(t, "workload deploy/web app=web\nsubject deploy/web\noption exact")
		c.opts.MaxExternal = random.IntN(4)
		c.opts.Exact = c.opts.MaxExternal == 0
		seen := map[netip.Addr]bool{}
		for range 1 + random.IntN(40) {
			a := netip.AddrFrom4([4]byte{198, 51, 100, byte(random.IntN(64))})
			if random.IntN(4) == 0 {
				a = netip.MustParseAddr(fmt.Sprintf("2001:db8::%x", random.IntN(16)))
			}
			seen[a] = true
			c.edges = append(c.edges, api.Edge{Client: endOf("deploy/web", nil), Server: endOf(a.String(), nil), Protocol: "TCP", Port: 443, Count: 1, Answered: true})
		}
		sets, err := netpol.Fit(&c.in, c.edges, c.subjects, c.opts)
		if err != nil {
			t.Fatal(err)
		}
		blocks, held := outsideOf(t, sets), map[netip.Addr]bool{}
		for _, b := range blocks {
			for a := b.Addr(); b.Contains(a); a = a.Next() {
				if held[a] {
					t.Fatalf("%s twice in %v", a, blocks)
				}
				held[a] = true
			}
			for _, o := range blocks {
				if twice := netip.PrefixFrom(b.Addr(), b.Bits()-1).Masked(); c.opts.Exact && b != o && b.Bits() == o.Bits() && twice.Contains(o.Addr()) {
					t.Fatalf("%s and %s are %s", b, o, twice)
				}
			}
		}
		for a := range seen {
			if !held[a] {
				t.Fatalf("%s is not in %v", a, blocks)
			}
		}
		extra := strings.Contains(setsText(sets), " addresses for ")
		if (len(held) > len(seen)) != extra || c.opts.Exact && extra || c.opts.MaxExternal > 0 && len(blocks) > max(c.opts.MaxExternal, 2) {
			t.Fatalf("%d for %d seen, %d blocks:\n%s", len(held), len(seen), len(blocks), setsText(sets))
		}
		if extra {
			widened++
		}
	}
	if widened < 100 {
		t.Errorf("%d were widened", widened)
	}
}

// outsideOf are the blocks of the rules for port 443.
func outsideOf(t *testing.T, sets []api.PolicySet) []netip.Prefix {
	t.Helper()
	var blocks []netip.Prefix
	for _, r := range sets[0].Policies[0].Egress {
		for _, p := range r.Peers {
			b := netip.MustParsePrefix(p.IPBlock.CIDR)
			if b != b.Masked() {
				t.Fatalf("%s has bits beyond its length", b)
			}
			blocks = append(blocks, b)
		}
	}
	return blocks
}

// TestNoBlockOfTheCluster: a wider block never holds the address of a pod.
func TestNoBlockOfTheCluster(t *testing.T) {
	c := readFitCase(t, "workload deploy/web app=web\nworkload deploy/cart app=cart\nsubject deploy/web\nnodns\nedge deploy/web 10.1.0.0 TCP 443 5\nedge deploy/web 10.1.0.2 TCP 443 5\noption external:=1")
	sets, err := netpol.Fit(&c.in, c.edges, c.subjects, c.opts)
	if err != nil {
		t.Fatal(err)
	}
	if blocks := len(sets[0].Policies[0].Egress[0].Peers); blocks != 2 || !strings.Contains(setsText(sets), "would hold addresses of the cluster") {
		t.Errorf("%d blocks:\n%s", blocks, setsText(sets))
	}
}
