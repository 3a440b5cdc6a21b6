package static

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// containerReader reads one container.
type containerReader struct {
	*reader
	c workload.Container
	// of is the container in words, such as "of init container migrate".
	of string
	// env is the environment by its names; values are those that were read, in their order.
	env    map[string]string
	values []named
}

func (r *reader) container(c workload.Container) {
	words := "container "
	switch c.Type {
	case api.ContainerInit:
		words = "init container "
	case api.ContainerSidecar:
		words = "sidecar "
	case api.ContainerEphemeral:
		words = "ephemeral container "
	}
	cr := &containerReader{reader: r, c: c, of: " of " + words + c.Name, env: map[string]string{}}
	cr.environment()
	cr.commands()
	cr.mounts()
}

// environment reads the variables as a kubelet makes them (makeEnvironmentVariables of
// pkg/kubelet/kubelet_pods.go): references in them are to variables before them, and those behind
// replace those before of the same name.
func (r *containerReader) environment() {
	for _, from := range r.c.EnvFrom {
		r.environmentFrom(from)
	}
	before := map[string]string{}
	known := func(name string) (string, bool) {
		if value, ok := before[name]; ok {
			return value, true
		}
		return r.linked(name)
	}
	for _, e := range r.c.Env {
		value, ok := expand(workload.RedactValue(e.Name, e.Value), known), true
		if e.Value == "" && e.ValueFrom != nil {
			value, ok = r.valueFrom(e.Name, e.ValueFrom)
		}
		if !ok {
			delete(before, e.Name)
			r.forget(e.Name)
			continue
		}
		before[e.Name] = value
		if isOwnName(&e) {
			r.forget(e.Name)
			r.env[e.Name] = value
			continue
		}
		r.set(e.Name, value, "env "+e.Name+r.of)
	}
	r.field(findIn(r.values), "env"+r.of)
}

func (r *containerReader) environmentFrom(from corev1.EnvFromSource) {
	if from.SecretRef != nil {
		r.missSecret(from.SecretRef.Name, !isForTLS(from.SecretRef.Name))
	}
	if from.ConfigMapRef == nil {
		return
	}
	name := from.ConfigMapRef.Name
	data := r.configMap(name, isOptional(from.ConfigMapRef.Optional))
	keys := make([]string, 0, len(data))
	for key := range data {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		r.set(from.Prefix+key, data[key], "ConfigMap "+name+" key "+key+r.of)
	}
}

func (r *containerReader) set(name, value, place string) {
	r.forget(name)
	v := newNamed(name, value)
	v.place = place
	r.values = append(r.values, v)
	r.env[name] = value
}

func (r *containerReader) forget(name string) {
	if _, found := r.env[name]; found {
		delete(r.env, name)
		r.values = slices.DeleteFunc(r.values, func(v named) bool { return v.name == name })
	}
}

// valueFrom is a value that stands elsewhere; ok is false for one that is not known.
func (r *containerReader) valueFrom(name string, from *corev1.EnvVarSource) (value string, ok bool) {
	switch {
	case from.SecretKeyRef != nil:
		r.missSecret(from.SecretKeyRef.Name, mayCall(name, from.SecretKeyRef.Key))
	case from.ConfigMapKeyRef != nil:
		value, ok = r.configMap(from.ConfigMapKeyRef.Name, isOptional(from.ConfigMapKeyRef.Optional))[from.ConfigMapKeyRef.Key]
	case from.FieldRef != nil:
		return r.ownField(from.FieldRef.FieldPath)
	}
	return value, ok
}

// ownField is what a pod is told of itself: its own address is none that it calls, and of the names
// of its peers the first stands for all.
func (r *containerReader) ownField(path string) (value string, ok bool) {
	switch path {
	case "metadata.namespace":
		return r.workload.Ref.Namespace, true
	case "metadata.name":
		if r.workload.Ref.Kind == "StatefulSet" {
			return r.workload.Ref.Name + "-0", true
		}
	case "status.podIP", "status.podIPs":
		return "127.0.0.1", true
	case "status.hostIP", "status.hostIPs", "spec.nodeName":
		return ownNode, true
	}
	return "", false
}

// isOwnName tells what a pod is told of itself, which other values may refer to, and is no address of
// another by itself, but for that of its node.
func isOwnName(e *corev1.EnvVar) bool {
	return e.Value == "" && e.ValueFrom != nil && e.ValueFrom.FieldRef != nil && !strings.HasPrefix(e.ValueFrom.FieldRef.FieldPath, "status.hostIP")
}

// ownNode stands for the address of the node that a pod runs on; it is no name of DNS, and of no
// other use.
const ownNode = "own-node.invalid"

// linked is a variable that Kubernetes makes for each Service of the namespace, and for the API
// server. Where pods ask for none, only that of the API server is there.
func (r *containerReader) linked(name string) (string, bool) {
	stem, end := name, ""
	for _, known := range []string{"_SERVICE_HOST", "_SERVICE_PORT"} {
		if cut, ok := strings.CutSuffix(name, known); ok {
			stem, end = cut, known
		}
	}
	service := strings.ToLower(strings.ReplaceAll(stem, "_", "-"))
	key := types.NamespacedName{Namespace: r.workload.Ref.Namespace, Name: service}
	port := "443"
	switch links := r.c.Shape.Spec.EnableServiceLinks; {
	case end == "":
		return "", false
	case service == serverName:
		key.Namespace = serverNamespace
	case links != nil && !*links, r.services[key] == nil, isHeadless(r.services[key]), len(r.services[key].Spec.Ports) == 0:
		return "", false
	default:
		port = portText(r.services[key].Spec.Ports[0].Port)
	}
	if end == "_SERVICE_PORT" {
		return port, true
	}
	return key.Name + "." + key.Namespace + ".svc", true
}

// configMap is the text of a ConfigMap of the workload's namespace; nil where it was not read.
func (r *reader) configMap(name string, optional bool) map[string]string {
	if name == "" {
		return nil
	}
	key := types.NamespacedName{Namespace: r.workload.Ref.Namespace, Name: name}
	text, known := r.builder.texts[key]
	if !known {
		text.Known, text.reason = r.inv.ConfigText(key.Namespace, key.Name)
		r.builder.texts[key] = text
	}
	switch text.Fact {
	case workload.FactYes:
		return text.Value
	case workload.FactNo:
		if !optional {
			r.miss("ConfigMap " + name + ": not found")
		}
	case workload.FactUnknown:
		r.miss("ConfigMap " + name + ": " + text.reason)
	default:
		r.miss("ConfigMap " + name + ": not read")
	}
	return nil
}

func isOptional(optional *bool) bool { return optional != nil && *optional }
