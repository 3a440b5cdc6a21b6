package check

import (
	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
)

const saGuards = "sa-csr-webhook-pv"

// SACSRWebhookPV finds accounts that change what the cluster stands on and is guarded by.
func SACSRWebhookPV() Check {
	return ofPowers(Check{
		ID:        saGuards,
		Title:     "Account can change the cluster's guards or foundations",
		Severity:  api.SeverityHigh,
		Standards: []string{"cis-1.12:5.1.9", "cis-1.12:5.1.11", "cis-1.12:5.1.12", "owasp-2025:K02", "owasp-2025:K04"},
		Doc: "High: admission webhooks and policies, APIServices, CustomResourceDefinitions, " +
			"PersistentVolumes, nodes, labels of namespaces, client certificates of nodes, and the ConfigMaps aws-auth and " +
			"coredns of kube-system. Medium: volumes, nodes, APIServices and definitions of some names, " +
			"network policies, annotations of ServiceAccounts (which clouds give roles by), and the status of pods. " +
			"To remove a guard counts as to change it. One finding for each place and consequence. " +
			"Lower by one where no container holds a token. " +
			"Source: https://kubernetes.io/docs/concepts/security/rbac-good-practices/.",
		Fix:      "remove the right, or limit it by resourceNames to the objects that are its own",
		MayBreak: "operators, drivers and other controllers that keep such objects",
	}, guardDangers)
}

func guardDangers(kind rbac.PowerKind) danger {
	d := danger{cluster: api.SeverityHigh, namespace: api.SeverityHigh}
	switch kind {
	case rbac.MayWriteWebhooks:
		d.gives = "sees and changes any request, or stops others from looking"
	case rbac.MayWriteAdmissionPolicies:
		d.gives = "lifts or changes the API server's own admission policies"
	case rbac.MayWriteAPIServices:
		d.gives, d.givesNamed, d.named = "answers for any API group", "answers for these API groups", api.SeverityMedium
	case rbac.MayWriteDefinitions:
		d.gives, d.givesNamed, d.named = "sees and changes custom resources by a conversion webhook", "sees and changes these resources by a conversion webhook", api.SeverityMedium
	case rbac.MayWriteVolumes:
		d.gives, d.givesNamed, d.named = "makes volumes of any path of the nodes", "changes these volumes", api.SeverityMedium
	case rbac.MayWriteNamespaces:
		d.gives = "lifts Pod Security and network policies, which go by labels"
	case rbac.MayWriteNodes:
		d.gives, d.givesNamed, d.named = "draws pods to a node by labels and taints", "draws pods to these nodes by labels and taints", api.SeverityMedium
	case rbac.MayWriteClusterConfig:
		d.gives = "decides who is who (aws-auth) or what names stand for (coredns)"
	case rbac.MayIssueNodeCertificates:
		d.gives = "issues itself the client certificate of any node"
	case rbac.MayAnnotateAccounts:
		d.gives, d.cluster, d.namespace = "gives accounts roles in the cloud, which go by annotations", api.SeverityMedium, api.SeverityMedium
	case rbac.MayWriteNetworkPolicies:
		d.gives, d.cluster, d.namespace = "opens or closes the network of pods there", api.SeverityMedium, api.SeverityMedium
	case rbac.MayWritePodStatus:
		d.gives, d.cluster, d.namespace = "draws traffic to pods or away by what their status says", api.SeverityMedium, api.SeverityMedium
	default:
		return danger{}
	}
	return d
}
