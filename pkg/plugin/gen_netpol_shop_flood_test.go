package plugin

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
	onlineshop "github.com/kubectl-harden/kubectl-harden/internal/testkit/shop"
)

// TestGenNetpolShopScan: a thousand ports that one pod tried of another one are said, and none of
// them is let through.
func TestGenNetpolShopScan(t *testing.T) {
	s := onlineshop.New()
	address, web := webEnd(s)
	var scan strings.Builder
	for port := range 1000 {
		scan.WriteString(hubbleLine(t, shopAddress(s, "statsd"), address, 1+port, shopEnd("shop", "statsd", s.Workload("statsd").Pods[0].Name), web))
	}
	want := inShop(t, s, map[string]string{"hubble.json": s.Hubble(shopSeed)}, "-n", "shop", "deploy/web", "--from", "hubble.json")
	got := inShop(t, s, map[string]string{"hubble.json": s.Hubble(shopSeed) + scan.String()}, "-n", "shop", "deploy/web", "--from", "hubble.json")
	if diff := cmp.Diff(policiesOf(t, want.stdout), policiesOf(t, got.stdout)); diff != "" || got.code != 0 || !strings.Contains(got.stdout+got.stderr, "scan") {
		t.Errorf("exit %d\n%s%s", got.code, got.stderr, diff)
	}
}

// TestGenNetpolShopFlood: from ten thousand addresses on nobody reads a list of them.
func TestGenNetpolShopFlood(t *testing.T) {
	s := onlineshop.New()
	address, web := webEnd(s)
	var flood strings.Builder
	for i := range 10_000 {
		flood.WriteString(hubbleLine(t, fmt.Sprintf("198.%d.%d.%d", 18+i>>16, i>>8&255, i&255), address, 8080, world(), web)) // RFC 2544
	}
	got := inShop(t, s, map[string]string{"hubble.json": s.Hubble(shopSeed) + flood.String()}, "-n", "shop", "deploy/web", "--from", "hubble.json", "--proof", "proof.json")
	if got.code != 0 || len(got.stdout) > 1<<20 {
		t.Fatalf("exit %d, %d bytes\n%s", got.code, len(got.stdout), got.stderr)
	}
	if !strings.Contains(got.stdout+got.stderr, "any address") {
		t.Errorf("not told:\n%s\n%s", got.stdout, got.stderr)
	}
	tuples := map[tuple]bool{}
	for _, p := range policiesOf(t, got.stdout) {
		for _, r := range p.Spec.Ingress {
			if len(r.From) > 8 {
				t.Errorf("%d peers in a rule", len(r.From))
			}
			if len(r.From) == 0 {
				tuples[tuple{"web", in, anyPeer, portsOf(t, r.Ports[0])[0]}] = true
			}
			for _, peer := range r.From {
				if peer.IPBlock != nil && strings.HasSuffix(peer.IPBlock.CIDR, "/0") {
					tuples[tuple{"web", in, anyPeer, portsOf(t, r.Ports[0])[0]}] = true
				}
			}
		}
	}
	if !tuples[tuple{"web", in, anyPeer, "TCP 8080"}] {
		t.Errorf("no rule for any address:\n%s", got.stdout)
	}
}

// TestGenNetpolShopExcluded: an edge is left out by a block with host bits as by the block itself.
func TestGenNetpolShopExcluded(t *testing.T) {
	s := onlineshop.New()
	files := map[string]string{"hubble.json": s.Hubble(shopSeed)}
	var outs []string
	for _, block := range []string{"198.51.100.40/31", "198.51.100.41/31", "::ffff:198.51.100.41/127"} {
		got := inShop(t, s, files, "-n", "shop", "deploy/payment", "--from", "hubble.json", "--exclude-edge", "deploy/payment->"+block)
		if got.code != 0 || !strings.Contains(got.stdout+got.stderr, "--exclude-edge") {
			t.Fatalf("exit %d\n%s%s", got.code, got.stdout, got.stderr)
		}
		for use := range tuplesOf(t, s, policiesOf(t, got.stdout)) {
			if strings.HasPrefix(use.peer, "198.") {
				t.Errorf("%s: %s", block, use)
			}
		}
		outs = append(outs, fmt.Sprint(policiesOf(t, got.stdout)))
	}
	if len(slices.Compact(outs)) != 1 {
		t.Error(cmp.Diff(outs[0], outs[1]))
	}
}

// TestGenNetpolShopHostileNames: names of others end up in comments and rules, and nowhere else.
func TestGenNetpolShopHostileNames(t *testing.T) {
	s := onlineshop.New()
	address, web := webEnd(s)
	var lines strings.Builder
	lines.WriteString(s.Hubble(shopSeed))
	for i, text := range testkit.HostileStrings() {
		from := fmt.Sprintf("10.244.3.%d", 100+i)
		for _, end := range []map[string]any{
			shopEnd("shop", text.Value, "ghost-"+text.Value), shopEnd(text.Value, "app", "pod"),
			{"namespace": "shop", "labels": []string{"k8s:" + text.Value + "=x", "k8s:app=cart"}, "pod_name": text.Value, "workloads": []map[string]string{{"name": text.Value, "kind": text.Value}}},
		} {
			lines.WriteString(hubbleLine(t, from, address, 8080, end, web))
		}
		named := hubbleLine(t, shopAddress(s, "payment"), "198.51.100.200", 443, shopEnd("shop", "payment", s.Workload("payment").Pods[0].Name), world())
		name, err := json.Marshal(text.Value)
		if err != nil {
			t.Fatal(err)
		}
		lines.WriteString(strings.Replace(named, `"verdict"`, `"destination_names":[`+string(name)+`],"verdict"`, 1))
	}
	for _, args := range [][]string{{}, {"-o", "json"}, {"-o", "kyaml"}, {"--isolate", "ingress,egress"}} {
		got := inShop(t, s, map[string]string{"hubble.json": lines.String()}, append([]string{"-n", "shop", "--from", "hubble.json", "--proof", "proof.json"}, args...)...)
		if got.code != 0 {
			t.Errorf("%q: exit %d\n%q", args, got.code, got.stderr)
		}
		format := "yaml"
		if len(args) > 1 && args[0] == "-o" {
			format = args[1]
		} else {
			policiesOf(t, got.stdout)
		}
		testkit.CheckHarmless(t, format, got.stdout)
		testkit.CheckHarmless(t, "text", got.stderr)
	}
}
