package rbac

// createsSince is the minor version from which commands in pods over a WebSocket need create
// beside get (AuthorizePodWebsocketUpgradeCreatePermission of k8s.io/kubernetes pkg/features).
const createsSince = 35

// rowsOfPods: k8s.io/kubernetes pkg/registry/core/pod/rest/subresources.go, where the proxy's
// HTTP methods become verbs.
func rowsOfPods() []row {
	rows := []row{
		{kind: MayCreatePods, resource: "pods", where: anywhere, verbs: verbCreate},
		{kind: MayChangePods, resource: "pods", where: anywhere, verbs: verbsChange},
		{kind: MayDebug, resource: "pods/ephemeralcontainers", where: anywhere, verbs: verbsChange},
		{kind: MayProxy, resource: "pods/proxy", where: anywhere, verbs: verbsProxied},
		{kind: MayProxy, resource: "services/proxy", where: anywhere, verbs: verbsProxied},
		{kind: MayWritePodStatus, resource: "pods/status", where: anywhere, verbs: verbsChange},
		{kind: MayEvictPods, resource: "pods/eviction", where: anywhere, verbs: verbCreate},
		{kind: MayPlacePods, resource: "pods/binding", where: anywhere, verbs: verbCreate},
		{kind: MayPlacePods, resource: "bindings", where: anywhere, verbs: verbCreate},
		{kind: MayUseConstraints, group: "security.openshift.io", resource: "securitycontextconstraints", where: anywhere, verbs: verbUse},
	}
	for _, streamed := range []row{
		{kind: MayExec, resource: "pods/exec"}, {kind: MayAttach, resource: "pods/attach"}, {kind: MayForwardPorts, resource: "pods/portforward"},
	} {
		streamed.where = anywhere
		streamed.verbs, streamed.since = verbCreate, createsSince
		rows = append(rows, streamed)
		streamed.verbs, streamed.since, streamed.until = verbCreate|verbGet, 0, createsSince-1
		rows = append(rows, streamed)
	}
	for _, template := range []row{
		{resource: "replicationcontrollers"},
		{group: "apps", resource: "daemonsets"}, {group: "apps", resource: "deployments"},
		{group: "apps", resource: "replicasets"}, {group: "apps", resource: "statefulsets"},
		{group: "batch", resource: "cronjobs"},
	} {
		template.kind, template.where, template.verbs = MayWriteTemplates, anywhere, verbsWrite
		rows = append(rows, template)
	}
	// The template of a Job does not change (ValidateJobSpecUpdate of k8s.io/kubernetes
	// pkg/apis/batch/validation), but for where its pods run while it is suspended.
	return append(rows, row{kind: MayWriteTemplates, group: "batch", resource: "jobs", where: anywhere, verbs: verbCreate})
}

// rowsOfNodes: k8s.io/kubernetes pkg/kubelet/server/auth.go; pods and configz are apart from
// proxy since Kubernetes 1.33 (KubeletFineGrainedAuthz).
func rowsOfNodes() []row {
	return []row{
		{kind: MayProxyNodes, resource: "nodes/proxy", verbs: verbCreate | verbGet},
		{kind: MayReadNodeLogs, resource: "nodes/log", verbs: verbGet},
		{kind: MayCheckpoint, resource: "nodes/checkpoint", verbs: verbCreate},
		{kind: MayReadNodes, resource: "nodes/pods", verbs: verbGet, since: 33},
		{kind: MayReadNodes, resource: "nodes/configz", verbs: verbGet, since: 33},
		{kind: MayReadNodes, resource: "nodes/stats", verbs: verbGet},
		{kind: MayReadNodes, resource: "nodes/metrics", verbs: verbGet},
		{kind: MayWriteNodes, resource: "nodes", verbs: verbsChange},
		{kind: MayWriteNodes, resource: "nodes/status", verbs: verbsChange},
	}
}

// rowsOfDeletion are resources that others miss at once.
func rowsOfDeletion() []row {
	var rows []row
	for _, of := range []row{
		{resource: "namespaces", where: clusterOrHome}, {resource: "nodes"}, {resource: "persistentvolumes"},
		{resource: "persistentvolumeclaims", where: anywhere}, {resource: "pods", where: anywhere},
		{resource: "replicationcontrollers", where: anywhere}, {resource: "secrets", where: anywhere},
		{resource: "services", where: anywhere}, {resource: "serviceaccounts", where: anywhere}, {resource: "configmaps", where: anywhere},
		{group: "apps", resource: "daemonsets", where: anywhere}, {group: "apps", resource: "deployments", where: anywhere},
		{group: "apps", resource: "replicasets", where: anywhere}, {group: "apps", resource: "statefulsets", where: anywhere},
		{group: "batch", resource: "cronjobs", where: anywhere}, {group: "batch", resource: "jobs", where: anywhere},
		{group: "apiextensions.k8s.io", resource: "customresourcedefinitions"},
		{group: "apiregistration.k8s.io", resource: "apiservices"},
		{group: "rbac.authorization.k8s.io", resource: "clusterrolebindings"},
		{group: "rbac.authorization.k8s.io", resource: "clusterroles"},
		{group: "rbac.authorization.k8s.io", resource: "rolebindings", where: anywhere},
		{group: "rbac.authorization.k8s.io", resource: "roles", where: anywhere},
	} {
		of.kind, of.verbs = MayDelete, verbsRemoval
		rows = append(rows, of)
	}
	return rows
}
