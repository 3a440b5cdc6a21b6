package assess

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// manyOf are so many namespaces with pods, each pod of a workload of its own and with a Service,
// and a ServiceMonitor for all.
func manyOf(tb testing.TB, namespaces, pods int) *cluster.Inventory {
	tb.Helper()
	inv := readFiles(tb,
		"{apiVersion: monitoring.coreos.com/v1, kind: ServiceMonitor, metadata: {name: all}, spec: {selector: {}, namespaceSelector: {any: true}, endpoints: [{port: web}]}}",
		"{apiVersion: v1, kind: Pod, metadata: {name: prometheus, labels: {app: p}}, spec: {containers: [{name: c, image: prometheus}]}}",
	)
	add := func(o runtime.Object, kind string) {
		if err := inv.Add(o, corev1.SchemeGroupVersion.WithKind(kind), workload.Source{}); err != nil {
			tb.Fatal(err)
		}
	}
	for n := range namespaces {
		for i := range pods {
			meta := metav1.ObjectMeta{Namespace: fmt.Sprint("n", n), Name: fmt.Sprint("p", i), Labels: map[string]string{"app": fmt.Sprint("p", i), "all": "yes"}}
			add(&corev1.Pod{ObjectMeta: meta, Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "c"}}}}, "Pod")
			add(&corev1.Service{ObjectMeta: meta, Spec: corev1.ServiceSpec{
				Selector: map[string]string{"app": fmt.Sprint("p", i)}, Type: corev1.ServiceTypeNodePort,
				Ports: []corev1.ServicePort{{Name: "web", Port: 80, TargetPort: intstr.FromInt32(8080)}},
			}}, "Service")
		}
	}
	return inv
}

// TestSituationOfMany: each workload has its two callers, in one namespace or in many.
func TestSituationOfMany(t *testing.T) {
	for _, shape := range [][2]int{{1, 1500}, {100, 15}} {
		s := situationOf(t, manyOf(t, shape[0], shape[1]))
		if len(s.Workloads) != 1501 || len(s.Callers) != 3000 {
			t.Errorf("%v: %d workloads, %d callers, %+v", shape, len(s.Workloads), len(s.Callers), s.Hints)
		}
	}
}

func BenchmarkSituation(b *testing.B) {
	inv := manyOf(b, 600, 9)
	for b.Loop() {
		if _, err := Situation(inv, ""); err != nil {
			b.Fatal(err)
		}
	}
}

// TestLabelIndex finds what looking at each finds.
func TestLabelIndex(t *testing.T) {
	x := newLabelIndex()
	type thing struct {
		namespace string
		set       labels.Set
	}
	var things []thing
	for i := range 60 {
		set := labels.Set{}
		for j, key := range []string{"a", "b", "c"} {
			if i>>j&1 == 0 {
				set[key] = fmt.Sprint((i + j) % 3)
			}
		}
		things = append(things, thing{fmt.Sprint("n", i%2), set})
		x.add(things[i].namespace, set)
	}
	for _, text := range []string{"", "a=0", "a=0,b=1", "a in (0)", "a in (0,1),c=2", "!a", "a,b!=2", "d=1", "a notin (1)"} {
		selector, err := labels.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		for _, namespace := range []string{"", "n0", "n1", "n2"} {
			var want []int
			for i, o := range things {
				if (namespace == "" || namespace == o.namespace) && selector.Matches(o.set) {
					want = append(want, i)
				}
			}
			if diff := cmp.Diff(want, x.find(namespace, namespace == "", selector)); diff != "" {
				t.Errorf("%q in %q: %s", text, namespace, diff)
			}
		}
	}
	if got := x.find("", true, labels.Nothing()); got != nil {
		t.Error(got)
	}
}

// TestSituationUnread says which kinds were not read.
func TestSituationUnread(t *testing.T) {
	proxy := testkit.NewFaultProxy(t, emptyServer())
	proxy.On(testkit.Match{Path: ".*configurations|.*/ingresses"}, testkit.Status(403))
	conn := cluster.Connection{Config: proxy.RESTConfig(), Mapper: noMapper, Context: "test", ChunkSize: 500}
	got, err := cluster.Collect(t.Context(), conn, cluster.Query{Namespace: "shop", Flows: true})
	if err != nil {
		t.Fatal(err)
	}
	s := situationOf(t, got.Inventory)
	if !s.Objects.Whole {
		t.Error("pods and namespaces were read")
	}
	text := strings.Join(callerText(s), "\n")
	for _, want := range []string{
		"hint: whom the API server calls is not known in full: list mutatingwebhookconfigurations.admissionregistration.k8s.io: forbidden",
		"hint: whom the API server calls is not known in full: list validatingwebhookconfigurations.admissionregistration.k8s.io: forbidden",
		"hint: who reaches workloads from outside is not known in full: list ingresses.networking.k8s.io: forbidden",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	if strings.Contains(text, "hint Pod") {
		t.Errorf("told of each workload:\n%s", text)
	}
}

// FuzzSituation: no manifest makes it panic, or an empty selector, and its order of documents
// does not matter.
func FuzzSituation(f *testing.F) {
	for _, doc := range []string{
		webWorkload(), webService("type: LoadBalancer, ports: [{port: 80, targetPort: http}]"),
		dnsServiceOf("kube-system", "kube-dns", "selector: {a: b}, ports: [{port: 53, targetPort: x}]"),
		"{apiVersion: monitoring.coreos.com/v1, kind: ServiceMonitor, metadata: {name: m}, spec: {selector: {}, endpoints: [{port: x}, 3]}}",
		"{apiVersion: monitoring.coreos.com/v1, kind: PodMonitor, metadata: {name: m}, spec: {selector: {}, podMetricsEndpoints: [{}]}}",
		"{apiVersion: apiregistration.k8s.io/v1, kind: APIService, metadata: {name: a}, spec: {service: {namespace: shop, name: web, port: 80}}}",
		"{apiVersion: networking.istio.io/v1, kind: Gateway, metadata: {name: g}, spec: {selector: [x]}}",
		"{apiVersion: v1, kind: Pod, metadata: {name: '\x1b[31m', annotations: {prometheus.io/scrape: 'true', prometheus.io/port: '-1'}}, spec: {containers: [{name: c}]}}",
	} {
		f.Add(doc)
	}
	f.Fuzz(func(t *testing.T, doc string) {
		if yaml.Unmarshal([]byte(doc), &map[string]any{}) != nil {
			return
		}
		docs := []string{doc, webWorkload(), webService("ports: [{port: 80, targetPort: http}]")}
		var texts [2][]string
		for i := range texts {
			objects, _, err := cluster.Load(t.Context(), cluster.LoadOptions{Filenames: []string{"-"}, Stdin: strings.NewReader(strings.Join(docs, "\n---\n"))})
			if err != nil || namesake(objects) {
				return
			}
			if i == 1 {
				slices.Reverse(objects)
			}
			inv := cluster.NewInventory()
			inv.DefaultNamespace = "shop"
			if len(inv.AddAll(objects)) > 0 {
				return
			}
			s := situationOf(t, inv)
			for _, w := range s.Workloads {
				if w.Selector != nil && len(w.Selector.MatchLabels)+len(w.Selector.MatchExpressions) == 0 || (w.Selector == nil) == (w.Unselectable == "") {
					t.Errorf("%s: %+v", w.Ref.Name, w.Selector)
				}
			}
			texts[i] = situationText(s)
		}
		if diff := cmp.Diff(texts[0], texts[1]); diff != "" {
			t.Error(diff)
		}
	})
}

// namesake tells objects of one name: of those the last counts.
func namesake(objects []cluster.Object) bool {
	seen := map[string]bool{}
	for _, o := range objects {
		m, ok := o.Object.(metav1.Object)
		if !ok {
			continue
		}
		namespace := m.GetNamespace()
		if namespace == "" {
			namespace = "shop"
		}
		key := o.GVK.GroupKind().String() + "/" + namespace + "/" + m.GetName()
		if seen[key] || m.GetName() == "" {
			return true
		}
		seen[key] = true
	}
	return false
}
