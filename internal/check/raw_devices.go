package check

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// RawDevices finds containers that are given devices of the node.
func RawDevices() Check {
	return Check{
		ID:        "raw-devices",
		Title:     "Container has a device",
		Severity:  api.SeverityMedium,
		Standards: []string{"owasp-2025:K01"},
		Doc: "volumeDevices gives a container a block device whole, without the file system that keeps " +
			"owners and modes: it reads what was there before and writes what a kernel will parse when " +
			"the disk is mounted. Info for an extended resource such as nvidia.com/gpu and for a resource " +
			"claim: a plugin of the node gives a device with its driver, which is more of the kernel in reach.",
		Fix:      "a volume with a file system; no device where the program needs none",
		MayBreak: "databases and storage that use the disk themselves",
		Eval: func(s Subject) []Violation {
			var out []Violation
			for c := range s.Containers() {
				for i, d := range c.VolumeDevices {
					out = append(out, initStep(Violation{
						Container: c, Severity: api.SeverityMedium, Key: "device:" + d.DevicePath,
						Path: c.Field(fmt.Sprintf("volumeDevices[%d]", i)), Got: d.DevicePath, Want: "unset",
						Message: fmt.Sprintf("block device of volume %s at %s, without a file system", d.Name, d.DevicePath),
					}))
				}
				out = append(out, pluginDevices(c)...)
			}
			return out
		},
	}
}

// pluginDevices are what device plugins and resource claims give.
func pluginDevices(c workload.Container) []Violation {
	var out []Violation
	for _, name := range slices.Sorted(maps.Keys(c.Resources.Limits)) {
		if extended(name) {
			out = append(out, Violation{
				Container: c, Severity: api.SeverityInfo, Key: "resource:" + string(name),
				Path: c.Field(fmt.Sprintf("resources.limits['%s']", name)), Got: string(name), Want: string(name),
				Message: fmt.Sprintf("resource %s of a plugin of the node", name),
			})
		}
	}
	for i, claim := range c.Resources.Claims {
		out = append(out, Violation{
			Container: c, Severity: api.SeverityInfo, Key: "claim:" + claim.Name + "/" + claim.Request,
			Path: c.Field(fmt.Sprintf("resources.claims[%d]", i)), Got: claim.Name, Want: claim.Name,
			Message: fmt.Sprintf("devices of resource claim %s", claim.Name),
		})
	}
	return out
}

// extended tells a resource that a plugin or an administrator defined: one with a domain that
// is not Kubernetes' own.
func extended(name corev1.ResourceName) bool {
	domain, _, found := strings.Cut(string(name), "/")
	return found && domain != "kubernetes.io" && !strings.HasSuffix(domain, ".kubernetes.io")
}
