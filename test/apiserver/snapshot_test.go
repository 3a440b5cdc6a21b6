package apiserver_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

// snapshot takes a snapshot into a file.
func snapshot(t *testing.T, opts testkit.RunOptions, args ...string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "snapshot.json")
	result := testkit.Run(t, opts, append([]string{"snapshot", "--output-file", file}, args...)...)
	if result.Code != 0 || result.Stdout != "" {
		t.Fatalf("%v: %+v", args, result)
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatal(info.Mode(), err)
	}
	return file
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// offline are the options of a user who has no cluster.
func offline(opts testkit.RunOptions) testkit.RunOptions {
	opts.Kubeconfig = ""
	return opts
}

// sameAnswers compares live commands with those on a snapshot, byte by byte.
func sameAnswers(t *testing.T, live testkit.RunOptions, file string, questions ...[]string) {
	t.Helper()
	for _, question := range questions {
		for _, format := range []string{"text", "wide", "json", "yaml", "name", "markdown"} {
			args := append([]string{"-o", format}, question...)
			want := explain(t, live, args...)
			got := explain(t, offline(live), append([]string{"-f", file, "--local"}, args...)...)
			if want.Code != got.Code || want.Stdout == "" {
				t.Errorf("%v: exit %d, then %d: %s%s", args, want.Code, got.Code, want.Stderr, got.Stderr)
			}
			if diff := cmp.Diff(want.Stdout, got.Stdout); diff != "" {
				t.Errorf("%v: %s", args, diff)
			}
			if !strings.Contains(want.Stderr, "Next: ") && want.Stderr != got.Stderr {
				t.Errorf("%v: %s", args, cmp.Diff(want.Stderr, got.Stderr))
			}
		}
	}
}

func TestSnapshotOfNamespace(t *testing.T) {
	control := setUp(t, "snapped")
	opts := asAdmin(control)
	file := snapshot(t, opts, "-n", "snapped")
	web := podOf(t, control, "snapped", "web")
	db := podOf(t, control, "snapped", "db")
	set := strings.TrimSpace(control.Kubectl(t, "", "get", "replicasets", "-n", "snapped", "-l", "app=web", "-o", "name"))
	sameAnswers(t, opts, file,
		[]string{"-n", "snapped"}, []string{"-n", "snapped", "-l", "tier in (web,db)"},
		[]string{"-n", "snapped", "deploy/web"}, []string{"-n", "snapped", "pod/" + web}, []string{"-n", "snapped", set}, []string{"-n", "snapped", "pods", web, db},
		[]string{"-n", "snapped", "sts,cj"}, []string{"-n", "snapped", "pod/bare"}, []string{"-n", "snapped", "cj/nightly", "job/once"},
	)
	// What it was asked is what it is asked.
	if got, want := explain(t, offline(opts), "-f", file, "-o", "json"), explain(t, opts, "-n", "snapped", "-o", "json"); got.Stdout != want.Stdout {
		t.Error(cmp.Diff(want.Stdout, got.Stdout))
	}
	text := readFile(t, file)
	if again := readFile(t, snapshot(t, opts, "-n", "snapped")); again != text {
		t.Error("two snapshots differ:", cmp.Diff(text, again))
	}
	if again := readFile(t, snapshot(t, opts, "-n", "snapped", "--chunk-size", "1")); again != text {
		t.Error("the size of chunks changes the snapshot:", cmp.Diff(text, again))
	}
	if again := readFile(t, snapshot(t, offline(opts), "-f", file, "--local")); again != text {
		t.Error("the snapshot of the snapshot differs:", cmp.Diff(text, again))
	}
	opts.Stdin = strings.NewReader(text)
	if piped := testkit.Run(t, offline(opts), "snapshot", "-f", "-", "--local"); piped.Stdout != text {
		t.Errorf("piped: %+v", piped)
	}
}

func TestSnapshotOfCluster(t *testing.T) {
	control := setUp(t, "snapped-all")
	opts := asAdmin(control)
	// Other tests change other namespaces, so that two looks at all of them may differ.
	file := snapshot(t, opts, "-A")
	sameAnswers(t, opts, file, []string{"-n", "snapped-all"}, []string{"-n", "snapped-all", "deploy/web"})
	part := snapshot(t, offline(opts), "-f", file, "--local", "-n", "snapped-all")
	sameAnswers(t, opts, part, []string{"-n", "snapped-all"}, []string{"-n", "snapped-all", "sts/db"})
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"-f", part, "--local", "-n", "other"}, "error: the snapshot is of namespace snapped-all alone\n"},
		{[]string{"-f", part, "--local", "-A"}, "error: the snapshot is of namespace snapped-all alone\n"},
		{[]string{"-f", file, "--local", "deploy/web"}, "error: a workload is not named across all namespaces; use -n NAMESPACE\n"},
		{[]string{"-f", part, "--local", "deploy/wep"}, "error: deployments.apps \"wep\" not found in namespace snapped-all; did you mean deploy/web?\n"},
		{[]string{"-f", part, "--local", "thing/x"}, "error: the snapshot has no resource type \"thing\"\n"},
	} {
		if got := explain(t, offline(opts), test.args...); got.Code != 2 || got.Stdout != "" || got.Stderr != test.want {
			t.Errorf("%v: %+v", test.args, got)
		}
	}
}

func TestSnapshotOfWorkload(t *testing.T) {
	control := setUp(t, "snapped-one")
	opts := asAdmin(control)
	file := snapshot(t, opts, "-n", "snapped-one", "deploy/web", "sts/db")
	sameAnswers(t, opts, file, []string{"-n", "snapped-one", "deploy/web", "sts/db"}, []string{"-n", "snapped-one", "deploy/web"})
	got := explain(t, offline(opts), "-f", file, "-o", "json")
	if want := explain(t, opts, "-n", "snapped-one", "-o", "json", "deploy/web", "sts/db"); got.Stdout != want.Stdout {
		t.Error(cmp.Diff(want.Stdout, got.Stdout))
	}
	missing := testkit.Run(t, opts, "snapshot", "-n", "snapped-one", "deploy/wep")
	if missing.Code != 2 || missing.Stdout != "" || !strings.Contains(missing.Stderr, "did you mean deploy/web?") {
		t.Errorf("%+v", missing)
	}
}

func TestSnapshotWithPartialRights(t *testing.T) {
	control := setUp(t, "snapped-part")
	control.Kubectl(t, strings.ReplaceAll(partialRights, "partial", "snapped-part"), "apply", "-f", "-")
	opts := asAdmin(control)
	opts.Kubeconfig = control.Kubeconfig(t, "snapped-part")
	file := snapshot(t, opts, "-n", "snapped-part")
	sameAnswers(t, opts, file, []string{"-n", "snapped-part"}, []string{"-n", "snapped-part", "deploy/web"},
		[]string{"-n", "snapped-part", "deploy/web", "--fail-on", "medium"})
	report := reportOf(t, explain(t, offline(opts), "-f", file, "-o", "json"))
	if len(report.Unknown) < 7 || report.Server != serverVersion {
		t.Errorf("server %s, unknown: %v", report.Server, report.Unknown)
	}
	text := readFile(t, file)
	if again := readFile(t, snapshot(t, offline(opts), "-f", file)); again != text {
		t.Error("the snapshot of the snapshot differs:", cmp.Diff(text, again))
	}
}

func TestSnapshotKeepsSecrets(t *testing.T) {
	control := setUp(t, "snapped-secret")
	control.Kubectl(t, testkit.PlantedManifest(), "apply", "-n", "snapped-secret", "-f", "-")
	testkit.WaitFor(t, "the pod", func() error {
		if control.Kubectl(t, "", "get", "pods", "-n", "snapped-secret", "-l", "app=planted", "-o", "name") == "" {
			return errors.New("there is none")
		}
		return nil
	})
	opts := asAdmin(control)
	const user = "snapshots"
	opts.Kubeconfig = control.Kubeconfig(t, user, "system:masters")
	file := snapshot(t, opts, "-n", "snapped-secret")
	testkit.CheckNoSecrets(t, readFile(t, file))
	sameAnswers(t, opts, file, []string{"-n", "snapped-secret"}, []string{"-n", "snapped-secret", "deploy/planted"})
	for _, r := range control.AuditRequests(t, user) {
		if r.Verb != "get" && r.Verb != "list" || r.Resource == "secrets" {
			t.Errorf("%s %s", r.Verb, r.RequestURI)
		}
	}
}

func TestSnapshotOfCustomKind(t *testing.T) {
	control := setUp(t, "snapped-custom")
	control.Kubectl(t, rolloutDefinition, "apply", "-f", "-")
	control.Kubectl(t, "", "wait", "--for=condition=Established", "crd/rollouts.example.com")
	control.Kubectl(t, `{"apiVersion": "example.com/v1alpha1", "kind": "Rollout", "metadata": {"name": "shop", "namespace": "snapped-custom"},
"spec": {"replicas": 2, "strategy": {"canary": {}}, "template": {"spec": {"containers": [{"name": "app", "image": "app"}]}}}}`, "apply", "-f", "-")
	uid := strings.TrimSpace(control.Kubectl(t, "", "get", "rollout", "shop", "-n", "snapped-custom", "-o", "jsonpath={.metadata.uid}"))
	control.Kubectl(t, "", "patch", "pod", "bare", "-n", "snapped-custom", "--type=merge", "-p",
		`{"metadata":{"ownerReferences":[{"apiVersion":"example.com/v1alpha1","kind":"Rollout","name":"shop","uid":"`+uid+`","controller":true}]}}`)
	opts := asAdmin(control)
	file := snapshot(t, opts, "-n", "snapped-custom")
	sameAnswers(t, opts, file, []string{"-n", "snapped-custom"}, []string{"-n", "snapped-custom", "rollout/shop"},
		[]string{"-n", "snapped-custom", "rollouts.example.com", "shop"}, []string{"-n", "snapped-custom", "pod/bare"})
	named := snapshot(t, opts, "-n", "snapped-custom", "ro/shop")
	sameAnswers(t, opts, named, []string{"-n", "snapped-custom", "ro/shop"})
}
