package assess

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// coreDNS is the Deployment of the server, by its pods' spec.
func coreDNS(spec string) string {
	return "{apiVersion: apps/v1, kind: Deployment, metadata: {name: coredns, namespace: kube-system}, spec: {selector: {matchLabels: {k8s-app: kube-dns}}, template: {metadata: {labels: {k8s-app: kube-dns}}, spec: " + spec + "}}}"
}

func dnsServiceOf(namespace, name, rest string) string {
	return "{apiVersion: v1, kind: Service, metadata: {name: " + name + ", namespace: " + namespace + "}, spec: {" + rest + "}}"
}

func TestSituationDNS(t *testing.T) {
	const ports = "ports: [{name: dns, protocol: UDP, port: 53}, {name: dns-tcp, port: 53}, {name: metrics, port: 9153}]"
	const selector = "clusterIP: 10.96.0.10, clusterIPs: [10.96.0.10], selector: {k8s-app: kube-dns}, "
	const plain = "{containers: [{name: c}]}"
	usual := dnsServiceOf("kube-system", "kube-dns", selector+ports)
	const found = "Service kube-system/kube-dns in kube-system k8s-app=kube-dns TCP 53, UDP 53 of Deployment kube-system/coredns"
	const cache = "{apiVersion: apps/v1, kind: DaemonSet, metadata: {name: node-local-dns, namespace: kube-system}, spec: {template: {metadata: {labels: {k8s-app: node-local-dns}}, spec: {hostNetwork: true, containers: [{name: c, args: [ARGS]}]}}}}"
	tests := map[string]struct {
		docs []string
		want []string
	}{
		"usual": {[]string{usual, coreDNS(plain)}, []string{found}},
		"named ports": {
			[]string{dnsServiceOf("kube-system", "kube-dns", selector+"ports: [{protocol: UDP, port: 53, targetPort: dns}]"), coreDNS("{containers: [{name: c, ports: [{name: dns, protocol: UDP, containerPort: 1053}]}]}")},
			[]string{strings.ReplaceAll(found, "P 53", "P 1053")},
		},
		"OpenShift": {
			[]string{
				dnsServiceOf("openshift-dns", "dns-default", "selector: {dns: default}, ports: [{protocol: UDP, port: 53, targetPort: 5353}, {port: 53, targetPort: 5353}]"),
				"{apiVersion: apps/v1, kind: DaemonSet, metadata: {name: dns-default, namespace: openshift-dns}, spec: {selector: {matchLabels: {dns: default}}, template: {metadata: {labels: {dns: default}}, spec: " + plain + "}}}",
			},
			[]string{"Service openshift-dns/dns-default in openshift-dns dns=default TCP 5353, UDP 5353 of DaemonSet openshift-dns/dns-default"},
		},
		"by label": {
			[]string{strings.Replace(usual, "name: kube-dns, ", "name: rke2-coredns, labels: {k8s-app: kube-dns}, ", 1), coreDNS(plain)},
			[]string{strings.Replace(found, "kube-system/kube-dns", "kube-system/rke2-coredns", 1)},
		},
		"another's label beside": {
			[]string{usual, coreDNS(plain), strings.Replace(strings.Replace(usual, "name: kube-dns, ", "name: x, labels: {k8s-app: kube-dns}, ", 1), "kube-system", "evil", 1)},
			[]string{found},
		},
		"a label alone": {
			[]string{strings.Replace(strings.Replace(usual, "name: kube-dns, ", "name: x, labels: {k8s-app: kube-dns}, ", 1), "kube-system", "own", 1)},
			[]string{"Service own/x in own k8s-app=kube-dns TCP 53, UDP 53"},
		},
		"two for the same pods": {
			[]string{usual, strings.Replace(usual, "name: kube-dns, ", "name: kube-dns-upstream, labels: {k8s-app: kube-dns}, ", 1), coreDNS(plain)},
			[]string{found},
		},
		"no pods read": {[]string{usual}, []string{strings.TrimSuffix(found, " of Deployment kube-system/coredns")}},
		"on the network of its node": {
			[]string{usual, "{apiVersion: v1, kind: Pod, metadata: {name: coredns, namespace: kube-system, labels: {k8s-app: kube-dns}}, spec: {hostNetwork: true, containers: [{name: c}]}, status: {podIPs: [{ip: 192.0.2.1}]}}"},
			[]string{"Service kube-system/kube-dns in kube-system [192.0.2.1] TCP 53, UDP 53 of Pod kube-system/coredns"},
		},
		"by hand": {
			[]string{
				dnsServiceOf("kube-system", "kube-dns", ports),
				"{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: a, namespace: kube-system, labels: {kubernetes.io/service-name: kube-dns}}, endpoints: [{addresses: [192.0.2.9]}], ports: [{name: dns, protocol: UDP, port: 53}]}",
			},
			[]string{"Service kube-system/kube-dns in kube-system [192.0.2.9] TCP 53, UDP 53"},
		},
		"a cache on the node": {
			[]string{usual, coreDNS(plain), strings.Replace(cache, "ARGS", "", 1)},
			[]string{found, "NodeLocal DNSCache in kube-system [10.96.0.10 169.254.20.10] TCP 53, UDP 53 of DaemonSet kube-system/node-local-dns"},
		},
		"a cache elsewhere": {
			[]string{usual, coreDNS(plain), strings.Replace(cache, "ARGS", "'-localip', '169.254.25.10,nonsense', '-conf', x", 1)},
			[]string{found, "NodeLocal DNSCache in kube-system [10.96.0.10 169.254.25.10] TCP 53, UDP 53 of DaemonSet kube-system/node-local-dns"},
		},
		"a cache, in one word": {
			[]string{usual, coreDNS(plain), strings.Replace(cache, "ARGS", "'--localip=fd00::a'", 1)},
			[]string{found, "NodeLocal DNSCache in kube-system [10.96.0.10 fd00::a] TCP 53, UDP 53 of DaemonSet kube-system/node-local-dns"},
		},
		"another name": {[]string{dnsServiceOf("kube-system", "kube-dns", "type: ExternalName, externalName: dns.example.com")}, nil},
	}
	for name, test := range tests {
		s := situationOf(t, readFiles(t, test.docs...))
		if diff := cmp.Diff(test.want, startingWith(situationText(s), "dns")); diff != "" || len(test.want) > 0 == (s.NoDNS != "") {
			t.Errorf("%s: %q %s", name, s.NoDNS, diff)
		}
	}
}

// TestSituationNoDNS says why.
func TestSituationNoDNS(t *testing.T) {
	if s := situationOf(t, readFiles(t, webOf("{name: c}"))); !strings.HasPrefix(s.NoDNS, "the files hold no DNS Service") {
		t.Error(s.NoDNS)
	}
	if s := situationOf(t, forbidden(t, ".*/shop/nothing")); !strings.HasPrefix(s.NoDNS, "no Service is") {
		t.Error(s.NoDNS)
	}
	inv := forbidden(t, ".*/shop/services")
	for i := range inv.Unread {
		inv.Unread[i].Namespace = "" // as of a list of all namespaces
	}
	if s := situationOf(t, inv); s.NoDNS != "list services: forbidden" {
		t.Error(s.NoDNS)
	}
	unnamed := dnsServiceOf("kube-system", "kube-dns", "selector: {k8s-app: kube-dns}, ports: [{protocol: UDP, port: 53, targetPort: dns}]")
	s := situationOf(t, readFiles(t, unnamed))
	if len(s.DNS) != 1 || portsText(s.DNS[0].Ports) != "TCP 53, UDP 53" || len(callerText(s)) != 1 || !strings.Contains(callerText(s)[0], "is taken to be 53: no pod of Service kube-system/kube-dns has its target port dns") {
		t.Error(situationText(s))
	}
}
