package workload

import (
	"fmt"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

func limitRanges(t *testing.T, manifests ...string) Context {
	t.Helper()
	ctx := Context{LimitRanges: Known[[]*corev1.LimitRange]{Fact: FactYes}}
	for _, m := range manifests {
		lr := &corev1.LimitRange{}
		if err := yaml.UnmarshalStrict([]byte(m), lr); err != nil {
			t.Fatal(err)
		}
		ctx.LimitRanges.Value = append(ctx.LimitRanges.Value, lr)
	}
	return ctx
}

// TestLimits: what the LimitRanger makes of a pod, and what of it a pod that was admitted
// carries.
func TestLimits(t *testing.T) {
	shop := `{metadata: {name: shop-defaults}, spec: {limits: [{type: Container, default: {cpu: 500m, memory: 256Mi, ephemeral-storage: 1Gi}, defaultRequest: {cpu: 50m}}]}}`
	for _, tt := range []struct {
		name, pod string
		ctx       Context
		want      []string
	}{
		{
			"defaults", `{spec: {initContainers: [{name: i}], containers: [{name: a}]}}`, limitRanges(t, shop),
			[]string{"i 500m 256Mi 1Gi ← LimitRange shop-defaults", "a 500m 256Mi 1Gi ← LimitRange shop-defaults"},
		},
		{
			"only what is unset", `{spec: {containers: [{name: a, resources: {limits: {cpu: "1"}}}]}}`, limitRanges(t, shop),
			[]string{"a 1 256Mi 1Gi ← container; LimitRange shop-defaults"},
		},
		{
			"an admitted pod carries them", `{metadata: {uid: u}, spec: {containers: [{name: a}]}}`, limitRanges(t, shop),
			[]string{"a unset ← unset"},
		},
		{
			"and its annotation names them",
			`{metadata: {uid: u, annotations: {kubernetes.io/limit-ranger: "LimitRanger plugin set: memory request for container a; ephemeral-storage, memory limit for container a; memory limit for init container i"}},
			  spec: {initContainers: [{name: i, resources: {limits: {memory: 1Gi}}}], containers: [{name: a, resources: {limits: {cpu: 500m, memory: 256Mi, ephemeral-storage: 1Gi}}}]}}`,
			limitRanges(t, shop),
			[]string{"i - 1Gi - ← LimitRange", "a 500m 256Mi 1Gi ← container; LimitRange shop-defaults"},
		},
		{
			"max stands in for a missing default; a request does not",
			`{spec: {containers: [{name: a}]}}`,
			limitRanges(t, `{metadata: {name: max}, spec: {limits: [{type: Container, defaultRequest: {cpu: 1}, max: {memory: 2Gi}}]}}`),
			[]string{"a - 2Gi - ← LimitRange max"},
		},
		{
			"limits of pods and claims are no defaults",
			`{spec: {containers: [{name: a}]}}`,
			limitRanges(t, `{metadata: {name: pod}, spec: {limits: [{type: Pod, max: {memory: 2Gi}}, {type: PersistentVolumeClaim, max: {storage: 1Gi}}]}}`),
			[]string{"a unset ← unset"},
		},
		{
			"the first LimitRange wins, the last item of it",
			`{spec: {containers: [{name: a}]}}`,
			limitRanges(t,
				`{metadata: {name: one}, spec: {limits: [{type: Container, default: {memory: 1Gi}}, {type: Container, default: {memory: 2Gi}}]}}`,
				`{metadata: {name: two}, spec: {limits: [{type: Container, default: {memory: 3Gi, cpu: 1}}]}}`),
			[]string{"a 1 2Gi - ← LimitRange two; LimitRange one"},
		},
		{
			"the pod's own limits, also for ephemeral containers",
			`{spec: {resources: {limits: {memory: 4Gi}}, containers: [{name: a}], ephemeralContainers: [{name: e}]}}`, limitRanges(t, shop),
			[]string{"a 500m 256Mi 1Gi ← LimitRange shop-defaults", "e - 4Gi - ← pod"},
		},
		{
			"not readable", `{spec: {containers: [{name: a}]}}`, Context{LimitRanges: Known[[]*corev1.LimitRange]{Fact: FactUnknown}},
			[]string{"a unset ← LimitRanges not readable"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for c := range shapeOf(t, tt.pod).Containers() {
				s := c.Settings(tt.ctx)[SettingLimits]
				got = append(got, fmt.Sprintf("%s %s ← %s", c.Name, s.Value, s.Origin))
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

// TestLimitPath: where a limit stands, or would.
func TestLimitPath(t *testing.T) {
	shape := shapeOf(t, `{spec: {resources: {limits: {memory: 4Gi}}, containers: [{name: a}]}}`)
	shape.Path = "spec.template"
	for c := range shape.Containers() {
		for name, want := range map[corev1.ResourceName]string{
			"memory": "spec.template.spec.resources.limits",
			"cpu":    "spec.template.spec.containers[0].resources.limits",
		} {
			if got := c.Limit(Context{}, name).Path; got != want {
				t.Errorf("path of %s is %s, want %s", name, got, want)
			}
		}
	}
}
