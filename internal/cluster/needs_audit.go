package cluster

// AuditNeeds are the rights that internal/source uses to read audit logs through the log
// endpoints of kubelets.
func AuditNeeds() []Need {
	return []Need{
		{"list", "", "pods", "kube-system", "", "which pods are API servers, on which nodes, and where they write"},
		{"get", "", "nodes/proxy", "", "", "their audit logs, by the log endpoint of the kubelets. Whoever has this right can run code in every pod of every node"},
	}
}
