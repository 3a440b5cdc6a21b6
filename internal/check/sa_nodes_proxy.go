package check

import (
	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
)

const saNodesProxy = "sa-nodes-proxy"

// SANodesProxy finds accounts to which kubelets open everything.
func SANodesProxy() Check {
	return ofPowers(Check{
		ID:        saNodesProxy,
		Title:     "Account has all of the kubelet's API",
		Severity:  api.SeverityCritical,
		Standards: []string{"cis-1.12:5.1.10", "owasp-2025:K02", "attack:T1609"},
		Doc: "nodes/proxy opens the kubelet's whole API, which runs commands in every pod of the node, " +
			"those of the system among them, past admission. get is enough, as the " +
			"kubelet takes a WebSocket for a get (https://github.com/kubernetes/kubernetes/issues/136550). " +
			"Logs, metrics and the list of pods have resources of their own since Kubernetes 1.33 " +
			"(nodes/metrics, nodes/stats, nodes/log, nodes/pods): not reported. Lower by one where " +
			"no container holds a token. " +
			"Source: https://kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz/.",
		Fix:      "nodes/metrics, nodes/stats, nodes/log or nodes/pods in place of nodes/proxy",
		MayBreak: "monitoring agents that read the kubelet before Kubernetes 1.33",
	}, nodeDangers)
}

func nodeDangers(kind rbac.PowerKind) danger {
	if kind != rbac.MayProxyNodes {
		return danger{}
	}
	return danger{
		cluster: api.SeverityCritical, want: "nodes/metrics, nodes/stats, nodes/log or nodes/pods",
		gives: "runs commands in every pod of every node", givesNamed: "runs commands in every pod of these nodes",
	}
}
