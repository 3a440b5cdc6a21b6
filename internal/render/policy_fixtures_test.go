package render

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

const (
	inbound  = networkingv1.PolicyTypeIngress
	outbound = networkingv1.PolicyTypeEgress
)

func both() []networkingv1.PolicyType { return []networkingv1.PolicyType{inbound, outbound} }

func labels(key, value string) metav1.LabelSelector {
	return metav1.LabelSelector{MatchLabels: map[string]string{key: value}}
}

func appPeer(app string) networkingv1.NetworkPolicyPeer {
	selector := labels("app", app)
	return networkingv1.NetworkPolicyPeer{PodSelector: &selector}
}

func portOf(protocol corev1.Protocol, number int32) networkingv1.NetworkPolicyPort {
	port := intstr.FromInt32(number)
	return networkingv1.NetworkPolicyPort{Protocol: &protocol, Port: &port}
}

// appRule lets one app through on one port of TCP.
func appRule(app string, port int32, reason string) api.PolicyRuleDraft {
	return api.PolicyRuleDraft{
		Peers: []networkingv1.NetworkPolicyPeer{appPeer(app)}, Ports: []networkingv1.NetworkPolicyPort{portOf("TCP", port)},
		Reasons: []string{reason},
	}
}

func dnsRule() api.PolicyRuleDraft {
	namespace, pods := labels("kubernetes.io/metadata.name", "kube-system"), labels("k8s-app", "kube-dns")
	return api.PolicyRuleDraft{
		Peers:   []networkingv1.NetworkPolicyPeer{{NamespaceSelector: &namespace, PodSelector: &pods}},
		Ports:   []networkingv1.NetworkPolicyPort{portOf("TCP", 53), portOf("UDP", 53)},
		Reasons: []string{"added, not observed (sockets show no UDP peer): DNS, the pods of Service kube-system/kube-dns"},
	}
}

func deployment(name string) api.Ref {
	return api.Ref{APIVersion: "apps/v1", Kind: "Deployment", Namespace: "shop", Name: name}
}

// proofOf is that of n observed edges, all of them covered.
func proofOf(name string, n int, tuples *api.Tuples, added ...api.ReasonedUse) api.SubjectProof {
	return api.SubjectProof{
		Subject: "Deployment shop/" + name, Added: added, Tuples: tuples,
		ProofCounts: api.ProofCounts{Observed: n, Covered: n, Coverage: 1, Granted: n + len(added)},
	}
}

func dnsUses() []api.ReasonedUse {
	const reason = "DNS, the pods of Service kube-system/kube-dns"
	return []api.ReasonedUse{{Use: "TCP 53 of kube-system/deploy/coredns", Reason: reason}, {Use: "UDP 53 of kube-system/deploy/coredns", Reason: reason}}
}

// cartSet is the workload of the screen of network policies.
func cartSet() *api.PolicySet {
	return &api.PolicySet{
		Answer: &api.PolicyAnswer{
			Workload: deployment("cart"), Edges: 3, Closes: both(),
			Proof: proofOf("cart", 3, &api.Tuples{Needed: 3, Before: 1204, After: 5, OutsideBefore: "any address", OutsideAfter: "none"}, dnsUses()...),
		},
		Policies: []api.PolicyDraft{{
			Name: "cart", Namespace: "shop", PodSelector: labels("app", "cart"), Types: both(),
			Ingress: []api.PolicyRuleDraft{
				appRule("checkout", 7070, "deploy/checkout 61x, both ends, last 2026-11-20T08:57:10Z"),
				appRule("web", 7070, "deploy/web 412x, both ends, last 2026-11-20T08:59:41Z"),
			},
			Egress: []api.PolicyRuleDraft{appRule("redis", 6379, "sts/redis 388x, both ends, last 2026-11-20T08:59:44Z"), dnsRule()},
		}},
	}
}

func flowsRun(namespace string) *api.PolicyRun {
	lost := int64(120)
	return &api.PolicyRun{
		Namespace: namespace, Window: api.Window{From: "2026-11-19T09:00:00Z", To: "2026-11-20T09:00:00Z"},
		Sources: []api.ObservedSource{{
			Name: "flows.json", Format: "flows of Hubble, JSON lines", Parsed: 1048576, Skipped: 3, Lost: &lost,
			Faults:  []api.Fault{{Reason: "cut at the end", Count: 1, Offset: 104857}, {Reason: "no flow", Count: 2, Offset: 77}},
			Unclear: map[string]int64{"flow that does not tell a reply": 131},
		}},
		Blind: []string{"flows of nodes without an agent"},
	}
}

// simpleSet closes directions of an app for what n edges need.
func simpleSet(name string, types []networkingv1.PolicyType, n, before int, more ...api.ReasonedUse) *api.PolicySet {
	draft := api.PolicyDraft{Name: name, Namespace: "shop", PodSelector: labels("app", name), Types: types}
	for _, direction := range types {
		switch direction {
		case inbound:
			draft.Ingress = append(draft.Ingress, appRule("web", 8080, "deploy/web 12x, both ends, last 2026-11-20T08:59:41Z"))
		case outbound:
			draft.Egress = append(draft.Egress, dnsRule())
		}
	}
	return &api.PolicySet{
		Answer: &api.PolicyAnswer{
			Workload: deployment(name), Edges: n, Closes: types,
			Proof: proofOf(name, n, &api.Tuples{Needed: n, Before: before, After: n + len(more), OutsideBefore: "any address", OutsideAfter: "none"}, more...),
		},
		Policies: []api.PolicyDraft{draft},
	}
}

// without is a workload that gets no policy.
func without(ref api.Ref, why string) *api.PolicySet {
	return &api.PolicySet{Answer: &api.PolicyAnswer{Workload: ref, Without: why, Proof: api.SubjectProof{Subject: ref.Kind + " shop/" + ref.Name}}}
}

// shopSets are a namespace of eight workloads, with something to say under each label.
func shopSets() []*api.PolicySet {
	cart := cartSet()
	catalog := simpleSet("catalog", []networkingv1.PolicyType{inbound}, 2, 604)
	catalog.Answer.Open = []api.OpenDirection{{Direction: outbound, Reason: "nothing was observed"}}
	checkout := simpleSet("checkout", both(), 6, 1204, dnsUses()...)
	checkout.Answer.Proof.Denied = []api.CountedUse{{Use: "TCP 25 of 198.51.100.9", Count: 14}}
	checkout.Answer.Proof.Excess = []api.ReasonedUse{{Use: "TCP 443 of 198.51.100.40/30", Reason: "--max-external 1: 4 addresses for 2"}}
	checkout.Answer.Proof.Inexpressible = []api.ReasonedUse{{Use: "ICMP of deploy/web", Reason: "a NetworkPolicy knows no ICMP"}}
	checkout.Answer.Notes = []string{"Its selector also matches pod debug, which no controller owns."}
	mail := simpleSet("mail", []networkingv1.PolicyType{inbound}, 1, 604)
	mail.Answer.Open = []api.OpenDirection{{Direction: outbound, Reason: "10.244.9.9 is a pod that is gone"}}
	mail.Answer.Proof.LeftOut = []api.CountedUse{{Use: "TCP 8080 from deploy/load", Count: 2, By: "--min-count 5"}}
	redis := without(api.Ref{APIVersion: "apps/v1", Kind: "StatefulSet", Namespace: "shop", Name: "redis"}, "other policies allow exactly what was observed")
	redis.Answer.Closed = []networkingv1.PolicyType{inbound}
	redis.Answer.Open = []api.OpenDirection{{Direction: outbound, Reason: "nothing was observed"}}
	web := simpleSet("web", both(), 5, 1204, dnsUses()...)
	web.Answer.Closes, web.Answer.Closed = []networkingv1.PolicyType{outbound}, []networkingv1.PolicyType{inbound}
	web.Answer.Proof.Tuples.OutsideAfter = "any address"
	web.Answer.InForce = []api.PolicyInForce{{
		Policy: api.Ref{APIVersion: "networking.k8s.io/v1", Kind: "NetworkPolicy", Namespace: "shop", Name: "web"},
		More:   []string{"ingress TCP 8080 from all pods of namespace ingress", "ingress TCP 9090 from any address"},
	}}
	sets := []*api.PolicySet{
		cart, catalog, checkout, mail, redis, web,
		without(api.Ref{APIVersion: "batch/v1", Kind: "CronJob", Namespace: "shop", Name: "nightly"}, "nothing was observed"),
		without(api.Ref{APIVersion: "apps/v1", Kind: "DaemonSet", Namespace: "shop", Name: "node-agent"}, "hostNetwork: no policy holds for it"),
		{
			Isolates: []api.IsolatedWorkload{
				{Workload: api.Ref{APIVersion: "batch/v1", Kind: "CronJob", Namespace: "shop", Name: "nightly"}, Directions: both()},
				{Workload: deployment("report"), Directions: both()}, {Workload: deployment("mail"), Directions: both()[1:], Edges: 2},
			},
			Policies: []api.PolicyDraft{{Name: "default-deny", Namespace: "shop", Types: both()}},
		},
	}
	sets[6].Answer.Open = []api.OpenDirection{{Direction: inbound, Reason: "nothing was observed"}, {Direction: outbound, Reason: "nothing was observed"}}
	sets[0].Comment = []string{"kubectl harden gen netpol -n shop --from flows.json --default-deny"}
	return sets
}

// shapesSet is a policy with a rule of every shape.
func shapesSet() *api.PolicySet {
	tcp, sctp, named, first, last := corev1.ProtocolTCP, corev1.ProtocolSCTP, intstr.FromString("metrics"), intstr.FromInt32(30000), int32(32767)
	expression := metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{
		{Key: "app", Operator: "In", Values: []string{"a", "true"}}, {Key: "canary", Operator: "DoesNotExist"},
	}}
	rule := func(reason string, peers []networkingv1.NetworkPolicyPeer, ports ...networkingv1.NetworkPolicyPort) api.PolicyRuleDraft {
		return api.PolicyRuleDraft{Reasons: []string{reason}, Peers: peers, Ports: ports}
	}
	var many []networkingv1.NetworkPolicyPort
	for i := range int32(5) {
		many = append(many, portOf("UDP", 4000+2*i))
	}
	return &api.PolicySet{Policies: []api.PolicyDraft{{
		Name: "shapes", Namespace: "shop", PodSelector: expression, Types: both(),
		Ingress: []api.PolicyRuleDraft{
			rule("anybody, any port", nil),
			rule("anybody", nil, networkingv1.NetworkPolicyPort{Protocol: &tcp, Port: &named}),
			rule("all pods of the namespace, any port", []networkingv1.NetworkPolicyPeer{{PodSelector: &metav1.LabelSelector{}}}),
		},
		Egress: []api.PolicyRuleDraft{
			rule("blocks", []networkingv1.NetworkPolicyPeer{
				{IPBlock: &networkingv1.IPBlock{CIDR: "198.51.100.0/24", Except: []string{"198.51.100.9/32"}}}, {IPBlock: &networkingv1.IPBlock{CIDR: "2001:db8::1/128"}},
			}, networkingv1.NetworkPolicyPort{Protocol: &sctp, Port: &first, EndPort: &last}),
			rule("many ports", []networkingv1.NetworkPolicyPeer{appPeer("media")}, many...),
			rule("a protocol", []networkingv1.NetworkPolicyPeer{appPeer("media")}, networkingv1.NetworkPolicyPort{Protocol: &tcp}),
		},
	}}}
}

// hostileSets have a text wherever sets have one that others chose.
func hostileSets(text string) []*api.PolicySet {
	set := cartSet()
	a := set.Answer
	set.Comment = []string{"kubectl harden gen netpol " + text}
	a.Workload.Name, a.Workload.Namespace, a.Proof.Subject = text, text, text
	a.Open = []api.OpenDirection{{Direction: inbound, Reason: text}}
	a.Notes = []string{text}
	a.InForce = []api.PolicyInForce{{Policy: api.Ref{Kind: "NetworkPolicy", Namespace: text, Name: text}, More: []string{text}}}
	a.Proof.Added = []api.ReasonedUse{{Use: text, Reason: text}}
	a.Proof.Excess, a.Proof.Inexpressible = a.Proof.Added, a.Proof.Added
	a.Proof.Denied = []api.CountedUse{{Use: text, Count: 3, By: text}}
	a.Proof.LeftOut = a.Proof.Denied
	a.Proof.Tuples.OutsideBefore, a.Proof.Tuples.OutsideAfter = text, text
	p := &set.Policies[0]
	p.Name, p.Namespace, p.PodSelector = "n"+text, "s"+text, labels("app"+text, text)
	for i := range p.Ingress {
		p.Ingress[i].Reasons = []string{fmt.Sprintf("%s %d", text, i), text}
	}
	other := without(api.Ref{Kind: text, Namespace: text, Name: "other"}, text)
	isolates := []api.IsolatedWorkload{{Workload: api.Ref{Kind: text, Name: text}, Directions: both()}}
	defaults := &api.PolicySet{Comment: []string{text}, Isolates: isolates, Policies: []api.PolicyDraft{{Name: "default-deny", Namespace: "s" + text, Types: both()}}}
	return []*api.PolicySet{set, other, defaults}
}
