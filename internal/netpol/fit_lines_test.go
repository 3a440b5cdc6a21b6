package netpol_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
)

func endOf(text string, named map[string]string) api.EdgeEnd {
	kind, rest, _ := strings.Cut(text, ":")
	switch {
	case text == "apiserver":
		return api.EdgeEnd{Kind: api.EndAPIServer}
	case kind == "name":
		return api.EdgeEnd{Kind: api.EndName, Name: rest}
	case kind == "apiserver":
		return api.EdgeEnd{Kind: api.EndAPIServer, Address: rest}
	case text == "node" || text == "own-node":
		return api.EdgeEnd{Kind: api.EndKind(text)}
	case text == "any":
		return api.EdgeEnd{Kind: api.EndAddress, AnyAddress: true}
	case kind == "unknown":
		return api.EdgeEnd{Kind: api.EndUnknown, Address: rest, Reason: "no pod has this address now"}
	case strings.Contains(text, "/"):
		ref := refOf(text)
		end := api.EdgeEnd{Kind: api.EndWorkload, Workload: &ref}
		if labels := named["labels"]; labels != "" {
			end.Labels = labelsOf(labels)
		}
		return end
	}
	return api.EdgeEnd{Kind: api.EndAddress, Address: text}
}

// configuredLine: configured FROM TO PROTOCOL PORT|any by:=WORDS,WORDS.
func (c *fitCase) configuredLine(t testing.TB, words []string, named map[string]string) {
	t.Helper()
	if c.in.Configured == nil {
		c.in.Configured = []api.Edge{}
	}
	if words[0] == "nothing" {
		return
	}
	e := api.Edge{Client: endOf(words[0], named), Server: endOf(words[1], named), Protocol: words[2], Configured: strings.Split(named["by"], ",")}
	if words[3] == "any" {
		e.AnyPort = true
	} else {
		e.Port = number(t, words[3])
	}
	if text := named["services"]; text != "" {
		e.Services = strings.Split(text, ",")
	}
	c.in.Configured = append(c.in.Configured, e)
}

// edgeLine: edge FROM TO PROTOCOL PORT[-LAST]|any COUNT and names.
func (c *fitCase) edgeLine(t testing.TB, words []string, named map[string]string) {
	t.Helper()
	e := api.Edge{
		Client: endOf(words[0], named), Server: endOf(words[1], named), Protocol: words[2], Count: int64(number(t, words[4])),
		Denied: named["denied"] != "", Answered: named["unanswered"] == "", Certain: named["guessed"] == "", Seen: []string{"client", "server"},
		First: "2026-11-19T09:00:00Z", Last: "2026-11-20T08:57:10Z",
	}
	if text := named["seen"]; text != "" {
		e.Seen = strings.Split(text, ",")
	}
	if text := named["format"]; text != "" {
		e.Formats = []string{map[string]string{"hubble": api.FormatHubble, "conntrack": api.FormatConntrack, "aws": api.FormatAWS, "netobserv": api.FormatNetObserv, "trace": api.FormatTrace}[text]}
	}
	if text := named["services"]; text != "" {
		e.Services = strings.Split(text, ",")
	}
	if text := named["names"]; text != "" {
		e.Names = strings.Split(text, ",")
	}
	first, last, _ := strings.Cut(words[3], "-")
	switch {
	case first == "any":
		e.AnyPort = true
		c.edges = append(c.edges, e)
	case last == "":
		e.Port = number(t, first)
		c.edges = append(c.edges, e)
	default:
		for port := number(t, first); port <= number(t, last); port++ {
			e.Port = port
			c.edges = append(c.edges, e)
		}
	}
}

func dnsLine(t testing.TB, named map[string]string) netpol.NameServer {
	t.Helper()
	s := netpol.NameServer{Service: "Service kube-system/kube-dns", Namespace: "kube-system", Ports: rangesOf(t, "UDP/53,TCP/53")}
	if text := named["ports"]; text != "" {
		s.Ports = rangesOf(t, text)
	}
	if text := named["selector"]; text != "" {
		s.Selector = &metav1.LabelSelector{MatchLabels: labelsOf(text)}
	}
	if text := named["addresses"]; text != "" {
		s.Service = "NodeLocal DNSCache"
		s.Addresses = []netip.Addr{netip.MustParseAddr(text)}
	}
	return s
}

func (c *fitCase) optionLine(t testing.TB, words []string, named map[string]string) {
	t.Helper()
	for _, word := range words {
		switch word {
		case "exact":
			c.opts.Exact = true
		case "denied":
			c.opts.Denied = true
		case "configured":
			c.opts.Configured = true
		case "as-cilium":
			c.opts.Flavor = api.FlavorCilium
		case "default-deny":
			c.opts.DefaultDeny = true
		case "cilium":
			c.in.Plugin.NoNodeBlocks = true
		case "aws":
			c.in.Plugin.ServicePorts = true
		case "ingress":
			c.opts.Isolate = append(c.opts.Isolate, networkingv1.PolicyTypeIngress)
		case "egress":
			c.opts.Isolate = append(c.opts.Isolate, networkingv1.PolicyTypeEgress)
		default:
			t.Fatalf("an option %q", word)
		}
	}
	for name, value := range named {
		switch name {
		case "min":
			c.opts.MinCount = int64(number(t, value))
		case "external":
			c.opts.MaxExternal = int(number(t, value))
		case "ranges":
			c.opts.PortRanges = int(number(t, value))
		case "exclude":
			p, err := netpol.ParseEdgePattern(value, "shop")
			if err != nil {
				t.Fatal(err)
			}
			c.opts.Exclude = append(c.opts.Exclude, p)
		}
	}
}

// add adds a workload of some pods.
func (c *fitCase) add(ref api.Ref, labels map[string]string, pods int) {
	w := netpol.Workload{Ref: ref, Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": labels["app"]}}}
	for i := range pods {
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: ref.Namespace, Name: fmt.Sprintf("%s-%d", ref.Name, i), Labels: labels}}
		pod.Spec.Containers = []corev1.Container{{Ports: []corev1.ContainerPort{{ContainerPort: 8000}}}}
		pod.Status.PodIP = fmt.Sprintf("10.%d.%d.%d", len(c.in.Workloads)/250, len(c.in.Workloads)%250, 1+i)
		w.Pods = append(w.Pods, pod)
		c.in.Objects.Pods = append(c.in.Objects.Pods, pod)
	}
	c.in.Workloads = append(c.in.Workloads, w)
}

func podWorkload(pod *corev1.Pod) netpol.Workload {
	ref := api.Ref{APIVersion: "v1", Kind: "Pod", Namespace: pod.Namespace, Name: pod.Name}
	return netpol.Workload{Ref: ref, Selector: &metav1.LabelSelector{MatchLabels: pod.Labels}, Pods: []*corev1.Pod{pod}}
}
