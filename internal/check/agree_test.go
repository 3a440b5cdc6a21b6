package check

import (
	"maps"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	psapi "k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/podsecurity"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// judge holds checks and upstream's policy to each other.
type judge struct {
	upstream policy.Evaluator
	checks   []Check
}

func newJudge(t testing.TB) judge {
	t.Helper()
	newest := podsecurity.Newest()
	upstream, err := policy.NewEvaluator(policy.DefaultChecks(), &newest)
	if err != nil {
		t.Fatal(err)
	}
	return judge{upstream, All()}
}

// allows asks upstream's own evaluator.
func (j judge) allows(pod *corev1.Pod, level psapi.Level, version psapi.Version) bool {
	results := j.upstream.EvaluatePod(psapi.LevelVersion{Level: level, Version: version}, &pod.ObjectMeta, &pod.Spec)
	return policy.AggregateCheckResults(results).Allowed
}

// hold tests a pod at a version: the level is upstream's; every control that upstream finds
// broken has gaps, and no other has; every gap's path leads to a field; with all gaps of a
// control mended upstream is content, and with all but one it is not.
func (j judge) hold(t *testing.T, pod *corev1.Pod, version psapi.Version) {
	t.Helper()
	evaluator := podsecurity.New(version)
	failures := evaluator.Failures(&pod.ObjectMeta, &pod.Spec)
	want := api.LevelPrivileged
	if j.allows(pod, psapi.LevelBaseline, version) {
		want = api.LevelBaseline
		if j.allows(pod, psapi.LevelRestricted, version) {
			want = api.LevelRestricted
		}
	}
	if got := podsecurity.Level(failures); got != want {
		t.Errorf("level is %s, upstream says %s", got, want)
	}
	gaps := j.gaps(t, pod, evaluator)
	for _, f := range failures {
		if len(gaps[f.Control]) == 0 {
			t.Errorf("no gap for control %s: %s", f.Control, f.Detail)
		}
	}
	for control, paths := range gaps {
		j.necessary(t, pod, evaluator, control, paths)
	}
}

// gaps runs every check on the pod: path and wanted value by broken control.
func (j judge) gaps(t *testing.T, pod *corev1.Pod, evaluator *podsecurity.Evaluator) map[podsecurity.Control]map[string]string {
	t.Helper()
	shape := &workload.Shape{Meta: &pod.ObjectMeta, Spec: &pod.Spec, Pods: []*corev1.Pod{pod}, Live: true}
	subject := NewSubject(shape, workload.Context{Runtime: workload.RuntimeOf("")}, evaluator)
	out := map[podsecurity.Control]map[string]string{}
	for _, c := range j.checks {
		for _, v := range c.Eval(subject) {
			if wrong := checkPath(pod, v.Path); wrong != "" {
				t.Errorf("%s: path %s: %s", c.ID, v.Path, wrong)
			}
			for _, control := range v.Controls {
				if !subject.Breaks(control) {
					continue
				}
				if out[control] == nil {
					out[control] = map[string]string{}
				}
				out[control][v.Path] = v.Want
			}
		}
	}
	return out
}

func (j judge) necessary(t *testing.T, pod *corev1.Pod, evaluator *podsecurity.Evaluator, control podsecurity.Control, paths map[string]string) {
	t.Helper()
	mended := func(left string) bool {
		p := pod.DeepCopy()
		for path, want := range paths {
			if path != left {
				mend(t, p, path, want)
			}
		}
		return !evaluator.Breaks(control, &p.ObjectMeta, &p.Spec)
	}
	if !mended("") {
		t.Errorf("%s is broken with %v mended", control, slices.Sorted(maps.Keys(paths)))
	}
	for path := range paths {
		if mended(path) {
			t.Errorf("%s is not broken by %s alone", control, path)
		}
	}
}
