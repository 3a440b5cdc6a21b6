package assess

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit/unread"
)

// Kinds of custom objects that the cluster of partial has; those of others are not installed.
func installed() []cluster.SnapshotKind {
	return []cluster.SnapshotKind{
		{Group: "apiregistration.k8s.io", Version: "v1", Kind: "APIService", Resource: "apiservices"},
		{Group: "apiextensions.k8s.io", Version: "v1", Kind: "CustomResourceDefinition", Resource: "customresourcedefinitions"},
		{Group: "monitoring.coreos.com", Version: "v1", Kind: "PodMonitor", Resource: "podmonitors", Namespaced: true},
		{Group: "monitoring.coreos.com", Version: "v1", Kind: "ServiceMonitor", Resource: "servicemonitors", Namespaced: true},
		{Group: "gateway.networking.k8s.io", Version: "v1", Kind: "HTTPRoute", Resource: "httproutes", Namespaced: true},
		{Group: "networking.k8s.io", Version: "v1", Kind: "NetworkPolicy", Resource: "networkpolicies", Namespaced: true},
	}
}

func missingKinds() []cluster.SnapshotKind {
	groups := map[string][]string{
		"gateway.networking.k8s.io": {"Gateway", "GRPCRoute", "ReferenceGrant", "TCPRoute", "TLSRoute", "UDPRoute"},
		"networking.istio.io":       {"Gateway", "VirtualService"}, "security.istio.io": {"PeerAuthentication"}, "route.openshift.io": {"Route"},
		"policy.networking.k8s.io": {"AdminNetworkPolicy", "BaselineAdminNetworkPolicy", "ClusterNetworkPolicy"},
		"cilium.io":                {"CiliumClusterwideNetworkPolicy", "CiliumNetworkPolicy"}, "crd.projectcalico.org": {"GlobalNetworkPolicy", "NetworkPolicy"},
		"projectcontour.io": {"HTTPProxy"}, "traefik.io": {"IngressRoute", "IngressRouteTCP", "IngressRouteUDP"},
		"traefik.containo.us": {"IngressRoute", "IngressRouteTCP", "IngressRouteUDP"},
	}
	var out []cluster.SnapshotKind
	for group, kinds := range groups {
		for _, kind := range kinds {
			out = append(out, cluster.SnapshotKind{Group: group, Kind: kind, Error: "no such kind", Missing: true})
		}
	}
	return out
}

// partial is a cluster of which some things may not be listed: see unread.Inventory.
func partial(t *testing.T, forbidden []string, docs ...string) *netpol.Situation {
	t.Helper()
	lists := map[string][]string{
		"": {"pods", "services", "nodes", "namespaces", "replicationcontrollers"}, "apps": {"deployments", "replicasets", "statefulsets", "daemonsets"},
		"batch": {"jobs", "cronjobs"}, "networking.k8s.io": {"ingresses", "ingressclasses"},
		"admissionregistration.k8s.io": {"validatingwebhookconfigurations", "mutatingwebhookconfigurations"},
	}
	for _, k := range installed() {
		lists[k.Group] = append(lists[k.Group], k.Resource)
	}
	return situationOf(t, unread.Inventory(t, lists, append(installed(), missingKinds()...), forbidden, docs...))
}

func deploymentOf(namespace, name, container string) string {
	return fmt.Sprintf("{apiVersion: apps/v1, kind: Deployment, metadata: {name: %s, namespace: %s}, spec: {selector: {matchLabels: {app: %s}}, template: {metadata: {labels: {app: %s}}, spec: {containers: [%s]}}}}", name, namespace, name, name, container)
}

const (
	plain  = "{name: c, image: i}"
	ported = "{name: c, image: i, ports: [{containerPort: 9102}]}"
)

// callersUnread are two workloads of which a Service leads to one, a third with ports, and one of another namespace.
func callersUnread() []string {
	return []string{
		deploymentOf("shop", "web", plain), deploymentOf("shop", "worker", plain), deploymentOf("shop", "ported", ported),
		"{apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop}, spec: {selector: {app: web}, ports: [{port: 80}]}}",
		deploymentOf("other", "far", plain), "{apiVersion: v1, kind: Service, metadata: {name: far, namespace: other}, spec: {selector: {app: far}, ports: [{port: 80}]}}",
		deploymentOf("monitoring", "prom", "{name: c, image: 'quay.io/prometheus/prometheus:v3'}"),
	}
}

// doubtText are the doubts but those of configuration alone.
func doubtText(s *netpol.Situation) []string {
	var out []string
	for _, w := range s.Workloads {
		for _, u := range w.Unread {
			if u.Configuration {
				continue
			}
			if u.Direction != networkingv1.PolicyTypeIngress {
				out = append(out, "of "+string(u.Direction))
			}
			out = append(out, w.Ref.Name+": "+u.Reason)
		}
	}
	return out
}

// TestSituationDoubts: whoever could not be read may call those that it could lead to, and no others.
func TestSituationDoubts(t *testing.T) {
	both := func(resource string) []string {
		return []string{"far: list " + resource + ": forbidden", "web: list " + resource + ": forbidden"}
	}
	for name, test := range map[string]struct {
		forbidden, want []string
	}{
		"nothing":            {nil, nil},
		"validating":         {[]string{"validatingwebhookconfigurations"}, both("validatingwebhookconfigurations.admissionregistration.k8s.io")},
		"mutating":           {[]string{"mutatingwebhookconfigurations*"}, both("mutatingwebhookconfigurations.admissionregistration.k8s.io")},
		"APIServices":        {[]string{"apiservices"}, both("apiservices.apiregistration.k8s.io")},
		"definitions":        {[]string{"customresourcedefinitions"}, both("customresourcedefinitions.apiextensions.k8s.io")},
		"routes":             {[]string{"httproutes"}, both("httproutes.gateway.networking.k8s.io")},
		"ServiceMonitors":    {[]string{"servicemonitors"}, both("servicemonitors.monitoring.coreos.com")},
		"PodMonitors":        {[]string{"podmonitors"}, []string{"ported: list podmonitors.monitoring.coreos.com: forbidden"}},
		"Ingresses":          {[]string{"ingresses*"}, both("ingresses.networking.k8s.io")},
		"Ingresses of shop":  {[]string{"ingresses"}, both("ingresses.networking.k8s.io")[:1]},
		"classes":            {[]string{"ingressclasses"}, nil},
		"other kinds":        {[]string{"nodes", "namespaces", "networkpolicies*"}, nil},
		"Services elsewhere": {[]string{"services"}, []string{"far: list services: forbidden", "prom: list services: forbidden"}},
		"Services": {[]string{"services*"}, []string{
			"prom: list services: forbidden", "far: list services: forbidden", "ported: list services: forbidden", "web: list services: forbidden", "worker: list services: forbidden",
		}},
		"Services and Ingresses": {[]string{"services*", "ingresses", "pods", "deployments"}, []string{
			"ported: list services: forbidden", "web: list services: forbidden", "worker: list services: forbidden",
		}},
	} {
		got, want := doubtText(partial(t, test.forbidden, callersUnread()...)), test.want
		slices.Sort(got)
		slices.Sort(want)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	// Nobody scrapes where all pods were read and none is a Prometheus.
	docs := callersUnread()
	if got := doubtText(partial(t, []string{"podmonitors", "servicemonitors"}, docs[:len(docs)-1]...)); got != nil {
		t.Error(got)
	}
}

// TestSituationDoubtsOfFiles: what files do not hold is no read that failed.
func TestSituationDoubtsOfFiles(t *testing.T) {
	s := situationOf(t, readFiles(t, callersUnread()...))
	if got := doubtText(s); got != nil || s.PoliciesUnread != "" {
		t.Error(got, s.PoliciesUnread)
	}
}

// TestSituationClassUnread: without its class the controller of an Ingress is a guess.
func TestSituationClassUnread(t *testing.T) {
	docs := append(callersUnread(),
		"{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: web, namespace: shop}, spec: {ingressClassName: nginx, defaultBackend: {service: {name: web, port: {number: 80}}}}}",
		"{apiVersion: v1, kind: Pod, metadata: {name: ctl, namespace: ingress, labels: {app.kubernetes.io/name: ingress-nginx}}, spec: {containers: [{name: c, image: i}]}}")
	const by = "Deployment shop/web from "
	for forbidden, want := range map[string]string{
		"nodes":          by + "Pod ingress/ctl on TCP 80: Ingress shop/web leads to it",
		"ingressclasses": by + "anybody on TCP 80: Ingress shop/web leads to it, and its class nginx was not read, list ingressclasses.networking.k8s.io: forbidden: anybody is let in",
	} {
		if got := callerText(partial(t, []string{forbidden}, docs...)); !slices.Contains(got, want) {
			t.Errorf("%s: %q", forbidden, got)
		}
	}
}

// TestSituationPoliciesUnread names the list that failed.
func TestSituationPoliciesUnread(t *testing.T) {
	const why = "list networkpolicies.networking.k8s.io: forbidden"
	for forbidden, want := range map[string]string{"": "", "networkpolicies*": why, "networkpolicies": why + ", but in namespace shop"} {
		if got := partial(t, []string{forbidden}, callersUnread()...).PoliciesUnread; got != want {
			t.Errorf("%s: %q", forbidden, got)
		}
	}
}

// TestSituationOwnersUnread: what is below an owner that was not read gets no selector, nor does
// what may be that owner.
func TestSituationOwnersUnread(t *testing.T) {
	pod := func(name, labels, version, kind, owner string) string {
		return fmt.Sprintf("{apiVersion: v1, kind: Pod, metadata: {name: %s, namespace: shop, labels: {%s}, ownerReferences: [{apiVersion: %s, kind: %s, name: %s, uid: u, controller: true}]}, spec: {containers: [{name: c, image: i}]}}", name, labels, version, kind, owner)
	}
	docs := []string{
		deploymentOf("shop", "web", plain), deploymentOf("shop", "worker", plain),
		"{apiVersion: apps/v1, kind: ReplicaSet, metadata: {name: web-1, namespace: shop, ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: web, uid: u, controller: true}]}, spec: {selector: {matchLabels: {app: web, pod-template-hash: '1'}}, template: {metadata: {labels: {app: web, pod-template-hash: '1'}}, spec: {containers: [{name: c, image: i}]}}}}",
		pod("web-1-a", "app: web, pod-template-hash: '1'", "apps/v1", "ReplicaSet", "web-1"),
		pod("db-0", "app: db", "apps/v1", "StatefulSet", "db"), "{apiVersion: v1, kind: Pod, metadata: {name: alone, namespace: shop, labels: {app: alone}}, spec: {containers: [{name: c, image: i}]}}",
		pod("once-a", "app: once", "batch/v1", "Job", "once"),
	}
	const sts, job, alone = "StatefulSet shop/db app=db", "Job shop/once app=once", "Pod shop/alone app=alone"
	for forbidden, want := range map[string][]string{
		"nodes*": {"Deployment shop/web app=web", "Deployment shop/worker app=worker", job, alone, sts},
		"replicasets*": {
			"Deployment shop/web none: it is not known whose the pods of ReplicaSet shop/web-1 are: list replicasets.apps: forbidden", "Deployment shop/worker app=worker",
			job, alone, "ReplicaSet shop/web-1 none: its owner was not read: list replicasets.apps: forbidden", sts,
		},
		"deployments*": {"Deployment shop/web none: its owner was not read: list deployments.apps: forbidden", job, alone, sts},
		"statefulsets*": {
			"Deployment shop/web app=web", "Deployment shop/worker app=worker", job, alone, "StatefulSet shop/db none: its owner was not read: list statefulsets.apps: forbidden",
		},
		"jobs*": {"Deployment shop/web app=web", "Deployment shop/worker app=worker", "Job shop/once none: its owner was not read: list jobs.batch: forbidden", alone, sts},
	} {
		// What may not be listed is not in the answers either.
		kind := "kind: " + strings.TrimSuffix(forbidden, "s*") + ","
		left := slices.DeleteFunc(slices.Clone(docs), func(doc string) bool {
			head, _, _ := strings.Cut(strings.ToLower(doc), "metadata")
			return strings.Contains(head, kind)
		})
		if diff := cmp.Diff(want, startingWith(situationText(partial(t, []string{forbidden}, left...)), "workload")); diff != "" {
			t.Errorf("%s: %s", forbidden, diff)
		}
	}
}

// TestSituationElsewhere: addresses outside may be of namespaces that were not read.
func TestSituationElsewhere(t *testing.T) {
	const hint = "hint: an outside address may be that of "
	for name, test := range map[string]struct {
		forbidden []string
		want      []string
	}{
		"nothing":      {nil, nil},
		"Services":     {[]string{"services"}, []string{hint + "a Service of another namespace: list services: forbidden"}},
		"pods":         {[]string{"pods"}, []string{hint + "a pod of another namespace: list pods: forbidden"}},
		"both":         {[]string{"services", "pods"}, []string{hint + "a Service or a pod of another namespace: list services: forbidden; list pods: forbidden"}},
		"all Services": {[]string{"services*"}, nil},
	} {
		var got []string
		for _, line := range callerText(partial(t, test.forbidden, callersUnread()...)) {
			if strings.HasPrefix(line, hint) {
				got = append(got, line)
			}
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestSituationAbsent: files as kubectl get all writes them do not hold all that matters.
func TestSituationAbsent(t *testing.T) {
	const after = ": what these do is not known; kubectl harden snapshot -A writes a file that has all"
	hints := func(s *netpol.Situation) []string {
		var out []string
		for _, h := range s.Hints {
			if rest, found := strings.CutPrefix(h.Text, "the files hold no "); found && h.Of == nil {
				out = append(out, strings.TrimSuffix(rest, after))
			}
		}
		return out
	}
	all := []string{
		deploymentOf("shop", "web", plain), "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{port: 80}]}}", "{apiVersion: v1, kind: Node, metadata: {name: n1}}",
		"{apiVersion: v1, kind: Namespace, metadata: {name: shop}}", "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: a}, spec: {podSelector: {}}}",
		"{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: a}}",
		"{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingWebhookConfiguration, metadata: {name: a}, webhooks: [{name: a, clientConfig: {service: {namespace: shop, name: web}}}]}",
	}
	for count, want := range map[int][]string{
		1: {"Node, Namespace, NetworkPolicy, Service, Ingress, ValidatingWebhookConfiguration"}, 2: {"Node, Namespace, NetworkPolicy, Ingress, ValidatingWebhookConfiguration"},
		6: {"ValidatingWebhookConfiguration"}, 7: nil,
	} {
		if diff := cmp.Diff(want, hints(situationOf(t, readFiles(t, all[:count]...)))); diff != "" {
			t.Errorf("%d: %s", count, diff)
		}
	}
	if got := hints(partial(t, nil, all[0])); got != nil {
		t.Errorf("a snapshot: %q", got)
	}
}
