package render

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	sigsyaml "sigs.k8s.io/yaml"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

// trickyScalars are what a YAML reader takes for something else than a string.
func trickyScalars() []string {
	return []string{
		"true", "No", "y", "off", "null", "~", "1", "1e3", "0x1f", "0o17", "1_000", "1:30", ".inf", ".nan", "-", "=", "<<", "2026-11-20", "*", "&a", "!x",
		"", " ", "a: b", "a #b", "- a", "? a", "{a: b}", "[a]", "'", `"`, "%a", "@a", "`", "|", ">", "a,b", "漢字", "\U0001f512", "\ufeff", "app.kubernetes.io/name",
	}
}

// drafter makes policies of any shape.
type drafter struct {
	*rand.Rand
	texts []string
}

func newDrafter(seed uint64) drafter {
	d := drafter{rand.New(rand.NewPCG(seed, 7)), trickyScalars()}
	for _, h := range testkit.HostileStrings() {
		d.texts = append(d.texts, h.Value)
	}
	return d
}

func (d drafter) text() string { return d.texts[d.IntN(len(d.texts))] }

// key is not as long as the printer of KYAML, which is that of kubectl, cannot write.
func (d drafter) key() string {
	const most = 1000
	for {
		if key := d.text(); len(key) < most {
			return key
		}
	}
}

func (d drafter) selector() *metav1.LabelSelector {
	s := &metav1.LabelSelector{}
	for range d.IntN(3) {
		if s.MatchLabels == nil {
			s.MatchLabels = map[string]string{}
		}
		s.MatchLabels[d.key()] = d.text()
	}
	for range d.IntN(3) {
		e := metav1.LabelSelectorRequirement{Key: d.text(), Operator: metav1.LabelSelectorOperator(d.text())}
		for range d.IntN(3) {
			e.Values = append(e.Values, d.text())
		}
		s.MatchExpressions = append(s.MatchExpressions, e)
	}
	return s
}

func (d drafter) peer() networkingv1.NetworkPolicyPeer {
	var p networkingv1.NetworkPolicyPeer
	if d.IntN(2) == 0 {
		p.PodSelector = d.selector()
	}
	if d.IntN(2) == 0 {
		p.NamespaceSelector = d.selector()
	}
	if d.IntN(3) == 0 {
		blocks := append([]string{"198.51.100.40/31", "2001:db8::/32", "::ffff:192.0.2.1/128", "0.0.0.0/0"}, d.text())
		p.IPBlock = &networkingv1.IPBlock{CIDR: blocks[d.IntN(len(blocks))]}
		for range d.IntN(3) {
			p.IPBlock.Except = append(p.IPBlock.Except, blocks[d.IntN(len(blocks))])
		}
	}
	return p
}

func (d drafter) port() networkingv1.NetworkPolicyPort {
	var p networkingv1.NetworkPolicyPort
	if d.IntN(4) > 0 {
		protocol := []corev1.Protocol{"TCP", "UDP", "SCTP", corev1.Protocol(d.text())}[d.IntN(4)]
		p.Protocol = &protocol
	}
	if d.IntN(4) > 0 {
		port := []intstr.IntOrString{intstr.FromInt32(d.Int32N(65536)), intstr.FromString(d.text()), intstr.FromString("8080")}[d.IntN(3)]
		p.Port = &port
	}
	if d.IntN(4) == 0 {
		end := d.Int32N(65536)
		p.EndPort = &end
	}
	return p
}

func (d drafter) rules() []api.PolicyRuleDraft {
	var rules []api.PolicyRuleDraft
	for range d.IntN(4) {
		r := api.PolicyRuleDraft{Reasons: []string{d.text()}}
		for range d.IntN(4) {
			r.Peers = append(r.Peers, d.peer())
		}
		for range d.IntN(6) {
			r.Ports = append(r.Ports, d.port())
		}
		rules = append(rules, r)
	}
	return rules
}

func (d drafter) policy() api.PolicyDraft {
	return api.PolicyDraft{
		Name: "n" + d.text(), Namespace: "s" + d.text(), PodSelector: *d.selector(),
		Types: [][]networkingv1.PolicyType{nil, {inbound}, {outbound}, {inbound, outbound}, {networkingv1.PolicyType(d.text())}}[d.IntN(5)], Ingress: d.rules(), Egress: d.rules(),
	}
}

// policyOf is the object that a draft stands for, as its JSON says it: invalid bytes are none.
func policyOf(t *testing.T, d *api.PolicyDraft) networkingv1.NetworkPolicy {
	t.Helper()
	p := networkingv1.NetworkPolicy{
		TypeMeta:   metav1.TypeMeta{APIVersion: "networking.k8s.io/v1", Kind: "NetworkPolicy"},
		ObjectMeta: metav1.ObjectMeta{Name: d.Name, Namespace: d.Namespace},
		Spec:       networkingv1.NetworkPolicySpec{PodSelector: d.PodSelector, PolicyTypes: d.Types},
	}
	for _, r := range d.Ingress {
		p.Spec.Ingress = append(p.Spec.Ingress, networkingv1.NetworkPolicyIngressRule{From: r.Peers, Ports: r.Ports})
	}
	for _, r := range d.Egress {
		p.Spec.Egress = append(p.Spec.Egress, networkingv1.NetworkPolicyEgressRule{To: r.Peers, Ports: r.Ports})
	}
	raw, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var out networkingv1.NetworkPolicy
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// documents reads a stream of YAML strictly.
func documents(t *testing.T, printed string) []networkingv1.NetworkPolicy {
	t.Helper()
	var out []networkingv1.NetworkPolicy
	for raw := range strings.SplitSeq(printed, "\n"+nextDocument) {
		var p networkingv1.NetworkPolicy
		if err := sigsyaml.UnmarshalStrict([]byte(raw), &p); err != nil {
			t.Fatalf("%v\n%s", err, raw)
		}
		out = append(out, p)
	}
	return out
}

// listed reads a List strictly, as JSON or else as YAML.
func listed(t *testing.T, printed string) []networkingv1.NetworkPolicy {
	t.Helper()
	var list networkingv1.NetworkPolicyList
	raw := []byte(printed)
	if !json.Valid(raw) {
		var err error
		if raw, err = sigsyaml.YAMLToJSONStrict(raw); err != nil {
			t.Fatalf("%v\n%s", err, printed)
		}
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&list); err != nil {
		t.Fatalf("%v\n%s", err, printed)
	}
	if list.APIVersion != "v1" || list.Kind != "List" {
		t.Errorf("a %s of %s", list.Kind, list.APIVersion)
	}
	return list.Items
}

// TestPoliciesReadBack: what a strict reader finds is what was drafted, whatever is in it.
func TestPoliciesReadBack(t *testing.T) {
	for seed := range uint64(150) {
		d := newDrafter(seed)
		sets := []*api.PolicySet{{Comment: []string{d.text()}, Policies: []api.PolicyDraft{d.policy(), d.policy()}}, {Comment: []string{d.text()}, Policies: []api.PolicyDraft{d.policy()}}}
		var want []networkingv1.NetworkPolicy
		for _, set := range sets {
			for i := range set.Policies {
				want = append(want, policyOf(t, &set.Policies[i]))
			}
		}
		for format, read := range map[string]func(*testing.T, string) []networkingv1.NetworkPolicy{
			formatYAML: documents, formatJSON: listed, formatKYAML: listed,
		} {
			printed := printPolicies(t, sets, nil, Options{Format: format})
			if got := read(t, printed); !reflect.DeepEqual(got, want) {
				t.Fatalf("seed %d, %s: %s\n%s", seed, format, cmp.Diff(want, got), printed)
			}
			for _, word := range []string{"creationTimestamp", "status", "resourceVersion"} {
				if strings.Contains(printed, word) {
					t.Errorf("%s has %s", format, word)
				}
			}
			if format == formatYAML {
				testkit.CheckHarmless(t, format, printed)
				if onTerminal := printPolicies(t, sets, nil, Options{Format: format, Width: []int{80, 120}[seed%2]}); onTerminal != printed {
					t.Errorf("seed %d: a terminal gets other YAML", seed)
				}
			}
		}
	}
}

// scalarSet has a text in each place of a policy.
func scalarSet(text string) *api.PolicySet {
	port, end := intstr.FromString(text), int32(90)
	selector := &metav1.LabelSelector{
		MatchLabels:      map[string]string{text: text, "k": text},
		MatchExpressions: []metav1.LabelSelectorRequirement{{Key: text, Operator: "In", Values: []string{text, "a"}}},
	}
	return &api.PolicySet{Comment: []string{text}, Policies: []api.PolicyDraft{{
		Name: "n" + text, Namespace: "s" + text, PodSelector: *selector, Types: both(),
		Ingress: []api.PolicyRuleDraft{{
			Peers: []networkingv1.NetworkPolicyPeer{
				{PodSelector: selector, NamespaceSelector: selector}, {IPBlock: &networkingv1.IPBlock{CIDR: text, Except: []string{text}}},
			},
			Ports:   []networkingv1.NetworkPolicyPort{{Port: &port, EndPort: &end}},
			Reasons: []string{text, text},
		}},
	}}}
}

func checkScalars(t *testing.T, text string) {
	t.Helper()
	set := scalarSet(text)
	printed := printPolicies(t, []*api.PolicySet{set}, nil, Options{Format: "yaml"})
	if diff := cmp.Diff([]networkingv1.NetworkPolicy{policyOf(t, &set.Policies[0])}, documents(t, printed)); diff != "" {
		t.Errorf("%q: %s\n%s", text, diff, printed)
	}
	testkit.CheckHarmless(t, "yaml", printed)
}

func TestPolicyScalars(t *testing.T) {
	for _, text := range newDrafter(0).texts {
		checkScalars(t, text)
	}
}

func FuzzPolicyScalars(f *testing.F) {
	for _, text := range newDrafter(0).texts {
		f.Add(text)
	}
	f.Fuzz(checkScalars)
}
