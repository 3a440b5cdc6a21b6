package apiserver_test

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit/shop"
)

// liveShop is the shop on a real API server, whose controllers make its pods.
type liveShop struct {
	*testing.T
	*shop.Shop
	control *testkit.ControlPlane
}

// inLiveShop runs a test in a shop in namespaces of its own, but for the name servers, and
// removes it.
func inLiveShop(t *testing.T, test func(*liveShop)) {
	t.Helper()
	l := &liveShop{T: t, Shop: shop.New(), control: shared.Get(t)}
	l.Live(time.Now().UTC().Truncate(time.Second), "netpol-node-")
	l.Move("netpol-")
	t.Run("shop", func(t *testing.T) {
		inner := *l
		inner.T = t
		inner.create()
		test(&inner)
	})
	l.remove()
}

func (l *liveShop) create() {
	l.Helper()
	l.APIServer = l.findAPIServer()
	for _, n := range l.Nodes {
		object := n.Object()
		object.UID = ""
		object.Spec.PodCIDR, object.Spec.PodCIDRs = n.Pods4.String(), []string{n.Pods4.String()}
		l.apply(object)
		l.patchStatus("", "node", n.Name, object.Status)
	}
	for _, name := range l.Namespaces() {
		if name != "kube-system" {
			l.control.Kubectl(l.T, "", "create", "namespace", name)
		}
		l.awaitAccount(name)
	}
	l.control.Kubectl(l.T, shop.YAML(l.Manifests()), "apply", "--server-side", "--force-conflicts", "-f", "-")
	nightly := l.Workload("nightly")
	l.control.Kubectl(l.T, "", "create", "job", "nightly-1", "--from=cronjob/nightly", "-n", nightly.Namespace)
	for _, w := range l.Workloads {
		if !w.HostNetwork {
			l.adopt(w)
		}
	}
	for _, service := range l.Services {
		if service.Outside.IsValid() {
			status := corev1.ServiceStatus{LoadBalancer: corev1.LoadBalancerStatus{Ingress: []corev1.LoadBalancerIngress{{IP: service.Outside.String()}}}}
			l.patchStatus(service.To.Namespace, "service", service.Name, status)
		}
		l.awaitEndpoints(service)
	}
}

func (l *liveShop) remove() {
	for _, name := range l.Namespaces() {
		if name != "kube-system" {
			l.control.Kubectl(l.T, "", "delete", "namespace", name, "--wait=false", "--ignore-not-found")
		}
	}
	l.control.Kubectl(l.T, "", "delete", "deployment/coredns", "service/kube-dns", "networkpolicy/coredns", "networkpolicy/default-deny", "configmap/coredns", "-n", "kube-system", "--ignore-not-found")
	l.control.Kubectl(l.T, "", "delete", "pods", "-n", "kube-system", "-l", "k8s-app=kube-dns", "--force", "--ignore-not-found")
	l.control.Kubectl(l.T, "", "delete", "ingressclass", "traefik", "--ignore-not-found")
	for _, n := range l.Nodes {
		l.control.Kubectl(l.T, "", "delete", "node", n.Name, "--ignore-not-found")
	}
}

// findAPIServer is where the server says that it is.
func (l *liveShop) findAPIServer() netip.AddrPort {
	l.Helper()
	var slice discoveryv1.EndpointSlice
	l.get(&slice, "endpointslice", "kubernetes", "-n", "default")
	if len(slice.Endpoints) != 1 || len(slice.Ports) != 1 {
		l.Fatalf("%+v", slice)
	}
	return netip.AddrPortFrom(netip.MustParseAddr(slice.Endpoints[0].Addresses[0]), uint16(*slice.Ports[0].Port))
}

func (l *liveShop) get(into any, args ...string) {
	l.Helper()
	text := l.control.Kubectl(l.T, "", append(append([]string{"get"}, args...), "-o", "json")...)
	if err := json.Unmarshal([]byte(text), into); err != nil {
		l.Fatal(err)
	}
}

func (l *liveShop) apply(object *corev1.Node) {
	l.Helper()
	object.TypeMeta = metav1.TypeMeta{APIVersion: "v1", Kind: "Node"}
	text, err := json.Marshal(object)
	if err != nil {
		l.Fatal(err)
	}
	l.control.Kubectl(l.T, string(text), "apply", "-f", "-")
}

func (l *liveShop) patchStatus(namespace, kind, name string, status any) {
	l.Helper()
	text, err := json.Marshal(map[string]any{"status": status})
	if err != nil {
		l.Fatal(err)
	}
	args := []string{"patch", kind, name, "--subresource=status", "--type=merge", "-p", string(text)}
	if namespace != "" {
		args = append(args, "-n", namespace)
	}
	l.control.Kubectl(l.T, "", args...)
}

func (l *liveShop) awaitAccount(namespace string) {
	l.Helper()
	testkit.WaitFor(l.T, "the default ServiceAccount", func() error {
		if l.control.Kubectl(l.T, "", "get", "serviceaccounts", "-n", namespace, "--field-selector=metadata.name=default", "-o", "name") == "" {
			return fmt.Errorf("there is none in %s", namespace)
		}
		return nil
	})
}

// adopt gives the pods that a controller made the nodes and addresses of the shop's, and the
// shop's pods their names.
func (l *liveShop) adopt(w *shop.Workload) {
	l.Helper()
	if w.Name == "load" {
		w.Pods = w.Pods[:1] // its Job runs once
	}
	var pods corev1.PodList
	testkit.WaitFor(l.T, "the pods of "+w.Name, func() error {
		l.get(&pods, "pods", "-n", w.Namespace, "-l", labels.FormatLabels(w.Labels))
		if len(pods.Items) != len(w.Pods) {
			return fmt.Errorf("there are %d of %d", len(pods.Items), len(w.Pods))
		}
		return nil
	})
	slices.SortFunc(pods.Items, func(a, b corev1.Pod) int { return strings.Compare(a.Name, b.Name) })
	for i, pod := range w.Pods {
		pod.Name = pods.Items[i].Name
		binding := fmt.Sprintf(`{"apiVersion":"v1","kind":"Binding","metadata":{"name":%q},"target":{"apiVersion":"v1","kind":"Node","name":%q}}`, pod.Name, pod.Node.Name)
		l.control.Kubectl(l.T, binding, "create", "--raw", "/api/v1/namespaces/"+w.Namespace+"/pods/"+pod.Name+"/binding", "-f", "-")
		l.patchStatus(w.Namespace, "pod", pod.Name, pod.Status(w))
	}
}

// awaitEndpoints waits for the controller of EndpointSlices.
func (l *liveShop) awaitEndpoints(service *shop.Service) {
	l.Helper()
	testkit.WaitFor(l.T, "the endpoints of "+service.Name, func() error {
		var list discoveryv1.EndpointSliceList
		l.get(&list, "endpointslices", "-n", service.To.Namespace, "-l", discoveryv1.LabelServiceName+"="+service.Name)
		ready := 0
		for _, slice := range list.Items {
			for _, endpoint := range slice.Endpoints {
				if endpoint.Conditions.Ready != nil && *endpoint.Conditions.Ready {
					ready++
				}
			}
		}
		if ready != len(service.To.Pods) {
			return fmt.Errorf("%d of %d", ready, len(service.To.Pods))
		}
		return nil
	})
}

// TestGenNetpolShop makes policies for flows of a shop on a real server, which takes every
// document; with them in force, the same flows give the same policies.
func TestGenNetpolShop(t *testing.T) { inLiveShop(t, (*liveShop).generates) }

// configured asks without any flows: what is configured gives policies that the server takes, and the
// answer says what it stands on and what would see more.
func (l *liveShop) configured(namespace string) {
	t := l.T
	made := testkit.Run(t, asAdmin(l.control), "gen", "netpol", "-n", namespace)
	documents := strings.Count(made.Stdout, "\nkind: NetworkPolicy\n")
	dry := l.control.Kubectl(t, made.Stdout, "apply", "--server-side", "--dry-run=server", "-f", "-")
	if made.Code != 0 || documents < 6 || strings.Count(dry, "serverside-applied (server dry run)") != documents {
		t.Errorf("exit %d, of %d documents the server took:\n%s\n%s", made.Code, documents, dry, made.Stderr)
	}
	for _, want := range []string{": nothing observed; ", "\ntook       static     ", "\nnot taken  hubble     no Service hubble-relay in any namespace", "\nNext: conntrack -L > NODE.conntrack"} {
		if !strings.Contains(made.Stderr, want) {
			t.Errorf("no %q in\n%s", want, made.Stderr)
		}
	}
	for _, view := range []string{"edges", "matrix", "html"} {
		if shown := testkit.Run(t, asAdmin(l.control), "gen", "netpol", "-n", namespace, "--view", view); shown.Code != 0 || !strings.Contains(shown.Stdout, "redis") {
			t.Errorf("%s: exit %d\n%s", view, shown.Code, shown.Stderr)
		}
	}
}

func (l *liveShop) generates() {
	t := l.T
	dir := t.TempDir()
	flows, proof := filepath.Join(dir, "hubble.json"), filepath.Join(dir, "proof.json")
	if err := os.WriteFile(flows, []byte(l.Hubble(7)), 0o600); err != nil {
		t.Fatal(err)
	}
	namespace := l.Workload("web").Namespace
	l.configured(namespace)
	for _, scope := range [][]string{{"-n", namespace}, {"-A"}} {
		args := append([]string{"gen", "netpol", "--from", flows, "--default-deny", "--proof", proof}, scope...)
		made := testkit.Run(t, asAdmin(l.control), args...)
		if made.Code != 0 {
			t.Fatalf("%q: %+v", scope, made)
		}
		checkLiveProof(t, proof)
		dry := l.control.Kubectl(t, made.Stdout, "apply", "--server-side", "--dry-run=server", "-f", "-")
		documents := strings.Count(made.Stdout, "\nkind: NetworkPolicy\n")
		if documents < 9 || strings.Count(dry, "serverside-applied (server dry run)") != documents {
			t.Errorf("of %d documents the server took:\n%s", documents, dry)
		}
		if want := fmt.Sprintf("%s/32", l.APIServer.Addr()); !strings.Contains(made.Stdout, want) {
			t.Errorf("no rule has %s:\n%s", want, made.Stdout)
		}
		l.control.Kubectl(t, made.Stdout, "apply", "--server-side", "-f", "-")
		again := testkit.Run(t, asAdmin(l.control), args...)
		if diff := cmp.Diff(withoutComments(made.Stdout), withoutComments(again.Stdout)); diff != "" || again.Code != 0 {
			t.Errorf("%q again: exit %d\n%s%s", scope, again.Code, again.Stderr, diff)
		}
		if diff := cmp.Diff(made.Stdout, again.Stdout); diff != "" {
			t.Errorf("%q again: %s", scope, diff)
		}
	}
}

// withoutComments is YAML without lines that are comments.
func withoutComments(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(strings.TrimSpace(line), "#") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "")
}

func checkLiveProof(t *testing.T, path string) {
	t.Helper()
	var proof struct {
		Subjects []struct {
			Subject  string  `json:"subject"`
			Coverage float64 `json:"coverage"`
			Excess   []any   `json:"excess"`
		} `json:"subjects"`
	}
	raw, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(raw, &proof)
	}
	if err != nil {
		t.Fatal(err)
	}
	if len(proof.Subjects) < 10 {
		t.Errorf("%d subjects", len(proof.Subjects))
	}
	for _, s := range proof.Subjects {
		if s.Coverage != 1 || len(s.Excess) != 0 {
			t.Errorf("%+v", s)
		}
	}
}
