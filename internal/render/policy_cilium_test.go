package render

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	networkingv1 "k8s.io/api/networking/v1"
	sigsyaml "sigs.k8s.io/yaml"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

// asCilium are the policies of sets as CiliumNetworkPolicies.
func asCilium(sets []*api.PolicySet) []*api.PolicySet {
	for _, set := range sets {
		for i := range set.Policies {
			set.Policies[i].Flavor = api.FlavorCilium
		}
	}
	return sets
}

// ciliumSet is a workload with what Cilium alone can write.
func ciliumSet() *api.PolicySet {
	set := cartSet()
	set.Comment = []string{"kubectl harden gen netpol deploy/cart --from flows.json --flavor cilium"}
	p := &set.Policies[0]
	p.Flavor = api.FlavorCilium
	https, dns := []networkingv1.NetworkPolicyPort{portOf("TCP", 443)}, dnsRule()
	dns.Cilium = &api.CiliumTerms{Lookups: dns.Ports}
	p.Ingress = append(p.Ingress, api.PolicyRuleDraft{Cilium: &api.CiliumTerms{Entities: api.CiliumNodes()}, Ports: []networkingv1.NetworkPolicyPort{portOf("TCP", 7070)}, Reasons: []string{"a node 12x, server end"}})
	p.Egress = []api.PolicyRuleDraft{
		p.Egress[0], dns,
		{Cilium: &api.CiliumTerms{Entities: []string{api.CiliumAPIServer}}, Ports: []networkingv1.NetworkPolicyPort{portOf("TCP", 6443)}, Reasons: []string{"kube-apiserver 3x, client end"}},
		{Peers: []networkingv1.NetworkPolicyPeer{{IPBlock: &networkingv1.IPBlock{CIDR: "198.51.100.40/31"}}, {IPBlock: &networkingv1.IPBlock{CIDR: "2001:db8::1/128"}}}, Ports: https, Reasons: []string{"198.51.100.40 5x"}},
		{Cilium: &api.CiliumTerms{Names: []string{"api.payments.example"}}, Ports: https, Reasons: []string{"198.51.100.42 (api.payments.example) 5x"}},
	}
	return set
}

func TestPoliciesCiliumGolden(t *testing.T) {
	for _, format := range PolicyFormats() {
		golden(t, "policies-cilium-"+format, printPolicies(t, []*api.PolicySet{ciliumSet()}, flowsRun("shop"), Options{Format: format}))
	}
	golden(t, "policies-cilium-shop", printPolicies(t, asCilium(shopSets()), flowsRun("shop"), Options{Format: "yaml"}))
	golden(t, "policies-cilium-shapes", printPolicies(t, asCilium([]*api.PolicySet{shapesSet()}), nil, Options{Format: "yaml"}))
	printed := printPolicyAnswers(t, []*api.PolicySet{ciliumSet()}, flowsRun("shop"), Options{})
	if !strings.HasPrefix(printed, "CiliumNetworkPolicy shop/cart: all 3 observed uses allowed") {
		t.Error(printed)
	}
}

// cilium draws a policy with all that the flavour has.
func (d drafter) cilium() api.PolicyDraft {
	p := d.policy()
	p.Flavor = api.FlavorCilium
	p.Types = [][]networkingv1.PolicyType{{inbound}, {outbound}, {inbound, outbound}}[d.IntN(3)]
	for _, rules := range [][]api.PolicyRuleDraft{p.Ingress, p.Egress} {
		for i := range rules {
			terms := &api.CiliumTerms{}
			rules[i].Cilium = terms
			switch d.IntN(4) {
			case 0:
				rules[i].Peers, terms.Entities = nil, []string{d.text(), api.CiliumHost}
			case 1:
				rules[i].Peers, terms.Names = nil, []string{"n" + d.text(), "a.example"}
			}
			if len(rules[i].Ports) > 0 && d.IntN(2) == 0 {
				terms.Lookups = rules[i].Ports[:1]
			}
		}
	}
	return p
}

// ciliumAs is an object as its JSON says it.
func ciliumAs(t *testing.T, d *api.PolicyDraft) api.CiliumPolicy {
	t.Helper()
	raw, err := json.Marshal(d.Cilium())
	if err != nil {
		t.Fatal(err)
	}
	var out api.CiliumPolicy
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func ciliumDocuments(t *testing.T, printed string) []api.CiliumPolicy {
	t.Helper()
	var out []api.CiliumPolicy
	for raw := range strings.SplitSeq(printed, "\n"+nextDocument) {
		var p api.CiliumPolicy
		if err := sigsyaml.UnmarshalStrict([]byte(raw), &p); err != nil {
			t.Fatalf("%v\n%s", err, raw)
		}
		out = append(out, p)
	}
	return out
}

func ciliumListed(t *testing.T, printed string) []api.CiliumPolicy {
	t.Helper()
	raw := []byte(printed)
	if !json.Valid(raw) {
		var err error
		if raw, err = sigsyaml.YAMLToJSONStrict(raw); err != nil {
			t.Fatalf("%v\n%s", err, printed)
		}
	}
	var list struct {
		APIVersion string             `json:"apiVersion"`
		Kind       string             `json:"kind"`
		Items      []api.CiliumPolicy `json:"items"`
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&list); err != nil || list.Kind != "List" {
		t.Fatalf("%v\n%s", err, printed)
	}
	return list.Items
}

// TestPoliciesCiliumReadBack: what a strict reader finds is the object that was proved, whatever
// is in it.
func TestPoliciesCiliumReadBack(t *testing.T) {
	for seed := range uint64(150) {
		d := newDrafter(seed)
		set := &api.PolicySet{Comment: []string{d.text()}, Policies: []api.PolicyDraft{d.cilium(), d.cilium()}}
		var want []api.CiliumPolicy
		for i := range set.Policies {
			want = append(want, ciliumAs(t, &set.Policies[i]))
		}
		for format, read := range map[string]func(*testing.T, string) []api.CiliumPolicy{formatYAML: ciliumDocuments, formatJSON: ciliumListed, formatKYAML: ciliumListed} {
			printed := printPolicies(t, []*api.PolicySet{set}, nil, Options{Format: format})
			if got := read(t, printed); !reflect.DeepEqual(got, want) {
				t.Fatalf("seed %d, %s: %s\n%s", seed, format, cmp.Diff(want, got), printed)
			}
			if format == formatYAML {
				testkit.CheckHarmless(t, format, printed)
			}
		}
	}
}

// TestPoliciesCiliumComments: nothing gets out of a comment, wherever it comes from.
func TestPoliciesCiliumComments(t *testing.T) {
	clean := strings.Count(printPolicies(t, asCilium(hostileSets("x")), flowsRun("shop"), Options{Format: "yaml"}), "\n")
	for _, h := range testkit.HostileStrings() {
		printed := printPolicies(t, asCilium(hostileSets(h.Value)), flowsRun("shop"), Options{Format: "yaml"})
		testkit.CheckHarmless(t, "yaml", printed)
		if got := strings.Count(printed, "\n"); got != clean {
			t.Errorf("%s: %d lines instead of %d\n%s", h.Name, got, clean, printed)
		}
	}
}
