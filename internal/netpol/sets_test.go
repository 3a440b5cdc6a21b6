package netpol_test

import (
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
)

// TestPorts compares sets of ports with sets of numbers.
func TestPorts(t *testing.T) {
	random := newRandom(t)
	interesting := []int32{1, 2, 3, 79, 80, 81, 82, 443, 65534, 65535}
	draw := func() (p netpol.Ports, in map[int32]bool) {
		in = map[int32]bool{}
		for _, number := range interesting {
			if random.IntN(2) == 0 {
				p, in[number] = p.Or(ports(t, "UDP "+itoa(number))), true
			}
		}
		return p, in
	}
	for range 2_000 {
		p, inP := draw()
		o, inO := draw()
		or, and, covers := p.Or(o), p.And(o), true
		for _, number := range interesting {
			one := ports(t, "UDP "+itoa(number))
			if or.Covers(one) != (inP[number] || inO[number]) || and.Covers(one) != (inP[number] && inO[number]) {
				t.Fatalf("%s with %s, port %d: %s and %s", p, o, number, or, and)
			}
			covers = covers && (inP[number] || !inO[number])
		}
		if p.Covers(o) != covers || p.Equal(o) != (covers && o.Covers(p)) || or.Covers(ports(t, "TCP 80")) {
			t.Fatalf("%s covers %s: %t", p, o, p.Covers(o))
		}
	}
	if s := ports(t, "TCP 80").Or(ports(t, "TCP 81")).Or(ports(t, "TCP 443")).Or(ports(t, "SCTP 1")).String(); s != "TCP 80-81, 443; SCTP 1" {
		t.Error(s)
	}
	if s := (netpol.Ports{}).String() + ", " + netpol.AllPorts().String(); s != "no port, all ports" {
		t.Error(s)
	}
	if r := netpol.AllPorts().Ranges(); len(r) != 3 || r[2] != (netpol.PortRange{Protocol: "SCTP", First: 1, Last: 65535}) {
		t.Error(r)
	}
}

// TestBlocksByAddress: a question about a block has the answers of the addresses in it.
func TestBlocksByAddress(t *testing.T) {
	random := newRandom(t)
	prefix := func(least int) netip.Prefix {
		bits := least + random.IntN(9-(least-24))
		p, err := netip.AddrFrom4([4]byte{203, 0, 113, byte(random.IntN(256))}).Prefix(bits)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	for range 300 {
		var peers []string
		for range 1 + random.IntN(3) {
			block := prefix(24)
			except := ""
			if inner := prefix(24); inner.Bits() > block.Bits() && block.Contains(inner.Addr()) {
				except = ", except: [" + inner.String() + "]"
			}
			peers = append(peers, fmt.Sprintf("{ipBlock: {cidr: %s%s}}", block, except))
		}
		objects := world(t, "kind: NetworkPolicy\nmetadata: {name: p, namespace: shop}\nspec: {podSelector: {}, ingress: [{from: ["+strings.Join(peers, ", ")+"]}]}")
		n, web := netpol.New(objects), peer(t, objects, "shop/web")
		asked := prefix(24)
		count := map[netpol.Verdict]int{}
		for a := asked.Addr(); asked.Contains(a); a = a.Next() {
			count[n.Reach(netpol.Address(a), web, ports(t, "TCP 80")).Allowed]++
		}
		want := netpol.Partly
		switch {
		case count[netpol.No] == 0:
			want = netpol.Yes
		case count[netpol.Yes] == 0:
			want = netpol.No
		}
		if got := n.Reach(netpol.Addresses(asked), web, ports(t, "TCP 80")).Allowed; got != want {
			t.Fatalf("%v, %s: %s, by address %v", peers, asked, got, count)
		}
	}
}

// TestInternet: the ends of what is left out.
func TestInternet(t *testing.T) {
	objects := world(t, `kind: NetworkPolicy
metadata: {name: p, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  policyTypes: [Egress]
  egress:
  - to: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 169.254.0.0/16, 100.64.0.0/10]}}, {ipBlock: {cidr: "2000::/3"}}]`)
	n := netpol.New(objects)
	for name, internet := range map[string]netpol.Peer{"both": netpol.Internet(), "IPv4": netpol.Internet4(), "IPv6": netpol.Internet6()} {
		if a := n.Reach(peer(t, objects, "shop/web"), internet, ports(t, "TCP 443")); a.Allowed != netpol.Yes {
			t.Errorf("%s: %s", name, a.Allowed)
		}
	}
	if a := n.Reach(peer(t, objects, "shop/web"), netpol.Addresses(netip.MustParsePrefix("100.0.0.0/8"), netip.Prefix{}), ports(t, "TCP 443")); a.Allowed != netpol.Partly {
		t.Errorf("a block with private addresses: %s", a.Allowed)
	}
}

// TestTooLarge: an answer that would take too long is none, and comes soon.
func TestTooLarge(t *testing.T) {
	var blocks []string
	for i := range 5_000 {
		blocks = append(blocks, fmt.Sprintf("{ipBlock: {cidr: 11.%d.%d.0/25}}", i/250, i%250))
	}
	objects := world(t, "kind: NetworkPolicy\nmetadata: {name: p, namespace: shop}\nspec: {podSelector: {matchLabels: {app: web}}, ingress: [{from: ["+strings.Join(blocks, ", ")+"]}]}")
	n := netpol.New(objects)
	verdict, why := ask(t, n, objects, "11.0.0.0/8 > shop/web TCP 1")
	if verdict != "depends" || !strings.Contains(why, string(netpol.DoubtSize)) {
		t.Errorf("%s %.200s", verdict, why)
	}
	if verdict, _ = ask(t, n, objects, "11.3.3.3 > shop/web TCP 1"); verdict != "yes" {
		t.Error(verdict)
	}
	if verdict, _ = ask(t, n, objects, "11.0.0.0/8 > shop/api TCP 1"); verdict != "yes" {
		t.Error(verdict)
	}
}

// TestAtTheSameTime: a network may be asked from several sides at once.
func TestAtTheSameTime(t *testing.T) {
	objects := world(t, allowing)
	n := netpol.New(objects)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for _, pod := range objects.Pods {
				n.Allows(pod, "Ingress")
				n.Isolated(pod, "Egress")
				n.Reach(netpol.Namespace("shop"), netpol.Pods(pod), netpol.AllPorts())
				n.Reach(netpol.Pods(pod), netpol.Internet(), netpol.AllPorts())
			}
		})
	}
	group.Wait()
}
