package check

import (
	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
)

const saIndirect = "sa-crd-indirect"

// SACRDIndirect finds accounts that act through the rights of controllers.
func SACRDIndirect() Check {
	return ofPowers(Check{
		ID:        saIndirect,
		Title:     "Account acts through a controller",
		Severity:  api.SeverityMedium,
		Standards: []string{"owasp-2025:K02", "attack:T1098"},
		Doc: "Controllers do with their own rights, often all of the cluster's, what custom resources " +
			"ask them to: Argo and Flux apply manifests, Tekton and Argo Workflows run pods, Crossplane makes objects of " +
			"clouds, cert-manager issues certificates, External Secrets copies Secrets. Who writes " +
			"these resources has a part of those rights, as the controller's own configuration allows; " +
			"that is not read. One finding for each place. Lower by one where no container holds a token.",
		Fix:      "remove the right, or limit the controller: AppProjects of Argo, impersonation of Flux, accounts of PipelineRuns",
		MayBreak: "programs that deploy by these resources",
	}, indirectDangers)
}

func indirectDangers(kind rbac.PowerKind) danger {
	if kind != rbac.MayDriveControllers {
		return danger{}
	}
	return danger{
		cluster: api.SeverityMedium, namespace: api.SeverityMedium,
		gives: "has controllers act with their own rights",
	}
}
