package check

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	psapi "k8s.io/pod-security-admission/api"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-harden/kubectl-harden/internal/podsecurity"
)

// TestUpstreamFixtures holds the checks to the pods that upstream tests its policy with, for
// the newest five minors.
func TestUpstreamFixtures(t *testing.T) {
	dir, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "k8s.io/pod-security-admission").Output()
	if err != nil {
		t.Fatal(err)
	}
	j, newest, n := newJudge(t), podsecurity.Newest(), 0
	for minor := newest.Minor() - 4; minor <= newest.Minor(); minor++ {
		version := psapi.MajorMinorVersion(1, minor)
		for _, level := range []psapi.Level{psapi.LevelBaseline, psapi.LevelRestricted} {
			for _, verdict := range []string{"pass", "fail"} {
				files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(dir)),
					"test", "testdata", string(level), version.String(), verdict, "*.yaml"))
				if err != nil || len(files) == 0 {
					t.Fatalf("no %s fixtures for %s %s: %v", verdict, level, version.String(), err)
				}
				n += len(files)
				for _, file := range files {
					name := strings.Join([]string{version.String(), string(level), verdict, filepath.Base(file)}, "/")
					t.Run(name, func(t *testing.T) {
						pod := readPod(t, file)
						if j.allows(pod, level, version) != (verdict == "pass") {
							t.Errorf("upstream's evaluator does not agree with its own fixture")
						}
						j.hold(t, pod, version)
					})
				}
			}
		}
	}
	t.Logf("%d fixtures", n)
}

func readPod(t *testing.T, file string) *corev1.Pod {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	pod := &corev1.Pod{}
	if err := yaml.Unmarshal(data, pod); err != nil {
		t.Fatal(err)
	}
	for i := range pod.Spec.Volumes {
		// The API server's default for a volume without a source.
		if v := &pod.Spec.Volumes[i]; v.VolumeSource == (corev1.VolumeSource{}) {
			v.EmptyDir = &corev1.EmptyDirVolumeSource{}
		}
	}
	return pod
}

// TestOnlyTheRefusedEntry: of a list, the entry that the version refuses is the gap.
func TestOnlyTheRefusedEntry(t *testing.T) {
	manifest := `
spec:
  securityContext:
    sysctls:
    - {name: kernel.shm_rmid_forced, value: "0"}
    - {name: net.ipv4.tcp_rmem, value: "4096"}
    - {name: kernel.msgmax, value: "1"}
  containers:
  - name: app
    securityContext:
      capabilities: {add: [CHOWN, NET_RAW, NET_BIND_SERVICE]}
  volumes:
  - {name: tmp, emptyDir: {}}
  - {name: share, nfs: {server: s, path: /}}
  - {name: host, hostPath: {path: /}}
`
	caps := "spec.containers[0].securityContext.capabilities."
	rmem := "spec.securityContext.sysctls[1].name"
	for version, tcpRmem := range map[string]bool{"v1.31": true, "v1.32": false} {
		pod := &corev1.Pod{}
		if err := yaml.Unmarshal([]byte(manifest), pod); err != nil {
			t.Fatal(err)
		}
		v, err := psapi.ParseVersion(version)
		if err != nil {
			t.Fatal(err)
		}
		want := map[podsecurity.Control][]string{
			"sysctls":                 {"spec.securityContext.sysctls[2].name"},
			"capabilities_baseline":   {caps + "add[1]"},
			"capabilities_restricted": {caps + "add[0]", caps + "add[1]", caps + "drop"},
			"hostPathVolumes":         {"spec.volumes[2].hostPath.path"},
			"restrictedVolumes":       {"spec.volumes[1].nfs", "spec.volumes[2].hostPath.path"},
		}
		if tcpRmem {
			want["sysctls"] = append(want["sysctls"], rmem)
		}
		gaps := newJudge(t).gaps(t, pod, podsecurity.New(v))
		for control, paths := range want {
			if len(gaps[control]) != len(paths) {
				t.Errorf("%s: %s has gaps %v, want %v", version, control, gaps[control], paths)
			}
			for _, p := range paths {
				if _, ok := gaps[control][p]; !ok {
					t.Errorf("%s: %s has no gap at %s", version, control, p)
				}
			}
		}
	}
}
