package netpol_test

import (
	"fmt"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/assess"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/flow"
	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
	"github.com/kubectl-harden/kubectl-harden/internal/observation"
	"github.com/kubectl-harden/kubectl-harden/internal/resolve"
	"github.com/kubectl-harden/kubectl-harden/internal/source"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit/shop"
)

// observedShop is the shop on a network of Cilium, and what Hubble shows of it.
func observedShop(t *testing.T, s *shop.Shop, seed uint64) (*netpol.Situation, []api.Edge, []api.Ref) {
	t.Helper()
	objects, problems, err := cluster.Load(t.Context(), cluster.LoadOptions{Filenames: []string{"-"}, Stdin: strings.NewReader(s.YAML())})
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	inv := cluster.NewInventory()
	inv.DefaultNamespace = "default"
	if problems := inv.AddAll(objects); len(problems) > 0 {
		t.Fatal(problems)
	}
	in, err := assess.Situation(inv, "cilium")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "hubble.json")
	if err := os.WriteFile(path, []byte(s.Hubble(seed)), 0o600); err != nil {
		t.Fatal(err)
	}
	found, err := source.Find(nil, path)
	if err != nil {
		t.Fatal(err)
	}
	set := observation.NewSet()
	r := resolve.New(inv, set)
	if _, err := flow.Read(t.Context(), found, flow.Options{Now: s.To, Listening: r.Listen}, r.Add); err != nil {
		t.Fatal(err)
	}
	r.Finish()
	var subjects []api.Ref
	for i := range in.Workloads {
		subjects = append(subjects, in.Workloads[i].Ref)
	}
	return in, set.Document().Edges, subjects
}

// shopUses reads what policies let through, as texts. It knows nothing of the evaluator.
type shopUses struct {
	t    *testing.T
	shop *shop.Shop
	uses map[string]bool
}

func (u *shopUses) selected(namespace string, s metav1.LabelSelector) []string {
	own := map[string]string{}
	for key, value := range s.MatchLabels {
		if key == "k8s:io.kubernetes.pod.namespace" {
			namespace = value
		} else {
			own[key] = value
		}
	}
	if len(own) == 0 {
		u.t.Errorf("a selector of everything in %s", namespace)
	}
	var names []string
	for _, w := range u.shop.Workloads {
		if w.Namespace == namespace && slices.ContainsFunc(u.shop.PodsOf(w), func(p *corev1.Pod) bool { return labels.SelectorFromSet(own).Matches(labels.Set(p.Labels)) }) {
			names = append(names, w.Name)
		}
	}
	return names
}

func (u *shopUses) rule(p *api.CiliumPolicy, way string, r *api.CiliumEgress) {
	var peers []string
	for _, s := range r.ToEndpoints {
		peers = append(peers, u.selected(p.Metadata.Namespace, s)...)
	}
	peers = append(peers, r.ToEntities...)
	for _, n := range r.ToFQDNs {
		peers = append(peers, n.MatchName)
	}
	for _, block := range r.ToCIDR {
		prefix := netip.MustParsePrefix(block)
		if prefix != prefix.Masked() || prefix.Addr().BitLen()-prefix.Bits() > 8 {
			u.t.Errorf("block %s", block)
		}
		for a := prefix.Addr(); prefix.Contains(a); a = a.Next() {
			peers = append(peers, a.String())
		}
	}
	if len(peers) == 0 {
		peers = []string{"anybody"}
	}
	subjects := u.selected(p.Metadata.Namespace, p.Spec.EndpointSelector)
	if len(subjects) != 1 {
		u.t.Errorf("%s selects %q", p.Metadata.Name, subjects)
	}
	for _, l := range r.ToPorts {
		for _, port := range l.Ports {
			for _, peer := range peers {
				u.uses[fmt.Sprintf("%s %s %s %s %s", subjects[0], way, peer, port.Protocol, port.Port)] = true
			}
		}
	}
}

// shopNeeds are the uses that the shop needs: both ends of each edge that are workloads, with names
// and entities in place of addresses where a policy has those.
func shopNeeds(s *shop.Shop) map[string]bool {
	as := map[string]string{shop.APIServer: api.CiliumAPIServer, shop.Payments1: shop.PaymentsName, shop.Payments2: shop.PaymentsName, shop.SMTP: shop.SMTPName}
	need := map[string]bool{}
	for _, e := range s.Needed() {
		to := e.To
		if name := as[to]; name != "" {
			to = name
		}
		if s.Workload(e.From) != nil {
			need[fmt.Sprintf("%s to %s %s %d", e.From, to, e.Protocol, e.Port)] = true
		}
		if s.Workload(e.To) != nil {
			need[fmt.Sprintf("%s from %s %s %d", e.To, e.From, e.Protocol, e.Port)] = true
		}
	}
	return need
}

// TestFitCiliumShop: all that the shop needs is let through, and nothing else but what is added:
// coverage and precision are 1. The API server is an entity, and so are nodes; the addresses of
// payments and mail are names.
func TestFitCiliumShop(t *testing.T) {
	for _, seed := range []uint64{7, 1, 2} {
		s := shop.New()
		in, edges, subjects := observedShop(t, s, seed)
		prometheus := subjects[slices.IndexFunc(subjects, func(r api.Ref) bool { return r.Name == "prometheus" })]
		edges = append(edges, api.Edge{
			Client: api.EdgeEnd{Kind: api.EndWorkload, Workload: &prometheus}, Server: api.EdgeEnd{Kind: api.EndNode}, Protocol: "TCP", Port: 9100,
			Count: 5, Answered: true, Certain: true, Seen: []string{api.SeenFromClient},
		})
		sets, err := netpol.Fit(in, edges, subjects, netpol.FitOptions{Flavor: api.FlavorCilium, PortRanges: 64})
		if err != nil {
			t.Fatal(err)
		}
		u, added := &shopUses{t, s, map[string]bool{}}, 0
		for i := range sets {
			p := &sets[i].Answer.Proof
			if p.Coverage != 1 || p.Covered != p.Observed || len(p.Excess) > 0 || p.Granted != p.Observed+len(p.Added) {
				t.Errorf("%s", setsText(sets[i:i+1]))
			}
			added += len(p.Added)
			for j := range sets[i].Policies {
				u.policy(sets[i].Policies[j].Cilium())
			}
		}
		need := shopNeeds(s)
		for _, node := range api.CiliumNodes() {
			need["prometheus to "+node+" TCP 9100"] = true
		}
		delete(need, "redis from cart TCP 6379") // the policy redis-in lets it through
		beyond := 0
		for use := range u.uses {
			if !need[use] {
				beyond++
			}
		}
		for use := range need {
			if words := strings.Fields(use); !u.uses[use] && !u.uses[strings.Join([]string{words[0], words[1], "anybody", words[3], words[4]}, " ")] {
				t.Errorf("%s is needed and not written", use)
			}
		}
		if beyond != added {
			t.Errorf("%d uses are not needed, and %d are added\n%s", beyond, added, strings.Join(slices.Sorted(maps.Keys(u.uses)), "\n"))
		}
		for _, want := range []string{"operator to kube-apiserver TCP 6443", "payment to api.payments.example TCP 443", "mail to smtp.example.net TCP 587"} {
			if !u.uses[want] {
				t.Errorf("no %s", want)
			}
		}
		if seed == 7 {
			testkit.Golden(t, "testdata/cilium-shop.golden", []byte(setsText(sets)))
			other, _ := netpol.Fit(in, slices.Concat(edges[len(edges)/2:], edges[:len(edges)/2]), subjects, netpol.FitOptions{Flavor: api.FlavorCilium, PortRanges: 64})
			if diff := cmp.Diff(setsText(sets), setsText(other)); diff != "" {
				t.Error(diff)
			}
		}
	}
}

func (u *shopUses) policy(p *api.CiliumPolicy) {
	for _, r := range p.Spec.Ingress {
		u.rule(p, "from", &api.CiliumEgress{ToEndpoints: r.FromEndpoints, ToEntities: r.FromEntities, ToCIDR: r.FromCIDR, ToPorts: r.ToPorts})
	}
	for i := range p.Spec.Egress {
		u.rule(p, "to", &p.Spec.Egress[i])
	}
}
