package check

import (
	"fmt"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// ImageMutable finds images that are not named by a digest.
func ImageMutable() Check {
	return Check{
		ID:        "image-mutable",
		Title:     "Image is not named by a digest",
		Severity:  api.SeverityLow,
		Standards: []string{"owasp-2025:K07", "attack:T1525"},
		Doc: "A tag can be pushed again, so that the next pod runs something else than the last one " +
			"and nobody has changed the workload; without a tag latest is meant. A digest names the " +
			"content for good, with a tag beside it or not. The colon of registry:5000/app is a port's. " +
			"A digest of the wrong length or alphabet names nothing, and no runtime pulls it. Images of " +
			"volumes count too.",
		Fix: "image: NAME:TAG@sha256:DIGEST",
		Eval: func(s Subject) []Violation {
			var out []Violation
			for _, use := range imageUses(s) {
				im := parseImage(use.ref)
				v := Violation{
					Container: use.container, Path: use.path, Key: use.key, Severity: api.SeverityLow,
					Got: use.ref, Want: "a digest",
				}
				switch {
				case im.pinned():
					continue
				case im.digest != "":
					v.Message = "its digest is malformed: no runtime pulls it"
				case im.tag == "":
					v.Message = "no tag and no digest, so latest, whatever that is by then"
				case im.latest():
					v.Message = "latest is whatever it is by then"
				default:
					v.Message = fmt.Sprintf("tag %s can be pushed again", im.tag)
				}
				if digest := runningDigest(s, use); digest != "" && im.digest == "" {
					v.Fix = fmt.Sprintf("image: %s@%s, which the pods run", use.ref, digest)
				}
				out = append(out, v)
			}
			return out
		},
	}
}

// runningDigest is the one digest that the live pods run of an image; empty where there is
// none, or more than one.
func runningDigest(s Subject, use imageUse) string {
	if use.container.Container == nil {
		return ""
	}
	one := ""
	for _, digests := range runningDigests(s, use.container) {
		for digest := range digests {
			if one != "" && one != digest {
				return ""
			}
			one = digest
		}
	}
	return one
}
