package check

import (
	"cmp"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// PullPolicy finds images that a node keeps though their tag may have moved.
func PullPolicy() Check {
	return Check{
		ID:        "pull-policy",
		Title:     "Node does not ask the registry for a mutable image",
		Severity:  api.SeverityLow,
		Standards: []string{"owasp-2025:K07"},
		Doc: "With IfNotPresent or Never a node runs what it has under a tag: an old image on one node " +
			"and a new one on another, or what another pod of the node pulled, without a credential for " +
			"the registry. The default is that of the API server: Always for latest and for no tag, " +
			"IfNotPresent for others (pkg/apis/core/v1/defaults.go, SetDefaults_Container). An image by " +
			"digest is the same everywhere and left out, and so is one that admission gave Always in " +
			"every live pod.",
		Fix:      "imagePullPolicy: Always, or better an image by digest",
		MayBreak: "pods start only while the registry answers",
		Eval: func(s Subject) []Violation {
			var out []Violation
			for _, use := range imageUses(s) {
				im := parseImage(use.ref)
				policy := effectivePolicy(use.policy, im)
				if im.digest != "" || policy == corev1.PullAlways || pulledAlways(s, use) {
					continue
				}
				v := Violation{
					Container: use.container, Path: use.policyPath, Key: use.key, Severity: api.SeverityLow,
					Got: cmp.Or(string(use.policy), "unset"), Want: string(corev1.PullAlways),
				}
				tag, by := cmp.Or(im.tag, "latest"), ""
				if use.policy == "" {
					by = " by default"
				}
				v.Message = fmt.Sprintf("%s%s: each node runs what it has under tag %s", policy, by, tag)
				out = append(out, v)
			}
			return out
		},
	}
}

// effectivePolicy is the policy, or what the API server makes of none.
func effectivePolicy(policy corev1.PullPolicy, im image) corev1.PullPolicy {
	switch {
	case policy != "":
		return policy
	case im.latest():
		return corev1.PullAlways
	}
	return corev1.PullIfNotPresent
}

// pulledAlways tells whether every live pod behind a template has the policy Always for the
// image, as the admission plugin AlwaysPullImages sees to.
func pulledAlways(s Subject, use imageUse) bool {
	if s.Live || len(s.Pods) == 0 || use.container.Container == nil {
		return false
	}
	return !slices.ContainsFunc(s.Pods, func(pod *corev1.Pod) bool {
		c := containerOf(pod, use.container)
		return c == nil || c.ImagePullPolicy != corev1.PullAlways
	})
}
