package workload

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// Capabilities are the Linux capabilities within reach of a container's processes.
type Capabilities struct {
	// All is set by privileged and by add: [ALL] without drop: [ALL].
	All bool
	// Bounding are the capabilities of the bounding set, sorted, without CAP_; nil with All.
	Bounding []string
	// Kept are those of Bounding that the runtime gives by default and no drop takes away.
	Kept []string
	// Add and Drop are the field's lists, upper case, without a CAP_ that the runtime takes off, sorted.
	Add, Drop []string
}

// Capabilities of the container: the runtime's default, less drop, plus add. With drop: [ALL]
// only what add names, and drop does not, stays. Sources: containerd
// internal/cri/opts/spec_linux_opts.go (WithCapabilities), CRI-O
// internal/factory/container/container.go (SpecSetupCapabilities).
func (c Container) Capabilities(runtime Runtime) Capabilities {
	var caps Capabilities
	if c.SecurityContext != nil && c.SecurityContext.Capabilities != nil {
		caps.Add = capabilityNames(c.SecurityContext.Capabilities.Add, true)
		caps.Drop = capabilityNames(c.SecurityContext.Capabilities.Drop, runtime.Name == "cri-o")
	}
	dropsAll := slices.Contains(caps.Drop, "ALL")
	caps.All = c.Privileged().Value || slices.Contains(caps.Add, "ALL") && !dropsAll
	if caps.All {
		return caps
	}
	if !dropsAll {
		for _, name := range runtime.Capabilities {
			if !slices.Contains(caps.Drop, name) {
				caps.Kept = append(caps.Kept, name)
			}
		}
	}
	caps.Bounding = slices.Clone(caps.Kept)
	for _, name := range caps.Add {
		if name != "ALL" && !slices.Contains(caps.Drop, name) && !slices.Contains(caps.Bounding, name) {
			caps.Bounding = append(caps.Bounding, name)
		}
	}
	slices.Sort(caps.Bounding)
	return caps
}

// capabilityNames reads names in any letter case, as runtimes do. Only CRI-O knows them with
// CAP_ before them; containerd puts another in front, so that nothing is dropped. Where prefix
// is set it is taken off, which for what is added is the safe side.
func capabilityNames(list []corev1.Capability, prefix bool) []string {
	var out []string
	for _, c := range list {
		name := strings.ToUpper(string(c))
		if prefix {
			name = strings.TrimPrefix(name, "CAP_")
		}
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}
