package check

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// ImageDrift finds containers that run something else than their neighbours or their digest.
func ImageDrift() Check {
	return Check{
		ID:        "image-drift",
		Title:     "Pods run different images under one name",
		Severity:  api.SeverityMedium,
		Standards: []string{"owasp-2025:K07", "attack:T1525"},
		Doc: "The runtime reports what it runs in status.containerStatuses[].imageID. Where pods with " +
			"the same image in their spec report different digests, the tag was pushed again between " +
			"their starts. Where a digest is asked for and another reported, it is another manifest: " +
			"derived, as some runtimes report that of the platform in place of the list's. Compared " +
			"are digests of manifests (NAME@sha256:…, docker-pullable://NAME@sha256:…), among nodes of " +
			"the same architecture where that is known; a bare sha256:… is the image's configuration, " +
			"which cannot be compared, and left out.",
		Fix:      "image: NAME:TAG@sha256:DIGEST of the one that is meant, and new pods",
		MayBreak: "nothing that is not broken in some of the pods already",
		Eval: eachContainer(api.SeverityMedium, func(s Subject, c workload.Container) []Violation {
			asked := parseImage(c.Image)
			v := Violation{Path: c.Field("image"), Got: c.Image, Want: "one digest"}
			running := runningDigests(s, c)
			for _, architecture := range slices.Sorted(maps.Keys(running)) {
				pods := running[architecture]
				if len(pods) > 1 {
					v.Message = "pods run different images under it: " + countDigests(pods)
					return []Violation{v}
				}
				for digest := range pods {
					if asked.pinned() && digest != asked.digest {
						v.Derived = true
						v.Message = fmt.Sprintf("runs %s, which is not the digest asked for: another manifest of it, or another image", shortDigest(digest))
						return []Violation{v}
					}
				}
			}
			return nil
		}),
	}
}

// runningDigests counts pods by what the container runs in them, by the architecture of their
// node, empty where it is not known. Pods of another template, with another image, do not count.
func runningDigests(s Subject, c workload.Container) map[string]map[string]int {
	out := map[string]map[string]int{}
	for _, pod := range s.Pods {
		if !s.Live && !sameImage(pod, c) {
			continue
		}
		digest := manifestDigest(statusOf(pod, c).ImageID)
		if digest == "" {
			continue
		}
		architecture := ""
		if node := s.Context.Nodes[pod.Spec.NodeName]; node != nil {
			architecture = node.Status.NodeInfo.Architecture
		}
		if out[architecture] == nil {
			out[architecture] = map[string]int{}
		}
		out[architecture][digest]++
	}
	return out
}

func sameImage(pod *corev1.Pod, c workload.Container) bool {
	other := containerOf(pod, c)
	return other != nil && other.Image == c.Image
}

// containerOf is the container of a pod that has the name of another; nil for none.
func containerOf(pod *corev1.Pod, c workload.Container) *corev1.Container {
	shape := workload.Shape{Meta: &pod.ObjectMeta, Spec: &pod.Spec}
	for other := range shape.Containers() {
		if other.Name == c.Name {
			return other.Container
		}
	}
	return nil
}

// statusOf is the status of a container in one pod; empty for none.
func statusOf(pod *corev1.Pod, c workload.Container) corev1.ContainerStatus {
	c.Shape = &workload.Shape{Spec: &pod.Spec, Pods: []*corev1.Pod{pod}}
	for status := range c.Statuses() {
		return *status
	}
	return corev1.ContainerStatus{}
}

// manifestDigest is the digest of an imageID that names a manifest; empty for another form.
func manifestDigest(imageID string) string {
	_, digest, found := strings.Cut(imageID, "@")
	if !found || !validDigest(digest) {
		return ""
	}
	return digest
}

// countDigests tells up to three digests with their number of pods, most first.
func countDigests(pods map[string]int) string {
	digests := slices.SortedFunc(maps.Keys(pods), func(a, b string) int {
		return cmp.Or(cmp.Compare(pods[b], pods[a]), cmp.Compare(a, b))
	})
	const most = 3
	var words []string
	for _, d := range digests[:min(len(digests), most)] {
		words = append(words, fmt.Sprintf("%s in %s", shortDigest(d), workload.Plural(pods[d], "pod")))
	}
	if more := len(digests) - most; more > 0 {
		words = append(words, fmt.Sprintf("%d more", more))
	}
	return strings.Join(words, ", ")
}

// shortDigest keeps twelve digits, as terminals show.
func shortDigest(digest string) string {
	algorithm, value, _ := strings.Cut(digest, ":")
	return algorithm + ":" + value[:min(len(value), 12)]
}
