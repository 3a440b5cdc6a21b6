package plugin

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// result is what a command did.
type result struct {
	stdout, stderr string
	code           int
}

// run runs a command line in this process, in an environment of its own.
func run(t *testing.T, stdin string, args ...string) result {
	t.Helper()
	return runWith(t, nil, stdin, args...)
}

// runWith sets variables of the environment besides.
func runWith(t *testing.T, more map[string]string, stdin string, args ...string) result {
	t.Helper()
	var out, errOut bytes.Buffer
	env := map[string]string{"LANG": "C.UTF-8", "HOME": t.TempDir()}
	maps.Copy(env, more)
	t.Setenv("KUBECONFIG", filepath.Join(env["HOME"], "none"))
	code := Main(t.Context(), Process{
		Args:      append([]string{"kubectl-harden"}, args...),
		Streams:   genericiooptions.IOStreams{In: strings.NewReader(stdin), Out: &out, ErrOut: &errOut},
		LookupEnv: func(name string) (string, bool) { value, ok := env[name]; return value, ok },
		Now:       func() time.Time { return time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC) },
	})
	return result{out.String(), errOut.String(), code}
}

// explainLocal explains a file with no cluster.
func explainLocal(t *testing.T, content string, args ...string) result {
	t.Helper()
	return run(t, content, append([]string{"explain", "-f", "-", "--local"}, args...)...)
}

func write(t *testing.T, dir, name, content string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func reportFrom(t *testing.T, r result) api.Report {
	t.Helper()
	var report api.Report
	if err := json.Unmarshal([]byte(r.stdout), &report); err != nil {
		t.Fatalf("%v: exit %d\n%s%s", err, r.code, r.stdout, r.stderr)
	}
	return report
}

const badPod = `apiVersion: v1
kind: Pod
metadata: {name: bad}
spec:
  containers:
  - name: app
    image: app:1
    securityContext: {privileged: true}
`

const goodPod = `apiVersion: v1
kind: Pod
metadata: {name: good}
spec:
  automountServiceAccountToken: false
  securityContext: {runAsNonRoot: true, runAsUser: 1000, runAsGroup: 1000, seccompProfile: {type: RuntimeDefault}}
  containers:
  - name: app
    image: registry.example/app@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
    securityContext: {allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}
    resources: {limits: {cpu: "1", memory: 64Mi, ephemeral-storage: 64Mi}}
`

func TestChecksCommand(t *testing.T) {
	list := run(t, "", "checks")
	if list.code != 0 || !strings.Contains(list.stdout, "caps-not-dropped") {
		t.Errorf("%+v", list)
	}
	one := run(t, "", "checks", "privileged")
	if one.code != 0 || !strings.Contains(one.stdout, "cis-1.12:5.2.2") {
		t.Errorf("%+v", one)
	}
	if r := run(t, "", "checks", "privilegd"); r.code != 2 || r.stderr != "error: unknown check \"privilegd\"; did you mean privileged?\n" {
		t.Errorf("%+v", r)
	}
}

func TestVersionCommand(t *testing.T) {
	if r := run(t, "", "version"); r.code != 0 || !strings.Contains(r.stdout, "Pod Security policy up to v1.37") {
		t.Errorf("%+v", r)
	}
}
