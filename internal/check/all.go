package check

import (
	"slices"
	"strings"
)

// All returns every check, sorted by ID.
func All() []Check {
	checks := []Check{
		AllowPrivEscalation(),
		AppArmorUnconfined(),
		CapsAdded(),
		CapsAddedEscape(),
		CapsEffective(),
		CapsNotDropped(),
		EphemeralPresent(),
		HostIPC(),
		HostNetwork(),
		HostPathAny(),
		HostPID(),
		HostPort(),
		LifecycleExec(),
		NonRootUnprovable(),
		Privileged(),
		ProbeHost(),
		ProcUnmasked(),
		RestrictedVolumes(),
		RootFSWritable(),
		RootGroup(),
		RunAsRootDeclared(),
		RunAsRootObserved(),
		SeccompUnconfined(),
		SeccompUnset(),
		SELinuxOptions(),
		SudoSSH(),
		Sysctls(),
		TTYStdin(),
		UserNS(),
		WindowsHostProcess(),
	}
	slices.SortFunc(checks, func(a, b Check) int { return strings.Compare(a.ID, b.ID) })
	return checks
}
