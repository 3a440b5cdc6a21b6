package check

import (
	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
)

const saExec = "sa-exec"

// SAExec finds accounts that can run code in the pods of others.
func SAExec() Check {
	return ofPowers(Check{
		ID:        saExec,
		Title:     "Account can run commands in pods",
		Severity:  api.SeverityHigh,
		Standards: []string{"owasp-2025:K02", "attack:T1609"},
		Doc: "A command in a pod has its files, its Secrets, its token and its place on the node: by " +
			"pods/exec, pods/attach, and containers that pods/ephemeralcontainers adds. High in a " +
			"namespace, critical in the whole cluster and in kube-system, medium for pods of some " +
			"names. Before Kubernetes 1.35 get is enough, over a WebSocket; from 1.35 on it needs " +
			"create (https://github.com/kubernetes/kubernetes/issues/133515). pods/portforward and the proxy of " +
			"pods and services reach any port past network policies: medium. One finding for each place and " +
			"consequence. Lower by one where no container holds a token.",
		Fix:      "remove the rights to pods/exec, pods/attach, pods/ephemeralcontainers, pods/portforward and proxy",
		MayBreak: "jobs that run commands in other pods, such as backups",
	}, execDangers)
}

func execDangers(kind rbac.PowerKind) danger {
	const critical, high, medium = api.SeverityCritical, api.SeverityHigh, api.SeverityMedium
	switch kind {
	case rbac.MayExec, rbac.MayAttach, rbac.MayDebug:
		return danger{
			cluster: critical, namespace: high, named: medium,
			gives: "runs code in every pod there", givesNamed: "runs code in these pods",
		}
	case rbac.MayForwardPorts, rbac.MayProxy:
		return danger{
			cluster: medium, namespace: medium,
			gives: "reaches every port there, past network policies", givesNamed: "reaches every port of these, past network policies",
		}
	}
	return danger{}
}
