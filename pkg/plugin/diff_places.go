package plugin

import (
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
)

// place is where objects of no namespace are looked at: that of -n or the context, "" for all.
func (o *diffOptions) place() string {
	if o.input.allNamespaces {
		return ""
	}
	return o.input.namespace
}

// ofCluster tells an object of no namespace, which may be about any, such as a ClusterRole that a
// RoleBinding of the cluster refers to.
func ofCluster(o cluster.Object) bool {
	m, ok := o.Object.(metav1.Object)
	return ok && m.GetNamespace() == "" && o.GVK.GroupKind() != schema.GroupKind{Kind: "Namespace"}
}

// isClusterRole tells one whose rules others may take over.
func isClusterRole(o cluster.Object) bool {
	_, is := o.Object.(*rbacv1.ClusterRole)
	return is
}
