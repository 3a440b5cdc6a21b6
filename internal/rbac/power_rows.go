package rbac

import rbacv1 "k8s.io/api/rbac/v1"

const (
	groupAuthentication = "authentication.k8s.io"
	groupCertificates   = "certificates.k8s.io"
	groupAdmission      = "admissionregistration.k8s.io"
)

// rowsOfAccess: k8s.io/kubernetes pkg/registry/rbac. A ClusterRole is bound in a namespace by
// the verb bind there.
func rowsOfAccess() []row {
	const group = rbacv1.GroupName
	return []row{
		{kind: MayEscalate, group: group, resource: "clusterroles", verbs: verbEscalate, with: verbsWrite, withName: verbsChange},
		{kind: MayEscalate, group: group, resource: "roles", where: anywhere, verbs: verbEscalate, with: verbsWrite, withName: verbsChange},
		{kind: MayBindInCluster, group: group, resource: "clusterroles", verbs: verbBind, needs: writesClusterRoleBindings},
		{kind: MayBindInNamespace, group: group, resource: "clusterroles", where: anywhere, verbs: verbBind, needs: writesRoleBindings},
		{kind: MayBindInNamespace, group: group, resource: "roles", where: anywhere, verbs: verbBind, needs: writesRoleBindings},
		{kind: MayWriteRoles, group: group, resource: "clusterroles", verbs: verbsWrite},
		{kind: MayWriteRoles, group: group, resource: "roles", where: anywhere, verbs: verbsWrite},
		{kind: MayWriteBindings, group: group, resource: "clusterrolebindings", verbs: verbsWrite, gives: writesClusterRoleBindings},
		{kind: MayWriteBindings, group: group, resource: "rolebindings", where: anywhere, verbs: verbsWrite, gives: writesRoleBindings},
	}
}

// rowsOfCertificates: k8s.io/kubernetes pkg/certauthorization, plugin/pkg/admission/certificates
// and pkg/controller/certificates/approver. Who approves sees the certificate in the answers to
// that; the subresources are read and written whole (pkg/registry/certificates/certificates).
func rowsOfCertificates() []row {
	const group, requests, signers = groupCertificates, "certificatesigningrequests", "signers"
	const domain, client, node = "kubernetes.io/*", "kubernetes.io/kube-apiserver-client", "kubernetes.io/kube-apiserver-client-kubelet"
	clients := func(name string) bool { return name == domain || name == client }
	nodes := func(name string) bool { return name == domain || name == node }
	return []row{
		{kind: MayIssueCertificates, group: group, resource: signers, verbs: verbApprove, counts: clients, needs: requestsCertificates | approvesCertificates},
		{kind: MayIssueNodeCertificates, group: group, resource: signers, verbs: verbApprove, counts: nodes, needs: requestsCertificates | approvesCertificates},
		{kind: MayIssueNodeCertificates, group: group, resource: requests + "/nodeclient", verbs: verbCreate, needs: requestsCertificates | readsCertificates},
		{kind: MayApproveCertificates, group: group, resource: signers, verbs: verbApprove, needs: approvesCertificates},
		{kind: MaySignCertificates, group: group, resource: signers, verbs: verbSign},
		{group: group, resource: requests, verbs: verbCreate, gives: requestsCertificates},
		{group: group, resource: requests + "/approval", verbs: verbsChange, gives: approvesCertificates},
		{group: group, resource: requests, verbs: verbsRead | verbsChange | verbsRemoval, gives: readsCertificates},
		{group: group, resource: requests + "/approval", verbs: verbGet | verbsChange, gives: readsCertificates},
		{group: group, resource: requests + "/status", verbs: verbGet | verbsChange, gives: readsCertificates},
	}
}

// rowsOfImpersonation: k8s.io/apiserver pkg/endpoints/filters/impersonation.
func rowsOfImpersonation() []row {
	masters := func(name string) bool { return name == Masters }
	others := func(name string) bool { return name != Masters }
	users := func(name string) bool { _, isAccount := accountOf(name); return !isAccount }
	every := func(name string) bool { return name == "*" } // what is asked for is the star itself
	const constrained = MayImpersonateConstrained
	const auth = groupAuthentication
	return []row{
		{kind: MayBecomeMaster, resource: "groups", verbs: verbImpersonate, counts: masters, needs: impersonates},
		{kind: MayBecomeMaster, resource: "users", verbs: verbImpersonate, counts: func(string) bool { return false }},
		{kind: MayImpersonateUsers, resource: "users", verbs: verbImpersonate, counts: users, named: true, gives: impersonates},
		{kind: MayImpersonateGroups, resource: "groups", verbs: verbImpersonate, counts: others, named: true, needs: impersonates},
		{kind: MayImpersonateAccounts, resource: "serviceaccounts", where: anywhere, verbs: verbImpersonate, gives: impersonates},
		{kind: MayImpersonateExtra, group: auth, resource: "uids", verbs: verbImpersonate, needs: impersonates},
		{kind: MayImpersonateExtra, group: auth, resource: extras, verbs: verbImpersonate, needs: impersonates},

		{kind: constrained, group: auth, resource: "users", verbs: verbImpersonateUserInfo, counts: users, needs: actsAsUser, gives: impersonatesUsers, since: 36},
		{kind: constrained, group: auth, resource: "groups", verbs: verbImpersonateUserInfo, counts: others, needs: actsAsUser | impersonatesUsers, since: 36},
		{kind: constrained, group: auth, resource: "serviceaccounts", where: anywhere, verbs: verbImpersonateAccount, needs: actsAsAccount, since: 36},
		{kind: constrained, group: auth, resource: "nodes", verbs: verbImpersonateArbitraryNode, needs: actsAsArbitraryNode, since: 36},
		{kind: constrained, group: auth, resource: "nodes", verbs: verbImpersonateAssociatedNode, counts: every, needs: actsAsAssociatedNode, since: 36},
		{resource: anyResource, where: anywhere, verbs: verbOnUserInfo, gives: actsAsUser},
		{resource: anyResource, where: anywhere, verbs: verbOnAccount, gives: actsAsAccount},
		{resource: anyResource, where: anywhere, verbs: verbOnArbitraryNode, gives: actsAsArbitraryNode},
		{resource: anyResource, where: anywhere, verbs: verbOnAssociatedNode, gives: actsAsAssociatedNode},
	}
}

// rowsOfSecrets: see MayReadSecrets, MayMakeTokenSecrets and MayMintTokens.
func rowsOfSecrets() []row {
	const secrets = "secrets"
	return []row{
		{kind: MayReadSecrets, resource: secrets, where: anywhere, verbs: verbsRead | verbPatch | verbsRemoval},
		{kind: MayMakeTokenSecrets, resource: secrets, where: anywhere, verbs: verbCreate, with: verbsRead | verbPatch | verbsRemoval},
		{kind: MayWriteSecrets, resource: secrets, where: anywhere, verbs: verbsWrite},
		{kind: MayMintTokens, resource: "serviceaccounts/token", where: anywhere, verbs: verbCreate},
		{kind: MayAnnotateAccounts, resource: "serviceaccounts", where: anywhere, verbs: verbsChange},
	}
}
