package compare

import "github.com/kubectl-harden/kubectl-harden/internal/api"

// Names of kinds of facts.
const (
	kindPrivileged   = "privileged"
	kindUser         = "user"
	kindGroup        = "group"
	kindEscalation   = "escalation"
	kindCapabilities = "capabilities"
	kindSeccomp      = "seccomp"
	kindAppArmor     = "apparmor"
	kindSELinux      = "selinux"
	kindProc         = "proc"
	kindRoot         = "root-fs"
	kindHostProcess  = "host-process"
	kindToken        = "token"
	kindMount        = "mount"
	kindSecret       = "secret"
	kindNoLimit      = "no-limit"
	kindAccount      = "account"
	kindCloud        = "cloud"
	kindHost         = "host"
	kindShared       = "shared-processes"
	kindUserns       = "user-namespace"
	kindRuntime      = "runtime-class"
	kindSysctl       = "sysctl"
	kindFSGroup      = "fs-group"
	kindIngress      = "ingress"
	kindEgress       = "egress"
	kindExposed      = "exposed"
	kindMTLS         = "mtls"
	kindRight        = "right"
	kindEnforce      = "enforce"
)

// kinds are all kinds of facts.
func kinds() []kind { return append(containerKinds(), podKinds()...) }

func containerKinds() []kind {
	all := []kind{
		{name: kindPrivileged, form: "privileged", valid: oneOf(0), severity: graded(api.SeverityCritical), checks: concerning("privileged")},
		{name: kindUser, form: "user root|image", valid: oneOf(1, "root", "image"), rank: ranked("image", "root"), severity: userSeverity, checks: concerning("run-as-root-declared", "run-as-root-observed")},
		{name: kindGroup, form: "group root", valid: oneOf(1, "root"), severity: graded(api.SeverityMedium), checks: concerning("root-group", "run-as-root-declared", "run-as-root-observed")},
		{name: kindEscalation, form: "escalation allowed", valid: oneOf(1, "allowed"), severity: graded(api.SeverityMedium), checks: concerning("allow-priv-escalation", "privileged")},
		{name: kindCapabilities, form: "capabilities NAME,NAME", valid: oneOf(1), atoms: capabilityAtoms, join: joinCapabilities, severity: capabilitySeverity, checks: concerning("caps-not-dropped", "caps-added", "caps-added-escape", "caps-effective", "privileged"), says: saysCapability},
		{name: kindSeccomp, form: "seccomp Unconfined|unset|Localhost PROFILE", valid: profiled("Unconfined", "unset"), rank: seccompRank, severity: graded(api.SeverityMedium), checks: concerning("seccomp-unset", "seccomp-unconfined", "privileged"), fromCluster: true},
		{name: kindAppArmor, form: "apparmor Unconfined|Localhost PROFILE", valid: profiled("Unconfined"), rank: ranked("localhost", "unconfined"), severity: graded(api.SeverityMedium), checks: concerning("apparmor-unconfined", "privileged")},
		{name: kindSELinux, form: "selinux OPTIONS", valid: oneOf(1), severity: graded(api.SeverityMedium), checks: concerning("selinux-options")},
		{name: kindProc, form: "proc unmasked", valid: oneOf(1, "unmasked"), severity: graded(api.SeverityHigh), checks: concerning("proc-unmasked", "privileged")},
		{name: kindRoot, form: "root-fs writable", valid: oneOf(1, "writable"), severity: graded(api.SeverityLow), checks: concerning("rootfs-writable")},
		{name: kindHostProcess, form: "host-process", valid: oneOf(0), severity: graded(api.SeverityCritical), checks: concerning("windows-host-process")},
		{name: kindToken, form: "token", valid: oneOf(0), severity: graded(api.SeverityMedium), checks: concerning("token-mounted", "token-needless")},
		{name: kindMount, form: "mount KIND SOURCE read-only|read-write [HostToContainer|Bidirectional]", valid: validMount, atoms: mountAtoms, join: joinMounts, severity: mountSeverity, checks: mountChecks, vague: true},
		{name: kindSecret, form: "secret NAME KEYS|*", valid: validSecret, atoms: secretAtoms, join: joinSecrets, severity: graded(api.SeverityLow), checks: concerning("secret-in-env"), says: saysSecret},
		{name: kindNoLimit, form: "no-limit cpu|memory|ephemeral-storage", valid: oneOf(1, limited()...), severity: limitSeverity, checks: concerning("limits-missing"), fromCluster: true},
	}
	for i := range all {
		all[i].ofContainer = true
	}
	return all
}

func podKinds() []kind {
	return []kind{
		{name: kindAccount, form: "account NAME", valid: oneOf(1), severity: graded(api.SeverityInfo), checks: concerning("default-sa")},
		{name: kindCloud, form: "cloud NAME ROLE", valid: oneOf(2), severity: graded(api.SeverityMedium), checks: concerning("cloud-identity"), says: saysCloud, fromCluster: true},
		{name: kindHost, form: "host network|pid|ipc", valid: oneOf(1, "network", "pid", "ipc"), severity: graded(api.SeverityHigh), checks: hostChecks},
		{name: kindShared, form: "shared-processes", valid: oneOf(0), severity: graded(api.SeverityMedium), checks: concerning("share-process-ns")},
		{name: kindUserns, form: "user-namespace", valid: oneOf(0), rank: func(fact) int { return 0 }, absent: 1, severity: graded(api.SeverityLow), checks: concerning("userns")},
		{name: kindRuntime, form: "runtime-class NAME", valid: oneOf(1), rank: func(fact) int { return 0 }, absent: 1, severity: graded(api.SeverityLow), checks: concerning("runtime-class")},
		{name: kindSysctl, form: "sysctl NAME=VALUE", valid: oneOf(1), severity: graded(api.SeverityLow), checks: concerning("sysctls"), says: saysSysctl},
		{name: kindFSGroup, form: "fs-group root", valid: oneOf(1, "root"), severity: graded(api.SeverityLow), checks: concerning("root-group"), says: saysFSGroup},
		{name: kindIngress, form: "ingress open|void|from PEER PORTS", valid: validDirection("from"), atoms: peerAtoms, join: joinPeers(kindIngress, "from"), severity: peerSeverity, checks: concerning("netpol-none-ingress", "netpol-allow-all", "hostnetwork-bypass", "host-network"), says: saysPeer, fromCluster: true},
		{name: kindEgress, form: "egress open|void|to PEER PORTS", valid: validDirection("to"), atoms: peerAtoms, join: joinPeers(kindEgress, "to"), severity: peerSeverity, checks: concerning("netpol-none-egress", "netpol-allow-all", "hostnetwork-bypass", "host-network"), says: saysPeer, fromCluster: true},
		{name: kindExposed, form: "exposed PORT REACH TLS HOSTS from PEERS", valid: validExposure, atoms: exposureAtoms, join: joinExposures, severity: exposureSeverity, checks: concerning("exposed"), says: saysExposure, vague: true, fromCluster: true},
		{name: kindMTLS, form: "mtls strict|partly|permissive|off", valid: oneOf(1, "strict", "partly", "permissive", "off"), rank: ranked("strict", "partly", "permissive", "off"), absent: 5, severity: graded(api.SeverityLow), checks: concerning("mtls"), fromCluster: true},
		{name: kindRight, form: "right VERBS RESOURCE [named NAME] in NAMESPACE|everywhere", valid: validRight, atoms: rightAtoms, join: joinRights, severity: rightSeverity, checks: rightChecks, says: saysRight, fromCluster: true},
		{name: kindEnforce, form: "enforce baseline|restricted", valid: oneOf(1, "baseline", "restricted"), rank: ranked("restricted", "baseline"), absent: 3, severity: graded(api.SeverityMedium), checks: concerning("psa-label"), fromCluster: true},
	}
}

func userSeverity(f fact) api.Severity {
	if f.arg(0) == "root" {
		return api.SeverityHigh
	}
	return api.SeverityMedium
}

// profiled is one of some words, or a profile of the node.
func profiled(values ...string) func(f fact) bool {
	known := oneOf(1, values...)
	return func(f fact) bool { return known(f) || len(f.args) == 2 && f.arg(0) == localhost }
}

const localhost = "Localhost"

func seccompRank(f fact) int { return ranked("localhost", "unset", "unconfined")(f) }

func hostChecks(f fact) []string { return []string{"host-" + f.arg(0)} }
