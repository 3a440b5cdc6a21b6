package patch

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/assess"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// patchable is a kind to put the pods of the fixtures into.
type patchable struct {
	gvk schema.GroupVersionKind
	// dataStruct is nil for a custom kind.
	dataStruct any
	wrap       func(pod map[string]any) map[string]any
}

func patchables() []patchable {
	template := func(pod map[string]any) map[string]any {
		metadata := maps.Clone(pod["metadata"].(map[string]any))
		delete(metadata, "name")
		delete(metadata, "ownerReferences")
		return map[string]any{"template": map[string]any{"metadata": metadata, "spec": pod["spec"]}}
	}
	return []patchable{
		{corev1.SchemeGroupVersion.WithKind("Pod"), corev1.Pod{}, nil},
		{appsv1.SchemeGroupVersion.WithKind("Deployment"), appsv1.Deployment{}, template},
		{batchv1.SchemeGroupVersion.WithKind("CronJob"), batchv1.CronJob{}, func(pod map[string]any) map[string]any {
			return map[string]any{"jobTemplate": map[string]any{"spec": template(pod)}}
		}},
		{schema.GroupVersionKind{Group: "argoproj.io", Version: "v1alpha1", Kind: "Rollout"}, nil, template},
		{schema.GroupVersionKind{Group: "jobset.x-k8s.io", Version: "v1alpha2", Kind: "JobSet"}, nil, func(pod map[string]any) map[string]any {
			return map[string]any{"replicatedJobs": []any{map[string]any{"name": "a"}, template(pod)}}
		}},
	}
}

func (k patchable) object(pod map[string]any) map[string]any {
	out := map[string]any{
		"apiVersion": k.gvk.GroupVersion().String(), "kind": k.gvk.Kind,
		"metadata": map[string]any{"name": "x", "namespace": "shop"}, "spec": pod["spec"],
	}
	if k.wrap == nil {
		metadata := maps.Clone(pod["metadata"].(map[string]any))
		delete(metadata, "ownerReferences")
		metadata["name"], metadata["namespace"] = "x", "shop"
		out["metadata"] = metadata
		return out
	}
	out["spec"] = k.wrap(pod)
	return out
}

// evaluate judges one object, and returns what finds its patches.
func (k patchable) evaluate(t *testing.T, object map[string]any) (api.Item, func(api.Ref, api.Finding) (Patch, bool)) {
	t.Helper()
	data, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	inv := cluster.NewInventory()
	var obj runtime.Object = &unstructured.Unstructured{Object: object}
	if k.dataStruct != nil {
		if obj, _, err = scheme.Codecs.UniversalDeserializer().Decode(data, nil, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := inv.Add(obj, k.gvk, workload.Source{File: "x.yaml", Line: 1}); err != nil {
		t.Fatal(err)
	}
	report := assess.Report(inv, assess.Options{})
	if len(report.Items) == 0 && k.dataStruct == nil {
		return api.Item{}, nil // a custom kind whose containers have no image has no template
	}
	if len(report.Items) != 1 {
		t.Fatalf("%d items of %s", len(report.Items), data)
	}
	return report.Items[0], Patches(inv)
}

// apply applies a patch as the API server does.
func (k patchable) apply(t *testing.T, object map[string]any, p Patch) map[string]any {
	t.Helper()
	out := map[string]any{}
	if len(p.Operations) > 0 {
		data := mustJSON(t, p.Operations)
		var operations []Operation
		if err := json.Unmarshal(data, &operations); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(mustJSON(t, object), &out); err != nil {
			t.Fatal(err)
		}
		for _, o := range operations {
			out = operate(t, out, o, strings.Split(o.Path, "/")[1:]).(map[string]any)
		}
		return out
	}
	data, err := strategicpatch.StrategicMergePatch(mustJSON(t, object), mustJSON(t, p.Fields), k.dataStruct)
	if err != nil {
		t.Fatalf("%s: %v", mustJSON(t, p.Fields), err)
	}
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func mustJSON(t *testing.T, v any) []byte {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// operate does one operation of RFC 6902 on what is below node.
func operate(t *testing.T, node any, o Operation, path []string) any {
	t.Helper()
	token := strings.NewReplacer("~1", "/", "~0", "~").Replace(path[0])
	get := func() any {
		switch n := node.(type) {
		case map[string]any:
			return n[token]
		case []any:
			i, err := strconv.Atoi(token)
			if err != nil || i >= len(n) {
				t.Fatalf("%+v: no item %s", o, token)
			}
			return n[i]
		}
		t.Fatalf("%+v: nothing at %s", o, token)
		return nil
	}
	if len(path) > 1 {
		inside := get()
		if inside == nil {
			t.Fatalf("%+v: the parent %s is missing", o, token)
		}
		changed := operate(t, inside, o, path[1:])
		if fields, ok := node.(map[string]any); ok {
			fields[token] = changed
		}
		return node
	}
	fields, isMap := node.(map[string]any)
	switch {
	case o.Op == "test":
		if got := get(); !reflect.DeepEqual(got, o.Value) {
			t.Fatalf("%+v: the value is %v", o, got)
		}
	case !isMap, o.Op != "add" && fields[token] == nil:
		t.Fatalf("%+v: nothing to %s", o, o.Op)
	case o.Op == "remove":
		delete(fields, token)
	default:
		fields[token] = o.Value
	}
	return node
}

// TestPatchesMend applies the patch of every finding of the checks' fixtures, in objects of
// every sort: the finding is gone.
func TestPatchesMend(t *testing.T) {
	mended := map[string]int{}
	for name, pod := range fixturePods(t) {
		for _, kind := range patchables() {
			object := kind.object(pod)
			item, find := kind.evaluate(t, object)
			for _, f := range item.Findings {
				p, ok := find(item.Ref, f)
				if !ok {
					continue
				}
				if (len(p.Operations) > 0) == Builtin(item.Ref) && p.Fields != nil {
					t.Errorf("%s as %s, %s: operations for a kind with strategic merge, or none without", name, kind.gvk.Kind, f.Check)
				}
				mended[f.Check]++
				after, _ := kind.evaluate(t, kind.apply(t, object, p))
				if slices.ContainsFunc(after.Findings, func(g api.Finding) bool { return g.Fingerprint == f.Fingerprint }) {
					t.Errorf("%s as %s: %s at %s is still there after %s", name, kind.gvk.Kind, f.Check, f.Path, mustJSON(t, p))
				}
			}
		}
	}
	for _, check := range []string{
		"allow-priv-escalation", "apparmor-unconfined", "caps-added", "caps-added-escape", "caps-effective", "caps-not-dropped",
		"host-ipc", "host-network", "host-pid", "host-port", "privileged", "probe-host", "proc-unmasked", "rootfs-writable",
		"run-as-root-declared", "seccomp-unconfined", "seccomp-unset", "selinux-options", "sysctls", "tty-stdin", "windows-host-process",
	} {
		if mended[check] < len(patchables()) {
			t.Errorf("%d patches for %s", mended[check], check)
		}
	}
	t.Logf("patches by check: %v", mended)
}

// fixturePods are the pods and pod templates of the fixtures of the checks.
func fixturePods(t *testing.T) map[string]map[string]any {
	t.Helper()
	files, err := filepath.Glob("../check/testdata/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	out := map[string]map[string]any{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for i, text := range strings.Split(string(data), "\n---\n") {
			object := map[string]any{}
			if err := yaml.Unmarshal([]byte(text), &object); err != nil {
				t.Fatal(err)
			}
			if pod := podIn(object); pod != nil {
				out[fmt.Sprintf("%s#%d", filepath.Base(file), i)] = pod
			}
		}
	}
	return out
}

// podIn is the pod of an object, or its pod template; nil where ephemeral containers keep it
// from being a template.
func podIn(object map[string]any) map[string]any {
	spec, _ := object["spec"].(map[string]any)
	for _, key := range []string{"jobTemplate", "spec", "template"} {
		if inner, ok := spec[key].(map[string]any); ok {
			object, spec = inner, inner
			if s, ok := inner["spec"].(map[string]any); ok {
				spec = s
			}
		}
	}
	if _, ok := spec["containers"].([]any); !ok || spec["ephemeralContainers"] != nil {
		return nil
	}
	if object["metadata"] == nil {
		object["metadata"] = map[string]any{}
	}
	return object
}

func TestNoPatch(t *testing.T) {
	pod := map[string]any{"metadata": map[string]any{}, "spec": map[string]any{"containers": []any{
		map[string]any{"name": "a", "image": "a", "stdin": true},
		map[string]any{"name": "a", "image": "b"},
	}}}
	kind := patchables()[1]
	item, find := kind.evaluate(t, kind.object(pod))
	at := func(path, got, want string) api.Finding { return api.Finding{Path: path, Got: got, Want: want} }
	const app = "spec.template.spec.containers[0]."
	for name, f := range map[string]api.Finding{
		"a live pod's":       {Path: app + "stdin", Got: "true", Want: "false", Pods: "1 of 1 pods"},
		"a description":      at(app+"securityContext.runAsUser", "0", "not 0"),
		"what is wanted":     at("spec.template.spec.hostUsers", "false", "false"),
		"a volume":           at("spec.template.spec.volumes[0].hostPath.path", "/", "unset"),
		"an item not there":  at("spec.template.spec.containers[7].stdin", "true", "false"),
		"no path":            at("", "true", "false"),
		"outside the pod":    at("spec.replicas", "true", "false"),
		"a command":          at(app+"command", "sudo", "unset"),
		"a broken path":      at("spec.template.spec.containers[x].stdin", "true", "false"),
		"a path of a prefix": at("spec.template", "true", "false"),
	} {
		if p, ok := find(item.Ref, f); ok {
			t.Errorf("%s: %s", name, mustJSON(t, p))
		}
	}
	if _, ok := find(api.Ref{Kind: "Pod", Name: "other"}, at(app+"stdin", "true", "false")); ok {
		t.Error("a patch for a workload that is not there")
	}
	p, ok := find(item.Ref, at(app+"stdin", "true", "false"))
	if !ok || p.Fields != nil || len(p.Operations) != 2 {
		t.Errorf("two containers of one name: %s", mustJSON(t, p))
	}
}
