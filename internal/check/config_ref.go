package check

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// configKey is a key of a ConfigMap or Secret, or the object as a whole where the key is empty.
type configKey struct {
	workload.ConfigRef
	key string
}

// configUse is a place where a pod cannot do without a ConfigMap or Secret, or a key of it.
type configUse struct {
	configKey
	// container is the zero value for a volume.
	container workload.Container
	// path of the reference, below which name and key stand; of a volume's item that of the key.
	path string
}

// violation says of the use what is missing.
func (u configUse) violation(message string) Violation {
	v := Violation{
		Container: u.container, Path: u.path, Got: u.Name, Want: "an object that exists",
		Message: message, Key: strings.ToLower(u.Kind) + ":" + u.Name,
	}
	if u.container.Container != nil {
		v.Path = u.path + ".name"
	}
	if u.key != "" {
		v.Got, v.Want, v.Key = u.key, "a key that exists", v.Key+"/"+u.key
		v.Fix = "add the key to the object, or take the reference out"
		if u.container.Container != nil {
			v.Path = u.path + ".key"
		}
	}
	return v
}

func required(optional *bool) bool { return optional == nil || !*optional }

// containerConfigs are what the environment of a container is made of.
func containerConfigs(c workload.Container) []configUse {
	var out []configUse
	add := func(kind, name, key string, optional *bool, path string) {
		if required(optional) && name != "" {
			out = append(out, configUse{configKey{workload.ConfigRef{Kind: kind, Name: name}, key}, c, c.Field(path)})
		}
	}
	for i, from := range c.EnvFrom {
		if r := from.ConfigMapRef; r != nil {
			add("ConfigMap", r.Name, "", r.Optional, fmt.Sprintf("envFrom[%d].configMapRef", i))
		}
		if r := from.SecretRef; r != nil {
			add("Secret", r.Name, "", r.Optional, fmt.Sprintf("envFrom[%d].secretRef", i))
		}
	}
	for i, env := range c.Env {
		if env.ValueFrom == nil {
			continue
		}
		if r := env.ValueFrom.ConfigMapKeyRef; r != nil {
			add("ConfigMap", r.Name, r.Key, r.Optional, fmt.Sprintf("env[%d].valueFrom.configMapKeyRef", i))
		}
		if r := env.ValueFrom.SecretKeyRef; r != nil {
			add("Secret", r.Name, r.Key, r.Optional, fmt.Sprintf("env[%d].valueFrom.secretKeyRef", i))
		}
	}
	return out
}

// volumeConfigs are the keys that volumes name.
func volumeConfigs(s Subject) []configUse {
	var out []configUse
	add := func(kind, name string, items []corev1.KeyToPath, optional *bool, path string) {
		for i, item := range items {
			if required(optional) {
				field := s.Join(fmt.Sprintf("%s.items[%d].key", path, i))
				out = append(out, configUse{configKey: configKey{workload.ConfigRef{Kind: kind, Name: name}, item.Key}, path: field})
			}
		}
	}
	for i, v := range s.Spec.Volumes {
		field := fmt.Sprintf("spec.volumes[%d]", i)
		switch {
		case v.ConfigMap != nil:
			add("ConfigMap", v.ConfigMap.Name, v.ConfigMap.Items, v.ConfigMap.Optional, field+".configMap")
		case v.Secret != nil:
			add("Secret", v.Secret.SecretName, v.Secret.Items, v.Secret.Optional, field+".secret")
		case v.Projected != nil:
			for j, source := range v.Projected.Sources {
				field := fmt.Sprintf("%s.projected.sources[%d]", field, j)
				if m := source.ConfigMap; m != nil {
					add("ConfigMap", m.Name, m.Items, m.Optional, field+".configMap")
				}
				if m := source.Secret; m != nil {
					add("Secret", m.Name, m.Items, m.Optional, field+".secret")
				}
			}
		}
	}
	return out
}

// missingConfigs are the objects and keys that the kubelet of a live pod says are missing, and
// keys that an object in the files does not have.
func missingConfigs(s Subject) []Violation {
	var out []Violation
	seen := map[string]bool{}
	add := func(v Violation) {
		if id := containerID(v.Container) + " " + v.Key; !seen[id] {
			seen[id] = true
			out = append(out, v)
		}
	}
	for c := range s.Containers() {
		waits := waitsFor(s, c)
		for _, u := range containerConfigs(c) {
			switch {
			case waits[configKey{u.ConfigRef, ""}]:
				u.key = ""
				add(u.violation(fmt.Sprintf("%s %s does not exist, says the kubelet: the container waits for it", u.Kind, u.Name)))
			case waits[u.configKey]:
				add(u.violation(fmt.Sprintf("%s %s has no key %s, says the kubelet: the container waits for it", u.Kind, u.Name, u.key)))
			case lacksKey(s, u):
				add(u.violation(fmt.Sprintf("%s %s of the files has no key %s: the container cannot start", u.Kind, u.Name, u.key)))
			}
		}
	}
	for _, u := range volumeConfigs(s) {
		if lacksKey(s, u) {
			add(u.violation(fmt.Sprintf("%s %s of the files has no key %s: pods cannot start", u.Kind, u.Name, u.key)))
		}
	}
	return out
}

func containerID(c workload.Container) string {
	if c.Container == nil {
		return ""
	}
	return c.Key()
}

func lacksKey(s Subject, u configUse) bool {
	keys, known := s.Context.ConfigKeys[u.ConfigRef]
	return u.key != "" && known && !keys[u.key]
}

// waitsFor is what a container of some live pod waits for, as the kubelet says.
func waitsFor(s Subject, c workload.Container) map[configKey]bool {
	out := map[configKey]bool{}
	for _, pod := range s.Pods {
		for _, list := range [][]corev1.ContainerStatus{pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses, pod.Status.EphemeralContainerStatuses} {
			for _, status := range list {
				w := status.State.Waiting
				if status.Name != c.Name || w == nil || w.Reason != workload.WaitingConfig {
					continue
				}
				if ref, key, ok := workload.MissingConfig(w.Message); ok {
					out[configKey{ref, key}] = true
				}
			}
		}
	}
	return out
}
