package rbac

// PowerKind is a sort of power. Unless a line says otherwise, what it says of Kubernetes is
// from https://kubernetes.io/docs/concepts/security/rbac-good-practices/.
type PowerKind string

// Who holds one of these is, or can be at once, administrator of the cluster or, where the
// power is that of a namespace, of the namespace.
const (
	// MayDoEverything: any verb on any resource of any group.
	MayDoEverything PowerKind = "everything"
	// MayBecomeMaster: impersonate the group system:masters or any group, or any user.
	// (k8s.io/apiserver pkg/endpoints/filters/impersonation; a group needs a user beside it.)
	MayBecomeMaster PowerKind = "masters"
	// MayEscalate: write roles with more than the writer holds, by the verb escalate.
	MayEscalate PowerKind = "escalate"
	// MayBindInCluster: bind ClusterRoles, those of Names, in the whole cluster.
	MayBindInCluster PowerKind = "bind-cluster"
	// MayBindInNamespace: bind roles, those of Names, in a namespace or in each.
	MayBindInNamespace PowerKind = "bind-namespace"
	// MayIssueCertificates: ask for and approve client certificates of any user name and any
	// group but system:masters (k8s.io/kubernetes pkg/certauthorization and
	// plugin/pkg/admission/certificates).
	MayIssueCertificates PowerKind = "issue-certificates"
)

// Who holds one of these acts as somebody else.
const (
	// MayImpersonateUsers: the users of Names.
	MayImpersonateUsers PowerKind = "impersonate-users"
	// MayImpersonateGroups: the groups of Names, other than system:masters.
	MayImpersonateGroups PowerKind = "impersonate-groups"
	// MayImpersonateAccounts: ServiceAccounts.
	MayImpersonateAccounts PowerKind = "impersonate-accounts"
	// MayImpersonateConstrained: impersonate, but only for the verbs that impersonate-on:…
	// gives (KEP-5284, on since Kubernetes 1.36). Verbs has both. Nodes of Names are those
	// impersonated.
	MayImpersonateConstrained PowerKind = "impersonate-constrained"
	// MayMintTokens: create tokens of ServiceAccounts, those of Names.
	MayMintTokens PowerKind = "mint-tokens"
	// MayMakeTokenSecrets: create a Secret that the token controller fills with a token of any
	// ServiceAccount of the namespace, and read it in one of the ways of MayReadSecrets.
	// (https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/)
	MayMakeTokenSecrets PowerKind = "token-secrets"
	// MayReadSecrets: see what is in Secrets. Besides get, the answers to list, watch, patch
	// (also an empty one, also as a dry run) and deletecollection hold the objects, and so does
	// that to delete where a finalizer keeps the object, as that of foreground deletion does,
	// also as a dry run (k8s.io/apiserver pkg/endpoints/handlers, pkg/registry/generic/registry).
	// Who also changes a Secret with a token makes the controller put another account's token
	// there (generateTokenIfNeeded of k8s.io/kubernetes pkg/controller/serviceaccount).
	MayReadSecrets PowerKind = "read-secrets"
	// MayIssueNodeCertificates: get the client certificate of any node, by approval or by
	// the controller that approves on its own (k8s.io/kubernetes
	// pkg/controller/certificates/approver). The certificate is in the request: who does not
	// approve needs a verb on it, or on its approval or status, that is answered with the object.
	MayIssueNodeCertificates PowerKind = "issue-node-certificates"
)

// Who holds one of these runs code where others' rights and secrets are.
const (
	// MayCreatePods: with any ServiceAccount, Secret and ConfigMap of the namespace, and as
	// root on a node where Pod Security lets privileged pods in.
	MayCreatePods PowerKind = "create-pods"
	// MayWriteTemplates: objects of which controllers make pods.
	MayWriteTemplates PowerKind = "write-templates"
	// MayChangePods: the image of a running pod, which runs as what the pod is.
	MayChangePods PowerKind = "change-pods"
	// MayExec: commands in pods. Get is enough before Kubernetes 1.35, over a WebSocket
	// (kubernetes/kubernetes#133515).
	MayExec PowerKind = "exec"
	// MayAttach: to the processes of pods; get as for MayExec.
	MayAttach PowerKind = "attach"
	// MayDebug: add ephemeral containers to pods.
	MayDebug PowerKind = "debug"
	// MayForwardPorts: to any port of pods, past network policies; get as for MayExec.
	MayForwardPorts PowerKind = "port-forward"
	// MayProxy: HTTP to pods and services from the API server, past network policies.
	MayProxy PowerKind = "proxy"
	// MayProxyNodes: all of the kubelet's API, with commands in all pods of the node; get is
	// enough for those, over a WebSocket (kubernetes/kubernetes#136550).
	MayProxyNodes PowerKind = "proxy-nodes"
	// MayPlacePods: choose the node of pods that wait for one.
	MayPlacePods PowerKind = "place-pods"
	// MayUseConstraints: run pods under OpenShift's SecurityContextConstraints, those of Names.
	// (https://docs.openshift.com/container-platform/latest/authentication/managing-security-context-constraints.html)
	MayUseConstraints PowerKind = "use-constraints"
	// MayDriveControllers: write objects by which a controller acts with its own rights:
	// those of Argo, Flux, Tekton, Crossplane, cert-manager and External Secrets.
	MayDriveControllers PowerKind = "drive-controllers"
)

// Who holds one of these changes what the cluster stands on, or takes guards away.
const (
	// MayWriteWebhooks: see and change, or stop looking at, any request.
	MayWriteWebhooks PowerKind = "write-webhooks"
	// MayWriteAdmissionPolicies: the policies of the API server itself, and their bindings.
	MayWriteAdmissionPolicies PowerKind = "write-admission-policies"
	// MayWriteAPIServices: answer for an API group, with the requests' credentials.
	// (https://kubernetes.io/docs/tasks/extend-kubernetes/configure-aggregation-layer/)
	MayWriteAPIServices PowerKind = "write-apiservices"
	// MayWriteDefinitions: CustomResourceDefinitions, whose conversion webhooks see and change
	// all objects of the kind.
	MayWriteDefinitions PowerKind = "write-definitions"
	// MayWriteVolumes: PersistentVolumes, which lead to paths of nodes.
	MayWriteVolumes PowerKind = "write-volumes"
	// MayWriteNamespaces: labels, by which Pod Security and network policies choose.
	MayWriteNamespaces PowerKind = "write-namespaces"
	// MayWriteNodes: labels and taints, which draw pods to a node, and its addresses.
	MayWriteNodes PowerKind = "write-nodes"
	// MayWritePodStatus: make pods seem other than they are, and traffic go elsewhere.
	MayWritePodStatus PowerKind = "write-pod-status"
	// MayEvictPods: with a node made unschedulable pods move to another.
	MayEvictPods PowerKind = "evict-pods"
	// MayWriteClusterConfig: the ConfigMaps aws-auth (who is who, on EKS) and coredns (what
	// names stand for) of kube-system.
	MayWriteClusterConfig PowerKind = "write-cluster-config"
	// MayAnnotateAccounts: annotations of ServiceAccounts, by which clouds give them roles.
	MayAnnotateAccounts PowerKind = "annotate-accounts"
	// MayWriteNetworkPolicies: those of Kubernetes, Cilium and Calico.
	MayWriteNetworkPolicies PowerKind = "write-network-policies"
)

// These are no danger by themselves: see Lesser.
const (
	// MayWriteRoles: roles without escalate, so with no more than the writer holds itself
	// (escalation prevention, k8s.io/kubernetes pkg/registry/rbac); see Covers.
	MayWriteRoles PowerKind = "write-roles"
	// MayWriteBindings: bindings without bind, so of roles with no more than the writer holds
	// itself. New subjects of a binding that is there are checked in the same way.
	MayWriteBindings PowerKind = "write-bindings"
	// MayWriteSecrets: change what others read, without seeing it.
	MayWriteSecrets PowerKind = "write-secrets"
	// MayApproveCertificates: those that others ask for, or of signers other than those of
	// MayIssueCertificates.
	MayApproveCertificates PowerKind = "approve-certificates"
	// MaySignCertificates: put certificates into requests; without the key of the authority
	// nobody trusts them.
	MaySignCertificates PowerKind = "sign-certificates"
	// MayImpersonateExtra: extra fields and UIDs, which RBAC does not look at.
	MayImpersonateExtra PowerKind = "impersonate-extra"
	// MayReadNodeLogs: files of the nodes' log folder.
	// (https://kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz/)
	MayReadNodeLogs PowerKind = "read-node-logs"
	// MayCheckpoint: write the memory of containers to files of their node.
	MayCheckpoint PowerKind = "checkpoint"
	// MayReadNodes: the kubelet's pods, configuration and figures.
	MayReadNodes PowerKind = "read-nodes"
	// MayDelete: what others need.
	MayDelete PowerKind = "delete"
)

// Lesser tells whether a power is no way to more rights, to the secrets or the code of
// others, or past a guard, but worth knowing: breadth, denial of service, or limited by the
// API server to what the holder has.
func (k PowerKind) Lesser() bool {
	switch k {
	case MayWriteRoles, MayWriteBindings, MayWriteSecrets, MayApproveCertificates, MaySignCertificates,
		MayImpersonateExtra, MayReadNodeLogs, MayCheckpoint, MayReadNodes, MayDelete, MayEvictPods:
		return true
	}
	return false
}
