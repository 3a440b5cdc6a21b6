package check

import "github.com/kubectl-harden/kubectl-harden/internal/api"

// HostPathEscape finds volumes that are a part of the node which leads out of the pod.
func HostPathEscape() Check {
	return Check{
		ID:        hostPathEscape,
		Title:     "Volume is a part of the node that leads out of the pod",
		Severity:  api.SeverityCritical,
		Standards: []string{"pss:baseline", "cis-1.12:5.2.11", "owasp-2025:K01", "attack:T1611"},
		Doc: "Judged is what each container really mounts: the path cleaned (/var/run//x/ is /run/x, " +
			"/proc/1/root/etc is /etc), narrowed by subPath, read-only where the mount says so, of a " +
			"hostPath or of the PersistentVolume behind a claim; the worst mount counts. Critical where " +
			"it takes the node: / (read-only too, as the runtime's socket is in it), and writable " +
			"programs, cron, /etc/kubernetes, /proc, or the state of the kubelet, etcd or the runtime. " +
			"High where it needs a login, a restart or a further right (/root, /home, /boot, /sys, /dev, " +
			"/var/log, where a link makes the kubelet show any file as a log), or gives the secrets of " +
			"others, read-only too: /etc/kubernetes, /var/lib/kubelet with the tokens of every pod. " +
			"A directory above such a path counts as the path. Low where no container mounts it. One step " +
			"higher where mountPropagation is Bidirectional; one lower for a process that is not root, or " +
			"an init container alone. A user namespace changes nothing: mounts are id-mapped, so that root " +
			"in it owns root's files (KEP-127).",
		Fix:      "a volume of the least directory needed, mounted readOnly; better none of the node",
		MayBreak: "agents that read or change the node's files",
		Eval:     func(s Subject) []Violation { return hostViolations(s, hostPathEscape) },
	}
}
