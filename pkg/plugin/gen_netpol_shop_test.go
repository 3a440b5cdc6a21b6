package plugin

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	onlineshop "github.com/kubectl-harden/kubectl-harden/internal/testkit/shop"
)

// shopSeed is that of the observers; the tests hold for any.
const shopSeed = 7

// checkProof compares the proof of each workload with what its policies let through.
func checkProof(t *testing.T, s *onlineshop.Shop, got map[tuple]bool, edges []onlineshop.Edge) {
	t.Helper()
	raw, err := os.ReadFile("proof.json")
	if err != nil {
		t.Fatal(err)
	}
	var proof api.Proof
	if err := json.Unmarshal(raw, &proof); err != nil {
		t.Fatal(err)
	}
	needed, seen := neededTuples(s, edges), map[string]bool{}
	for _, subject := range proof.Subjects {
		name := subject.Subject[strings.LastIndexByte(subject.Subject, '/')+1:]
		seen[name] = true
		if subject.Coverage != 1 || subject.Covered != subject.Observed || len(subject.Excess) != 0 || len(subject.Refused) != 0 {
			t.Errorf("%s: coverage %v, %d of %d, excess %+v, refused %+v", subject.Subject, subject.Coverage, subject.Covered, subject.Observed, subject.Excess, subject.Refused)
		}
		if subject.Granted != subject.Observed+len(subject.Added) && s.Workload(name) != nil && !s.Workload(name).HostNetwork {
			t.Errorf("%s: %d granted, %d observed, added %+v", subject.Subject, subject.Granted, subject.Observed, subject.Added)
		}
		added := 0
		for use := range got {
			if use.workload == name && !needed[use] {
				added++
			}
		}
		if added != len(subject.Added) {
			t.Errorf("%s: its policies have %d uses that are not needed, its proof %+v", subject.Subject, added, subject.Added)
		}
		for _, use := range subject.Added {
			if use.Reason == "" || use.Use == "" {
				t.Errorf("%s: %+v", subject.Subject, use)
			}
		}
	}
	for use := range got {
		if !seen[use.workload] {
			t.Errorf("no proof of %s", use.workload)
		}
	}
	if proof.Total.Coverage != 1 {
		t.Errorf("%+v", proof.Total)
	}
}

// checkPorts looks for ports that no policy may have.
func checkPorts(t *testing.T, s *onlineshop.Shop, got map[tuple]bool) {
	t.Helper()
	targets := map[string]bool{"UDP 53": true, "TCP 53": true}
	for _, e := range s.Needed() {
		targets[portText(e.Protocol, e.Port)] = true
	}
	for use := range got {
		if !targets[use.port] {
			t.Errorf("no port of a pod: %s", use)
		}
		if strings.HasPrefix(use.peer, "10.96.") {
			t.Errorf("an address of a Service: %s", use)
		}
	}
}

// redisIn is what the policy that was there lets through.
func redisIn() tuple { return tuple{"redis", in, "cart", "TCP 6379"} }

// inShop runs gen netpol for flows, with the objects of the shop in a file.
func inShop(t *testing.T, s *onlineshop.Shop, files map[string]string, args ...string) result {
	t.Helper()
	all := maps.Clone(files)
	if all == nil {
		all = map[string]string{}
	}
	if _, ok := all["state.yaml"]; !ok {
		all["state.yaml"] = s.YAML()
	}
	inDir(t, all)
	return genNetpol(t, args...)
}

func genNetpol(t *testing.T, args ...string) result {
	t.Helper()
	return run(t, "", append([]string{"gen", "netpol", "-f", "state.yaml", "--local"}, args...)...)
}

func TestGenNetpolShopFromHubble(t *testing.T) {
	s := onlineshop.New()
	for _, seed := range []uint64{shopSeed, 1, 2} {
		got := inShop(t, s, map[string]string{"hubble.json": s.Hubble(seed)}, "-A", "--from", "hubble.json", "--proof", "proof.json")
		if got.code != 0 {
			t.Fatalf("exit %d\n%s%s", got.code, got.stdout, got.stderr)
		}
		policies := policiesOf(t, got.stdout)
		tuples := tuplesOf(t, s, policies)
		checkTuples(t, s, tuples, s.Needed(), redisIn())
		checkProof(t, s, tuples, s.Needed())
		checkPorts(t, s, tuples)
		checkTypes(t, s, policies)
		if !tuples[tuple{"operator", out, "192.0.2.10", "TCP 6443"}] {
			t.Error("the API server is not at its endpoint")
		}
		if !strings.Contains(got.stderr, "node-agent") {
			t.Errorf("node-agent is not told:\n%s", got.stderr)
		}
		if !strings.Contains(got.stdout, onlineshop.PaymentsName) {
			t.Errorf("no name for the addresses of payments:\n%s", got.stdout)
		}
	}
}

// TestGenNetpolShopAddedHolds: what is added for one end, the policy of the other end does not
// refuse: who may ask for names is answered.
func TestGenNetpolShopAddedHolds(t *testing.T) {
	s := onlineshop.New()
	for _, args := range [][]string{{}, {"--default-deny"}} {
		got := inShop(t, s, map[string]string{"hubble.json": s.Hubble(shopSeed)}, append([]string{"-A", "--from", "hubble.json"}, args...)...)
		tuples := tuplesOf(t, s, policiesOf(t, got.stdout))
		for use := range tuples {
			if use.direction == out && use.peer == "coredns" && !covered(tuples, tuple{"coredns", in, use.workload, use.port}) {
				t.Errorf("%q: %s is let out, and not in", args, use)
			}
		}
	}
}

// TestGenNetpolShopDefaultDeny: what closes the rest of a namespace comes behind all else.
func TestGenNetpolShopDefaultDeny(t *testing.T) {
	s := onlineshop.New()
	got := inShop(t, s, map[string]string{"hubble.json": s.Hubble(shopSeed)}, "-A", "--from", "hubble.json", "--default-deny")
	var last []string
	for _, p := range policiesOf(t, got.stdout) {
		switch {
		case p.Name == "default-deny":
			last = append(last, p.Namespace)
			if len(p.Spec.PolicyTypes) != 2 || len(p.Spec.Ingress)+len(p.Spec.Egress)+len(p.Spec.PodSelector.MatchLabels) != 0 {
				t.Errorf("%+v", p.Spec)
			}
		case len(last) > 0:
			t.Errorf("%s/%s comes behind a default", p.Namespace, p.Name)
		}
	}
	if !slices.Equal(last, s.Namespaces()) {
		t.Errorf("defaults of %q", last)
	}
	if !strings.Contains(got.stderr, "of which nothing was observed") {
		t.Errorf("not told whom it isolates unseen:\n%s", got.stderr)
	}
}

// checkTypes: a direction is closed only where something is needed in it.
func checkTypes(t *testing.T, s *onlineshop.Shop, policies []*networkingv1.NetworkPolicy) {
	t.Helper()
	needed := neededTuples(s, s.Needed())
	for _, p := range policies {
		for _, name := range selected(t, s, &p.Spec.PodSelector, func(name string) bool { return name == p.Namespace }) {
			for _, d := range p.Spec.PolicyTypes {
				some := false
				for use := range needed {
					some = some || use.workload == name && use.direction == d
				}
				if !some {
					t.Errorf("policy %s/%s closes %s, of which nothing was observed", p.Namespace, p.Name, d)
				}
			}
		}
	}
}

// TestGenNetpolShopOfNamespaces: the policies of one namespace are those of all.
func TestGenNetpolShopOfNamespaces(t *testing.T) {
	s := onlineshop.New()
	all := inShop(t, s, map[string]string{"hubble.json": s.Hubble(shopSeed)}, "-A", "--from", "hubble.json")
	whole := policiesOf(t, all.stdout)
	for _, namespace := range s.Namespaces() {
		got := genNetpol(t, "-n", namespace, "--from", "hubble.json", "--proof", "proof.json")
		if got.code != 0 {
			t.Errorf("%s: exit %d\n%s", namespace, got.code, got.stderr)
			continue
		}
		want := slices.DeleteFunc(slices.Clone(whole), func(p *networkingv1.NetworkPolicy) bool { return p.Namespace != namespace })
		if diff := cmp.Diff(want, policiesOf(t, got.stdout)); diff != "" {
			t.Errorf("%s: %s", namespace, diff)
		}
	}
}

// tables are what conntrack and sockets show of the shop.
func tables(s *onlineshop.Shop) map[string]string {
	files := map[string]string{}
	for name, text := range s.Sockets(shopSeed) {
		files["flows/"+name] = text
	}
	for i, n := range s.Nodes {
		files["flows/"+n.Name+".conntrack"] = s.Conntrack(n, shopSeed, i == 0)
	}
	return files
}

// TestGenNetpolShopFromTables: conntrack and sockets name addresses alone. The pods of load have
// ended, so that nobody can tell whose theirs are.
func TestGenNetpolShopFromTables(t *testing.T) {
	s := onlineshop.New()
	got := inShop(t, s, tables(s), "-A", "--from", "flows", "--proof", "proof.json", "--isolate", "ingress,egress")
	if got.code != 0 {
		t.Fatalf("exit %d\n%s%s", got.code, got.stdout, got.stderr)
	}
	seen := slices.DeleteFunc(s.Needed(), func(e onlineshop.Edge) bool { return e.From == "load" })
	tuples := tuplesOf(t, s, policiesOf(t, got.stdout))
	checkTuples(t, s, tuples, seen, redisIn())
	checkProof(t, s, tuples, seen)
	checkPorts(t, s, tuples)
	if !strings.Contains(got.stderr, "has ended") && !strings.Contains(got.stderr, "no pod has this address") {
		t.Errorf("nothing on the addresses of load:\n%s", got.stderr)
	}
}

// TestGenNetpolShopStaysOpen: what cannot be named keeps a direction open, and says so.
func TestGenNetpolShopStaysOpen(t *testing.T) {
	s := onlineshop.New()
	got := inShop(t, s, tables(s), "-n", "shop", "deploy/web", "--from", "flows")
	if got.code != 0 || !strings.Contains(got.stdout+got.stderr, "open") {
		t.Fatalf("exit %d\n%s%s", got.code, got.stdout, got.stderr)
	}
	for _, p := range policiesOf(t, got.stdout) {
		if slices.Contains(p.Spec.PolicyTypes, in) {
			t.Errorf("ingress of web is closed:\n%s", got.stdout)
		}
	}
}
