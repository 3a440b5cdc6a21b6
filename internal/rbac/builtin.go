package rbac

import (
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Builtin are the ClusterRoles cluster-admin, admin, edit and view as Kubernetes makes them: for
// files that bind them, which do not define them. An aggregated ClusterRole of a cluster may
// have more. They are those that an API server of version 1.36 makes by
// plugin/pkg/auth/authorizer/rbac/bootstrappolicy of k8s.io/kubernetes, aggregation done.
func Builtin() []rbacv1.ClusterRole {
	all := []string{"*"}
	return []rbacv1.ClusterRole{
		builtinRole("cluster-admin", []rbacv1.PolicyRule{{APIGroups: all, Resources: all, Verbs: all}, {NonResourceURLs: all, Verbs: all}}),
		builtinRole("admin", slices.Concat(builtinEdit(), builtinView(), builtinAdmin())),
		builtinRole("edit", slices.Concat(builtinEdit(), builtinView())),
		builtinRole("view", builtinView()),
	}
}

const (
	builtinRead  = "get list watch"
	builtinWrite = "create delete deletecollection patch update"
	builtinOwn   = "create delete deletecollection get list patch update watch"
)

// builtinAdmin is what admin has beside edit.
func builtinAdmin() []rbacv1.PolicyRule {
	return []rbacv1.PolicyRule{
		builtinRule("create", []string{"authorization.k8s.io"}, "localsubjectaccessreviews"),
		builtinRule(builtinOwn, []string{"rbac.authorization.k8s.io"}, "rolebindings roles"),
	}
}

// builtinEdit is what edit has beside view.
func builtinEdit() []rbacv1.PolicyRule {
	return []rbacv1.PolicyRule{
		builtinRule(builtinRead, []string{""}, "pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy"),
		builtinRule("impersonate", []string{""}, "serviceaccounts"),
		builtinRule(builtinWrite, []string{""}, "pods pods/attach pods/exec pods/portforward pods/proxy"),
		builtinRule("create", []string{""}, "pods/eviction"),
		builtinRule(builtinWrite, []string{""}, "configmaps persistentvolumeclaims replicationcontrollers replicationcontrollers/scale secrets serviceaccounts services services/proxy"),
		builtinRule("create", []string{""}, "serviceaccounts/token"),
		builtinRule(builtinWrite, []string{"", "events.k8s.io"}, "events"),
		builtinRule(builtinWrite, []string{"apps"}, "daemonsets deployments deployments/rollback deployments/scale replicasets replicasets/scale statefulsets statefulsets/scale"),
		builtinRule(builtinWrite, []string{"autoscaling"}, "horizontalpodautoscalers"),
		builtinRule(builtinWrite, []string{"batch"}, "cronjobs jobs"),
		builtinRule(builtinWrite, []string{"extensions"}, "daemonsets deployments deployments/rollback deployments/scale ingresses networkpolicies replicasets replicasets/scale replicationcontrollers/scale"),
		builtinRule(builtinWrite, []string{"policy"}, "poddisruptionbudgets"),
		builtinRule(builtinWrite, []string{"networking.k8s.io"}, "ingresses networkpolicies"),
		builtinRule(builtinOwn, []string{"coordination.k8s.io"}, "leases"),
		builtinRule(builtinWrite, []string{"resource.k8s.io"}, "resourceclaims resourceclaimtemplates"),
	}
}

func builtinView() []rbacv1.PolicyRule {
	return []rbacv1.PolicyRule{
		builtinRule(builtinRead, []string{""}, "configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods replicationcontrollers replicationcontrollers/scale serviceaccounts services services/status"),
		builtinRule(builtinRead, []string{""}, "bindings limitranges namespaces/status pods/log pods/status replicationcontrollers/status resourcequotas resourcequotas/status"),
		builtinRule(builtinRead, []string{""}, "namespaces"),
		builtinRule(builtinRead, []string{"", "events.k8s.io"}, "events"),
		builtinRule(builtinRead, []string{"discovery.k8s.io"}, "endpointslices"),
		builtinRule(builtinRead, []string{"apps"}, "controllerrevisions daemonsets daemonsets/status deployments deployments/scale deployments/status replicasets replicasets/scale replicasets/status statefulsets statefulsets/scale statefulsets/status"),
		builtinRule(builtinRead, []string{"autoscaling"}, "horizontalpodautoscalers horizontalpodautoscalers/status"),
		builtinRule(builtinRead, []string{"batch"}, "cronjobs cronjobs/status jobs jobs/status"),
		builtinRule(builtinRead, []string{"extensions"}, "daemonsets daemonsets/status deployments deployments/scale deployments/status ingresses ingresses/status networkpolicies replicasets replicasets/scale replicasets/status replicationcontrollers/scale"),
		builtinRule(builtinRead, []string{"policy"}, "poddisruptionbudgets poddisruptionbudgets/status"),
		builtinRule(builtinRead, []string{"networking.k8s.io"}, "ingresses ingresses/status networkpolicies"),
		builtinRule(builtinRead, []string{"resource.k8s.io"}, "resourceclaims resourceclaims/status resourceclaimtemplates"),
	}
}

func builtinRole(name string, rules []rbacv1.PolicyRule) rbacv1.ClusterRole {
	return rbacv1.ClusterRole{
		TypeMeta:   metav1.TypeMeta{APIVersion: rbacv1.SchemeGroupVersion.String(), Kind: kindClusterRole},
		ObjectMeta: metav1.ObjectMeta{Name: name}, Rules: rules,
	}
}

// builtinRule takes verbs and resources with a space between each two.
func builtinRule(verbs string, groups []string, resources string) rbacv1.PolicyRule {
	return rbacv1.PolicyRule{APIGroups: groups, Resources: strings.Fields(resources), Verbs: strings.Fields(verbs)}
}
