package plugin

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
	onlineshop "github.com/kubectl-harden/kubectl-harden/internal/testkit/shop"
)

// hubbleLine is a packet that opens a connection, from one address to another.
func hubbleLine(t *testing.T, from, to string, port int, source, destination map[string]any) string {
	t.Helper()
	text, err := json.Marshal(map[string]any{"flow": map[string]any{
		"time": "2026-11-20T08:00:00Z", "verdict": "FORWARDED", "Type": "L3_L4", "is_reply": false,
		"IP":     map[string]any{"source": from, "destination": to, "ipVersion": "IPv4"},
		"l4":     map[string]any{"TCP": map[string]any{"source_port": 45678, "destination_port": port, "flags": map[string]any{"SYN": true}}},
		"source": source, "destination": destination, "traffic_direction": "INGRESS", "trace_observation_point": "TO_ENDPOINT", "event_type": map[string]any{"type": 4},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return string(text) + "\n"
}

// shopEnd is an end as Hubble names it.
func shopEnd(namespace, app, pod string) map[string]any {
	return map[string]any{"identity": 4321, "namespace": namespace, "labels": []string{"k8s:app=" + app, "k8s:io.kubernetes.pod.namespace=" + namespace}, "pod_name": pod}
}

// webEnd is a pod of web with its address.
func webEnd(s *onlineshop.Shop) (address string, end map[string]any) {
	pod := s.Workload("web").Pods[0]
	return pod.Addresses[0].String(), shopEnd("shop", "web", pod.Name)
}

func world() map[string]any {
	return map[string]any{"identity": 2, "labels": []string{"reserved:world"}}
}

// TestGenNetpolShopErrors: what cannot be answered is one line, and exit 2.
func TestGenNetpolShopErrors(t *testing.T) {
	s := onlineshop.New()
	address, web := webEnd(s)
	hubble := s.Hubble(shopSeed)
	inDir(t, map[string]string{
		"state.yaml": s.YAML(), "hubble.json": hubble, "empty.json": "", "audit.log": auditLog(t, checkoutEvents()), "dir/README.md": "# Flows\n",
		"garbage.json": strings.Repeat("not a flow\n", 100), "cut.json.gz": testkit.Gzip(t, hubble)[:15],
		"ports.json":   hubbleLine(t, "10.244.1.50", address, 70000, map[string]any{}, web) + hubbleLine(t, "10.244.1.50", address, -1, map[string]any{}, web),
		"foreign.json": hubbleLine(t, "203.0.113.1", "203.0.113.2", 80, world(), world()),
	})
	for _, c := range []struct{ args, want string }{
		{"--exact", "--exact needs --from FILE with flows"},
		{"--exact --from static", "--from static and auto what was not"},
		{"--from hubble", "--from hubble: flows are read from files, such as one of hubble observe -o json; a file of that name is ./hubble"},
		{"--view x", `--view: view "x" is none of edges, matrix, mermaid, dot, html`},
		{"--view edges -o yaml", "--view does not go with -o"},
		{"--view edges --flavor cilium", "leave out --flavor"},
		{"--flavor x", `--flavor "x" is none of networkpolicy, cilium`},
		{"--from missing.json", "missing.json: no such file"},
		{"--from empty.json", "empty.json"},
		{"--from dir", "dir"},
		{"--from audit.log", "audit"},
		{"--from garbage.json", "garbage.json"},
		{"--from cut.json.gz", "cut.json.gz"},
		{"--from ports.json", "ports.json"},
		{"--from foreign.json", "nothing of any of 11 workloads of namespace shop"},
		{"--from state.yaml", "state.yaml"},
		{"--from hubble.json --isolate both", `--isolate "both" is neither ingress nor egress`},
		{"--from hubble.json --min-count -1", "cannot be negative"},
		{"--from hubble.json --exact --max-external 1", "--exact does not go with --max-external"},
		{"--from hubble.json --exact --include-denied", "--exact does not go with --include-denied"},
		{"--from hubble.json --exclude-edge nonsense", `--exclude-edge "nonsense"`},
		{"--from hubble.json --exclude-edge a->b->c", "--exclude-edge"},
		{"--from hubble.json --exclude-edge *->10.0.0.0/33", "--exclude-edge"},
		{"--from hubble.json --exclude-edge *->deploy/web:0", "--exclude-edge"},
		{"--from hubble.json --exclude-edge *->deploy/web:70000", "--exclude-edge"},
		{"--from hubble.json --cni fast", `network plugin "fast" is not known`},
		{"--from hubble.json -o table", "table"},
		{"deploy/absent --from hubble.json", "absent"},
	} {
		got := genNetpol(t, append([]string{"-n", "shop"}, strings.Fields(c.args)...)...)
		if got.code != 2 || got.stdout != "" || !strings.Contains(got.stderr, c.want) || strings.Count(got.stderr, "\n") != 1 {
			t.Errorf("%s: exit %d\n%s%s", c.args, got.code, got.stdout, got.stderr)
		}
	}
}

// TestGenNetpolShopBadLines: what is bad is told, and changes nothing of the policies that the
// good lines give.
func TestGenNetpolShopBadLines(t *testing.T) {
	s := onlineshop.New()
	address, web := webEnd(s)
	hubble := s.Hubble(shopSeed)
	want := inShop(t, s, map[string]string{"hubble.json": hubble}, "-A", "--from", "hubble.json")
	lines := strings.SplitAfter(hubble, "\n")
	garbage := strings.Join(lines[:40], "") + "}{ no flow\n\x00\xff\xfe\n[]\nnull\n\"\"\n" + strings.Join(lines[40:], "")
	for name, c := range map[string]struct{ text, told string }{
		"garbage":     {garbage, "not JSON"},
		"port 70000":  {hubble + hubbleLine(t, "10.244.1.50", address, 70000, map[string]any{}, web), "port out of range"},
		"a cut line":  {hubble + lines[0][:100], "cut"},
		"no address":  {hubble + hubbleLine(t, "", address, 80, map[string]any{}, web), "no address"},
		"port 0":      {hubble + hubbleLine(t, shopAddress(s, "cart"), address, 0, shopEnd("shop", "cart", s.Workload("cart").Pods[0].Name), web), ""},
		"empty lines": {strings.ReplaceAll(hubble, "\n", "\n\n"), ""},
		"CRLF":        {strings.ReplaceAll(hubble, "\n", "\r\n"), ""},
		"mapped":      {regexp.MustCompile(`"(10\.244\.\d+\.\d+)"`).ReplaceAllString(hubble, `"::ffff:$1"`), ""},
	} {
		got := inShop(t, s, map[string]string{"bad.json": c.text}, "-A", "--from", "bad.json")
		if diff := cmp.Diff(policiesOf(t, want.stdout), policiesOf(t, got.stdout)); diff != "" || got.code != 0 || !strings.Contains(got.stdout+got.stderr, c.told) {
			t.Errorf("%s: exit %d\n%s%s", name, got.code, got.stderr, diff)
		}
	}
}

func shopAddress(s *onlineshop.Shop, name string) string {
	return s.Workload(name).Pods[0].Addresses[0].String()
}

// TestGenNetpolShopCutGzip: of a stream that ends early the lines before count, and the end is told.
func TestGenNetpolShopCutGzip(t *testing.T) {
	s := onlineshop.New()
	zipped := testkit.Gzip(t, s.Hubble(shopSeed))
	got := inShop(t, s, map[string]string{"hubble.json.gz": zipped[:len(zipped)/2]}, "-A", "--from", "hubble.json.gz")
	if got.code != 0 || !strings.Contains(got.stdout+got.stderr, "gzip ends early") {
		t.Fatalf("exit %d\n%s%s", got.code, got.stdout, got.stderr)
	}
	checkNothingElse(t, s, got, mayBeAdded(s))
}

// checkNothingElse: whatever is written, the truth needs it.
func checkNothingElse(t *testing.T, s *onlineshop.Shop, got result, addable map[tuple]bool) {
	t.Helper()
	needed := neededTuples(s, s.Needed())
	for use := range tuplesOf(t, s, policiesOf(t, got.stdout)) {
		if !needed[use] && !addable[use] {
			t.Errorf("too much: %s", use)
		}
	}
}

// TestGenNetpolShopPoorStates: a file that lacks kinds makes fewer rules, never wrong ones.
func TestGenNetpolShopPoorStates(t *testing.T) {
	s := onlineshop.New()
	for _, lacks := range []string{"Service", "EndpointSlice", "Pod", "Namespace", "ReplicaSet", "Node", "NetworkPolicy", "Ingress"} {
		var left []string
		for document := range strings.SplitSeq(s.YAML(), "---\n") {
			if !regexp.MustCompile(`(?m)^kind: ` + lacks + `$`).MatchString(document) {
				left = append(left, document)
			}
		}
		state := strings.Join(left, "---\n")
		for name, files := range map[string]map[string]string{"hubble": {"flows/hubble.json": s.Hubble(shopSeed)}, "tables": tables(s)} {
			files["state.yaml"] = state
			got := inShop(t, s, files, "-A", "--from", "flows", "--proof", "proof.json")
			t.Logf("without %s, %s: exit %d", lacks, name, got.code)
			if lacks == "Pod" { // addresses of nobody
				if got.code != 2 || strings.Count(got.stderr, "\n") != 1 || got.stdout != "" || !strings.Contains(got.stderr, "no pods were read") {
					t.Errorf("without pods, %s: exit %d\n%s%s", name, got.code, got.stdout, got.stderr)
				}
				continue
			}
			if got.code != 0 {
				t.Errorf("without %s, %s: exit %d\n%s%s", lacks, name, got.code, got.stdout, got.stderr)
				continue
			}
			may := mayBeAdded(s)
			for _, w := range s.Workloads {
				if lacks == "Service" { // nobody knows where names are asked for
					may[tuple{w.Name, out, anyPeer, "UDP 53"}], may[tuple{w.Name, out, anyPeer, "TCP 53"}] = true, true
				}
			}
			checkNothingElse(t, s, got, may)
		}
	}
}

// TestGenNetpolShopGonePods: a pod that is not there any more is known by what Hubble says of it.
func TestGenNetpolShopGonePods(t *testing.T) {
	s := onlineshop.New()
	address, web := webEnd(s)
	web["cluster_name"] = "default"
	for name, source := range map[string]map[string]any{
		"labels": shopEnd("shop", "ghost", "ghost-7d9c-x2x4q"), "other cluster": {"cluster_name": "west", "namespace": "shop", "labels": []string{"k8s:app=cart"}},
		"namespace alone": {"namespace": "shop"}, "nothing": {},
	} {
		line := hubbleLine(t, "10.244.2.222", address, 8080, source, web)
		got := inShop(t, s, map[string]string{"gone.json": line}, "-n", "shop", "deploy/web", "--from", "gone.json")
		if got.code != 0 && got.code != 2 {
			t.Errorf("%s: exit %d", name, got.code)
		}
		for _, p := range policiesOf(t, got.stdout) {
			for _, rule := range p.Spec.Ingress {
				for _, peer := range rule.From {
					if peer.IPBlock != nil || peer.PodSelector == nil || len(peer.PodSelector.MatchLabels) == 0 || peer.PodSelector.MatchLabels["app"] == "cart" {
						t.Errorf("%s: a rule for an address that is another's by now: %+v", name, peer)
					}
				}
			}
		}
		if !strings.Contains(got.stdout+got.stderr, "10.244.2.222") && !strings.Contains(got.stdout+got.stderr, "ghost") {
			t.Errorf("%s: not told:\n%s%s", name, got.stdout, got.stderr)
		}
	}
}
