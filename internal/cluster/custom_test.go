package cluster

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

func TestCustomTemplates(t *testing.T) {
	const containers = `{containers: [{name: app, image: "app:1"}]}`
	tests := map[string]struct {
		spec string
		want []string
	}{
		"Rollout":             {`{template: {spec: ` + containers + `}}`, []string{"spec.template"}},
		"Knative Service":     {`{template: {spec: {containers: [{image: "app:1"}]}}}`, []string{"spec.template"}},
		"JobSet":              {`{replicatedJobs: [{name: w, template: {spec: {template: {spec: ` + containers + `}}}}]}`, []string{"spec.replicatedJobs[0].template.spec.template"}},
		"LeaderWorkerSet":     {`{leaderWorkerTemplate: {leaderTemplate: {spec: ` + containers + `}, workerTemplate: {spec: ` + containers + `}}}`, []string{"spec.leaderWorkerTemplate.leaderTemplate", "spec.leaderWorkerTemplate.workerTemplate"}},
		"RayCluster":          {`{headGroupSpec: {template: {spec: ` + containers + `}}, workerGroupSpecs: [{template: {spec: ` + containers + `}}]}`, []string{"spec.headGroupSpec.template", "spec.workerGroupSpecs[0].template"}},
		"Prometheus override": {`{containers: [{name: prometheus}], podMetadata: {}}`, nil},
		"no template":         {`{replicas: 3}`, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			u := &unstructured.Unstructured{}
			if err := yaml.Unmarshal([]byte("{apiVersion: example.com/v1, kind: Thing, metadata: {name: x}, spec: "+test.spec+"}"), &u.Object); err != nil {
				t.Fatal(err)
			}
			o, err := customOwner(u)
			if err != nil {
				t.Fatal(err)
			}
			var paths []string
			for _, template := range o.templates {
				paths = append(paths, template.Path)
			}
			if diff := cmp.Diff(test.want, paths); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCustomTemplateOfAnotherShape(t *testing.T) {
	u := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "example.com/v1", "kind": "Thing", "metadata": map[string]any{"name": "x"},
		"spec": map[string]any{"template": map[string]any{"spec": map[string]any{
			"hostPID":    "perhaps",
			"containers": []any{map[string]any{"name": "app", "image": "app:1"}},
		}}},
	}}
	if _, err := customOwner(u); err == nil {
		t.Error("a template that does not decode was taken")
	}
}
