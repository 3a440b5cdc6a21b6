package check

import (
	"fmt"
	"regexp"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// Defaults of an image reference that names no registry.
const (
	defaultRegistry = "docker.io"
	officialImages  = "library/"
)

// image is a reference, taken apart as container runtimes do.
type image struct {
	// registry is a host with its port where it has one; repository the path behind it.
	registry, repository string
	// tag and digest as written; empty where there is none.
	tag, digest string
}

// parseImage takes "registry:5000/app:1@sha256:…" apart. The first part is a registry where
// it has a dot, a colon or an upper-case letter in it or is localhost; else Docker Hub is
// meant. Rules: github.com/distribution/reference, normalize.go (ParseNormalizedNamed).
func parseImage(ref string) image {
	var im image
	name, digest, _ := strings.Cut(ref, "@")
	im.digest = digest
	if colon := strings.LastIndex(name, ":"); colon > strings.LastIndex(name, "/") {
		name, im.tag = name[:colon], name[colon+1:]
	}
	first, rest, found := strings.Cut(name, "/")
	if found && (strings.ContainsAny(first, ".:") || first == "localhost" || strings.ToLower(first) != first) {
		im.registry, im.repository = strings.ToLower(first), rest
	} else {
		im.registry, im.repository = defaultRegistry, name
	}
	if im.registry == "index.docker.io" {
		im.registry = defaultRegistry
	}
	if im.registry == defaultRegistry && !strings.Contains(im.repository, "/") {
		im.repository = officialImages + im.repository
	}
	return im
}

// reference is the grammar of image references, with at most a registry before the path, a
// tag and a digest after it. Rules: github.com/distribution/reference, regexp.go.
var reference = regexp.MustCompile(`^(?:(?:` + hostName + `(?:\.` + hostName + `)*|\[[0-9a-fA-F:]+\])(?::[0-9]+)?/)?` +
	pathPart + `(?:/` + pathPart + `)*(?::\w[\w.-]{0,127})?` +
	`(?:@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?$`)

const (
	hostName = `(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])`
	pathPart = `[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*`
)

// validReference tells whether a runtime would take a reference at all.
func validReference(ref string) bool { return reference.MatchString(ref) }

// latest tells whether the tag latest is meant: by name, or as there is neither tag nor digest.
func (im image) latest() bool {
	return im.tag == "latest" || im.tag == "" && im.digest == ""
}

// pinned tells whether a digest names the content for good.
func (im image) pinned() bool { return validDigest(im.digest) }

// validDigest knows the registered algorithms of the OCI image specification and the length
// of their values in hexadecimal digits.
func validDigest(digest string) bool {
	algorithm, value, _ := strings.Cut(digest, ":")
	length := map[string]int{"sha256": 64, "sha384": 96, "sha512": 128}[algorithm]
	return length > 0 && len(value) == length && strings.Trim(value, "0123456789abcdef") == ""
}

// imageUse is an image that a pod runs, or mounts as a volume.
type imageUse struct {
	// container is the zero value for an image volume.
	container workload.Container
	// key is empty for a container's image.
	ref, key string
	// path of the reference, and of its pull policy.
	path, policyPath string
	policy           corev1.PullPolicy
}

// imageUses are those of the containers, then those of volumes. What names no image is
// left out.
func imageUses(s Subject) []imageUse {
	var out []imageUse
	for c := range s.Containers() {
		if c.Image != "" {
			out = append(out, imageUse{
				container: c, ref: c.Image, path: c.Field("image"),
				policyPath: c.Field("imagePullPolicy"), policy: c.ImagePullPolicy,
			})
		}
	}
	for i, v := range s.Spec.Volumes {
		if v.Image != nil && v.Image.Reference != "" {
			field := s.Join(fmt.Sprintf("spec.volumes[%d].image", i))
			out = append(out, imageUse{
				ref: v.Image.Reference, key: "volume:" + v.Name, path: field + ".reference",
				policyPath: field + ".pullPolicy", policy: v.Image.PullPolicy,
			})
		}
	}
	return out
}
