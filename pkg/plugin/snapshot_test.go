package plugin

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const snapshotOfShop = `{"apiVersion":"v1","kind":"List","items":[
{"apiVersion":"kubectl-harden.dev/v1alpha1","kind":"Snapshot","server":"v1.36.3","query":{"namespace":"shop","selector":"","targets":[]},"kinds":[],
 "reads":[{"verb":"list","group":"","resource":"pods","namespace":"shop"},{"verb":"list","group":"","resource":"nodes","namespace":"","failure":{"code":403,"reason":"Forbidden"}}]},
{"apiVersion":"v1","kind":"Pod","metadata":{"name":"bad","namespace":"shop"},"spec":{"containers":[{"name":"app","image":"app:1","securityContext":{"privileged":true}}]}}
]}
`

func TestExplainSnapshot(t *testing.T) {
	report := reportFrom(t, explainLocal(t, snapshotOfShop, "-o", "json"))
	if report.Server != "v1.36.3" || len(report.Items) != 1 || report.Items[0].Source != nil || report.Items[0].Pods.Live != 1 {
		t.Errorf("%+v", report)
	}
	if s := report.Scope; len(s.Files) != 0 || len(s.Namespaces) != 1 || s.Namespaces[0] != "shop" {
		t.Errorf("scope: %+v", s)
	}
	reasons := map[string]string{}
	for _, u := range report.Unknown {
		reasons[u.Resource] = u.Reason
	}
	if reasons["nodes"] != "forbidden" || reasons["jobs"] != "not in the snapshot" || reasons["pods"] != "" {
		t.Errorf("unknown: %v", reasons)
	}
}

func TestSnapshotErrors(t *testing.T) {
	dir := t.TempDir()
	snapshot := write(t, dir, "snapshot.json", snapshotOfShop)
	pod := write(t, dir, "pod.yaml", badPod)
	cut := write(t, dir, "cut.json", snapshotOfShop[:len(snapshotOfShop)-20])
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"manifests":       {[]string{"snapshot", "-f", pod, "--local"}, "-f holds manifests and no snapshot"},
		"with manifests":  {[]string{"explain", "-f", snapshot, "-f", pod, "--local"}, "is a snapshot, which is read alone"},
		"cut":             {[]string{"explain", "-f", cut, "--local"}, "unexpected end of JSON input"},
		"no cluster":      {[]string{"snapshot"}, "no kubeconfig context is set"},
		"no folder":       {[]string{"snapshot", "-f", snapshot, "--local", "--output-file", filepath.Join(dir, "no", "x")}, "no such file or directory"},
		"wrong namespace": {[]string{"snapshot", "-f", snapshot, "--local", "-n", "other"}, "the snapshot is of namespace shop alone"},
	} {
		if got := run(t, "", test.args...); got.code != 2 || got.stdout != "" || !strings.Contains(got.stderr, test.want) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestWritePrivate(t *testing.T) {
	name := write(t, t.TempDir(), "file", "old")
	if err := os.Chmod(name, 0o644); err != nil {
		t.Fatal(err)
	}
	fails := errors.New("fails")
	err := writePrivate(name, func(w io.Writer) error {
		_, _ = io.WriteString(w, "half")
		return fails
	})
	if data, _ := os.ReadFile(name); !errors.Is(err, fails) || string(data) != "old" {
		t.Errorf("%v, %s", err, data)
	}
	if err := writePrivate(name, func(w io.Writer) error { _, err := io.WriteString(w, "new"); return err }); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(name)
	if data, _ := os.ReadFile(name); err != nil || info.Mode().Perm() != 0o600 || string(data) != "new" {
		t.Errorf("%v, %s, %v", info.Mode(), data, err)
	}
	if left, err := os.ReadDir(filepath.Dir(name)); err != nil || len(left) != 1 {
		t.Errorf("files left: %v, %v", left, err)
	}
}
