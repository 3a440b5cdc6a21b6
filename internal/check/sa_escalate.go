package check

import (
	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
)

const saEscalate = "sa-escalate"

// SAEscalate finds accounts that can give themselves the rights of others.
func SAEscalate() Check {
	return ofPowers(Check{
		ID:        saEscalate,
		Title:     "Account can raise its own rights",
		Severity:  api.SeverityCritical,
		Standards: []string{"cis-1.12:5.1.8", "cis-1.12:5.1.11", "owasp-2025:K02", "attack:T1098"},
		Doc: "The verb escalate writes roles with rights that the writer does not have, bind binds " +
			"roles to anybody, impersonate acts as somebody else, and who asks for and approves " +
			"client certificates becomes any user. Critical in the whole cluster and in kube-system, " +
			"high in another namespace and for roles, users and groups of some names that are not " +
			"known administrators, medium for accounts of some names and for constrained " +
			"impersonation in one namespace. To write roles or bindings without escalate and bind is " +
			"info: the API server lets nobody grant more than he holds " +
			"(https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping). " +
			"One finding for each place and consequence. Lower by one where no container holds a token.",
		Fix:      "grant the roles that are needed from outside, without escalate, bind and impersonate",
		MayBreak: "operators that write roles for what they manage",
	}, escalateDangers)
}

func escalateDangers(kind rbac.PowerKind) danger {
	const critical, high, medium, info = api.SeverityCritical, api.SeverityHigh, api.SeverityMedium, api.SeverityInfo
	switch kind {
	case rbac.MayEscalate:
		return danger{
			cluster: critical, namespace: high, named: high, byName: true,
			gives: "gives itself any right there", givesNamed: "gives any right to whoever has these roles",
		}
	case rbac.MayBindInCluster, rbac.MayBindInNamespace:
		return danger{
			cluster: critical, namespace: high, named: high, byName: true,
			gives: "binds itself any role there", givesNamed: "binds itself these roles there", want: "named roles alone",
		}
	case rbac.MayIssueCertificates:
		return danger{cluster: critical, gives: "issues itself a client certificate of any user"}
	case rbac.MayImpersonateUsers:
		return danger{cluster: critical, named: high, byName: true, gives: "acts as these users"}
	case rbac.MayImpersonateGroups:
		return danger{cluster: critical, named: high, byName: true, gives: "acts with the rights of these groups"}
	case rbac.MayImpersonateAccounts:
		return danger{
			cluster: critical, namespace: high, named: medium,
			gives: "acts as every ServiceAccount there", givesNamed: "acts as these ServiceAccounts", want: "named accounts alone",
		}
	case rbac.MayImpersonateConstrained:
		return danger{
			cluster: high, namespace: medium, named: medium,
			gives: "acts as others, for the verbs that its impersonate-on rights name",
		}
	case rbac.MayWriteRoles, rbac.MayWriteBindings:
		return danger{
			cluster: info, namespace: info,
			gives: "no more than it holds itself, as the API server prevents escalation", want: "none, unless it manages roles",
		}
	}
	return danger{}
}
