package exposure_test

import (
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/exposure"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// world reads a stream of objects: Pods become live shapes, Deployments templates. A line
// "unread KIND.GROUP" is a read that failed, "endpoints of NAMESPACE/NAME: WHY" one of endpoints, "partial" stands for files alone.
func world(t testing.TB, text string) (exposure.Objects, []*workload.Shape) {
	t.Helper()
	objects := exposure.Objects{Custom: map[schema.GroupKind][]*unstructured.Unstructured{}, Unread: map[schema.GroupKind]string{}}
	objects.Endpoints = map[types.NamespacedName]exposure.Endpoints{}
	var shapes []*workload.Shape
	for doc := range strings.SplitSeq(text, "\n---\n") {
		doc = strings.TrimSpace(doc)
		if text, ok := strings.CutPrefix(doc, "endpoints of "); ok {
			name, why, _ := strings.Cut(text, ": ")
			namespace, name, _ := strings.Cut(name, "/")
			objects.Endpoints[types.NamespacedName{Namespace: namespace, Name: name}] = exposure.Endpoints{Unknown: why}
			continue
		}
		if kind, ok := strings.CutPrefix(doc, "unread "); ok {
			objects.Unread[schema.ParseGroupKind(kind)] = kind + " not readable"
			continue
		} else if doc == "partial" {
			objects.Partial = true
			continue
		} else if doc == "own routes" {
			objects.OwnRoutes = true
			continue
		}
		u := &unstructured.Unstructured{}
		if err := yaml.Unmarshal([]byte(doc), &u.Object); err != nil {
			t.Fatalf("%s: %v", doc, err)
		}
		if u.GetNamespace() == "" && u.GetKind() != "Namespace" {
			u.SetNamespace("shop")
		}
		switch u.GetKind() {
		case "Service":
			objects.Services = append(objects.Services, typed[corev1.Service](t, u))
		case "Ingress":
			objects.Ingresses = append(objects.Ingresses, typed[networkingv1.Ingress](t, u))
		case "EndpointSlice":
			s := typed[discoveryv1.EndpointSlice](t, u)
			key := types.NamespacedName{Namespace: s.Namespace, Name: s.Labels[discoveryv1.LabelServiceName]}
			objects.Endpoints[key] = exposure.Endpoints{Slices: append(objects.Endpoints[key].Slices, s)}
		case "Namespace":
			objects.Namespaces = append(objects.Namespaces, typed[corev1.Namespace](t, u))
		case "Pod":
			pod := typed[corev1.Pod](t, u)
			shapes = append(shapes, &workload.Shape{Meta: &pod.ObjectMeta, Spec: &pod.Spec, Pods: []*corev1.Pod{pod}, Live: true})
		case "Template":
			pod := typed[corev1.Pod](t, u)
			shapes = append(shapes, &workload.Shape{Path: "spec.template", Meta: &pod.ObjectMeta, Spec: &pod.Spec})
		default:
			kind := u.GroupVersionKind().GroupKind()
			objects.Custom[kind] = append(objects.Custom[kind], u)
		}
	}
	return objects, shapes
}

func typed[T any](t testing.TB, u *unstructured.Unstructured) *T {
	t.Helper()
	out := new(T)
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, out); err != nil {
		t.Fatalf("%s %s: %v", u.GetKind(), u.GetName(), err)
	}
	return out
}

// told is a result in lines.
func told(r exposure.Result) []string {
	var out []string
	for _, s := range r.Services {
		out = append(out, fmt.Sprintf("service %s %s %d/%s to %s", s.Service, s.Type, s.Port, s.Protocol, s.Target))
	}
	for _, e := range r.Exposed {
		out = append(out, way(e))
	}
	for _, d := range r.Doubts {
		out = append(out, "doubt "+d)
	}
	for _, n := range r.Notes {
		out = append(out, "note "+n)
	}
	if r.Mesh.Mode != "" {
		out = append(out, "mtls "+r.Mesh.Mode+": "+r.Mesh.Words)
	}
	return out
}

func way(e api.Exposure) string {
	text := fmt.Sprintf("%s: %s:%d TLS %s to %s, %s", e.Via, strings.Join(e.Hosts, " ")+strings.Join(e.Paths, " "), e.Port, e.TLS, e.Target, e.Reach)
	if len(e.From) > 0 {
		text += " from " + strings.Join(e.From, " ")
	}
	if e.Derived {
		text += ", derived"
	}
	return text
}
