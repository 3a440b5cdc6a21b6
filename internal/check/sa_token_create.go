package check

import (
	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
)

const saTokenCreate = "sa-token-create"

// SATokenCreate finds accounts that make tokens of others.
func SATokenCreate() Check {
	return ofPowers(Check{
		ID:        saTokenCreate,
		Title:     "Account can make tokens of other accounts",
		Severity:  api.SeverityHigh,
		Standards: []string{"cis-1.12:5.1.13", "owasp-2025:K02", "attack:T1528"},
		Doc: "create of serviceaccounts/token makes a token of the account that the request names. Who " +
			"creates Secrets and reads them gets one that does not expire: the token controller " +
			"fills a Secret of type kubernetes.io/service-account-token. Critical in the whole cluster and in " +
			"kube-system, high in another namespace, medium for tokens of accounts of some names. " +
			"One finding for each place and consequence. Lower by one where no container holds a token. " +
			"Source: https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/.",
		Fix:      "create of serviceaccounts/token for the accounts that are needed, by resourceNames; no creation of Secrets beside their reading",
		MayBreak: "programs that hand tokens to others, such as secret stores",
	}, tokenDangers)
}

func tokenDangers(kind rbac.PowerKind) danger {
	const critical, high, medium = api.SeverityCritical, api.SeverityHigh, api.SeverityMedium
	switch kind {
	case rbac.MayMintTokens:
		return danger{
			cluster: critical, namespace: high, named: medium,
			gives: "acts as every ServiceAccount there", givesNamed: "acts as these ServiceAccounts", want: "named accounts alone",
		}
	case rbac.MayMakeTokenSecrets:
		return danger{cluster: critical, namespace: high, gives: "makes itself a lasting token of every ServiceAccount there"}
	}
	return danger{}
}
