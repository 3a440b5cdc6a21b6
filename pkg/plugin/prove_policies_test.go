package plugin

import (
	"encoding/json"
	"maps"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	onlineshop "github.com/kubectl-harden/kubectl-harden/internal/testkit/shop"
)

// inJudgedShop has the state of the shop, what Hubble saw of it, and the policies that gen netpol
// wrote for it.
func inJudgedShop(t *testing.T, files map[string]string) string {
	t.Helper()
	s := onlineshop.New()
	all := map[string]string{"hubble.json": s.Hubble(shopSeed)}
	maps.Copy(all, files)
	got := inShop(t, s, all, "-A", "--from", "hubble.json")
	if got.code != 0 {
		t.Fatalf("%+v", got)
	}
	write(t, ".", "netpol.yaml", got.stdout)
	return got.stdout
}

func provePolicies(t *testing.T, args ...string) result {
	t.Helper()
	return run(t, "", append([]string{"prove", "-f", "state.yaml", "-f", "netpol.yaml", "--from", "hubble.json", "--local"}, args...)...)
}

func proofFrom(t *testing.T, r result) api.Proof {
	t.Helper()
	var proof api.Proof
	if err := json.Unmarshal([]byte(r.stdout), &proof); err != nil {
		t.Fatalf("%v: %+v", err, r)
	}
	return proof
}

// TestProvePoliciesGenerated: what gen netpol writes is what prove accepts.
func TestProvePoliciesGenerated(t *testing.T) {
	inJudgedShop(t, nil)
	got := provePolicies(t)
	if got.code != 0 || strings.Contains(got.stdout, "\nno ") || !strings.HasPrefix(got.stdout, "yes") || got.stderr != "" {
		t.Errorf("exit %d\n%s%s", got.code, got.stdout, got.stderr)
	}
	proof := proofFrom(t, provePolicies(t, "-o", "json"))
	if len(proof.Subjects) < 10 || proof.Total.Coverage != 1 || proof.Total.Observed < 20 {
		t.Errorf("%d subjects, %+v", len(proof.Subjects), proof.Total)
	}
	for _, s := range proof.Subjects {
		if len(s.Refused)+len(s.Excess)+len(s.Inexpressible) > 0 || s.Tuples == nil || s.Tuples.After > s.Tuples.Before {
			t.Errorf("%+v", s)
		}
	}
}

// TestProvePoliciesEdited: each line that lets something through is missed without it, and the
// file and line of what comes nearest is named.
func TestProvePoliciesEdited(t *testing.T) {
	text := inJudgedShop(t, nil)
	edited := strings.Replace(text, "port: 7070", "port: 7071", 1)
	before, _, _ := strings.Cut(text, "port: 7070")
	line := 1 + strings.Count(before, "\n")
	for lines := strings.Split(edited, "\n"); !strings.HasPrefix(strings.TrimSpace(lines[line-1]), "- from") && !strings.HasPrefix(strings.TrimSpace(lines[line-1]), "- to"); {
		line--
	}
	write(t, ".", "netpol.yaml", edited)
	got := provePolicies(t)
	if got.code != 1 || !strings.HasPrefix(got.stdout, "no  ") || !strings.Contains(got.stdout, "netpol.yaml:"+strconv.Itoa(line)+" allows TCP 7071 alone") {
		t.Errorf("exit %d, want line %d\n%s%s", got.code, line, got.stdout, got.stderr)
	}
	proof := proofFrom(t, provePolicies(t, "-o", "json"))
	refused := 0
	for _, s := range proof.Subjects {
		refused += len(s.Refused)
	}
	if refused == 0 || proof.Total.Covered != proof.Total.Observed-refused {
		t.Errorf("%d refused, %+v", refused, proof.Total)
	}
}

const cartPolicy = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: cart, namespace: shop}
spec:
  podSelector: {matchLabels: {app: cart}}
  policyTypes: [Ingress]
  ingress:
  - from:
    - podSelector: {matchLabels: {app: nobody}}
    ports: [{port: 7070}]
`

// TestProvePoliciesPlan: policies need what gen netpol needs, roles what they needed, and a
// snapshot nothing.
func TestProvePoliciesPlan(t *testing.T) {
	snapshot := `{"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "kubectl-harden.dev/v1alpha1", "kind": "Snapshot", "metadata": {"name": "snapshot"}}]}`
	inDir(t, map[string]string{"cart.yaml": cartPolicy, "role.yaml": editedRole + editedBinding, "cluster.json": snapshot})
	plan := func(files string) string {
		got := run(t, "", "gen", "role", "--serviceaccount", "x:y", "-n", "shop", "--self", "prove "+files+" --from flows.json")
		return got.stdout + got.stderr
	}
	if got := plan("-f cart.yaml"); !strings.Contains(got, "networkpolicies") || strings.Contains(got, "rolebindings") {
		t.Errorf("policies:\n%s", got)
	}
	if got := plan("-f role.yaml"); strings.Contains(got, "networkpolicies") || !strings.Contains(got, "rolebindings") {
		t.Errorf("roles:\n%s", got)
	}
	for _, files := range []string{"-f cluster.json -f cart.yaml", "-f cart.yaml --local"} {
		if got := plan(files); strings.Contains(got, "resources:") {
			t.Errorf("%s:\n%s", files, got)
		}
	}
}

// TestProvePoliciesOfFiles: which policies are judged, and with what.
func TestProvePoliciesOfFiles(t *testing.T) {
	all := inJudgedShop(t, map[string]string{"cart.yaml": cartPolicy})
	state, err := os.ReadFile("state.yaml")
	if err != nil {
		t.Fatal(err)
	}
	write(t, ".", "whole.yaml", string(state)+"---\n"+cartPolicy)
	prove := func(args string) result {
		return run(t, all, append([]string{"prove", "--from", "hubble.json", "--local"}, strings.Fields(args)...)...)
	}
	for args, want := range map[string][]string{
		"-f state.yaml -f cart.yaml":                            {"1", "judged    state.yaml, cart.yaml, with 1 other in force", "cart.yaml:8 names pods app=nobody of namespace shop"},
		"-f cart.yaml -f state.yaml":                            {"1", "with 1 other in force", "cart.yaml:8"},
		"-f whole.yaml":                                         {"1", "with no other policy in force", "whole.yaml:"},
		"-f whole.yaml -f netpol.yaml":                          {"0", "in place of NetworkPolicy shop/cart, with 1 other in force"},
		"-f state.yaml -f netpol.yaml -f cart.yaml -o json":     {"1", "cart.yaml:8"},
		"-f state.yaml -f cart.yaml -f netpol.yaml -o json":     {"0", `"coverage": 1,`},
		"-f state.yaml -f - -o yaml":                            {"0", "kind: Proof"},
		"-f state.yaml -f cart.yaml --cni cilium --since 1000d": {"1", "cart.yaml:8"},
	} {
		got := prove(args)
		for _, text := range want[1:] {
			if strconv.Itoa(got.code) != want[0] || !strings.Contains(got.stdout, text) {
				t.Errorf("%s: exit %d, no %q in\n%s%s", args, got.code, text, got.stdout, got.stderr)
			}
		}
	}
}

func TestProvePoliciesBadInput(t *testing.T) {
	edit := func(from, to string) string { return strings.Replace(cartPolicy, from, to, 1) }
	inJudgedShop(t, map[string]string{
		"cart.yaml":   cartPolicy,
		"both.yaml":   cartPolicy + "---\n" + editedRole + editedBinding,
		"role.yaml":   editedRole + editedBinding,
		"bits.yaml":   edit("podSelector: {matchLabels: {app: nobody}}", "ipBlock: {cidr: 198.51.100.7/24}"),
		"field.yaml":  edit("ports:", "port:"),
		"port.yaml":   edit("7070", "70700"),
		"none.yaml":   edit("app: cart", "app: kart"),
		"noname.yaml": edit("name: cart, ", ""),
		"idle.yaml":   strings.ReplaceAll(cartPolicy, "namespace: shop", "namespace: elsewhere"),
		"audit.log":   auditLog(t, checkoutEvents()), "empty.json": "",
	})
	for args, want := range map[string]string{
		"-f state.yaml -f both.yaml --from hubble.json":                      "prove them apart",
		"-f role.yaml -f cart.yaml --from hubble.json":                       "prove them apart",
		"-f cart.yaml --from hubble.json":                                    "add -f FILE with them",
		"-f state.yaml -f bits.yaml --from hubble.json":                      `bits.yaml:8: the API server refuses NetworkPolicy shop/cart: ingress rule 1: ipBlock "198.51.100.7/24"`,
		"-f state.yaml -f field.yaml --from hubble.json":                     `field.yaml:`,
		"-f state.yaml -f port.yaml --from hubble.json":                      "port.yaml:8: the API server refuses NetworkPolicy shop/cart: ingress rule 1: port 1: 70700 is not from 1 to 65535",
		"-f state.yaml -f none.yaml --from hubble.json":                      "nothing to judge: NetworkPolicy shop/cart selects nothing",
		"-f state.yaml -f noname.yaml --from hubble.json":                    "noname.yaml:1: a NetworkPolicy without a name",
		"-f state.yaml -f idle.yaml --from hubble.json":                      "in namespace elsewhere",
		"-f state.yaml -f cart.yaml --from audit.log":                        "audit.log",
		"-f state.yaml -f cart.yaml --from audit":                            "which --local forbids",
		"-f state.yaml -f cart.yaml --from absent.json":                      "absent.json",
		"-f state.yaml -f cart.yaml --from empty.json":                       "empty.json",
		"-f state.yaml -f cart.yaml --from hubble.json --until 2001-01-01":   "nothing of Deployment shop/cart",
		"-f state.yaml -f cart.yaml --from hubble.json --serviceaccount a:b": "are for roles",
		"-f state.yaml -f cart.yaml --from hubble.json --cni none-such":      "none-such",
		"-f state.yaml -f state.yaml -f cart.yaml --from hubble.json":        "state.yaml",
	} {
		got := run(t, "", append([]string{"prove", "--local"}, strings.Fields(args)...)...)
		if got.code != 2 || got.stdout != "" || !strings.Contains(got.stderr, want) {
			t.Errorf("%s: %+v", args, got)
		}
	}
}
