package check

import (
	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
)

const saSecrets = "sa-secrets"

// SASecrets finds accounts that read Secrets.
func SASecrets() Check {
	return ofPowers(Check{
		ID:        saSecrets,
		Title:     "Account can read Secrets",
		Severity:  api.SeverityHigh,
		Standards: []string{"cis-1.12:5.1.2", "owasp-2025:K02", "owasp-2025:K03", "attack:T1552"},
		Doc: "list and watch answer with the content of Secrets as get does, and so do patch, also an " +
			"empty one, delete and deletecollection, also as a dry run. Critical in the whole cluster and in kube-system, where " +
			"credentials of controllers are; high in another namespace; medium for Secrets of " +
			"some names. list and watch of a name hold for requests that ask for that " +
			"name alone. One finding for each place. Lower by one where no container holds a token. " +
			"Source: https://kubernetes.io/docs/concepts/security/rbac-good-practices/#listing-secrets.",
		Fix:      "get of the Secrets that are needed, by resourceNames; or mount them",
		MayBreak: "controllers that list and watch Secrets, as informers do",
	}, secretDangers)
}

func secretDangers(kind rbac.PowerKind) danger {
	if kind != rbac.MayReadSecrets {
		return danger{}
	}
	return danger{
		cluster: api.SeverityCritical, namespace: api.SeverityHigh, named: api.SeverityMedium,
		gives: "reads every Secret there", givesNamed: "reads these Secrets", want: "get of named Secrets alone",
	}
}
