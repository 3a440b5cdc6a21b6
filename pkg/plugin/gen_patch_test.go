package plugin

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

// patchLocal edits a file with no cluster.
func patchLocal(t *testing.T, content string, args ...string) result {
	t.Helper()
	return run(t, content, append([]string{"gen", "patch", "-f", "-", "--local"}, args...)...)
}

// TestGenPatchFile hands the text back with the changes, and says why on stderr.
func TestGenPatchFile(t *testing.T) {
	r := patchLocal(t, badPod+"---\n"+goodPod, "--to", "baseline")
	want := strings.Replace(badPod, "privileged: true", "privileged: false", 1) + "---\n" + goodPod
	if r.code != 0 || r.stdout != want {
		t.Errorf("exit %d\n%s", r.code, r.stdout)
	}
	for _, text := range []string{
		"Pod default/bad: privileged → baseline (v1.37): 1 field of container app\n",
		"spec.containers[0].securityContext.privileged: false (was true; may break programs that load modules",
		"Pod default/good is at restricted (v1.37): there is nothing to change\n",
		"beyond      no level covers ",
	} {
		if !strings.Contains(r.stderr, text) {
			t.Errorf("stderr has no %q:\n%s", text, r.stderr)
		}
	}
	for _, target := range []string{"pod/good", "pod/bad"} {
		r := patchLocal(t, badPod+"---\n"+goodPod, target, "--to", "restricted@v1.30")
		if changed := r.stdout != badPod+"---\n"+goodPod; r.code != 0 || changed != (target == "pod/bad") {
			t.Errorf("%s: exit %d\n%s%s", target, r.code, r.stdout, r.stderr)
		}
	}
}

// TestGenPatchFileByName reads a file as it reads standard input.
func TestGenPatchFileByName(t *testing.T) {
	file := write(t, t.TempDir(), "pod.yaml", badPod)
	r := run(t, "", "gen", "patch", "-f", file, "--local", "--to", "baseline")
	if want := strings.Replace(badPod, "true", "false", 1); r.code != 0 || r.stdout != want {
		t.Errorf("%+v", r)
	}
	if left, err := os.ReadFile(file); err != nil || string(left) != badPod {
		t.Errorf("the file itself: %v, %s", err, left)
	}
}

// TestGenPatchFallsShort: what cannot be reached is said, the rest is printed, and the exit is 2.
func TestGenPatchFallsShort(t *testing.T) {
	pod := badPod + "  volumes:\n  - {name: h, hostPath: {path: /}}\n"
	r := patchLocal(t, pod, "--to", "baseline")
	if want := strings.Replace(pod, "true", "false", 1); r.code != 2 || r.stdout != want {
		t.Errorf("exit %d\n%s", r.code, r.stdout)
	}
	for _, text := range []string{"does not reach baseline (v1.37), stays at privileged", "in the way  spec.volumes[0].hostPath.path: the volume is the path / of the node", "error: baseline of 1 workload not reached by fields: pod/bad"} {
		if !strings.Contains(r.stderr, text) {
			t.Errorf("stderr has no %q:\n%s", text, r.stderr)
		}
	}
	broken := "a: b: c\n---\n" + badPod
	r = patchLocal(t, broken, "--to", "baseline")
	if want := strings.Replace(broken, "true", "false", 1); r.code != 2 || r.stdout != want || !strings.Contains(r.stderr, "mapping values are not allowed") {
		t.Errorf("beside a broken document: %+v", r)
	}
}

// TestGenPatchLists finds the objects of lists, in YAML and JSON, and those without a name.
func TestGenPatchLists(t *testing.T) {
	for name, text := range map[string]string{
		"YAML": "apiVersion: v1\r\nkind: List\r\nitems:\r\n- {apiVersion: v1, kind: Service, metadata: {name: a}}\r\n- apiVersion: v1\r\n  kind: Pod\r\n" +
			"  metadata: {generateName: a-}\r\n  spec: {hostPID: true, containers: [{name: a, image: i}]}\r\n- kind: Pod\r\n  apiVersion: v1\r\n  metadata: {generateName: a-}\r\n" +
			"  spec:\r\n    containers: [{name: a, image: i}]\r\n    hostPID: true\r\n",
		"JSON": `{"kind": "PodList", "apiVersion": "v1", "items": [{"metadata": {"name": "a"}, "spec": {"hostPID": true, "containers": [{"name": "a", "image": "i"}]}},` +
			` {"metadata": {"name": "b"}, "spec": {"containers": [{"name": "a", "image": "i"}], "hostPID": true}}]}` + "\n",
		"stream": "{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"metadata\": {\"name\": \"a\"},\n\"spec\": {\"hostPID\": true, \"containers\": [{\"name\": \"a\"}]}}\n---\n" +
			"apiVersion: v1\nkind: Pod\nmetadata: {name: b}\nspec: {containers: [{name: a}], hostPID: true}",
	} {
		r := patchLocal(t, text, "--to", "baseline")
		want := strings.ReplaceAll(text, "true", "false")
		got := strings.ReplaceAll(r.stdout, " # was true; may break monitoring and debugging agents that read the node's /proc", "")
		if r.code != 0 || got != want {
			t.Errorf("%s: exit %d\n%q\n%s", name, r.code, r.stdout, r.stderr)
		}
	}
}

// TestGenPatchUsage holds what is asked wrongly.
func TestGenPatchUsage(t *testing.T) {
	dir := t.TempDir()
	for name, tt := range map[string]struct {
		args []string
		want string
	}{
		"no level":       {[]string{"-f", "-", "--local"}, "--to says which Pod Security level to reach"},
		"no such level":  {[]string{"-f", "-", "--to", "strict"}, `--to: pod security level "strict" is none of`},
		"privileged":     {[]string{"-f", "-", "--to", "privileged"}, "--to: every pod is at privileged"},
		"version":        {[]string{"-f", "-", "--to", "restricted@1"}, "--to: pod security version"},
		"no workload":    {[]string{"--to", "baseline"}, "name one workload, as TYPE/NAME, or a file with -f"},
		"two workloads":  {[]string{"deploy/a", "deploy/b", "--to", "baseline"}, "name one workload"},
		"a type":         {[]string{"deploy", "--to", "baseline"}, "name one workload"},
		"two files":      {[]string{"-f", "a", "-f", "b", "--to", "baseline"}, "-f takes one file here"},
		"a folder":       {[]string{"-f", dir, "--local", "--to", "baseline"}, "is a folder"},
		"a missing file": {[]string{"-f", dir + "/none", "--local", "--to", "baseline"}, "no such file"},
		"an URL":         {[]string{"-f", "https://example.test/x", "--local", "--to", "baseline"}, "URLs are refused"},
		"JSON of a file": {[]string{"-f", "-", "--local", "--to", "baseline", "-o", "json"}, "-o json does not go with -f"},
		"a format":       {[]string{"-f", "-", "--local", "--to", "baseline", "-o", "text"}, `output format "text" is none of`},
		"local alone":    {[]string{"pod/x", "--local", "--to", "baseline"}, "--local needs -f"},
		"not there":      {[]string{"-f", "-", "--local", "pod/none", "--to", "baseline"}, "pod/none is not in the files"},
	} {
		r := run(t, badPod, append([]string{"gen", "patch"}, tt.args...)...)
		if r.code != 2 || r.stdout != "" || !strings.Contains(r.stderr, tt.want) {
			t.Errorf("%s: %+v", name, r)
		}
	}
	if r := patchLocal(t, "apiVersion: v1\nkind: Service\nmetadata: {name: x}\n", "--to", "baseline"); r.code != 2 || r.stdout != "" || !strings.Contains(r.stderr, "- holds no workload") {
		t.Errorf("no workload in the file: %+v", r)
	}
}

// TestGenPatchSecrets: the user's own bytes are handed back, and nothing of them is told.
func TestGenPatchSecrets(t *testing.T) {
	r := patchLocal(t, testkit.PlantedManifest(), "--to", "restricted")
	if r.code != 0 || !strings.Contains(r.stdout, testkit.PlantedSecrets()[0].Value) {
		t.Errorf("exit %d\n%s", r.code, r.stderr)
	}
	testkit.CheckNoSecrets(t, r.stderr)
}

// TestGenPatchHostile: nothing that was read reaches a terminal on stderr.
func TestGenPatchHostile(t *testing.T) {
	for _, hostile := range testkit.HostileStrings() {
		text := fmt.Sprintf("apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: {containers: [{name: %q, livenessProbe: {tcpSocket: {host: %[1]q}}}]}\n", strings.ToValidUTF8(hostile.Value, "?"))
		r := patchLocal(t, text, "--to", "restricted")
		if strings.ContainsFunc(r.stderr, func(c rune) bool { return c != '\n' && c < ' ' || c == 0x7f || c == 0x202e }) {
			t.Errorf("%s: %q", hostile.Name, r.stderr)
		}
	}
}
