package check

import (
	"slices"
	"strings"
)

// All returns every check, sorted by ID.
func All() []Check {
	checks := append(append(accountChecks(), networkChecks()...), []Check{
		AllowPrivEscalation(),
		AppArmorUnconfined(),
		BarePod(),
		CapsAdded(),
		CapsAddedEscape(),
		CapsEffective(),
		CapsNotDropped(),
		DefaultSA(),
		EmptyDirUnbounded(),
		EphemeralPresent(),
		HostAliases(),
		HostIPC(),
		HostNetwork(),
		HostPathAny(),
		HostPathEscape(),
		HostPID(),
		HostPort(),
		ImageDrift(),
		ImageMutable(),
		LifecycleExec(),
		LimitsMissing(),
		NodePlacement(),
		NonRootUnprovable(),
		Privileged(),
		ProbeHost(),
		ProcUnmasked(),
		PSALabel(),
		PSAStale(),
		PullPolicy(),
		PVCShared(),
		RawDevices(),
		RegistryAllow(),
		RestrictedVolumes(),
		ROMountNotRecursive(),
		RootFSWritable(),
		RootGroup(),
		RunAsRootDeclared(),
		RunAsRootObserved(),
		RuntimeClass(),
		RuntimeSocket(),
		SeccompUnconfined(),
		SeccompUnset(),
		SecretInEnv(),
		SecretLiteral(),
		SecretOptionalMissing(),
		SELinuxOptions(),
		ShareProcessNS(),
		StaticMirrorPod(),
		SudoSSH(),
		Sysctls(),
		TokenAudienceTTL(),
		TokenMounted(),
		TTYStdin(),
		UserNS(),
		WindowsHostProcess(),
	}...)
	slices.SortFunc(checks, func(a, b Check) int { return strings.Compare(a.ID, b.ID) })
	return checks
}

// networkChecks are those about who reaches a pod and what it reaches.
func networkChecks() []Check {
	return []Check{
		DangerousService(),
		Exposed(),
		HostNetworkBypass(),
		MTLS(),
		NetpolAllowAll(),
		NetpolNoneEgress(),
		NetpolNoneIngress(),
	}
}

// accountChecks are those about a ServiceAccount.
func accountChecks() []Check {
	return []Check{
		CloudIdentity(),
		GroupGrants(),
		SAClusterAdmin(),
		SACRDIndirect(),
		SACreatePods(),
		SACSRWebhookPV(),
		SAEscalate(),
		SAExec(),
		SANodesProxy(),
		SASecrets(),
		SATokenCreate(),
		TokenNeedless(),
	}
}
