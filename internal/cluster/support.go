package cluster

import (
	"context"
	"fmt"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	nodev1 "k8s.io/api/node/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// supportKinds are the kinds that say how a pod is to be judged: what its namespace, its
// account and its volumes add to it.
func supportKinds() []kind {
	global := func(k kind) kind {
		k.namespaced = false
		return k
	}
	return []kind{
		global(builtin("", "Namespace", "namespaces", "ns")),
		builtin("", "ServiceAccount", "serviceaccounts", "sa"),
		builtin("", "LimitRange", "limitranges", "limits"),
		builtin("", "PersistentVolumeClaim", "persistentvolumeclaims", "pvc"),
		global(builtin("", "PersistentVolume", "persistentvolumes", "pv")),
		global(builtin("node.k8s.io", "RuntimeClass", "runtimeclasses", "runtimeclass")),
	}
}

func supportKind(name string) kind {
	for _, k := range supportKinds() {
		if k.gvk.Kind == name {
			return k
		}
	}
	return kind{}
}

// surrounds tells a kind that says how pods are judged from one that has pods: without the
// latter's objects, workloads are missing.
func surrounds(k kind) bool {
	return k.gvk.Kind == "Node" || k.gvk == revisionKind().gvk || isCaller(k) || isAccess(k) || isNetwork(k) || supportKind(k.gvk.Kind).gvk == k.gvk
}

// missingNamespace is a problem where nothing was read of a namespace that does not exist.
func (c *collector) missingNamespace() {
	key := ownerKey{"", "Namespace", "", c.query.Namespace}
	nothing := c.inv.support.absent[key] && len(c.inv.owners) == 0 && len(c.inv.pods) == 0
	if (nothing || c.noSuchNamespace()) && len(c.problems) == 0 {
		c.problems = append(c.problems, fmt.Errorf("namespace %q not found", c.query.Namespace))
	}
}

// support indexes the objects of supportKinds with what is known of those that are absent.
type support struct {
	// objects by their kind and namespace, then by name.
	objects map[ownerKey]map[string]metav1.Object
	// absent are objects that the server says do not exist.
	absent map[ownerKey]bool
	// listed are the kinds, by namespace, of which everything was read.
	listed map[ownerKey]bool
	// failed are reads that were tried and failed: of one object, or of a kind.
	failed map[ownerKey]bool
}

func newSupport() support {
	return support{map[ownerKey]map[string]metav1.Object{}, map[ownerKey]bool{}, map[ownerKey]bool{}, map[ownerKey]bool{}}
}

// addSupport keeps an object of supportKinds and tells whether it is of one.
func (inv *Inventory) addSupport(obj runtime.Object) bool {
	var key ownerKey
	switch o := obj.(type) {
	case *corev1.Namespace:
		key = ownerKey{"", "Namespace", "", o.Name}
	case *corev1.ServiceAccount:
		key = ownerKey{"", "ServiceAccount", inv.namespaceOf(o), o.Name}
	case *corev1.LimitRange:
		key = ownerKey{"", "LimitRange", inv.namespaceOf(o), o.Name}
	case *corev1.PersistentVolumeClaim:
		key = ownerKey{"", "PersistentVolumeClaim", inv.namespaceOf(o), o.Name}
	case *corev1.PersistentVolume:
		key = ownerKey{"", "PersistentVolume", "", o.Name}
	case *nodev1.RuntimeClass:
		key = ownerKey{"node.k8s.io", "RuntimeClass", "", o.Name}
	case *networkingv1.NetworkPolicy:
		key = ownerKey{networkingv1.GroupName, "NetworkPolicy", inv.namespaceOf(o), o.Name}
	case *corev1.Service:
		key = ownerKey{"", "Service", inv.namespaceOf(o), o.Name}
	case *networkingv1.IngressClass:
		key = ownerKey{networkingv1.GroupName, "IngressClass", "", o.Name}
	case *admissionv1.ValidatingWebhookConfiguration:
		key = ownerKey{admissionv1.GroupName, "ValidatingWebhookConfiguration", "", o.Name}
	case *admissionv1.MutatingWebhookConfiguration:
		key = ownerKey{admissionv1.GroupName, "MutatingWebhookConfiguration", "", o.Name}
	case *networkingv1.Ingress:
		key = ownerKey{networkingv1.GroupName, "Ingress", inv.namespaceOf(o), o.Name}
	case *discoveryv1.EndpointSlice:
		key = ownerKey{discoveryv1.GroupName, "EndpointSlice", inv.namespaceOf(o), o.Name}
	case *corev1.Endpoints: //nolint:staticcheck // deprecated, and still mirrored
		key = ownerKey{discoveryv1.GroupName, "EndpointSlice", inv.namespaceOf(o), "endpoints/" + o.Name}
	case *rbacv1.ClusterRole:
		key = ownerKey{rbacv1.GroupName, "ClusterRole", "", o.Name}
	case *rbacv1.ClusterRoleBinding:
		key = ownerKey{rbacv1.GroupName, "ClusterRoleBinding", "", o.Name}
	case *rbacv1.Role:
		key = ownerKey{rbacv1.GroupName, "Role", inv.namespaceOf(o), o.Name}
	case *rbacv1.RoleBinding:
		key = ownerKey{rbacv1.GroupName, "RoleBinding", inv.namespaceOf(o), o.Name}
	default:
		return false
	}
	object, ok := obj.(metav1.Object)
	if !ok {
		return false
	}
	if slice := keepSlice(obj); slice != nil {
		object = slice
	}
	reduceWebhooks(obj)
	object.SetManagedFields(nil)
	place := key.kindOnly()
	if inv.support.objects[place] == nil {
		inv.support.objects[place] = map[string]metav1.Object{}
	}
	inv.support.objects[place][key.name] = object
	return true
}

// namespaceOf fills in the namespace of an object from a file that names none.
func (inv *Inventory) namespaceOf(o metav1.Object) string {
	if o.GetNamespace() == "" {
		o.SetNamespace(inv.DefaultNamespace)
	}
	return o.GetNamespace()
}

// find looks an object up. The fact is yes with the object; no when the server says there is
// none; unknown when the read failed; absent when nobody was asked.
func find[T metav1.Object](inv *Inventory, key ownerKey) (T, workload.Fact) {
	var none T
	kindOnly := key.kindOnly()
	if o, ok := inv.support.objects[kindOnly][key.name].(T); ok {
		return o, workload.FactYes
	}
	everywhere := ownerKey{key.group, key.kind, "", ""}
	switch {
	case inv.support.absent[key], inv.support.listed[kindOnly], inv.support.listed[everywhere]:
		return none, workload.FactNo
	case inv.support.failed[key], inv.support.failed[kindOnly], inv.support.failed[everywhere]:
		return none, workload.FactUnknown
	}
	return none, workload.FactAbsent
}

// all lists the objects of a kind of the core group in a namespace, by name.
func all[T metav1.Object](inv *Inventory, kindName, namespace string) ([]T, workload.Fact) {
	return allOf[T](inv, ownerKey{"", kindName, namespace, ""})
}

// allOf lists the objects of a kind and namespace, by name. The fact is yes where those are
// all, unknown where the read failed, and absent where nobody was asked and there are none.
func allOf[T metav1.Object](inv *Inventory, place ownerKey) ([]T, workload.Fact) {
	var out []T
	for _, o := range inv.support.objects[place] {
		if t, ok := o.(T); ok {
			out = append(out, t)
		}
	}
	sortByName(out)
	_, fact := find[T](inv, place)
	if fact == workload.FactNo || len(out) > 0 && fact == workload.FactAbsent {
		fact = workload.FactYes
	}
	return out, fact
}

// surroundings reads what surrounds the pods of the query: for named workloads of one
// namespace what is the namespace's own, else everything.
func (c *collector) surroundings() []read {
	if len(c.query.Targets) > 0 && len(c.pages) == 0 && c.query.Namespace != "" {
		return []read{
			c.getSupport(supportKind("Namespace"), "", c.query.Namespace),
			c.listSupport(supportKind("LimitRange"), c.query.Namespace),
		}
	}
	var reads []read
	for _, k := range supportKinds() {
		switch {
		case k.gvk.Kind == "Namespace" && c.query.Namespace != "":
			reads = append(reads, c.getSupport(k, "", c.query.Namespace))
		case k.namespaced:
			reads = append(reads, c.listSupport(k, c.query.Namespace))
		default:
			reads = append(reads, c.listSupport(k, ""))
		}
	}
	return reads
}

func (c *collector) listSupport(k kind, namespace string) read {
	return func(ctx context.Context) {
		err := c.client.list(ctx, k.gvr, k.gvk, namespace, "", c.add(k))
		c.listed(k, namespace, err)
		c.settle(k, namespace, err)
	}
}

func (c *collector) getSupport(k kind, namespace, name string) read {
	return func(ctx context.Context) {
		obj, err := c.client.get(ctx, k.gvr, k.gvk, namespace, name)
		c.note(err)
		key := ownerKey{k.gvk.Group, k.gvk.Kind, namespace, name}
		switch {
		case err == nil:
			_ = c.add(k)(obj)
			return
		case !apierrors.IsNotFound(err):
			c.fail(k.gvk.Kind+" "+name, api.Unread{Verb: "get", Group: k.gvk.Group, Resource: k.gvr.Resource + "/" + name, Namespace: namespace}, err)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		if apierrors.IsNotFound(err) {
			c.inv.support.absent[key] = true
		} else {
			c.inv.support.failed[key] = true
		}
	}
}
