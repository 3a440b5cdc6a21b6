package audit

// Why a use is needed that no event shows; Hidden of a check is one of these.
const (
	// HiddenWebSocket: the create beside a get of pods/exec, attach or portforward.
	HiddenWebSocket = "WebSocket: asked for too since Kubernetes 1.35"
	// HiddenEscalate: the write of a Role or ClusterRole.
	HiddenEscalate = "writes a role: asked for where the account does not hold all of its rules"
	// HiddenBind: the write of a RoleBinding or ClusterRoleBinding.
	HiddenBind = "writes a binding: asked for where the account does not hold all rules of the role"
	// HiddenApprove: the approval of a CertificateSigningRequest.
	HiddenApprove = "approves or denies a request of this signer"
	// HiddenSign: the status of a CertificateSigningRequest or PodCertificateRequest.
	HiddenSign = "answers a request of this signer"
	// HiddenAttest: the write of a ClusterTrustBundle.
	HiddenAttest = "writes a trust bundle of this signer"
	// HiddenFinalizers: a reference with blockOwnerDeletion.
	HiddenFinalizers = "finalizers: only where OwnerReferencesPermissionEnforcement is on"
	// HiddenParameters: the write of an admission policy with a paramKind.
	HiddenParameters = "writes an admission policy with parameters of this kind"
	// HiddenAllocation: the write of the status of a ResourceClaim.
	HiddenAllocation = "allocates or reserves a resource claim: asked for since Kubernetes 1.36"
	// HiddenDriver: the write of devices into the status of a ResourceClaim.
	HiddenDriver = "reports on devices of this driver: asked for since Kubernetes 1.36"
)
