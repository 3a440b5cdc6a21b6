package cluster

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// Replace puts objects in the place of those of the same kind, namespace and name, or beside those
// that are there. What a server fills in by itself, such as the address of a Service, they take over.
// The objects are not changed. A namespace that was not there comes with the ServiceAccount default,
// which a controller makes. Problems are those that cannot be judged.
func (inv *Inventory) Replace(objects []Object) []Problem {
	inv.addDefaultAccounts(objects)
	copies := make([]Object, len(objects))
	for i, o := range objects {
		copies[i] = o
		copies[i].Object = o.DeepCopyObject()
		if m, ok := copies[i].Object.(metav1.Object); ok {
			inv.takeOver(m)
		}
	}
	return inv.AddAll(copies)
}

// addDefaultAccounts adds the account default to the namespaces that objects bring, as
// k8s.io/kubernetes pkg/controller/serviceaccount does. One of a file takes its place.
func (inv *Inventory) addDefaultAccounts(objects []Object) {
	for _, o := range objects {
		namespace, ok := o.Object.(*corev1.Namespace)
		if !ok || namespace.Name == "" {
			continue
		}
		_, there := find[*corev1.Namespace](inv, ownerKey{"", "Namespace", "", namespace.Name})
		_, made := find[*corev1.ServiceAccount](inv, ownerKey{"", "ServiceAccount", namespace.Name, "default"})
		if there == workload.FactNo && made == workload.FactNo {
			inv.addSupport(&corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "default", Namespace: namespace.Name}})
		}
	}
}

// AggregateClusterRoles has the rules of ClusterRoles with an aggregationRule worked out anew, once
// others were replaced. Where not all ClusterRoles were read they stay as they are: without those
// that are missing, rules would be.
func (inv *Inventory) AggregateClusterRoles(aggregated func([]rbacv1.ClusterRole) []rbacv1.ClusterRole) {
	place := ownerKey{rbacv1.GroupName, "ClusterRole", "", ""}
	if !inv.support.listed[place] {
		return
	}
	roles := aggregated(everyObject[*rbacv1.ClusterRole](inv, "ClusterRole"))
	for i := range roles {
		inv.support.objects[place][roles[i].Name] = &roles[i]
	}
}

// takeOver fills in what the API server and controllers write, and whoever applies a file does not
// take away.
func (inv *Inventory) takeOver(m metav1.Object) {
	switch o := m.(type) {
	case *corev1.Namespace:
		if o.Labels[corev1.LabelMetadataName] == "" {
			metav1.SetMetaDataLabel(&o.ObjectMeta, corev1.LabelMetadataName, o.Name)
		}
	case *corev1.Service:
		if now, _ := find[*corev1.Service](inv, ownerKey{"", "Service", inv.namespaceOf(o), o.Name}); now != nil {
			takeOverService(o, now)
		}
	case *networkingv1.Ingress:
		if now, _ := find[*networkingv1.Ingress](inv, ownerKey{networkingv1.GroupName, "Ingress", inv.namespaceOf(o), o.Name}); now != nil {
			o.Status = now.Status
		}
	case *corev1.ServiceAccount:
		if now, _ := find[*corev1.ServiceAccount](inv, ownerKey{"", "ServiceAccount", inv.namespaceOf(o), o.Name}); now != nil && len(o.Secrets) == 0 {
			o.Secrets = now.Secrets
		}
	case *corev1.PersistentVolumeClaim:
		if now, _ := find[*corev1.PersistentVolumeClaim](inv, claimKey(inv.namespaceOf(o), o.Name)); now != nil {
			o.Status = now.Status
			if o.Spec.VolumeName == "" {
				o.Spec.VolumeName = now.Spec.VolumeName
			}
		}
	case *corev1.PersistentVolume:
		if now, _ := find[*corev1.PersistentVolume](inv, ownerKey{"", "PersistentVolume", "", o.Name}); now != nil && o.Spec.ClaimRef == nil {
			o.Spec.ClaimRef, o.Status = now.Spec.ClaimRef, now.Status
		}
	case *rbacv1.ClusterRole:
		if now, _ := find[*rbacv1.ClusterRole](inv, ownerKey{rbacv1.GroupName, "ClusterRole", "", o.Name}); now != nil && o.AggregationRule != nil {
			o.Rules = now.Rules
		}
	case *unstructured.Unstructured:
		inv.takeOverStatus(o)
	}
}

// takeOverService keeps addresses and ports that the server chose, where the file leaves them open.
func takeOverService(o, now *corev1.Service) {
	o.Status = now.Status
	if o.Spec.ClusterIP == "" {
		o.Spec.ClusterIP, o.Spec.ClusterIPs = now.Spec.ClusterIP, now.Spec.ClusterIPs
	}
	for i, port := range o.Spec.Ports {
		at := slices.IndexFunc(now.Spec.Ports, func(p corev1.ServicePort) bool {
			return p.Port == port.Port && (port.Protocol == "" || p.Protocol == port.Protocol)
		})
		if at >= 0 && port.NodePort == 0 && (o.Spec.Type == corev1.ServiceTypeNodePort || o.Spec.Type == corev1.ServiceTypeLoadBalancer) {
			o.Spec.Ports[i].NodePort = now.Spec.Ports[at].NodePort
		}
	}
}

// takeOverStatus keeps the status of a custom object, such as the addresses of a Gateway.
func (inv *Inventory) takeOverStatus(o *unstructured.Unstructured) {
	gvk := o.GroupVersionKind()
	if !isCustomNetwork(gvk.GroupKind()) {
		return
	}
	namespace := o.GetNamespace()
	if namespace == "" {
		namespace = inv.DefaultNamespace
	}
	now, _ := inv.support.objects[ownerKey{gvk.Group, gvk.Kind, namespace, ""}][o.GetName()].(*unstructured.Unstructured)
	if now == nil {
		return
	}
	if status, found := now.Object["status"]; found {
		o.Object["status"] = status
	}
}

// Places are the namespaces that objects are in or are about, sorted: their own, those of the
// accounts that bindings name, and namespaces themselves.
func Places(objects []Object, workloads []api.Ref) []string {
	var names []string
	for _, ref := range workloads {
		names = append(names, ref.Namespace)
	}
	for _, o := range objects {
		m, ok := o.Object.(metav1.Object)
		if !ok {
			continue
		}
		names = append(names, m.GetNamespace())
		switch object := o.Object.(type) {
		case *corev1.Namespace:
			names = append(names, object.Name)
		case *rbacv1.RoleBinding:
			names = append(names, subjectPlaces(object.Subjects)...)
		case *rbacv1.ClusterRoleBinding:
			names = append(names, subjectPlaces(object.Subjects)...)
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	return slices.DeleteFunc(names, func(name string) bool { return name == "" })
}

func subjectPlaces(subjects []rbacv1.Subject) []string {
	var names []string
	for _, s := range subjects {
		if s.Kind == rbacv1.ServiceAccountKind {
			names = append(names, s.Namespace)
		}
	}
	return names
}
