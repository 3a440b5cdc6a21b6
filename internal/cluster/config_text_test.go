package cluster

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// configServer has the workloads of flowServer, of which that of the namespace shop refers to three
// ConfigMaps: one that is not there, one with a credential. That of another namespace refers to one
// as well.
func configServer() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", flowServer())
	refers := func(namespace, name string, configMaps ...string) map[string]any {
		var from []any
		for _, c := range configMaps {
			from = append(from, map[string]any{"configMapRef": map[string]any{"name": c}})
		}
		from = append(from, map[string]any{"secretRef": map[string]any{"name": "s"}})
		spec := map[string]any{"containers": []any{map[string]any{"name": "c", "image": "i", "envFrom": from}}}
		return map[string]any{"metadata": map[string]any{"name": name, "namespace": namespace}, "spec": spec}
	}
	pods := []map[string]any{refers("infra", "proxy", "elsewhere"), refers("shop", "web-0", "settings", "gone", "more")}
	mux.HandleFunc("GET /api/v1/pods", paged(builtinKind("Pod"), pods))
	mux.HandleFunc("GET /api/v1/namespaces/shop/pods", paged(builtinKind("Pod"), pods))
	mux.HandleFunc("GET /api/v1/namespaces/shop/pods/web-0", func(w http.ResponseWriter, _ *http.Request) {
		whole := maps.Clone(pods[1])
		whole["apiVersion"], whole["kind"] = "v1", "Pod"
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(whole)
	})
	for _, name := range []string{"settings", "more"} {
		mux.HandleFunc("GET /api/v1/namespaces/shop/configmaps/"+name, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(map[string]any{
				"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": name, "namespace": "shop"},
				"data": map[string]string{"url": "http://" + name, "DB_PASSWORD": "pl4nted", "dsn": "postgres://u:pl4nted@db/x"},
			})
		})
	}
	return mux
}

// configAnswer is what two readers of ConfigMaps must agree on.
func configAnswer(inv *Inventory) map[string]string {
	out := map[string]string{}
	for _, name := range []string{"shop/settings", "shop/gone", "shop/more", "infra/elsewhere"} {
		namespace, short, _ := strings.Cut(name, "/")
		text, reason := inv.ConfigText(namespace, short)
		switch text.Fact {
		case workload.FactYes:
			out[name] = fmt.Sprint(slices.Sorted(maps.Values(text.Value)))
		case workload.FactNo:
			out[name] = "not there"
		case workload.FactUnknown:
			out[name] = reason
		}
	}
	return out
}

func collectConfigs(t *testing.T, proxy *testkit.FaultProxy, query Query) (map[string]string, *Collected) {
	t.Helper()
	live, taken, err := Record(t.Context(), connectToFlows(proxy), query, SnapshotQuery{Namespace: query.Namespace})
	if err != nil {
		t.Fatal(err)
	}
	text := written(t, taken)
	if strings.Contains(text, "pl4nted") {
		t.Error("the snapshot has a credential")
	}
	replayed, err := readSnapshot(t, text).Collect(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(configAnswer(live.Inventory), configAnswer(replayed.Inventory)); diff != "" {
		t.Errorf("from the snapshot: %s", diff)
	}
	if len(live.Problems) > 0 {
		t.Error(live.Problems)
	}
	return configAnswer(live.Inventory), live
}

func allConfigs() map[string]string {
	text := func(name string) string {
		return fmt.Sprint([]string{workload.Redacted, "http://" + name, "postgres://u:" + workload.Redacted + "@db/x"})
	}
	return map[string]string{"shop/settings": text("settings"), "shop/more": text("more"), "shop/gone": "not there"}
}

// TestConfigTexts: where it is asked for, the ConfigMaps of the namespace's workloads are read by name,
// also beside a target, and no Secret.
func TestConfigTexts(t *testing.T) {
	for name, test := range map[string]struct {
		query Query
		want  map[string]string
	}{
		"flows":             {Query{Namespace: "shop", Flows: true, Configured: true}, allConfigs()},
		"a target":          {Query{Namespace: "shop", Flows: true, Configured: true, Targets: []Target{{"pod", "web-0"}}}, allConfigs()},
		"another target":    {Query{Namespace: "shop", Flows: true, Configured: true, Targets: []Target{{"deploy", "web"}}}, allConfigs()},
		"not asked for":     {Query{Namespace: "shop", Flows: true}, map[string]string{}},
		"another namespace": {Query{Namespace: "infra", Flows: true, Configured: true}, map[string]string{"infra/elsewhere": "not there"}},
		"besides callers":   {Query{Namespace: "shop", Callers: true, Configured: true}, allConfigs()},
	} {
		proxy := testkit.NewFaultProxy(t, configServer())
		got, _ := collectConfigs(t, proxy, test.query)
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		asked := 0
		for _, r := range proxy.Requests() {
			if strings.Contains(r.Path, "/secrets") {
				t.Errorf("%s: %s", name, r.Path)
			}
			if strings.Contains(r.Path, "/configmaps") && !strings.HasSuffix(r.Path, "/"+kubeletConfigName) {
				asked++
			}
		}
		if asked != len(test.want) {
			t.Errorf("%s: %d ConfigMaps were asked for", name, asked)
		}
	}
}

// TestConfigTextFaults: a ConfigMap that cannot be read is unknown for its reason, and hides nothing
// else.
func TestConfigTextFaults(t *testing.T) {
	for name, f := range readFaults() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			proxy := testkit.NewFaultProxy(t, configServer())
			proxy.On(testkit.Match{Path: ".*/configmaps/settings"}, f.fault)
			got, live := collectConfigs(t, proxy, Query{Namespace: "shop", Flows: true, Configured: true})
			want := allConfigs()
			want["shop/settings"] = f.reason
			if name == "404" {
				want["shop/settings"] = "not there"
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			if len(live.Unread) > 0 || len(live.Workloads()) != 4 {
				t.Error(live.Unread)
			}
		})
	}
}

// TestConfigTextsOfOtherSnapshots: one that did not ask for ConfigMaps does not know them.
func TestConfigTextsOfOtherSnapshots(t *testing.T) {
	query := Query{Namespace: "shop", Flows: true}
	_, taken, err := Record(t.Context(), connectToFlows(testkit.NewFaultProxy(t, configServer())), query, SnapshotQuery{Namespace: "shop"})
	if err != nil {
		t.Fatal(err)
	}
	query.Configured = true
	got, err := readSnapshot(t, written(t, taken)).Collect(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	why := errNotInSnapshot.Error()
	if diff := cmp.Diff(map[string]string{"shop/settings": why, "shop/gone": why, "shop/more": why}, configAnswer(got.Inventory)); diff != "" {
		t.Error(diff)
	}
}

func TestConfigNeeds(t *testing.T) {
	for query, want := range map[string]bool{"flows": false, "flows, configured": true, "callers, configured": true} {
		q := Query{Namespace: "shop", Flows: strings.HasPrefix(query, "flows"), Callers: true, Configured: strings.HasSuffix(query, "configured")}
		got := needed(t, q)
		if slices.Contains(got, "get configmaps in shop") != want || slices.ContainsFunc(got, func(n string) bool { return strings.Contains(n, "secrets") }) {
			t.Errorf("%s: %q", query, got)
		}
	}
	if got := needed(t, Query{Flows: true, Configured: true}); !slices.Contains(got, "get configmaps") {
		t.Error(got)
	}
}

// TestConfigTextsOfFiles: files have them, without credentials, and what no file has is absent.
func TestConfigTextsOfFiles(t *testing.T) {
	inv := loaded(t, deploymentWithClaim+`---
{apiVersion: v1, kind: ConfigMap, metadata: {name: settings, namespace: shop}, data: {url: "http://settings", DB_PASSWORD: pl4nted, dsn: "postgres://u:pl4nted@db/x"}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: gone, namespace: shop}}
`)
	want := map[string]string{"shop/settings": allConfigs()["shop/settings"], "shop/gone": "[]"}
	if diff := cmp.Diff(want, configAnswer(inv)); diff != "" {
		t.Error(diff)
	}
}

// TestTooManyConfigs: those behind the bound are told to be unread.
func TestTooManyConfigs(t *testing.T) {
	var text strings.Builder
	text.WriteString("{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: shop}, spec: {containers: [{name: c, image: i, envFrom: [")
	for i := range maxConfigGets + 2 {
		fmt.Fprintf(&text, "{configMapRef: {name: c-%04d}},", i)
	}
	text.WriteString("]}]}}\n")
	c := &collector{inv: loaded(t, text.String()), query: Query{Configured: true}}
	if reads := c.configTexts(); len(reads) != maxConfigGets {
		t.Errorf("%d reads", len(reads))
	}
	_, reason := c.inv.ConfigText("shop", fmt.Sprintf("c-%04d", maxConfigGets))
	if text, _ := c.inv.ConfigText("shop", "c-0000"); reason == "" || text.Fact != workload.FactAbsent {
		t.Errorf("%q %v", reason, text.Fact)
	}
}
