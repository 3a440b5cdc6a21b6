package cluster

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

// written is the text of a snapshot.
func written(t *testing.T, s *Snapshot) string {
	t.Helper()
	var b bytes.Buffer
	if err := s.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func readSnapshot(t *testing.T, text string) *Snapshot {
	t.Helper()
	objects, problems, err := Load(t.Context(), LoadOptions{Filenames: []string{"-"}, Stdin: strings.NewReader(text)})
	if err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	s, err := SnapshotFrom(objects)
	if err != nil || s == nil {
		t.Fatal(s, err)
	}
	return s
}

// selectiveServer is the fake server with pods that no selector selects.
func selectiveServer() http.Handler {
	server := fakeServer()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if query := r.URL.Query(); strings.HasSuffix(r.URL.Path, "/pods") && query.Get("labelSelector")+query.Get("fieldSelector") != "" {
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(listOf(builtinKind("Pod"), nil, ""))
			return
		}
		server.ServeHTTP(w, r)
	})
}

// answer is what two readers must agree on.
type answer struct {
	Server    string
	Seccomp   int
	Unread    any
	Problems  []string
	Selected  any
	Workloads []string
}

func answerOf(got *Collected) answer {
	slices.SortFunc(got.Selected, func(a, b api.Ref) int { return strings.Compare(a.Name, b.Name) })
	a := answer{got.Server, int(got.SeccompDefault), got.Unread, nil, got.Selected, describe(got.Workloads())}
	for _, p := range got.Problems {
		a.Problems = append(a.Problems, p.Error())
	}
	return a
}

// TestSnapshotAnswersAsTheServer asks a server with faults and a snapshot of it the same.
func TestSnapshotAnswersAsTheServer(t *testing.T) {
	queries := map[string]Query{
		"namespace": {Namespace: "shop"},
		"selector":  {Namespace: "shop", Selector: "app=web"},
		"named":     {Namespace: "shop", Targets: []Target{{"deploy", "web"}}},
		"kind":      {Namespace: "shop", Targets: []Target{{"deployments", ""}}},
		"unknown":   {Namespace: "shop", Targets: []Target{{"deploy", "web"}, {"thing", "x"}}},
	}
	faults := map[string]struct {
		match testkit.Match
		fault testkit.Fault
	}{
		"none":           {testkit.Match{Path: "/none"}, testkit.Status(500)},
		"no version":     {testkit.Match{Path: "/version"}, testkit.Status(500)},
		"no kubelet":     {testkit.Match{Path: ".*/configmaps/kubelet-config"}, testkit.Status(404)},
		"no nodes":       {testkit.Match{Path: "/api/v1/nodes.*"}, testkit.Status(403)},
		"no deployments": {testkit.Match{Path: ".*/deployments.*"}, testkit.Status(403)},
		"second page":    {testkit.Match{Path: ".*/pods", Continue: true}, testkit.Status(500)},
		"cut accounts":   {testkit.Match{Path: ".*/serviceaccounts.*"}, testkit.CutBody(20)},
		"limits 429":     {testkit.Match{Path: ".*/limitranges"}, testkit.Status(429)},
		"no namespace":   {testkit.Match{Path: "/api/v1/namespaces/shop"}, testkit.Status(404)},
	}
	for faultName, f := range faults {
		for queryName, query := range queries {
			t.Run(faultName+" "+queryName, func(t *testing.T) {
				t.Parallel()
				proxy := testkit.NewFaultProxy(t, selectiveServer())
				match := f.match
				match.Optional = true
				proxy.On(match, f.fault)
				conn := connectTo(proxy)
				conn.ChunkSize = 1
				live, err := Collect(t.Context(), conn, query)
				if err != nil {
					t.Fatal(err)
				}
				recorded, taken, err := Record(t.Context(), conn, query, SnapshotQuery{Namespace: query.Namespace})
				if err != nil {
					t.Fatal(err)
				}
				text := written(t, taken)
				s := readSnapshot(t, text)
				replayed, err := s.Collect(t.Context(), query)
				if err != nil {
					t.Fatal(err)
				}
				for name, got := range map[string]*Collected{"while recording": recorded, "from the snapshot": replayed} {
					if diff := cmp.Diff(answerOf(live), answerOf(got)); diff != "" {
						t.Errorf("%s: %s", name, diff)
					}
				}
				_, again, err := s.Record(t.Context(), query, s.Query)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(text, written(t, again)); diff != "" {
					t.Errorf("the snapshot of the snapshot: %s", diff)
				}
			})
		}
	}
}

// TestSnapshotOfNamespaceAnswersForItsWorkloads asks for one workload what was taken of all.
func TestSnapshotOfNamespaceAnswersForItsWorkloads(t *testing.T) {
	for name, path := range map[string]string{"all": "/none", "no accounts": ".*/serviceaccounts.*", "no limits": ".*/limitranges", "no nodes": "/api/v1/nodes.*"} {
		proxy := testkit.NewFaultProxy(t, selectiveServer())
		proxy.On(testkit.Match{Path: path, Optional: true}, testkit.Status(403))
		_, taken, err := Record(t.Context(), connectTo(proxy), Query{Namespace: "shop"}, SnapshotQuery{Namespace: "shop"})
		if err != nil {
			t.Fatal(err)
		}
		query := Query{Namespace: "shop", Targets: []Target{{"deploy", "web"}}}
		live, err := Collect(t.Context(), connectTo(proxy), query)
		if err != nil {
			t.Fatal(err)
		}
		got, err := readSnapshot(t, written(t, taken)).Collect(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(live.Unread, got.Unread); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if diff := cmp.Diff(live.Selected, got.Selected); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestSnapshotDoesNotKnowWhatItWasNotAsked(t *testing.T) {
	proxy := testkit.NewFaultProxy(t, selectiveServer())
	query := Query{Namespace: "shop", Targets: []Target{{"deploy", "web"}}}
	_, taken, err := Record(t.Context(), connectTo(proxy), query, SnapshotQuery{Namespace: "shop"})
	if err != nil {
		t.Fatal(err)
	}
	got, err := taken.Collect(t.Context(), Query{Namespace: "shop"})
	if err != nil {
		t.Fatal(err)
	}
	unread := map[string]string{}
	for _, u := range got.Unread {
		unread[u.Resource] = u.Reason
	}
	for _, resource := range []string{"deployments", "jobs", "nodes"} {
		if unread[resource] != "not in the snapshot" {
			t.Errorf("%s: %q", resource, unread[resource])
		}
	}
	got, err = taken.Collect(t.Context(), Query{Namespace: "shop", Targets: []Target{{"deploy", "api"}, {"thing", "x"}}})
	if err != nil || len(got.Problems) != 2 {
		t.Fatal(got.Problems, err)
	}
}

// TestReduceObjects reduces what files hold of every kind: twice is once, and no secret stays.
func TestReduceObjects(t *testing.T) {
	text := testkit.PlantedManifest() + `---
apiVersion: example.com/v1
kind: Rollout
metadata: {name: r, namespace: n, annotations: {example.com/token: pl4nted-s3cret-x, accept.kubectl-harden.dev/token-mounted: "needed"}}
spec:
  token: pl4nted-s3cret-y
  replicas: 3
  jobs:
  - {name: none}
  - template:
      metadata: {labels: {a: b}}
      spec: {containers: [{name: app, image: app, env: [{name: PASSWORD, value: pl4nted-s3cret-z}]}]}
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: pv}
spec: {csi: {driver: d, volumeHandle: h, volumeAttributes: {password: pl4nted-s3cret-pv, share: x}}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: kubelet-config, namespace: kube-system}
data: {kubelet: "seccompDefault: true\ntoken: pl4nted-s3cret-k\n"}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: c}
spec:
  jobTemplate:
    metadata: {annotations: {example.com/x: pl4nted-s3cret-j}}
    spec: {template: {spec: {containers: [{name: a, image: a, args: [--token, pl4nted-s3cret-a]}]}}}
`
	objects, problems, err := Load(t.Context(), LoadOptions{Filenames: []string{"-"}, Stdin: strings.NewReader(text)})
	if err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	var all strings.Builder
	for _, o := range objects {
		once, err := json.Marshal(newReducer().object(o.DeepCopyObject()))
		if err != nil {
			t.Fatal(err)
		}
		twice, err := json.Marshal(newReducer().object(newReducer().object(o.DeepCopyObject())))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(once), string(twice)); diff != "" {
			t.Error(diff)
		}
		all.Write(once)
	}
	testkit.CheckNoSecrets(t, all.String())
	for _, want := range []string{`"jobs":[{},{"template":`, `"replicas":3`, `"accept.kubectl-harden.dev/token-mounted":"needed"`, `"seccompDefault: true\n"`, `"share":"x"`, `"name":"DB_PASSWORD","value":"REDACTED-CREDENTIAL"`} {
		if !strings.Contains(all.String(), want) {
			t.Errorf("%s is missing", want)
		}
	}
}

func TestSnapshotBadInput(t *testing.T) {
	head := `{"apiVersion": "kubectl-harden.dev/v1alpha1", "kind": "Snapshot", "server": "", "query": {"namespace": "", "selector": "", "targets": []}, "kinds": [], "reads": []}`
	pod := `{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}, "spec": {"containers": [{"name": "a"}]}}`
	tests := map[string]struct{ text, want string }{
		"no snapshot":   {pod, ""},
		"two":           {head + head, "there is more than one snapshot"},
		"object twice":  {head + pod + pod, "- has Pod /x twice, which no snapshot has; take it anew"},
		"newer version": {`{"apiVersion": "kubectl-harden.dev/v2", "kind": "Snapshot"}`, "is a snapshot of version kubectl-harden.dev/v2"},
		"unknown field": {strings.Replace(head, `"server"`, `"sever"`, 1), `unknown field "sever"`},
		"wrong type":    {strings.Replace(head, `"reads": []`, `"reads": 3`, 1), "cannot unmarshal number"},
	}
	for name, test := range tests {
		objects, problems, err := Load(t.Context(), LoadOptions{Filenames: []string{"-"}, Stdin: strings.NewReader(test.text)})
		if err != nil || len(problems) > 0 {
			t.Fatal(name, problems, err)
		}
		s, err := SnapshotFrom(objects)
		if s != nil || test.want == "" != (err == nil) || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, %v", name, s, err)
		}
	}
	objects, _, err := Load(t.Context(), LoadOptions{Filenames: []string{"-"}, Stdin: strings.NewReader(head)})
	if err != nil {
		t.Fatal(err)
	}
	other := objects[0]
	other.GVK.Kind, other.Source.File = "Pod", "other.yaml"
	if _, err := SnapshotFrom(append(objects, other)); err == nil || !strings.Contains(err.Error(), "read alone") {
		t.Error(err)
	}
}

func TestPrintableJSON(t *testing.T) {
	for _, text := range testkit.HostileStrings() {
		raw, err := json.Marshal(text.Value)
		if err != nil {
			t.Fatal(err)
		}
		out := printableJSON(raw)
		testkit.CheckHarmless(t, "json", string(out))
		var before, after string
		if json.Unmarshal(raw, &before) != nil || json.Unmarshal(out, &after) != nil || before != after {
			t.Errorf("%q becomes %q", before, after)
		}
	}
}
