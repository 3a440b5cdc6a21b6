package resolve_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/flow"
	"github.com/kubectl-harden/kubectl-harden/internal/observation"
	"github.com/kubectl-harden/kubectl-harden/internal/resolve"
)

// crowd is flows of all kinds between the ends of testdata/shop.yaml.
func crowd(dice *rand.Rand, n int) []*flow.Flow {
	addrs := []string{
		web, web2, cart, canary, db, dns, meshed, "192.0.2.1", "192.0.2.2", "10.244.2.1", "10.96.0.50", "10.96.0.51", "10.96.0.52", "10.96.0.53",
		"10.96.9.9", "198.51.100.7", "198.51.100.8", "10.244.1.77", "10.244.2.99", "127.0.0.1", "224.0.0.1", "169.254.20.10", "203.0.113.50",
	}
	ports := []int{80, 8080, 8081, 9090, 5432, 50051, 53, 5353, 30080, 6443, 40000, 40001, 40002, 50000, 0, 7000, 15006}
	peers := []*flow.Peer{
		nil, nil, nil, nil, reserved("host"), reserved("world"), reserved("kube-apiserver", "remote-node"), reserved("health"), named("shop", "cart-7f9c8-aaaaa"),
		named("shop", "gone"), peerOf("ReplicaSet", "web-1"), peerOf("", "", "tier", "back"), peerOf("", "", "app", "old"),
		peerOf("", "", "app", "cart"), {Namespace: "shop", PodPrefix: "web-6d4f5-"}, {Host: "node-a"}, {Undisclosed: "for a reason"},
		{Service: flow.Workload{Kind: "Service", Namespace: "shop", Name: "carts"}},
	}
	protocols := []flow.Protocol{flow.TCP, flow.TCP, flow.TCP, flow.UDP, flow.ICMP, flow.SCTP, 47}
	at := func() string { return fmt.Sprintf("%s:%d", addrs[dice.IntN(len(addrs))], ports[dice.IntN(len(ports))]) }
	var flows []*flow.Flow
	for range n {
		f := seen(protocols[dice.IntN(len(protocols))], at()+" > "+at())
		f.Client.Peer, f.Server.Peer = peers[dice.IntN(len(peers))], peers[dice.IntN(len(peers))]
		f.Direction = flow.Direction(dice.IntN(int(flow.DirectionServer) + 1))
		f.Final, f.Unanswered = dice.IntN(2) == 0, dice.IntN(5) == 0
		f.Verdict = flow.Verdict(dice.IntN(3))
		f.Point.Side, f.Point.Snapshot = flow.Side(dice.IntN(4)), dice.IntN(2)
		f.Point.Source = fmt.Sprintf("file%d", dice.IntN(3))
		f.Count = 1 + dice.Int64N(3)
		f.Reason = []string{"", "", "", "AUDIT", "ERROR"}[dice.IntN(5)]
		if dice.IntN(2) == 0 {
			f.Time = noon + dice.Int64N(4*86400) - 2*86400
		}
		if f.Ageless = dice.IntN(8) == 0; dice.IntN(4) == 0 {
			f.Client.Addr, f.Client.Port = netip.Addr{}, 0
		}
		if dice.IntN(4) == 0 {
			f.Server.Addr = netip.Addr{}
		}
		if dice.IntN(4) == 0 {
			f.Dialled = endpoint(at()).AddrPort()
		}
		if dice.IntN(4) == 0 {
			f.Masqueraded = endpoint(at()).AddrPort()
		}
		if dice.IntN(8) == 0 {
			answer(fmt.Sprintf("n%d.example", dice.IntN(9)), "198.51.100.7", "198.51.100.8")(f)
		}
		flows = append(flows, f)
	}
	return flows
}

func TestOrderMakesNoDifference(t *testing.T) {
	inv := shop(t)
	listeners := []flow.Listener{listener(flow.TCP, cart+":7000"), listener(flow.TCP, "0.0.0.0:40001"), listener(flow.UDP, "[::]:53")}
	for seed := range uint64(20) {
		dice := rand.New(rand.NewPCG(seed, 1))
		flows := crowd(dice, 2000)
		want := bytesOf(t, run(inv, flows, listeners...))
		for range 3 {
			dice.Shuffle(len(flows), func(i, j int) { flows[i], flows[j] = flows[j], flows[i] })
			dice.Shuffle(len(listeners), func(i, j int) { listeners[i], listeners[j] = listeners[j], listeners[i] })
			if got := bytesOf(t, run(inv, flows, listeners...)); got != want {
				t.Fatalf("seed %d: another order gives another document", seed)
			}
		}
	}
}

func bytesOf(t *testing.T, o outcome) string {
	t.Helper()
	doc, err := json.Marshal(o.doc)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%s %v %d", doc, o.unclear, o.resolved)
}

func TestEveryFlowIsCountedOnce(t *testing.T) {
	inv := shop(t)
	flows := crowd(rand.New(rand.NewPCG(1, 2)), 20000)
	total, counted := int64(0), int64(0)
	for _, f := range flows {
		total += f.Count
	}
	got := run(inv, flows)
	for reason, n := range got.unclear {
		if reason != resolve.Audited {
			counted += n
		}
	}
	if counted+got.resolved != total {
		t.Errorf("%d of %d are counted: %d resolved", counted+got.resolved, total, got.resolved)
	}
	if got.resolved == 0 || len(got.unclear) < 8 {
		t.Errorf("the flows show little: %d resolved, %v", got.resolved, got.unclear)
	}
}

// What is too much is given up in the same way in any order.
func TestOverflowMakesNoDifference(t *testing.T) {
	inv := shop(t)
	limited := func(flows []*flow.Flow) string {
		set := observation.NewSet()
		r := resolve.NewLimited(inv, set, 40)
		out := outcome{unclear: map[string]int64{}}
		for _, f := range flows {
			r.Add(f)
		}
		r.Finish()
		for n := range 3 {
			name := fmt.Sprintf("file%d", n)
			out.resolved += r.Resolved(name)
			for reason, n := range r.Unclear(name) {
				out.unclear[reason] += n
			}
		}
		out.doc = set.Document()
		if out.unclear[resolve.Alone] == 0 {
			t.Error("nothing was too much")
		}
		return bytesOf(t, out)
	}
	for seed := range uint64(10) {
		dice := rand.New(rand.NewPCG(seed, 3))
		flows := crowd(dice, 2000)
		want := limited(flows)
		for range 3 {
			dice.Shuffle(len(flows), func(i, j int) { flows[i], flows[j] = flows[j], flows[i] })
			if limited(flows) != want {
				t.Fatalf("seed %d: another order gives another document", seed)
			}
		}
	}
}
