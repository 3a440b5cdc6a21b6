package assess

import (
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// peerCase is a manifest that another tool judges wrongly, and our right answer.
type peerCase struct {
	// defect names the tool and what it does.
	defect string
	// pod is the spec of a Pod in flow style, unless objects are given.
	pod     string
	objects []string
	options Options
	// has are findings "CHECK CONTAINER SEVERITY" that there are, lacks the checks that have none.
	has, lacks []string
	// level is looked at where it is set.
	level api.Level
}

const (
	digestA = "sha256:4be1e9f3a07c4be1e9f3a07c4be1e9f3a07c4be1e9f3a07c4be1e9f3a07c4be1"
	digestB = "sha256:57bcae9864774be1e9f3a07c4be1e9f3a07c4be1e9f3a07c4be1e9f3a07c4be1"
)

// TestPeers holds what others are known to get wrong.
func TestPeers(t *testing.T) {
	cases := slices.Concat(containerCases(), settingCases(), volumeCases(), imageCases(), objectCases())
	if len(cases) < 30 {
		t.Errorf("%d cases, want at least 30", len(cases))
	}
	for _, c := range cases {
		t.Run(c.defect, func(t *testing.T) {
			objects := c.objects
			if c.pod != "" {
				objects = append(objects, "{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: shop}, spec: "+c.pod+"}")
			}
			report := assessed(t, c.options, objects...)
			if len(report.Items) != 1 {
				t.Fatalf("%d workloads, want 1", len(report.Items))
			}
			c.hold(t, report.Items[0])
		})
	}
}

func (c peerCase) hold(t *testing.T, item api.Item) {
	t.Helper()
	found := checksOf(item)
	for _, want := range c.has {
		if !slices.Contains(found, want) {
			t.Errorf("no %q in %q", want, found)
		}
	}
	for _, check := range c.lacks {
		if i := slices.IndexFunc(found, func(f string) bool { return strings.HasPrefix(f, check+" ") }); i >= 0 {
			t.Errorf("there is %q", found[i])
		}
	}
	if c.level != "" && item.PodSecurity.Level != c.level {
		t.Errorf("level %s, want %s", item.PodSecurity.Level, c.level)
	}
}

// containerCases are about which containers count.
func containerCases() []peerCase {
	return []peerCase{
		{
			defect: "kubescape C-0016: no init container is looked at",
			pod:    `{initContainers: [{name: i, securityContext: {allowPrivilegeEscalation: true}}], containers: [{name: a, securityContext: {allowPrivilegeEscalation: false}}]}`,
			has:    []string{"allow-priv-escalation i low"},
		},
		{
			defect: "trivy: no ephemeral container is looked at",
			pod:    `{containers: [{name: a}], ephemeralContainers: [{name: e, securityContext: {privileged: true}}]}`,
			has:    []string{"privileged e critical", "ephemeral-present e medium"},
			level:  api.LevelPrivileged,
		},
		{
			defect: "polaris: ephemeral containers never count",
			pod:    `{containers: [{name: a}], ephemeralContainers: [{name: e, securityContext: {capabilities: {add: [SYS_ADMIN]}}}]}`,
			has:    []string{"caps-added-escape e critical"},
		},
		{
			defect: "kubescape C-0044: the host port of a sidecar is not seen",
			pod:    `{initContainers: [{name: s, restartPolicy: Always, ports: [{containerPort: 1, hostPort: 1}]}], containers: [{name: a}]}`,
			has:    []string{"host-port s medium"},
		},
		{
			defect: "kubescape: the procMount of an init container is not seen",
			pod:    `{initContainers: [{name: i, securityContext: {procMount: Unmasked}}], containers: [{name: a}]}`,
			has:    []string{"proc-unmasked i medium"},
		},
		{
			defect: "a sidecar runs as long as the pod, and is no init container that has ended",
			pod:    `{initContainers: [{name: s, restartPolicy: Always, securityContext: {privileged: true}}], containers: [{name: a}]}`,
			has:    []string{"privileged s critical"},
		},
		{
			defect: "kubesec: one hardened container earns the point for all",
			pod:    `{containers: [{name: good, securityContext: {runAsNonRoot: true, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}}, {name: bad}]}`,
			has:    []string{"run-as-root-declared bad high", "caps-not-dropped bad medium", "rootfs-writable bad low"},
		},
		{
			defect: "kube-bench 5.2: containers alone are looked at",
			pod:    `{initContainers: [{name: i, securityContext: {privileged: true}}], containers: [{name: a, securityContext: {privileged: false}}]}`,
			has:    []string{"privileged i high"},
			level:  api.LevelPrivileged,
		},
		{
			defect: "popeye: privileged, capabilities and host namespaces are never read",
			pod:    `{hostPID: true, hostNetwork: true, containers: [{name: a, securityContext: {privileged: true}}]}`,
			has:    []string{"privileged a critical", "host-pid  high", "host-network  high"},
		},
		{
			defect: "several: a privileged container is told nine times",
			pod:    `{containers: [{name: a, securityContext: {privileged: true, capabilities: {add: [SYS_ADMIN]}}}]}`,
			has:    []string{"privileged a critical"},
			lacks:  []string{"allow-priv-escalation", "caps-added", "caps-added-escape", "caps-not-dropped", "seccomp-unset", "apparmor-unconfined"},
		},
	}
}

// settingCases are about the value in effect.
func settingCases() []peerCase {
	return []peerCase{
		{
			defect: "kubescape C-0055: seccomp Unconfined counts as hardened",
			pod:    `{securityContext: {seccompProfile: {type: Unconfined}}, containers: [{name: a}]}`,
			has:    []string{"seccomp-unconfined a high"},
		},
		{
			defect: "trivy KSV-0012: runAsNonRoot of the pod hides that of the container",
			pod:    `{securityContext: {runAsNonRoot: true}, containers: [{name: a, securityContext: {runAsNonRoot: false}}]}`,
			has:    []string{"run-as-root-declared a high"},
		},
		{
			defect: "popeye 302: runAsNonRoot of the pod hides runAsUser 0 of a container",
			pod:    `{securityContext: {runAsNonRoot: true}, containers: [{name: a, securityContext: {runAsNonRoot: false, runAsUser: 0}}, {name: b}]}`,
			has:    []string{"run-as-root-declared a high"},
		},
		{
			defect: "kubesplaining: runAsUser 0 of the pod is reported though every container overrides it",
			pod:    `{securityContext: {runAsUser: 0}, containers: [{name: a, securityContext: {runAsUser: 1000, runAsNonRoot: true}}]}`,
			has:    []string{"run-as-root-declared  low"},
			lacks:  []string{"run-as-root-observed"},
		},
		{
			defect: "polaris: runAsUser 0 beside runAsNonRoot passes, though it never starts",
			pod:    `{containers: [{name: a, securityContext: {runAsUser: 0, runAsNonRoot: true}}]}`,
			has:    []string{"nonroot-unprovable a info"},
		},
		{
			defect: "kube-score: a uid below 10000 is critical",
			pod:    `{containers: [{name: a, securityContext: {runAsUser: 1000, runAsNonRoot: true}}]}`,
			lacks:  []string{"run-as-root-declared", "run-as-root-observed", "root-group"},
		},
		{
			defect: "kube-linter and kube-bench 5.2.6: allowPrivilegeEscalation unset passes",
			pod:    `{containers: [{name: a, securityContext: {}}]}`,
			has:    []string{"allow-priv-escalation a medium"},
		},
		{
			defect: "polaris: allowPrivilegeEscalation of the pod, which is no field, passes",
			pod:    `{securityContext: {allowPrivilegeEscalation: false}, containers: [{name: a}]}`,
			has:    []string{"allow-priv-escalation a medium"},
		},
		{
			defect: "polaris: one dropped capability passes for hardening",
			pod:    `{containers: [{name: a, securityContext: {capabilities: {drop: [MKNOD]}}}]}`,
			has:    []string{"caps-not-dropped a medium"},
		},
		{
			defect: "kubescape: DAC_READ_SEARCH is not among the insecure capabilities",
			pod:    `{containers: [{name: a, securityContext: {capabilities: {add: [DAC_READ_SEARCH]}}}]}`,
			has:    []string{"caps-added-escape a critical"},
		},
		{
			defect: "kubesec: SYS_ADMIN counts and ALL does not",
			pod:    `{containers: [{name: a, securityContext: {capabilities: {add: [ALL]}}}]}`,
			has:    []string{"caps-added-escape a critical"},
		},
		{
			defect: "trivy KSV-0022: CHOWN is taken to break baseline",
			pod:    `{containers: [{name: a, securityContext: {capabilities: {add: [CHOWN]}}}]}`,
			has:    []string{"caps-added a low"},
			level:  api.LevelBaseline,
		},
		{
			defect: "trivy KSV-0002: an AppArmor profile of one's own is rejected",
			pod:    `{containers: [{name: a, securityContext: {appArmorProfile: {type: Localhost, localhostProfile: tight}}}]}`,
			lacks:  []string{"apparmor-unconfined"},
			level:  api.LevelBaseline,
		},
		{
			defect: "trivy KSV-0002: AppArmor is read from annotations alone",
			pod:    `{securityContext: {appArmorProfile: {type: Unconfined}}, containers: [{name: a}]}`,
			has:    []string{"apparmor-unconfined a medium"},
		},
		{
			defect: "kubeaudit: an AppArmor field without the annotation is an error",
			pod:    `{containers: [{name: a, securityContext: {appArmorProfile: {type: RuntimeDefault}}}]}`,
			lacks:  []string{"apparmor-unconfined"},
		},
		{
			defect: "trivy KSV-0025: container_engine_t is not known",
			pod:    `{containers: [{name: a, securityContext: {seLinuxOptions: {type: container_engine_t}}}]}`,
			lacks:  []string{"selinux-options"},
			level:  api.LevelBaseline,
		},
		{
			defect: "kube-linter: sysctls that Pod Security calls safe are unsafe",
			pod:    `{securityContext: {sysctls: [{name: net.ipv4.tcp_syncookies, value: "1"}, {name: kernel.shm_rmid_forced, value: "1"}]}, containers: [{name: a}]}`,
			lacks:  []string{"sysctls"},
			level:  api.LevelBaseline,
		},
		{
			defect:  "kube-score: the seccomp annotation of 2019 is taken for a profile",
			objects: []string{`{apiVersion: v1, kind: Pod, metadata: {name: p, annotations: {seccomp.security.alpha.kubernetes.io/pod: runtime/default}}, spec: {containers: [{name: a}]}}`},
			has:     []string{"seccomp-unset a medium"},
		},
		{
			defect: "several: Windows pods are blamed for what has no effect there",
			pod:    `{os: {name: windows}, containers: [{name: a}]}`,
			lacks:  []string{"allow-priv-escalation", "caps-not-dropped", "seccomp-unset", "rootfs-writable"},
		},
		{
			defect: "several: a probe that makes the kubelet call another host is not seen",
			pod:    `{containers: [{name: a, livenessProbe: {httpGet: {host: 169.254.169.254, port: 80}}}]}`,
			has:    []string{"probe-host a medium"},
		},
		{
			defect: "kubesec: hostUsers false earns points whether or not the node knows it",
			pod:    `{hostUsers: false, containers: [{name: a}]}`,
			has:    []string{"run-as-root-declared a high", "userns  info"},
		},
	}
}
