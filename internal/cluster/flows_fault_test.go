package cluster

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// TestFlowFaults puts every fault before every new read.
func TestFlowFaults(t *testing.T) {
	without := func(words string) func(*flowAnswer) {
		return func(a *flowAnswer) {
			a.Callbacks = slices.DeleteFunc(a.Callbacks, func(c string) bool { return strings.HasPrefix(c, words) })
		}
	}
	reads := map[string]func(*flowAnswer){
		"/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations": without("Validating"),
		"/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations":   without("Mutating"),
		"/apis/networking.k8s.io/v1/ingressclasses":                             func(a *flowAnswer) { a.Classes = 0 },
		"/apis/apiregistration.k8s.io/v1/apiservices":                           without("APIService"),
		"/apis/apiextensions.k8s.io/v1/customresourcedefinitions":               without("Custom"),
		"/apis/monitoring.coreos.com/v1/podmonitors":                            func(a *flowAnswer) { a.Monitors = fmt.Sprint(0, 1, workload.FactUnknown, workload.FactYes) },
		"/api/v1/namespaces": func(a *flowAnswer) { a.Whole = false },
	}
	for path, change := range reads {
		for name, f := range readFaults() {
			t.Run(strings.TrimPrefix(path, "/apis/")+" "+name, func(t *testing.T) {
				t.Parallel()
				proxy := testkit.NewFaultProxy(t, flowServer())
				proxy.On(testkit.Match{Path: path}, f.fault)
				want := allFlows()
				change(&want)
				resource := path[strings.LastIndex(path, "/")+1:]
				want.Unread = []string{"list " + resource + ": " + f.reason}
				if name == "404" && slices.ContainsFunc(customCallers(), func(k customKind) bool { return k.resource == resource }) {
					want.Unread = nil // not installed any more: a fact
					want.Monitors = want.Monitors[:len("0 1 ")] + fmt.Sprint(workload.FactYes, workload.FactYes)
				}
				if diff := cmp.Diff(want, collectFlows(t, proxy, Query{Namespace: "shop", Flows: true})); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}

// TestFlowPagesExpire reads a list anew whose continue token expired.
func TestFlowPagesExpire(t *testing.T) {
	for _, resource := range []string{"pods", "namespaces", "customresourcedefinitions"} {
		proxy := testkit.NewFaultProxy(t, flowServer())
		proxy.On(testkit.Match{Path: ".*/" + resource, Continue: true}, testkit.Status(410))
		if diff := cmp.Diff(allFlows(), collectFlows(t, proxy, Query{Namespace: "shop", Flows: true})); diff != "" {
			t.Errorf("%s: %s", resource, diff)
		}
	}
}

// TestFlowsOfOneNamespace: who may list in a namespace alone gets what is there, and the wide
// failures by name.
func TestFlowsOfOneNamespace(t *testing.T) {
	proxy := testkit.NewFaultProxy(t, flowServer())
	proxy.On(testkit.Match{Path: "/api/v1/[a-z]+|/apis/[^/]+/v1/[a-z]+"}, testkit.Status(403))
	query := Query{Namespace: "shop", Flows: true}
	got := collectFlows(t, proxy, query)
	want := flowAnswer{
		Workloads: []string{"Deployment/web()", "Pod/web-0(web-0)"}, Monitors: fmt.Sprint(0, 1, workload.FactUnknown, workload.FactUnknown),
		Selected: []string{"Deployment/web", "Pod/web-0"},
	}
	for _, k := range slices.Concat(flowKinds(), kindsOfCallers()) {
		want.Unread = append(want.Unread, "list "+k.gvr.Resource+": forbidden")
	}
	slices.Sort(want.Unread)
	slices.Sort(got.Unread)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	live, err := Collect(t.Context(), connectToFlows(proxy), query)
	if err != nil {
		t.Fatal(err)
	}
	for namespace, want := range map[string]workload.Fact{"shop": workload.FactYes, "infra": workload.FactUnknown} {
		_, policies := live.NetworkPolicies(namespace)
		_, services := live.Services(namespace)
		if known := live.Namespace(namespace).Fact; policies != want || services != want || known != want || live.PodsUnread(namespace) != (want == workload.FactUnknown) {
			t.Errorf("%s: %v %v %v %v", namespace, policies, services, known, live.PodsUnread(namespace))
		}
	}
}

// TestFlowsFromOtherSnapshots: that of all namespaces holds all of it, that of one what is
// there.
func TestFlowsFromOtherSnapshots(t *testing.T) {
	take := func(query Query) *Snapshot {
		_, taken, err := Record(t.Context(), connectToFlows(testkit.NewFaultProxy(t, wideServer())), query, SnapshotQuery{Namespace: query.Namespace})
		if err != nil {
			t.Fatal(err)
		}
		return readSnapshot(t, written(t, taken))
	}
	query := Query{Namespace: "shop", Flows: true}
	got, err := take(Query{Callers: true}).Collect(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(allFlows(), flowAnswerOf(got)); diff != "" {
		t.Error(diff)
	}
	got, err = take(Query{Namespace: "shop"}).Collect(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	answer := flowAnswerOf(got)
	if diff := cmp.Diff([]string{"Deployment/web()", "Pod/web-0(web-0)"}, answer.Workloads); diff != "" || answer.Enforcer != "Cilium" || answer.Whole || len(answer.Unread) == 0 {
		t.Error(diff, answer)
	}
}

// wideServer answers the other lists of all namespaces, all empty.
func wideServer() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", flowServer())
	for _, k := range supportKinds() {
		path := "/apis/" + k.gvr.Group + "/" + k.gvr.Version
		if k.gvr.Group == "" {
			path = "/api/v1"
		}
		if k.gvk.Kind != "Namespace" {
			mux.HandleFunc("GET "+path+"/"+k.gvr.Resource, paged(k, nil))
		}
	}
	return mux
}
