package check

import (
	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
)

const saClusterAdmin = "sa-cluster-admin"

// SAClusterAdmin finds accounts that may do everything.
func SAClusterAdmin() Check {
	return ofPowers(Check{
		ID:        saClusterAdmin,
		Title:     "Account may do everything",
		Severity:  api.SeverityCritical,
		Standards: []string{"cis-1.12:5.1.1", "cis-1.12:5.1.7", "owasp-2025:K02", "attack:T1078"},
		Doc: "Critical where the account may do everything in the whole cluster, or become a member " +
			"of system:masters, whom the API server asks no authorizer about: by impersonation of that " +
			"group, of any group, or of any user. High where it may do everything in a namespace; in " +
			"kube-system that is critical too, as the controllers' accounts are there. All grants are " +
			"looked at: to the account, to its user name, and to its groups. One finding for each " +
			"place. Lower by one where no container holds a token for the API server. " +
			"Source: https://kubernetes.io/docs/concepts/security/rbac-good-practices/.",
		Fix:      "bind a role with the rights that are used (kubectl harden gen role)",
		MayBreak: "whatever the account does that the new role leaves out",
	}, adminDangers)
}

func adminDangers(kind rbac.PowerKind) danger {
	switch kind {
	case rbac.MayDoEverything:
		return danger{
			cluster: api.SeverityCritical, namespace: api.SeverityHigh,
			gives: "it is administrator there", want: "the rights that are used",
		}
	case rbac.MayBecomeMaster:
		return danger{cluster: api.SeverityCritical, gives: "acts as a member of system:masters, to whom nothing is denied"}
	}
	return danger{}
}
