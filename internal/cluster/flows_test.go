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

// flowAnswer is what two readers of flows must agree on.
type flowAnswer struct {
	Workloads []string
	Callbacks []string
	Monitors  string
	Classes   int
	Enforcer  string
	Whole     bool
	Selected  []string
	Unread    []string
}

func flowAnswerOf(got *Collected) flowAnswer {
	pods, services := MonitorKinds()
	out := flowAnswer{
		Workloads: describe(got.Workloads()), Classes: len(got.IngressClasses()), Enforcer: got.Enforcer(), Whole: got.Whole(),
		Monitors: fmt.Sprint(len(got.Custom(pods)), len(got.Custom(services)), got.KindRead(pods), got.KindRead(services)),
	}
	for _, c := range got.Callbacks() {
		out.Callbacks = append(out.Callbacks, fmt.Sprintf("%s %s %s:%d", c.Kind, c.Name, c.Service, c.Port))
	}
	for _, ref := range got.Selected {
		out.Selected = append(out.Selected, ref.Kind+"/"+ref.Name)
	}
	for _, u := range got.Unread {
		out.Unread = append(out.Unread, strings.TrimSpace(u.Verb+" "+u.Resource+" "+u.Namespace)+": "+u.Reason)
	}
	return out
}

func allFlows() flowAnswer {
	return flowAnswer{
		Workloads: []string{"Pod/proxy(proxy)", "DaemonSet/cilium()", "Deployment/web()", "Pod/web-0(web-0)"},
		Callbacks: []string{
			"APIService v1.metrics infra/hook:443", "CustomResourceDefinition b.example.com infra/hook:443",
			"MutatingWebhookConfiguration changes infra/hook:9443", "ValidatingWebhookConfiguration checks infra/hook:9443",
		},
		Monitors: fmt.Sprint(1, 1, workload.FactYes, workload.FactYes), Classes: 1, Enforcer: "Cilium", Whole: true,
		Selected: []string{"Deployment/web", "Pod/web-0"},
	}
}

// collectFlows asks a server, and the snapshot of it, which must agree.
func collectFlows(t *testing.T, proxy *testkit.FaultProxy, query Query) flowAnswer {
	t.Helper()
	live, taken, err := Record(t.Context(), connectToFlows(proxy), query, SnapshotQuery{Namespace: query.Namespace})
	if err != nil {
		t.Fatal(err)
	}
	text := written(t, taken)
	if strings.Contains(text, "pl4nted") || strings.Contains(text, "cGw0bnRlZA") {
		t.Error("the snapshot keeps what nobody judges")
	}
	replayed, err := readSnapshot(t, text).Collect(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(flowAnswerOf(live), flowAnswerOf(replayed)); diff != "" {
		t.Errorf("from the snapshot: %s", diff)
	}
	return flowAnswerOf(live)
}

// TestCollectFlows reads all namespaces, one list for each kind, and selects one of them.
func TestCollectFlows(t *testing.T) {
	proxy := testkit.NewFaultProxy(t, flowServer())
	if diff := cmp.Diff(allFlows(), collectFlows(t, proxy, Query{Namespace: "shop", Flows: true})); diff != "" {
		t.Error(diff)
	}
	proxy = testkit.NewFaultProxy(t, flowServer())
	conn := connectToFlows(proxy)
	conn.ChunkSize = 0
	got, err := Collect(t.Context(), conn, Query{Namespace: "shop", Flows: true})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(allFlows(), flowAnswerOf(got)); diff != "" {
		t.Error(diff)
	}
	seen := map[string]bool{}
	for _, r := range proxy.Requests() {
		if seen[r.Path] || r.Method != http.MethodGet || strings.Contains(r.Path, "secrets") {
			t.Errorf("%s %s", r.Method, r.Path)
		}
		seen[r.Path] = true
	}
}

// TestFlowsSelect what the query names; all else is read as well.
func TestFlowsSelect(t *testing.T) {
	for name, test := range map[string]struct {
		query Query
		want  []string
		all   bool
	}{
		"a target":      {Query{Namespace: "shop", Targets: []Target{{"deploy", "web"}}}, []string{"Deployment/web"}, false},
		"a selector":    {Query{Namespace: "shop", Selector: "app=web"}, []string{"Deployment/web"}, false},
		"none":          {Query{Namespace: "infra", Selector: "app=web"}, nil, false},
		"all":           {Query{}, nil, true},
		"a namespace":   {Query{Namespace: "infra"}, []string{"Pod/proxy"}, false},
		"one that ends": {Query{Namespace: "shop", Targets: []Target{{"deploy", "gone"}}}, nil, false},
	} {
		query := test.query
		query.Flows = true
		got, err := Collect(t.Context(), connectToFlows(testkit.NewFaultProxy(t, flowServer())), query)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, flowAnswerOf(got).Selected); diff != "" || (got.Selected == nil) != test.all || len(got.Workloads()) != 4 {
			t.Errorf("%s: %s %v", name, diff, describe(got.Workloads()))
		}
		if missing := strings.Contains(name, "ends"); missing != (len(got.Problems) > 0) {
			t.Errorf("%s: %v", name, got.Problems)
		}
	}
	got, err := Collect(t.Context(), connectToFlows(testkit.NewFaultProxy(t, flowServer())), Query{Namespace: "shpo", Flows: true})
	if err != nil || len(got.Problems) != 1 || got.Problems[0].Error() != `namespace "shpo" not found` {
		t.Errorf("%v %v", got.Problems, err)
	}
}

// TestFlowNeeds names a right for every list that is asked for.
func TestFlowNeeds(t *testing.T) {
	proxy := testkit.NewFaultProxy(t, flowServer())
	query := Query{Namespace: "shop", Targets: []Target{{"deploy", "web"}}, Flows: true}
	got := needed(t, query)
	if _, err := Collect(t.Context(), connectToFlows(proxy), query); err != nil {
		t.Fatal(err)
	}
	for _, r := range proxy.Requests() {
		parts := strings.Split(strings.TrimPrefix(strings.TrimPrefix(r.Path, "/apis/"), "/api"), "/")
		if len(parts) != 3 {
			continue
		}
		resource := strings.TrimSuffix("list "+parts[2]+"."+parts[0], ".")
		if !slices.Contains(got, resource) {
			t.Errorf("%q is missing in %q", resource, got)
		}
	}
	for _, want := range []string{"get deployments.apps/web in shop", "list servicemonitors.monitoring.coreos.com", "get jobs.batch", "list endpointslices.discovery.k8s.io"} {
		if !slices.Contains(got, want) {
			t.Errorf("%q is missing in %q", want, got)
		}
	}
	for _, not := range []string{"list pods in shop", "list secrets", "list roles.rbac.authorization.k8s.io"} {
		if slices.Contains(got, not) {
			t.Errorf("%q is not needed", not)
		}
	}
	if _, err := Needs(Query{Flows: true, Targets: []Target{{"rollout", "x"}}}); err == nil {
		t.Error("a type that discovery alone knows")
	}
	if callers := needed(t, Query{Callers: true}); !slices.Contains(callers, "list apiservices.apiregistration.k8s.io") || !slices.Contains(callers, "list clusterroles.rbac.authorization.k8s.io") {
		t.Error(callers)
	}
}
