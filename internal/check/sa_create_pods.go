package check

import (
	"slices"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
)

const saCreatePods = "sa-create-pods"

// SACreatePods finds accounts that can have pods made.
func SACreatePods() Check {
	return ofPowers(Check{
		ID:        saCreatePods,
		Title:     "Account can run or change pods",
		Severity:  api.SeverityHigh,
		Standards: []string{"cis-1.12:5.1.4", "owasp-2025:K02", "attack:T1610"},
		Doc: "Who creates pods, or objects of which controllers make pods, runs code as every " +
			"ServiceAccount of the namespace and with every Secret and ConfigMap in it. Who updates " +
			"pods changes the image of those that run. High in a namespace, critical in the whole " +
			"cluster and in kube-system, and one step up where Pod Security admits privileged pods: " +
			"those are root on their node. Medium for running pods of some names. To place " +
			"pods on nodes, and to use OpenShift's SecurityContextConstraints other than restricted and " +
			"nonroot ones, is high in the whole cluster and medium in a namespace: both need pods " +
			"beside. One finding for each place and consequence. Lower by one where no container holds a token. " +
			"Source: https://kubernetes.io/docs/concepts/security/rbac-good-practices/#workload-creation.",
		Fix:      "leave the creation of pods to those who deploy",
		MayBreak: "controllers, CI and job runners, whose work it is to create pods: keep them in a namespace of their own",
	}, podDangers)
}

func podDangers(kind rbac.PowerKind) danger {
	const critical, high, medium = api.SeverityCritical, api.SeverityHigh, api.SeverityMedium
	switch kind {
	case rbac.MayCreatePods, rbac.MayWriteTemplates:
		return danger{
			cluster: critical, namespace: high, privileged: true,
			gives: "runs code as every ServiceAccount and with every Secret there",
		}
	case rbac.MayChangePods:
		return danger{
			cluster: critical, namespace: high, named: medium,
			gives: "runs its image in every pod there", givesNamed: "runs its image in these pods",
		}
	case rbac.MayPlacePods:
		return danger{cluster: high, namespace: medium, gives: "puts pods that wait on the node of its choice"}
	case rbac.MayUseConstraints:
		return danger{
			cluster: high, namespace: medium, harmless: isStrictConstraint,
			gives: "runs pods under any SecurityContextConstraints", givesNamed: "runs pods under these SecurityContextConstraints",
		}
	}
	return danger{}
}

// isStrictConstraint knows the SecurityContextConstraints of OpenShift that admit neither root
// nor anything of the node.
// (https://docs.openshift.com/container-platform/latest/authentication/managing-security-context-constraints.html)
func isStrictConstraint(name string) bool {
	return slices.Contains([]string{"restricted", "restricted-v2", "restricted-v3", "nonroot", "nonroot-v2"}, name)
}
