package netpol_test

import (
	"fmt"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

const judgedShop = `
workload deploy/web app=web,tier=front ports:=TCP/8080
workload deploy/cart app=cart,tier=back ports:=TCP/7070 pods:=2
workload sts/redis app=redis,tier=back ports:=TCP/6379
workload deploy/mail app=mail,tier=back ports:=TCP/8080
workload ops/deploy/web app=web ports:=TCP/9090
workload kube-system/deploy/coredns k8s-app=kube-dns ports:=UDP/53,TCP/53 dns:=Default
dns selector:=k8s-app=kube-dns
edge deploy/web deploy/cart TCP 7070 412
edge ops/deploy/web deploy/cart TCP 7070 3
edge deploy/cart sts/redis TCP 6379 388
edge deploy/cart 198.51.100.7 TCP 443 61
`

const cartIn = `kind: NetworkPolicy
metadata: {name: cart, namespace: shop}
spec:
  podSelector: {matchLabels: {app: cart}}
  policyTypes: [Ingress]
  ingress:
  - from: [%s]
    ports: [{protocol: TCP, port: %s}]
`

// in is a policy for cart whose only rule is for peers and a port.
func in(peers, port string) string { return fmt.Sprintf(cartIn, peers, port) }

// out is one for its egress, with rules.
func out(rules string) string {
	return "kind: NetworkPolicy\nmetadata: {name: cart-out, namespace: shop}\nspec:\n  podSelector: {matchLabels: {app: cart}}\n  policyTypes: [Egress]\n  egress: [" + rules + "]\n"
}

const (
	anyWeb  = `{namespaceSelector: {}, podSelector: {matchLabels: {app: web}}}`
	ownWeb  = `{podSelector: {matchLabels: {app: web}}}`
	toRedis = `{to: [{podSelector: {matchLabels: {app: redis}}}], ports: [{port: 6379}]}`
	toDNS   = `{to: [{namespaceSelector: {}, podSelector: {matchLabels: {k8s-app: kube-dns}}}], ports: [{port: 53}, {port: 53, protocol: UDP}]}`
	toAPI   = `{to: [{ipBlock: {cidr: 198.51.100.7/32}}], ports: [{port: 443}]}`
	gone    = "edge deploy/gone deploy/cart TCP 7070 2 labels:=app=gone\nedge deploy/lost deploy/cart TCP 7070 2\n"
	hosts   = "workload ops/ds/agent app=agent host:=yes\nedge ops/ds/agent deploy/cart TCP 7070 5\nedge node deploy/cart TCP 7070 8\nedge unknown:10.9.9.9 deploy/cart TCP 7070 9\nedge own-node deploy/cart TCP 7070 70\n"
)

type judgedCase struct{ name, more, live, written string }

func judgedCases() []judgedCase {
	return []judgedCase{
		{"as-it-was", "", "", in(anyWeb, "7070")},
		{"edited-port", "", in(anyWeb, "7070"), in(anyWeb, "7071")},
		{"port-of-the-service", "", "", out(`{to: [{podSelector: {matchLabels: {app: redis}}}], ports: [{port: 80}]}, ` + toDNS + ", " + toAPI)},
		{"edited-label", "", "", in(`{namespaceSelector: {}, podSelector: {matchLabels: {app: webb}}}`, "7070")},
		{"other-label", "", "", in(`{namespaceSelector: {}, podSelector: {matchLabels: {team: front}}}, {namespaceSelector: {}, podSelector: {matchLabels: {app: mail}}}`, "7070")},
		{"removed-rule", "", "", out(toDNS + ", " + toAPI)},
		{"no-rules", "", "", out("")},
		{"no-names", "", "", out(toRedis + ", " + toAPI)},
		{"names-over-udp-alone", "", "", out(toRedis + ", " + toAPI + `, {ports: [{port: 53, protocol: UDP}]}`)},
		{"everybody-of-the-namespace", "", "", in("{podSelector: {}}", "7070")},
		{"every-pod-closed", "", "", "kind: NetworkPolicy\nmetadata: {name: deny, namespace: shop}\nspec: {podSelector: {}, policyTypes: [Ingress]}\n"},
		{"one-element", "", "", in(`{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ops}}, podSelector: {matchLabels: {app: web}}}`, "7070")},
		{"two-elements", "", "", in(`{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ops}}}, `+ownWeb, "7070")},
		{"without-namespace-selector", "", "", in(ownWeb, "7070")},
		{"block-with-except", "", "", out(toRedis + ", " + toDNS + `, {to: [{ipBlock: {cidr: 198.51.100.0/24, except: [198.51.100.0/29]}}], ports: [{port: 443}]}`)},
		{"block-too-wide", "", "", out(toRedis + ", " + toDNS + `, {to: [{ipBlock: {cidr: 198.51.100.0/24}}]}`)},
		{"everything", "", in(anyWeb, "7070"), in(anyWeb, "7070") + "---\n" + strings.Replace(out("{}"), "Egress]", "Egress, Ingress]", 1)},
		{"others-still-allow", "", strings.Replace(in(ownWeb, "7070"), "name: cart", "name: older", 1), in(anyWeb, "7071")},
		{"others-come-behind", "", strings.Replace(in(anyWeb, "9"), "name: cart", "name: aaa", 1), in(anyWeb, "7071")},
		{"the-nearest-peer-of-several", "", "", in("{podSelector: {matchLabels: {app: mail}}}, "+ownWeb, "7070")},
		{"others-refuse-today", "", "kind: NetworkPolicy\nmetadata: {name: deny, namespace: shop}\nspec: {podSelector: {matchLabels: {app: cart}}, policyTypes: [Egress]}\n", in(anyWeb, "7070")},
		{"others-close-what-the-edit-opened", "", "kind: NetworkPolicy\nmetadata: {name: deny, namespace: shop}\nspec: {podSelector: {}, policyTypes: [Egress]}\n---\n" + out(toRedis+", "+toAPI), strings.Replace(in(anyWeb, "7070"), "name: cart", "name: cart-out", 1)},
		{"refused-at-the-other-end", "", "", strings.ReplaceAll(in(ownWeb, "6379"), "cart", "redis")},
		{"let-out-and-refused-at-the-other-end", "", "", strings.ReplaceAll(in(ownWeb, "6379"), "cart", "redis") + "---\n" + out(toRedis+", "+toDNS+", "+toAPI)},
		{"other-end-refuses-today", "", strings.Replace(strings.ReplaceAll(in(ownWeb, "6379"), "cart", "redis"), "name: redis", "name: older", 1), out(toRedis + ", " + toDNS + ", " + toAPI)},
		{"other-namespace", "", "", strings.Replace(in(ownWeb, "7070"), "namespace: shop", "namespace: ops", 1) + "---\n" + in(anyWeb, "7070")},
		{"selects-nothing", "", "", strings.Replace(in(ownWeb, "7070"), "app: cart", "app: kart", 1)},
		{"host-bits", "", "", out(`{to: [{ipBlock: {cidr: 198.51.100.7/24}}]}`)},
		{"bad-except", "", "", out(`{to: [{ipBlock: {cidr: 198.51.100.0/24, except: [203.0.113.0/28]}}]}`)},
		{"no-peer", "", "", in("{}", "7070")},
		{"rules-of-a-direction-left-out", "", "", strings.Replace(in(anyWeb, "7070"), "  ingress:", "  egress: [{}]\n  ingress:", 1)},
		{"not-seen", "", "", in(anyWeb, "7070") + "---\n" + strings.ReplaceAll(in(ownWeb, "8080"), "cart", "mail")},
		{"nothing-seen", "", "", strings.ReplaceAll(in(ownWeb, "8080"), "cart", "mail")},
		{"hosts", hosts, "", in(anyWeb, "7070")},
		{"hosts-by-block", hosts, "", in(anyWeb+`, {ipBlock: {cidr: 192.168.0.0/24}}, {ipBlock: {cidr: 10.9.9.9/32}}`, "7070")},
		{"hosts-refused-today", hosts, strings.Replace(in(anyWeb, "7070"), "name: cart", "name: older", 1), in(anyWeb, "7070")},
		{"hosts-applied-already", hosts, in(anyWeb, "7070"), in(anyWeb, "7070")},
		{"hosts-let-in", hosts, "", strings.Replace(in("", "7070"), "from: []\n    ", "", 1)},
		{"gone", gone, "", in(anyWeb+`, {podSelector: {matchLabels: {app: gone}}}`, "7070")},
		{"gone-let-in", gone, "", in("{podSelector: {}}, "+anyWeb, "7070")},
		{"gone-refused", gone, "", in(anyWeb, "7071")},
		{"on-the-network-of-nodes", "workload ds/agent app=agent host:=yes\n", "", in(anyWeb, "7070") + "---\n" + strings.ReplaceAll(in(ownWeb, "80"), "cart", "agent")},
		{"other-protocols", "edge deploy/web deploy/cart ICMP 0 5\nedge deploy/web deploy/cart TCP 0 4\nedge deploy/cart deploy/mail ICMP 0 5\n", "", in(anyWeb, "7070")},
		{"scan", "edge sts/redis deploy/cart TCP 1-200 1\n", "", in(anyWeb, "7070")},
		{"too-many", "edge any deploy/cart TCP 7070 900\nedge deploy/cart sts/redis UDP any 77\nedge deploy/cart any TCP 8443 70\n", "", in(anyWeb+", {ipBlock: {cidr: 198.51.100.0/24}}", "7070") + "---\n" + out(toRedis+", "+toDNS+`, {to: [{podSelector: {matchLabels: {app: redis}}}], ports: [{port: 1, endPort: 99, protocol: UDP}]}`)},
		{"denied", "edge deploy/mail deploy/cart TCP 7070 7 denied:=yes\nedge deploy/mail deploy/cart TCP 7071 7 unanswered:=yes\n", "", in("{podSelector: {}}, "+anyWeb, "7070")},
		{"apiserver", "apiserver 192.0.2.10:6443\nedge deploy/cart apiserver TCP 6443 12\n", "", out(toRedis + ", " + toDNS + ", " + toAPI + `, {to: [{ipBlock: {cidr: 192.0.2.10/32}}], ports: [{port: 443}]}`)},
		{"apiserver-cilium", "option cilium\napiserver 192.0.2.10:6443\nedge deploy/cart apiserver TCP 6443 12\n", "", out(toRedis + ", " + toDNS + ", " + toAPI + `, {to: [{ipBlock: {cidr: 192.0.2.10/32}}], ports: [{port: 6443}]}`)},
		{"apiserver-unknown", "edge deploy/cart apiserver TCP 6443 12\n", "", out(toRedis + ", " + toDNS + ", " + toAPI + `, {to: [{ipBlock: {cidr: 192.0.2.10/32}}], ports: [{port: 6443}]}`)},
		{"callers", "caller deploy/cart TCP/9443 reason:=the_API_server_calls_it_for_ValidatingWebhookConfiguration_x\ncaller deploy/cart TCP/7070 from:=ops/deploy/web reason:=it_is_scraped\n", "", in(anyWeb, "7070")},
		{"unseen-other", "workload deploy/two app=two,part=a\n", "", in(anyWeb, "7070") + "---\n" + strings.ReplaceAll(in(ownWeb, "1"), "cart", "two")},
		{"services", "option aws\nedge deploy/cart deploy/mail TCP 8080 9 services:=shop/mail:5000\n", "", out(toRedis + ", " + toDNS + ", " + toAPI + `, {to: [{podSelector: {matchLabels: {app: mail}}}], ports: [{port: 8080}]}`)},
		{"named-port", "", "", in(anyWeb, "http")},
	}
}

// TestJudge holds the judgement of policies that somebody wrote.
func TestJudge(t *testing.T) {
	var all strings.Builder
	for _, test := range judgedCases() {
		text := judgedShop + test.more
		if test.live != "" {
			text += "\n---\n" + test.live
		}
		c := readFitCase(t, text)
		var written netpol.Objects
		addYAML(t, &written, test.written)
		where := func(r netpol.Rule) string { return fmt.Sprintf("%s %s:%d", r.Policy.Name, r.Direction, r.Number) }
		got, err := netpol.Judge(&c.in, written.Policies, c.edges, netpol.JudgeOptions{Where: where})
		fmt.Fprintf(&all, "--- %s\n", test.name)
		if err != nil {
			fmt.Fprintf(&all, "error: %v\n", err)
			continue
		}
		judgementText(&all, got)
	}
	testkit.Golden(t, "testdata/judge.golden", []byte(all.String()))
}

// judgeCart judges policies of cart in a shop that was changed.
func judgeCart(t *testing.T, more, written string, change func(*fitCase)) *netpol.Judged {
	t.Helper()
	c := readFitCase(t, judgedShop+more)
	change(c)
	var objects netpol.Objects
	addYAML(t, &objects, written)
	got, err := netpol.Judge(&c.in, objects.Policies, c.edges, netpol.JudgeOptions{})
	if err != nil || len(got.Subjects) != 1 {
		t.Fatal(got, err)
	}
	return &got.Subjects[0]
}

// TestJudgeNodes: which of the nodes it was is not known, and may not be which nodes there are.
func TestJudgeNodes(t *testing.T) {
	const edge = "edge node deploy/cart TCP 7070 8\n"
	two := func(c *fitCase) {
		for _, pod := range c.in.Objects.Pods {
			if pod.Labels["app"] == "mail" {
				pod.Spec.NodeName, pod.Status.HostIP = "n2", "192.168.0.2"
			}
		}
	}
	none := func(c *fitCase) {
		for _, pod := range c.in.Objects.Pods {
			pod.Status.HostIP = ""
		}
	}
	for _, test := range []struct {
		blocks            string
		nodes             func(*fitCase)
		refused, unjudged int
	}{
		{"192.168.0.0/24", two, 0, 1}, {"192.168.0.2/32", two, 0, 1}, {"192.168.1.0/24", two, 1, 0},
		{"192.168.0.0/24", none, 0, 1}, {"", none, 1, 0}, {"", two, 1, 0},
	} {
		peers := anyWeb
		if test.blocks != "" {
			peers += ", {ipBlock: {cidr: " + test.blocks + "}}"
		}
		if p := judgeCart(t, edge, in(peers, "7070"), test.nodes).Proof; len(p.Refused) != test.refused || len(p.Inexpressible) != test.unjudged {
			t.Errorf("%s: %+v", test.blocks, p)
		}
	}
}

// TestJudgeUnknownNames: where the name servers are not known, a rule for the port is enough.
func TestJudgeUnknownNames(t *testing.T) {
	unknown := func(c *fitCase) { c.in.DNS, c.in.NoDNS = nil, "no Service" }
	for rule, want := range map[string]int{"": 1, `, {to: [{ipBlock: {cidr: 192.0.2.53/32}}], ports: [{port: 53}, {port: 53, protocol: UDP}]}`: 0, ", {ports: [{port: 53}]}": 1} {
		if got := judgeCart(t, "", out(toRedis+", "+toAPI+rule), unknown); len(got.Likely) != want {
			t.Errorf("%q: %+v", rule, got.Likely)
		}
	}
}

// TestJudgeReplacesRefused: what the API server holds against a policy is gone with it.
func TestJudgeReplacesRefused(t *testing.T) {
	c := judgeCart(t, "", in(anyWeb, "7071"), func(c *fitCase) {
		c.in.Objects.Refused = map[types.NamespacedName][]string{{Namespace: "shop", Name: "cart"}: {"unknown field"}}
	})
	if len(c.Proof.Refused) != 2 || len(c.Proof.Inexpressible) != 0 {
		t.Errorf("%+v", c.Proof)
	}
}

func judgementText(b *strings.Builder, j *netpol.Judgement) {
	for i := range j.Subjects {
		judgedText(b, &j.Subjects[i])
	}
	for _, ref := range j.NotSeen {
		fmt.Fprintf(b, "not seen %s\n", ref.Short())
	}
	for _, note := range j.Notes {
		fmt.Fprintf(b, "note %s\n", note)
	}
}

func judgedText(b *strings.Builder, s *netpol.Judged) {
	p := &s.Proof
	fmt.Fprintf(b, "%s: observed %d covered %d granted %d; tuples needed %d, %d then %d; outside %s, then %s\n", s.Workload.Short(),
		p.Observed, p.Covered, p.Granted, p.Tuples.Needed, p.Tuples.Before, p.Tuples.After, p.Tuples.OutsideBefore, p.Tuples.OutsideAfter)
	for _, u := range p.Refused {
		fmt.Fprintf(b, "  refused  %s %dx: %s\n", u.Use, u.Count, u.By)
	}
	for _, u := range p.Denied {
		fmt.Fprintf(b, "  denied   %s %dx: %s\n", u.Use, u.Count, u.By)
	}
	for _, u := range p.LeftOut {
		fmt.Fprintf(b, "  left out %s %dx: %s\n", u.Use, u.Count, u.By)
	}
	for _, list := range []struct {
		head string
		uses []api.ReasonedUse
	}{{"unjudged", p.Inexpressible}, {"excess", p.Excess}, {"added", p.Added}, {"likely", s.Likely}} {
		for _, u := range list.uses {
			fmt.Fprintf(b, "  %-8s %s: %s\n", list.head, u.Use, u.Reason)
		}
	}
	for _, text := range s.StillAllowed {
		fmt.Fprintf(b, "  others   %s\n", text)
	}
	for _, text := range s.Notes {
		fmt.Fprintf(b, "  note     %s\n", text)
	}
}
