package patch

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	psapi "k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/podsecurity"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// podWorkload is a pod of a file as the only shape of its workload.
func podWorkload(pod *corev1.Pod) *workload.Workload {
	return &workload.Workload{
		Ref:  api.Ref{APIVersion: "v1", Kind: "Pod", Namespace: pod.Namespace, Name: pod.Name},
		Meta: &pod.ObjectMeta, Pods: []*corev1.Pod{pod},
	}
}

// upstream is the evaluator of the API server itself.
type upstream struct{ policy.Evaluator }

func newUpstream(t testing.TB) upstream {
	t.Helper()
	newest := podsecurity.Newest()
	e, err := policy.NewEvaluator(policy.DefaultChecks(), &newest)
	if err != nil {
		t.Fatal(err)
	}
	return upstream{e}
}

func (u upstream) allows(t testing.TB, content map[string]any, goal api.Level, version psapi.Version) bool {
	t.Helper()
	var pod corev1.Pod
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(content, &pod); err != nil {
		t.Fatal(err)
	}
	level := psapi.LevelVersion{Level: psapi.Level(goal), Version: version}
	return policy.AggregateCheckResults(u.EvaluatePod(level, &pod.ObjectMeta, &pod.Spec)).Allowed
}

// holds tests what a plan promises of a pod: the goal is reached by upstream's word unless there
// is an obstacle, and without any one change more is broken than with all.
func (u upstream) holds(t testing.TB, pod *corev1.Pod, goal api.Level, version psapi.Version) Plan {
	t.Helper()
	policy := podsecurity.New(version)
	plan := To(podWorkload(pod), goal, policy)
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(pod)
	if err != nil {
		t.Fatal(err)
	}
	before, _ := json.Marshal(content)
	allowed := u.allows(t, plan.Apply(content), goal, version)
	if after, _ := json.Marshal(content); string(after) != string(before) {
		t.Error("Apply changed its object")
	}
	if allowed != plan.Reached() || allowed == (len(plan.Obstacles) > 0) {
		t.Errorf("upstream allows: %v, plan says %v, with %d obstacles: %+v", allowed, plan.Reached(), len(plan.Obstacles), plan)
	}
	one := plan.shapes[0]
	all := one.count(-1, goal, policy)
	for i, c := range one.changes {
		if n := one.count(i, goal, policy); n <= all {
			t.Errorf("without %s %d controls are broken, with it %d", c.told.Path, n, all)
		}
		for _, text := range []string{c.told.Path, c.told.Was, c.told.Becomes, c.told.Why, c.told.Check} {
			if text == "" {
				t.Errorf("nothing is told of %+v", c.told)
			}
		}
	}
	if u.allows(t, content, goal, version) && len(plan.Changes) > 0 {
		t.Errorf("%d changes of a pod that is at %s", len(plan.Changes), goal)
	}
	return plan
}

// TestFixtures: every failing fixture of upstream passes after its changes, but for those with
// volumes, which no field mends; and those that pass stay as they are.
func TestFixtures(t *testing.T) {
	dir, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "k8s.io/pod-security-admission").Output()
	if err != nil {
		t.Fatal(err)
	}
	u, newest, n, stuck := newUpstream(t), podsecurity.Newest(), 0, 0
	for minor := newest.Minor() - 18; minor <= newest.Minor(); minor++ {
		version := psapi.MajorMinorVersion(1, minor)
		for _, level := range []api.Level{api.LevelBaseline, api.LevelRestricted} {
			for _, verdict := range []string{"pass", "fail"} {
				files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(dir)), "test", "testdata", string(level), version.String(), verdict, "*.yaml"))
				if err != nil || len(files) == 0 {
					t.Fatalf("no fixtures: %v", err)
				}
				for _, file := range files {
					data, err := os.ReadFile(file)
					if err != nil {
						t.Fatal(err)
					}
					var pod corev1.Pod
					if err := yaml.Unmarshal(data, &pod); err != nil {
						t.Fatal(err)
					}
					for i := range pod.Spec.Volumes {
						if v := &pod.Spec.Volumes[i]; v.VolumeSource == (corev1.VolumeSource{}) {
							v.EmptyDir = &corev1.EmptyDirVolumeSource{}
						}
					}
					n++
					plan := u.holds(t, &pod, level, version)
					name := strings.Join([]string{version.String(), string(level), verdict, filepath.Base(file)}, "/")
					if volumes := strings.Contains(strings.ToLower(file), "volumes"); !plan.Reached() && !volumes {
						t.Errorf("%s: %+v", name, plan.Obstacles)
					}
					if !plan.Reached() {
						stuck++
					}
					if t.Failed() {
						t.Fatalf("%s fails", name)
					}
				}
			}
		}
	}
	t.Logf("%d fixtures, %d with volumes in the way", n, stuck)
}

// TestRandomPods holds the promises for pods of every sort, at every version.
func TestRandomPods(t *testing.T) {
	u, newest := newUpstream(t), podsecurity.Newest()
	for seed := range uint64(1500) {
		d := dice{rand.New(rand.NewPCG(seed, 1))}
		version := psapi.MajorMinorVersion(1, pick(d, 19, 22, 23, 24, 25, 30, 34, 35, 36, newest.Minor()))
		pod := d.pod()
		u.holds(t, pod, pick(d, api.LevelBaseline, api.LevelRestricted), version)
		if t.Failed() {
			data, _ := yaml.Marshal(pod)
			t.Fatalf("seed %d, %s:\n%s", seed, version.String(), data)
		}
	}
}

// planOf is the plan for a pod in YAML.
func planOf(t *testing.T, text string, goal api.Level) Plan {
	t.Helper()
	pod := &corev1.Pod{}
	if err := yaml.Unmarshal([]byte(text), pod); err != nil {
		t.Fatal(err)
	}
	return To(podWorkload(pod), goal, podsecurity.New(psapi.MajorMinorVersion(1, 36)))
}

func pathsOf(p Plan) []string {
	var out []string
	for _, c := range p.Changes {
		out = append(out, c.Path+": "+c.Was+" → "+c.Becomes)
	}
	return out
}

// TestWhere: what several containers leave unset is written once in the pod, what one leaves
// unset beside others in itself, and what a container overrides stays as strong as it is.
func TestWhere(t *testing.T) {
	const rest = "allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}"
	for name, tt := range map[string]struct {
		pod  string
		want []string
	}{
		"one container": {
			`spec: {containers: [{name: a, securityContext: {` + rest + `}}]}`,
			[]string{"spec.securityContext.runAsNonRoot: unset → true", "spec.securityContext.seccompProfile: unset → RuntimeDefault"},
		},
		"one of two": {
			`spec: {securityContext: {runAsNonRoot: true}, containers: [{name: a, securityContext: {` + rest + `}}, {name: b, securityContext: {seccompProfile: {type: Localhost, localhostProfile: p}, ` + rest + `}}]}`,
			[]string{"spec.containers[0].securityContext.seccompProfile: unset → RuntimeDefault"},
		},
		"two of three": {
			`spec: {securityContext: {runAsNonRoot: true}, containers: [{name: a, securityContext: {` + rest + `}}, {name: c, securityContext: {` + rest + `}}, {name: b, securityContext: {seccompProfile: {type: Localhost, localhostProfile: p}, ` + rest + `}}]}`,
			[]string{"spec.securityContext.seccompProfile: unset → RuntimeDefault"},
		},
		"contradicted": {
			`spec: {securityContext: {seccompProfile: {type: RuntimeDefault}}, containers: [{name: a, securityContext: {runAsNonRoot: false, ` + rest + `}}, {name: b, securityContext: {` + rest + `}}, {name: c, securityContext: {` + rest + `}}]}`,
			[]string{"spec.securityContext.runAsNonRoot: unset → true", "spec.containers[0].securityContext.runAsNonRoot: false → true"},
		},
		"what restricted allows stays": {
			`spec: {securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}, containers: [{name: a, securityContext: {allowPrivilegeEscalation: false, capabilities: {add: [NET_BIND_SERVICE, NET_ADMIN], drop: [MKNOD]}}}]}`,
			[]string{"spec.containers[0].securityContext.capabilities.add: NET_BIND_SERVICE, NET_ADMIN → NET_BIND_SERVICE", "spec.containers[0].securityContext.capabilities.drop: MKNOD → ALL"},
		},
		"windows": {
			`spec: {os: {name: windows}, containers: [{name: a}]}`,
			[]string{"spec.securityContext.runAsNonRoot: unset → true"},
		},
	} {
		if got := pathsOf(planOf(t, tt.pod, api.LevelRestricted)); !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %q, want %q", name, got, tt.want)
		}
	}
}

// TestObstacles: a volume is never taken away; the rest is changed all the same, and the plan
// does not claim the level.
func TestObstacles(t *testing.T) {
	p := planOf(t, `spec: {hostPID: true, volumes: [{name: h, hostPath: {path: /var/log}}], containers: [{name: a, volumeMounts: [{name: h, mountPath: /l}]}]}`, api.LevelBaseline)
	if p.Reached() || len(p.Obstacles) != 1 || p.Obstacles[0].Path != "spec.volumes[0].hostPath.path" || p.Before != api.LevelPrivileged || p.After != api.LevelPrivileged {
		t.Errorf("%+v", p)
	}
	if got := pathsOf(p); !slices.Equal(got, []string{"spec.hostPID: true → false"}) {
		t.Errorf("%q", got)
	}
}

// TestUsers: what is not known of an image is said where it counts.
func TestUsers(t *testing.T) {
	p := planOf(t, `spec: {containers: [{name: a}, {name: b, securityContext: {runAsUser: 7}}]}`, api.LevelRestricted)
	for _, c := range p.Changes {
		if unsure := strings.Contains(c.Unsure, "the user of the image of container a is not known"); unsure != strings.HasSuffix(c.Path, "runAsNonRoot") || strings.Contains(c.Unsure, "b") && !unsure {
			t.Errorf("%+v", c)
		}
	}
	p = planOf(t, `{spec: {containers: [{name: a}]}, status: {containerStatuses: [{name: a, user: {linux: {uid: 0}}}]}}`, api.LevelRestricted)
	if c := p.Changes[0]; !strings.Contains(c.Unsure, "container a ran as uid 0 in 1 pod: the kubelet refuses to start it so") {
		t.Errorf("%+v", c)
	}
}
