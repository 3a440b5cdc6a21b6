package resolve_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/flow"
)

// Addresses of testdata/shop.yaml that no pod has: of one that has ended, and of none.
const (
	ended = "10.244.1.77"
	gone  = "10.244.2.99"
)

// load and batch are pods that are not in testdata/shop.yaml, each by two descriptions.
func load() *flow.Peer  { return peerOf("Deployment", "load", "app", "load") }
func batch() *flow.Peer { return peerOf("Deployment", "batch", "app", "batch") }

// TestWordsOfOtherLines: what other lines say of an address at the time settles whose it was.
func TestWordsOfOtherLines(t *testing.T) {
	inv := shop(t)
	call := func(sec int64, port int, with ...func(*flow.Flow)) *flow.Flow {
		return tcp(fmt.Sprintf("%s:%d > %s:8080", gone, port, cart), append([]func(*flow.Flow){at(noon + sec), final}, with...)...)
	}
	said := func(sec int64, p *flow.Peer, with ...func(*flow.Flow)) *flow.Flow {
		return call(sec, 50000, append(with, from(p))...)
	}
	const (
		byLoad    = "Deployment shop/load map[app:load] > Deployment shop/cart TCP 8080"
		byBatch   = "Deployment shop/batch map[app:batch] > Deployment shop/cart TCP 8080"
		byNobody  = gone + " (no pod has this address now) > Deployment shop/cart TCP 8080"
		byUnread  = gone + " (its pod is not among those read) > Deployment shop/cart TCP 8080"
		ephemeral = "none: " + api.UnclearDirection + " x1"
	)
	for name, c := range map[string]struct {
		flows []*flow.Flow
		want  []string
	}{
		"nobody says":               {[]*flow.Flow{call(0, 40000)}, []string{byNobody}},
		"at the time":               {[]*flow.Flow{said(0, load()), call(0, 40000)}, []string{byLoad + " x2"}},
		"from first to last":        {[]*flow.Flow{said(0, load()), call(5000, 40000), said(9000, load())}, []string{byLoad + " x3"}},
		"a little before":           {[]*flow.Flow{said(0, load()), call(-120, 40000)}, []string{byLoad + " x2"}},
		"long before":               {[]*flow.Flow{said(0, load()), call(-121, 40000)}, []string{byLoad, byNobody}},
		"long after":                {[]*flow.Flow{said(0, load()), call(121, 40000)}, []string{byLoad, byNobody}},
		"another day":               {[]*flow.Flow{said(0, load()), call(86400, 40000)}, []string{byLoad, byNobody}},
		"two, each at its time":     {[]*flow.Flow{said(0, load()), call(10, 40000), said(20, load()), said(900, batch()), call(910, 40000), said(920, batch())}, []string{byBatch + " x3", byLoad + " x3"}},
		"two, in between":           {[]*flow.Flow{said(0, load()), call(100, 40000), said(110, batch())}, []string{byBatch, byLoad, byNobody}},
		"two, a little before":      {[]*flow.Flow{call(-1, 40000), said(0, load()), said(900, batch())}, []string{byBatch, byLoad, byNobody}},
		"two that overlap":          {[]*flow.Flow{said(0, load()), call(5, 40000), said(10, batch()), said(20, load())}, []string{byBatch, byLoad + " x2", byNobody}},
		"two, one without a time":   {[]*flow.Flow{said(0, load()), call(0, 40000), said(0, batch(), at(0))}, []string{byBatch, byLoad, byNobody}},
		"one without a time":        {[]*flow.Flow{said(0, load(), at(0)), call(0, 40000)}, []string{byLoad, byNobody}},
		"no time":                   {[]*flow.Flow{said(0, load()), call(0, 40000, at(0))}, []string{byLoad, byNobody}},
		"two clusters":              {[]*flow.Flow{said(0, load()), said(0, &flow.Peer{Namespace: "shop", Cluster: "b", Labels: map[string]string{"app": "load"}, Workloads: []flow.Workload{{Kind: "Deployment", Name: "load"}}}), call(0, 40000)}, []string{byLoad + " x2", byNobody}},
		"a pod that was not read":   {[]*flow.Flow{said(0, named("shop", "gone")), call(0, 40000)}, []string{byUnread, byNobody}},
		"and one that was":          {[]*flow.Flow{said(0, named("shop", "gone")), said(0, load()), call(0, 40000)}, []string{byLoad, byUnread, byNobody}},
		"on the host's network":     {[]*flow.Flow{said(0, named("kube-system", "agent-a")), call(0, 40000)}, []string{"a node > Deployment shop/cart TCP 8080", byNobody}},
		"reserved":                  {[]*flow.Flow{said(0, reserved("unmanaged")), call(0, 40000)}, []string{gone + " (a pod that Cilium does not manage) > Deployment shop/cart TCP 8080", byNobody}},
		"the world by its own":      {[]*flow.Flow{said(0, load()), call(0, 40000, from(reserved("world")))}, []string{byLoad, byNobody}},
		"forged":                    {[]*flow.Flow{said(0, load(), denied), call(0, 40000)}, []string{byLoad + " denied", byNobody}},
		"a namespace alone":         {[]*flow.Flow{said(0, peerOf("", "")), call(0, 40000)}, []string{byNobody + " x2"}},
		"a pod of the cluster":      {[]*flow.Flow{said(0, named("shop", "web-6d4f5-aaaaa")), call(0, 40000)}, []string{"Deployment shop/web > Deployment shop/cart TCP 8080 x2"}},
		"labels of one":             {[]*flow.Flow{said(0, peerOf("", "", "app", "cart")), call(0, 40000)}, []string{"Deployment shop/cart > Deployment shop/cart TCP 8080 x2"}},
		"on the way":                {[]*flow.Flow{said(0, load()), call(0, 50000, undirected)}, []string{byLoad + " x2"}},
		"the way back":              {[]*flow.Flow{said(0, load()), tcp(cart+":8080 > "+gone+":50000", undirected, at(noon))}, []string{byLoad + " x2"}},
		"a reply alone":             {[]*flow.Flow{tcp(cart+":7777 > "+gone+":50000", undirected, at(noon), to(load())), tcp(cart+":7777 > "+gone+":50001", undirected, at(noon))}, []string{"none: " + api.UnclearDirection + " x2"}},
		"two ephemeral ports":       {[]*flow.Flow{said(0, load()), tcp(cart+":40000 > "+gone+":50001", undirected, at(noon))}, []string{byLoad, ephemeral}},
		"before translation":        {[]*flow.Flow{said(0, load()), tcp(gone+":50000 > 10.96.0.50:80", at(noon), atClient)}, []string{byLoad + " x2 via shop/cart:80 from client"}},
		"as a server":               {[]*flow.Flow{tcp(web+":40000 > "+gone+":80", to(load()), at(noon)), tcp(web+":40001 > "+gone+":80", at(noon))}, []string{"Deployment shop/web > Deployment shop/load map[app:load] TCP 80 x2"}},
		"the connection, hand over": {[]*flow.Flow{said(0, load()), call(1, 50000), call(1, 50001), said(2, batch(), func(f *flow.Flow) { f.Client.Port = 50002 })}, []string{byBatch, byLoad + " x2", byNobody}},
		"the connection, another":   {[]*flow.Flow{said(0, load()), call(2, 50000), said(2, batch(), func(f *flow.Flow) { f.Client.Port = 50002 })}, []string{byBatch, byLoad, byNobody}},
		"ping":                      {[]*flow.Flow{said(0, load()), seen(flow.ICMP, gone+" > "+cart, at(noon))}, []string{byLoad, "Deployment shop/load map[app:load] > Deployment shop/cart ICMP 0"}},
		"both ends":                 {[]*flow.Flow{tcp(gone+":40000 > "+ended+":80", from(load()), to(batch()), at(noon)), tcp(gone+":40001 > "+ended+":80", at(noon))}, []string{"Deployment shop/load map[app:load] > Deployment shop/batch map[app:batch] TCP 80 x2"}},
		"a pod that has ended":      {[]*flow.Flow{tcp(ended+":40000 > "+cart+":8080", from(named("shop", "report-29000000-zzzzz")), at(noon)), tcp(ended+":40001 > "+cart+":8080", at(noon))}, []string{"Job shop/report-29000000 > Deployment shop/cart TCP 8080 x2"}},
		"many":                      {slices.Concat([]*flow.Flow{call(0, 40000)}, crowdAt(noon, 9)), append(crowdLines(9), byNobody)},
	} {
		t.Run(name, func(t *testing.T) {
			dice := rand.New(rand.NewPCG(1, uint64(len(name))))
			for range 6 {
				checkSet(t, run(inv, c.flows), c.want...)
				dice.Shuffle(len(c.flows), func(i, j int) { c.flows[i], c.flows[j] = c.flows[j], c.flows[i] })
				for _, f := range c.flows { // split in parts given together
					f.Point.Source = fmt.Sprint("part", dice.IntN(3))
				}
			}
		})
	}
}

// crowdAt are n workloads that are named one after the other.
func crowdAt(first int64, n int) []*flow.Flow {
	var flows []*flow.Flow
	for i := range n {
		peer := peerOf("Deployment", fmt.Sprint("w", i), "app", fmt.Sprint("w", i))
		flows = append(flows, tcp(gone+":50000 > "+cart+":8080", from(peer), at(first+int64(i)*500)))
	}
	return flows
}

func crowdLines(n int) []string {
	var lines []string
	for i := range n {
		lines = append(lines, fmt.Sprintf("Deployment shop/w%d map[app:w%[1]d] > Deployment shop/cart TCP 8080", i))
	}
	return lines
}

// TestHeirOfAnAddress: a pod that has an address now did not have it before it was made.
func TestHeirOfAnAddress(t *testing.T) {
	inv := inventory(t, shopText(t)+`---
apiVersion: v1
kind: Pod
metadata: {name: heir, namespace: shop, creationTimestamp: "2026-03-02T10:00:00Z"}
spec: {containers: [{name: c, image: i}], nodeName: node-a}
status: {phase: Running, podIPs: [{ip: 10.244.1.77}]}
`)
	const made = noon - 7200 + 86400
	call := func(sec int64, with ...func(*flow.Flow)) *flow.Flow {
		return tcp(ended+":40000 > "+cart+":8080", append(with, at(sec))...)
	}
	const rest = " > Deployment shop/cart TCP 8080"
	anew := func(f *flow.Flow) { f.Client.Port = 40001 }
	checkSet(t, run(inv, []*flow.Flow{call(made-600, from(load())), call(made-300, from(load())), call(made-400, anew), call(made-299, anew), call(made+1, anew)}),
		"Deployment shop/load map[app:load]"+rest+" x3", ended+" (the address has changed hands since)"+rest, "Pod shop/heir"+rest)
}

// TestHistoryLikeAModel compares with all words looked through for each flow.
func TestHistoryLikeAModel(t *testing.T) {
	inv := shop(t)
	peers := []*flow.Peer{load(), batch(), peerOf("", "", "app", "web")}
	names := []string{"load", "batch", "web"}
	settled := 0
	for seed := range uint64(300) {
		dice := rand.New(rand.NewPCG(seed, 9))
		var flows []*flow.Flow
		words := make([][]int64, len(peers))
		owner, now := 0, int64(noon)
		for range 2 + dice.IntN(8) { // words of one pod, then mostly of the next one
			now += dice.Int64N(300)
			words[owner] = append(words[owner], now)
			flows = append(flows, tcp(fmt.Sprintf("%s:%d > %s:8080", gone, 50000+len(flows), cart), from(peers[owner]), at(now)))
			if dice.IntN(3) == 0 {
				owner = (owner + 1 + dice.IntN(2)) % len(peers)
			}
		}
		mute := noon - 200 + dice.Int64N(now-noon+400)
		flows = append(flows, tcp(gone+":40000 > "+cart+":9999", at(mute)))
		dice.Shuffle(len(flows), func(i, j int) { flows[i], flows[j] = flows[j], flows[i] })
		want := model(words, mute)
		for _, e := range run(inv, flows).doc.Edges {
			got := -1
			if e.Port != 9999 {
				continue
			}
			if e.Client.Kind == api.EndWorkload {
				got = slices.Index(names, e.Client.Workload.Name)
				settled++
			}
			if got != want {
				t.Fatalf("seed %d: %d, want %d: %v at %d", seed, got, want, words, mute)
			}
		}
	}
	if settled < 50 || settled > 250 {
		t.Errorf("%d of 300 are settled", settled)
	}
}

// model is whose the address was at a time, -1 for not known.
func model(words [][]int64, at int64) int {
	who, spoke := -1, 0
	for i, times := range words {
		if len(times) > 0 {
			spoke++
			who = i
		}
		for j, others := range words {
			if i != j && len(times) > 0 && len(others) > 0 && times[0] <= at && at <= times[len(times)-1] && times[0] <= others[len(others)-1] && others[0] <= times[len(times)-1] {
				return -1
			}
		}
	}
	if spoke == 1 {
		times := words[who]
		if times[0]-120 <= at && at <= times[len(times)-1]+120 {
			return who
		}
		return -1
	}
	for i, times := range words {
		if len(times) > 0 && times[0] <= at && at <= times[len(times)-1] {
			return i
		}
	}
	return -1
}
