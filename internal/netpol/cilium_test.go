package netpol_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
)

// ciliumOf reads policies as they are printed; unknown fields are errors.
func ciliumOf(t testing.TB, text string) []*api.CiliumPolicy {
	t.Helper()
	var out []*api.CiliumPolicy
	for document := range strings.SplitSeq(text, "\n---\n") {
		p := &api.CiliumPolicy{}
		if err := yaml.UnmarshalStrict([]byte(document), p); err != nil {
			t.Fatalf("%v in\n%s", err, document)
		}
		out = append(out, p)
	}
	return out
}

// ciliumSpec is a policy of pods app=web with a spec in flow style.
func ciliumSpec(spec string) string {
	return "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: web, namespace: shop}\nspec: {endpointSelector: {matchLabels: {app: web}}, " + spec + "}"
}

func plainPod(namespace, app, address string) *corev1.Pod {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: app, Labels: map[string]string{"app": app}}}
	pod.Spec.NodeName, pod.Status.PodIP, pod.Status.HostIP = "n1", address, "192.168.0.1"
	return pod
}

func ciliumWorld() (netpol.Objects, *corev1.Pod) {
	web := plainPod("shop", "web", "10.0.0.1")
	agent := plainPod("shop", "agent", "192.168.0.1")
	agent.Spec.HostNetwork = true
	return netpol.Objects{
		Pods: []*corev1.Pod{web, plainPod("shop", "cart", "10.0.0.2"), plainPod("data", "cart", "10.0.0.3"), agent},
		Namespaces: []*corev1.Namespace{
			{ObjectMeta: metav1.ObjectMeta{Name: "shop"}}, {ObjectMeta: metav1.ObjectMeta{Name: "data", Labels: map[string]string{"team": "db"}}},
		},
	}, web
}

// TestCiliumPeers: what each sort of rule lets out.
func TestCiliumPeers(t *testing.T) {
	const dns = `{toPorts: [{ports: [{port: "53", protocol: UDP}], rules: {dns: [{matchPattern: "*"}]}}]}`
	for _, c := range []struct{ egress, to, ports, want string }{
		{`{}`, "shop/cart", "TCP 80", "no"},
		{`{}`, "outside 198.51.100.7", "TCP 80", "no"},
		{`{toPorts: [{ports: [{port: "80", protocol: TCP}]}]}`, "shop/cart", "TCP 80", "yes"},
		{`{toPorts: [{ports: [{port: "80", protocol: TCP}]}]}`, "entity host remote-node", "TCP 80", "yes"},
		{`{toPorts: [{ports: [{port: "80", protocol: TCP}]}]}`, "shop/cart", "UDP 80", "no"},
		{`{toPorts: [{ports: [{port: "80"}]}]}`, "shop/cart", "UDP 80", "yes"},
		{`{toPorts: [{ports: [{port: "80", protocol: ANY}]}]}`, "shop/cart", "SCTP 80", "yes"},
		{`{toPorts: [{ports: [{port: "0", protocol: TCP}]}]}`, "shop/cart", "TCP 65535", "yes"},
		{`{toPorts: [{ports: [{port: "80", endPort: 90, protocol: TCP}]}]}`, "shop/cart", "TCP 90", "yes"},
		{`{toEndpoints: []}`, "shop/cart", "TCP 80", "no"},
		{`{toEndpoints: [{}]}`, "shop/cart", "TCP 80", "yes"},
		{`{toEndpoints: [{}]}`, "data/cart", "TCP 80", "no"},
		{`{toEndpoints: [{}]}`, "outside 198.51.100.7", "TCP 80", "no"},
		{`{toEndpoints: [{matchLabels: {app: cart}}]}`, "data/cart", "TCP 80", "no"},
		{`{toEndpoints: [{matchLabels: {"k8s:app": cart, "k8s:io.kubernetes.pod.namespace": data}}]}`, "data/cart", "TCP 80", "yes"},
		{`{toEndpoints: [{matchLabels: {"k8s:app": cart, "k8s:io.kubernetes.pod.namespace": data}}]}`, "shop/cart", "TCP 80", "no"},
		{`{toEndpoints: [{matchLabels: {"any:app": cart, "io.cilium.k8s.namespace.labels.team": db}}]}`, "data/cart", "TCP 80", "yes"},
		{`{toEndpoints: [{matchExpressions: [{key: io.kubernetes.pod.namespace, operator: Exists}]}]}`, "data/cart", "TCP 80", "yes"},
		{`{toEndpoints: [{matchExpressions: [{key: "k8s:app", operator: In, values: [x]}]}]}`, "shop/cart", "TCP 80", "no"},
		{`{toCIDR: [198.51.100.0/24]}`, "outside 198.51.100.7", "TCP 80", "yes"},
		{`{toCIDR: [198.51.100.0/24]}`, "outside 203.0.113.7", "TCP 80", "no"},
		{`{toCIDR: [0.0.0.0/0]}`, "shop/cart", "TCP 80", "no"},
		{`{toCIDR: [0.0.0.0/0]}`, "entity kube-apiserver", "TCP 80", "depends"},
		{`{toCIDR: [192.168.0.0/24]}`, "entity host remote-node", "TCP 80", "depends"},
		{`{toCIDRSet: [{cidr: 198.51.100.0/24, except: [198.51.100.7/32]}]}`, "outside 198.51.100.7", "TCP 80", "no"},
		{`{toEntities: [all]}`, "shop/cart", "TCP 80", "yes"},
		{`{toEntities: [kube-apiserver]}`, "entity kube-apiserver", "TCP 80", "yes"},
		{`{toEntities: [kube-apiserver]}`, "entity host remote-node", "TCP 80", "depends"},
		{`{toEntities: [host, remote-node]}`, "entity host remote-node", "TCP 80", "yes"},
		{`{toEntities: [remote-node]}`, "entity host remote-node", "TCP 80", "depends"},
		{`{toEntities: [host, remote-node]}`, "entity kube-apiserver", "TCP 80", "depends"},
		{`{toEntities: [host, remote-node]}`, "shop/cart", "TCP 80", "no"},
		{`{toEntities: [host, remote-node]}`, "outside 198.51.100.7", "TCP 80", "no"},
		{`{toFQDNs: [{matchName: a.example}]}`, "name a.example", "TCP 80", "depends"},
		{`{toFQDNs: [{matchName: a.example}]}, ` + dns, "name a.example", "TCP 80", "yes"},
		{`{toFQDNs: [{matchName: a.example}]}, ` + dns, "name 198.51.100.7 a.example", "TCP 80", "yes"},
		{`{toFQDNs: [{matchName: a.example}]}, ` + dns, "name a.example b.example", "TCP 80", "depends"},
		{`{toFQDNs: [{matchName: a.example}, {matchName: b.example}]}, ` + dns, "name a.example b.example", "TCP 80", "yes"},
		{`{toFQDNs: [{matchName: a.example}]}, ` + dns, "name b.example", "TCP 80", "no"},
		{`{toFQDNs: [{matchName: a.example}]}, ` + dns, "outside 198.51.100.7", "TCP 80", "depends"},
		{`{toFQDNs: [{matchName: a.example}]}, ` + dns, "shop/cart", "TCP 80", "no"},
		{dns, "shop/cart", "UDP 53", "yes"},
	} {
		objects, web := ciliumWorld()
		objects.Cilium = ciliumOf(t, ciliumSpec("egress: ["+c.egress+"]"))
		n := netpol.New(objects)
		if got := decideTo(t, n, objects, web, c.to, c.ports); string(got) != c.want {
			t.Errorf("%s, %s of %s: %s, want %s; %+v", c.egress, c.ports, c.to, got, c.want, n.Notes())
		}
	}
}

// decideTo asks about a pod, an outside address, entities, or names with an address or without.
func decideTo(t *testing.T, n *netpol.Network, objects netpol.Objects, web *corev1.Pod, to, words string) netpol.Verdict {
	t.Helper()
	kind, rest, found := strings.Cut(to, " ")
	if !found {
		i := slices.IndexFunc(objects.Pods, func(p *corev1.Pod) bool { return p.Namespace+"/"+p.Name == to })
		return n.Reach(netpol.Pods(web), netpol.Pods(objects.Pods[i]), ports(t, words)).Allowed
	}
	var whom netpol.Asked
	for word := range strings.FieldsSeq(rest) {
		switch {
		case kind == "entity":
			whom.Entities = append(whom.Entities, word)
		case strings.Trim(word, "0123456789.") == "":
			whom.Address = word + "/32"
		default:
			whom.Names = append(whom.Names, word)
		}
	}
	return n.Decide(web, networkingv1.PolicyTypeEgress, whom, ports(t, words))
}

// TestCiliumDirections: a section with rules isolates its direction and no other one, and
// NetworkPolicies add to it.
func TestCiliumDirections(t *testing.T) {
	objects, web := ciliumWorld()
	objects.Cilium = ciliumOf(t, ciliumSpec("ingress: [{}]"))
	n := netpol.New(objects)
	if in, out := n.Isolated(web, networkingv1.PolicyTypeIngress), n.Isolated(web, networkingv1.PolicyTypeEgress); in.Verdict != netpol.Yes || out.Verdict != netpol.No {
		t.Error(in, out)
	}
	cart := objects.Pods[1]
	if got := n.Reach(netpol.Pods(cart), netpol.Pods(web), ports(t, "TCP 80")); got.Allowed != netpol.No {
		t.Error(got)
	}
	selector := metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}
	objects.Policies = []*networkingv1.NetworkPolicy{{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web"}, Spec: networkingv1.NetworkPolicySpec{
		PodSelector: selector, PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress},
		Ingress: []networkingv1.NetworkPolicyIngressRule{{From: []networkingv1.NetworkPolicyPeer{{PodSelector: &metav1.LabelSelector{}}}}},
	}}}
	n = netpol.New(objects)
	if got := n.Reach(netpol.Pods(cart), netpol.Pods(web), ports(t, "TCP 80")); got.Allowed != netpol.Yes {
		t.Error(got)
	}
	if got := n.Isolated(web, networkingv1.PolicyTypeIngress).Policies; len(got) != 2 || got[0].Kind != "CiliumNetworkPolicy" || got[1].Kind != "NetworkPolicy" {
		t.Error(got)
	}
}

// TestCiliumRefused: what is not written here is refused, and then nothing is sure.
func TestCiliumRefused(t *testing.T) {
	many := strings.TrimSuffix(strings.Repeat(`{port: "80", protocol: TCP}, `, 41), ", ")
	for _, c := range []struct{ spec, want string }{
		{``, "no rules"},
		{`egress: [{toEndpoints: [{}], toEntities: [host]}]`, "combines"},
		{`egress: [{toCIDR: [10.0.0.0/8], toFQDNs: [{matchName: a.example}]}]`, "combines"},
		{`egress: [{toEntities: [world]}]`, `entity "world"`},
		{`egress: [{toEntities: ["h\u001b[2Jost"]}]`, `\x1b`},
		{`egress: [{toFQDNs: [{matchPattern: "*.example"}]}]`, "not a name"},
		{`egress: [{toFQDNs: [{matchName: "a b"}]}]`, "not a name"},
		{`egress: [{toFQDNs: [{}]}]`, "not a name"},
		{`egress: [{toCIDR: [nonsense]}]`, "not a CIDR"},
		{`egress: [{toCIDR: [198.51.100.7]}]`, "not a CIDR"},
		{`egress: [{toPorts: [{ports: []}]}]`, "0 ports"},
		{`egress: [{toPorts: [{ports: [` + many + `]}]}]`, "41 ports"},
		{`egress: [{toPorts: [{ports: [{port: "", protocol: TCP}]}]}]`, "port"},
		{`egress: [{toPorts: [{ports: [{port: "080", protocol: TCP}]}]}]`, "080"},
		{`egress: [{toPorts: [{ports: [{port: "65536", protocol: TCP}]}]}]`, "65536"},
		{`egress: [{toPorts: [{ports: [{port: "90", endPort: 80, protocol: TCP}]}]}]`, "below"},
		{`egress: [{toPorts: [{ports: [{port: "80", protocol: ICMP}]}]}]`, "ICMP"},
		{`egress: [{toPorts: [{ports: [{port: "53", protocol: UDP}], rules: {dns: [{matchName: a.example}]}}]}]`, "layer 7"},
		{`ingress: [{toPorts: [{ports: [{port: "53", protocol: UDP}], rules: {dns: [{matchPattern: "*"}]}}]}]`, "layer 7"},
		{`egress: [{toEndpoints: [{matchLabels: {"reserved:host": ""}}]}]`, "source"},
		{`egress: [{toEndpoints: [{matchLabels: {"k8s:app": a, app: b}}]}]`, "twice"},
		{`egress: [{toEndpoints: [{matchExpressions: [{key: "container:a", operator: Exists}]}]}]`, "source"},
	} {
		objects, web := ciliumWorld()
		objects.Cilium = ciliumOf(t, ciliumSpec(c.spec))
		n := netpol.New(objects)
		notes := fmt.Sprintf("%+v", n.Notes())
		if !strings.Contains(notes, c.want) || !strings.Contains(notes, string(netpol.NoteRefused)) || n.Isolated(web, networkingv1.PolicyTypeEgress).Verdict == netpol.Yes {
			t.Errorf("%s: %s", c.spec, notes)
		}
	}
	objects, web := ciliumWorld()
	objects.Cilium = ciliumOf(t, strings.Replace(ciliumSpec("egress: [{}]"), "app: web", `"k8s:io.kubernetes.pod.namespace": data`, 1))
	if n := netpol.New(objects); !strings.Contains(fmt.Sprint(n.Notes()), "own namespace") || n.Isolated(web, networkingv1.PolicyTypeEgress).Verdict == netpol.Yes {
		t.Error(n.Notes())
	}
}

// FuzzCilium: whatever an object has, it is read, and what is refused decides nothing for sure.
func FuzzCilium(f *testing.F) {
	for _, spec := range []string{
		`ingress: [{}], egress: [{toPorts: [{ports: [{port: "53", protocol: ANY}], rules: {dns: [{matchPattern: "*"}]}}]}, {toFQDNs: [{matchName: a.example}]}]`,
		`egress: [{toCIDRSet: [{cidr: 10.0.0.0/8, except: [10.0.0.0/9]}]}, {toEntities: [host, all]}]`,
		`ingress: [{fromEndpoints: [{matchLabels: {"k8s:io.kubernetes.pod.namespace": data}}], toPorts: [{ports: [{port: http, protocol: TCP}]}]}]`,
	} {
		raw, err := yaml.YAMLToJSON([]byte(ciliumSpec(spec)))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(raw))
	}
	f.Fuzz(func(t *testing.T, text string) {
		p := &api.CiliumPolicy{}
		if json.Unmarshal([]byte(text), p) != nil {
			return
		}
		objects, web := ciliumWorld()
		p.Metadata.Namespace = "shop"
		objects.Cilium = []*api.CiliumPolicy{p}
		n := netpol.New(objects)
		refused := slices.ContainsFunc(n.Notes(), func(note netpol.Note) bool { return note.Kind == netpol.NoteRefused })
		for _, d := range []networkingv1.PolicyType{networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress} {
			if refused && n.Isolated(web, d).Verdict == netpol.Yes {
				t.Errorf("refused, and isolates for sure: %s", text)
			}
			n.Allows(web, d)
			for _, whom := range []netpol.Asked{{Entities: []string{api.CiliumHost}}, {Names: []string{"a.example"}}, {Address: "198.51.100.7/32", Names: []string{"a.example"}}} {
				n.Decide(web, d, whom, netpol.AllPorts())
			}
		}
		for _, pod := range objects.Pods {
			n.Reach(netpol.Pods(web), netpol.Pods(pod), netpol.AllPorts())
			n.Reach(netpol.Pods(pod), netpol.Pods(web), netpol.AllPorts())
		}
		n.Reach(netpol.Pods(web), netpol.Internet(), netpol.AllPorts())
	})
}
