package netpol_test

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
)

// fitCase is what a file of testdata/fit asks for: a line for each thing.
type fitCase struct {
	in       netpol.Situation
	edges    []api.Edge
	subjects []api.Ref
	opts     netpol.FitOptions
}

func refOf(text string) api.Ref {
	parts := strings.Split(text, "/")
	if len(parts) == 2 {
		parts = append([]string{"shop"}, parts...)
	}
	kinds := map[string][2]string{
		"deploy": {"apps/v1", "Deployment"}, "sts": {"apps/v1", "StatefulSet"}, "ds": {"apps/v1", "DaemonSet"}, "cj": {"batch/v1", "CronJob"}, "pod": {"v1", "Pod"},
	}
	kind := kinds[parts[1]]
	return api.Ref{APIVersion: kind[0], Kind: kind[1], Namespace: parts[0], Name: parts[2]}
}

// fields are words, and those with an equals sign by their name.
func fields(line string) (words []string, named map[string]string) {
	named = map[string]string{}
	for word := range strings.FieldsSeq(line) {
		if key, value, found := strings.Cut(word, ":="); found {
			named[key] = strings.ReplaceAll(value, "_", " ")
		} else {
			words = append(words, word)
		}
	}
	return words, named
}

func labelsOf(text string) map[string]string {
	labels := map[string]string{}
	for pair := range strings.SplitSeq(text, ",") {
		if key, value, found := strings.Cut(pair, "="); found {
			labels[key] = value
		}
	}
	return labels
}

func rangesOf(t testing.TB, text string) []netpol.PortRange {
	t.Helper()
	var out []netpol.PortRange
	for word := range strings.SplitSeq(text, ",") {
		protocol, digits, found := strings.Cut(word, "/")
		if !found {
			continue
		}
		first, last, _ := strings.Cut(digits, "-")
		if last == "" {
			last = first
		}
		out = append(out, netpol.PortRange{Protocol: corev1.Protocol(protocol), First: number(t, first), Last: number(t, last)})
	}
	return out
}

func number(t testing.TB, text string) int32 {
	t.Helper()
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	return int32(n)
}

// workloadLine: workload TYPE/NAME LABELS selector:=LABELS ports:=TCP/80 pods:=2.
func (c *fitCase) workloadLine(t testing.TB, words []string, named map[string]string) {
	t.Helper()
	w := netpol.Workload{Ref: refOf(words[0]), HostNetwork: named["host"] != "", Unselectable: named["unselectable"]}
	labels := labelsOf(words[1])
	if w.Unselectable == "" {
		w.Selector = &metav1.LabelSelector{MatchLabels: labels}
		if text, found := named["selector"]; found {
			w.Selector.MatchLabels = labelsOf(text)
		}
	}
	count := 1
	if text := named["pods"]; text != "" {
		count = int(number(t, text))
	}
	for i := range count {
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: w.Ref.Namespace, Name: fmt.Sprintf("%s-%d", w.Ref.Name, i), Labels: labels}}
		pod.Spec = corev1.PodSpec{NodeName: "n1", HostNetwork: w.HostNetwork, DNSPolicy: corev1.DNSPolicy(named["dns"]), Containers: []corev1.Container{{Name: "c"}}}
		if servers := named["servers"]; servers != "" {
			pod.Spec.DNSConfig = &corev1.PodDNSConfig{Nameservers: strings.Split(servers, ",")}
		}
		for _, r := range rangesOf(t, named["ports"]) {
			pod.Spec.Containers[0].Ports = append(pod.Spec.Containers[0].Ports, corev1.ContainerPort{ContainerPort: r.First, Protocol: r.Protocol})
		}
		address := fmt.Sprintf("10.1.%d.%d", len(c.in.Workloads), 1+i)
		if w.HostNetwork {
			address = "192.168.0.1"
		}
		pod.Status = corev1.PodStatus{Phase: corev1.PodPhase(named["phase"]), PodIP: address, HostIP: "192.168.0.1"}
		if named["template"] != "" {
			pod.Status = corev1.PodStatus{}
		}
		w.Pods = append(w.Pods, pod)
		c.in.Objects.Pods = append(c.in.Objects.Pods, pod)
	}
	c.in.Workloads = append(c.in.Workloads, w)
}

func readFitCase(t testing.TB, text string) *fitCase {
	t.Helper()
	c := &fitCase{}
	head, policies, found := strings.Cut(text, "\n---\n")
	if found {
		addYAML(t, &c.in.Objects, policies)
	}
	for _, name := range []string{"shop", "kube-system", "ops"} {
		c.in.Objects.Namespaces = append(c.in.Objects.Namespaces, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}})
	}
	for line := range strings.Lines(head) {
		words, named := fields(line)
		if len(words) == 0 || words[0] == "#" {
			continue
		}
		c.line(t, words[0], words[1:], named)
	}
	return c
}

func (c *fitCase) line(t testing.TB, what string, words []string, named map[string]string) {
	t.Helper()
	switch what {
	case "workload":
		c.workloadLine(t, words, named)
	case "edge":
		c.edgeLine(t, words, named)
	case "configured":
		c.configuredLine(t, words, named)
	case "subject":
		for _, word := range words {
			c.subjects = append(c.subjects, refOf(word))
		}
	case "dns":
		c.in.DNS = append(c.in.DNS, dnsLine(t, named))
	case "nodns":
		c.in.NoDNS = "no Service kube-dns"
	case "apiserver":
		for _, word := range words {
			c.in.APIServer = append(c.in.APIServer, netip.MustParseAddrPort(word))
		}
	case "apiservice":
		for _, word := range words {
			c.in.APIService = append(c.in.APIService, netip.MustParseAddrPort(word))
		}
	case "caller":
		caller := netpol.Caller{To: refOf(words[0]), Ports: rangesOf(t, words[1]), Reason: named["reason"], Beside: named["beside"] != ""}
		if text := named["from"]; text != "" {
			ref := refOf(text)
			caller.From = &ref
		}
		if text := named["sources"]; text != "" {
			caller.Sources = []netip.Prefix{netip.MustParsePrefix(text)}
		}
		c.in.Callers = append(c.in.Callers, caller)
	case "hint":
		ref := refOf(words[0])
		c.in.Hints = append(c.in.Hints, netpol.Hint{Of: &ref, Text: named["text"]}, netpol.Hint{Text: "of all"})
	case "option":
		c.optionLine(t, words, named)
	default:
		t.Fatalf("a line of %q", what)
	}
}
