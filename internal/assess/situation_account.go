package assess

import (
	"cmp"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// defaultAccount is the ServiceAccount of pods that name none.
const defaultAccount = "default"

// boundAccounts are the ServiceAccounts that bindings name, each with the first of them; nil where no
// binding was read. Bindings of groups hold for accounts that were not made to call anything, and are
// left out.
func (b *situationBuilder) boundAccounts() map[types.NamespacedName]string {
	access := b.inv.Access()
	if len(access.RoleBindings)+len(access.ClusterRoleBindings) == 0 && access.Fact != workload.FactYes {
		return nil
	}
	bound := map[types.NamespacedName]string{}
	add := func(words, namespace string, subjects []rbacv1.Subject) {
		for _, s := range subjects {
			name := types.NamespacedName{Namespace: cmp.Or(s.Namespace, namespace), Name: s.Name}
			if s.Kind == rbacv1.ServiceAccountKind && bound[name] == "" {
				bound[name] = words
			}
		}
	}
	for i := range access.ClusterRoleBindings {
		add("ClusterRoleBinding "+access.ClusterRoleBindings[i].Name, "", access.ClusterRoleBindings[i].Subjects)
	}
	for i := range access.RoleBindings {
		r := &access.RoleBindings[i]
		add("RoleBinding "+r.Namespace+"/"+r.Name, r.Namespace, r.Subjects)
	}
	return bound
}

// mayCallServer says why pods may be made to call the API server: they have a token for it, and a
// binding names their account. Nearly every pod has a token, so that this alone is no sign. Where
// bindings were not read, as a live run does not, or in part, an account of their own is the sign:
// who makes one grants it something.
func (b *situationBuilder) mayCallServer(w standing, bound map[types.NamespacedName]string, whole bool) string {
	for _, pod := range w.pods {
		if !b.hasToken(w, pod) {
			continue
		}
		name := accountOf(pod)
		if by := bound[types.NamespacedName{Namespace: w.Ref.Namespace, Name: name}]; by != "" {
			return fmt.Sprintf("it has the token of ServiceAccount %s, which %s grants rights, and may call the API server", name, by)
		}
		if name != defaultAccount && (bound == nil || !whole) {
			return "it has the token of a ServiceAccount of its own, and may call the API server"
		}
	}
	return ""
}

// hasToken tells a pod with a token of the audience of the API server. A live one has the volume of
// it (plugin/pkg/admission/serviceaccount/admission.go); one of a template gets that unless the
// template or the account says no.
func (b *situationBuilder) hasToken(w standing, pod *corev1.Pod) bool {
	if slices.ContainsFunc(pod.Spec.Volumes, hasServerToken) {
		return true
	}
	if len(w.Pods) > 0 && pod.Status.Phase != "" {
		return false
	}
	if automount := pod.Spec.AutomountServiceAccountToken; automount != nil {
		return *automount
	}
	account := b.inv.Account(w.Ref.Namespace, accountOf(pod))
	if account.Fact == workload.FactYes && account.Value.AutomountServiceAccountToken != nil {
		return *account.Value.AutomountServiceAccountToken
	}
	return true
}

func hasServerToken(v corev1.Volume) bool {
	return v.Projected != nil && slices.ContainsFunc(v.Projected.Sources, func(s corev1.VolumeProjection) bool {
		return s.ServiceAccountToken != nil && s.ServiceAccountToken.Audience == ""
	})
}

func accountOf(pod *corev1.Pod) string {
	return cmp.Or(pod.Spec.ServiceAccountName, pod.Spec.DeprecatedServiceAccount, defaultAccount)
}
