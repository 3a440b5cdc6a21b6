package patch

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// ErrCredentials is for an object that holds what looks like a credential, which a manifest would
// show.
var ErrCredentials = errors.New("holds what looks like a credential")

// Replacement is the manifest to create once the object is deleted: the object with the changes,
// without what the API server and its controllers wrote into it. Neither pods nor templates of
// Jobs can be changed. The error is ErrCredentials with the place, or that of the proof.
func (p *Plan) Replacement(object map[string]any) (map[string]any, error) {
	out := p.Apply(object)
	pinned := placedByHand(object)
	metadata := Unsaved(out)
	for _, name := range []string{"finalizers", "generateName"} {
		delete(metadata, name)
	}
	annotations, _ := metadata["annotations"].(map[string]any)
	maps.DeleteFunc(annotations, func(name string, _ any) bool {
		return name == corev1.LastAppliedConfigAnnotation || strings.HasPrefix(name, "batch.kubernetes.io/") || strings.HasPrefix(name, "kubernetes.io/config.")
	})
	if annotations != nil && len(annotations) == 0 {
		delete(metadata, "annotations")
	}
	if p.Ref.Kind == "Job" {
		cleanJob(out)
	} else if spec, isMap := out["spec"].(map[string]any); isMap {
		cleanPod(spec)
		if pinned != nil {
			spec["nodeName"] = pinned
		}
	}
	if at := credentialIn(out, "", ""); at != "" {
		return nil, fmt.Errorf("%s %w", at, ErrCredentials)
	}
	return out, p.Judge(out)
}

// placedByHand is the node of a pod whose author named it, nil for another one. The binding of a
// scheduler is among the fields of no manager (k8s.io/kubernetes pkg/registry/core/pod/storage,
// assignPod, which writes to the store).
func placedByHand(pod map[string]any) any {
	at := func(node any, names ...string) any {
		for _, name := range names {
			node = workload.Child(node, workload.Step{Name: name})
		}
		return node
	}
	managers, _ := at(pod, "metadata", "managedFields").([]any)
	if !slices.ContainsFunc(managers, func(one any) bool { return at(one, "fieldsV1", "f:spec", "f:nodeName") != nil }) {
		return nil
	}
	return at(pod, "spec", "nodeName")
}

// Unsaved takes out of an object what an API server writes into it when it is stored, and returns
// its metadata.
func Unsaved(object map[string]any) map[string]any {
	delete(object, "status")
	metadata, _ := object["metadata"].(map[string]any)
	for _, name := range []string{
		"uid", "resourceVersion", "creationTimestamp", "generation", "managedFields", "selfLink", "deletionTimestamp", "deletionGracePeriodSeconds",
	} {
		delete(metadata, name)
	}
	return metadata
}

// cleanPod takes out what the scheduler, admission and the kubelet wrote. The token's volume comes
// again by itself.
func cleanPod(spec map[string]any) {
	for _, name := range []string{"nodeName", "priority", "preemptionPolicy", "ephemeralContainers", "serviceAccount"} {
		if name != "serviceAccount" || spec["serviceAccountName"] != nil {
			delete(spec, name)
		}
	}
	filter(spec, "volumes", "name")
	for _, list := range []string{"initContainers", "containers"} {
		items, _ := spec[list].([]any)
		for _, item := range items {
			if c, isMap := item.(map[string]any); isMap {
				filter(c, "volumeMounts", "name")
			}
		}
	}
}

// tokenVolumePrefix begins the name of the volume that the ServiceAccount admission plugin adds.
const tokenVolumePrefix = "kube-api-access-"

func filter(fields map[string]any, list, key string) {
	items, isList := fields[list].([]any)
	if !isList {
		return
	}
	items = slices.DeleteFunc(items, func(item any) bool {
		name, _ := workload.Child(item, workload.Step{Name: key}).(string)
		return strings.HasPrefix(name, tokenVolumePrefix)
	})
	if fields[list] = items; len(items) == 0 {
		delete(fields, list)
	}
}

// cleanJob takes out the selector that the API server made, and the labels that go with it.
func cleanJob(job map[string]any) {
	spec, _ := job["spec"].(map[string]any)
	if spec["manualSelector"] == true {
		return
	}
	delete(spec, "selector")
	template, _ := spec["template"].(map[string]any)
	for _, object := range []map[string]any{job, template} {
		metadata, _ := object["metadata"].(map[string]any)
		labels, _ := metadata["labels"].(map[string]any)
		for _, name := range []string{"controller-uid", "job-name", "batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-name"} {
			delete(labels, name)
		}
		if labels != nil && len(labels) == 0 {
			delete(metadata, "labels")
		}
	}
}

// credentialIn is the path of the first value that looks like a credential; empty for none. Name
// is what the value is set under.
func credentialIn(value any, path, name string) string {
	switch v := value.(type) {
	case string:
		if workload.CredentialLike(name, v) {
			return path
		}
	case []any:
		return credentialInList(v, path)
	case map[string]any:
		if credentialInWords(v) {
			return extend(path, workload.Step{Name: "args"})
		}
		named, _ := v["name"].(string)
		for _, key := range slices.Sorted(maps.Keys(v)) {
			under := key
			if key == "value" && named != "" {
				under = named
			}
			if fieldsOfNames(key) {
				under = ""
			}
			if at := credentialIn(v[key], extend(path, workload.Step{Name: key}), under); at != "" {
				return at
			}
		}
	}
	return ""
}

// fieldsOfNames tells the fields of the API whose own name says nothing of a credential: they hold
// names of objects and paths.
func fieldsOfNames(key string) bool {
	return slices.Contains([]string{"secretName", "serviceAccountName", "serviceAccount", "name", "key", "tokenExpirationSeconds", "path", "mountPath", "subPath", "image", "imagePullPolicy"}, key)
}

// credentialInWords looks at the arguments behind the command.
func credentialInWords(container map[string]any) bool {
	var words []string
	for _, name := range []string{"command", "args"} {
		list, _ := container[name].([]any)
		for _, item := range list {
			if word, isText := item.(string); isText {
				words = append(words, word)
			}
		}
	}
	return !slices.Equal(workload.RedactWords(words), words)
}

// credentialInList looks at words of a command together: a flag says what the next word is.
func credentialInList(list []any, path string) string {
	var words []string
	for i, item := range list {
		at := extend(path, workload.Step{Item: i})
		if word, isText := item.(string); isText {
			words = append(words, word)
			continue
		}
		if found := credentialIn(item, at, ""); found != "" {
			return found
		}
	}
	if !slices.Equal(workload.RedactWords(words), words) {
		return path
	}
	return ""
}
