package cluster

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// customKind is a kind of the Gateway API or of a mesh, that not every server has.
type customKind struct {
	schema.GroupKind
	resource string
	// everywhere is set where objects of other namespaces hold as well.
	everywhere bool
}

func ofGroup(group, kind, resource string, everywhere bool) customKind {
	return customKind{schema.GroupKind{Group: group, Kind: kind}, resource, everywhere}
}

// customKinds are those that say who reaches pods, besides the built-in ones.
func customKinds() []customKind { return append(exposingKinds(), policyKinds()...) }

// policyKinds are policies that are not evaluated: where one is there, what NetworkPolicies say
// is not all.
func policyKinds() []customKind {
	const admin, cilium, calico = "policy.networking.k8s.io", "cilium.io", "crd.projectcalico.org"
	return []customKind{
		ofGroup(admin, "AdminNetworkPolicy", "adminnetworkpolicies", true),
		ofGroup(admin, "BaselineAdminNetworkPolicy", "baselineadminnetworkpolicies", true),
		ofGroup(admin, "ClusterNetworkPolicy", "clusternetworkpolicies", true),
		ofGroup(cilium, "CiliumClusterwideNetworkPolicy", "ciliumclusterwidenetworkpolicies", true),
		ofGroup(cilium, "CiliumNetworkPolicy", "ciliumnetworkpolicies", false),
		ofGroup(calico, "GlobalNetworkPolicy", "globalnetworkpolicies", true),
		ofGroup(calico, "NetworkPolicy", "networkpolicies", false),
	}
}

// openShiftRoutes is the group of the routes that OpenShift's router serves.
const openShiftRoutes = "route.openshift.io"

// exposingKinds say how pods are reached from outside, and over what.
func exposingKinds() []customKind {
	const gateway, istio = "gateway.networking.k8s.io", "networking.istio.io"
	of := ofGroup
	return []customKind{
		of(gateway, "Gateway", "gateways", true),
		of(gateway, "GRPCRoute", "grpcroutes", false),
		of(gateway, "HTTPRoute", "httproutes", false),
		of(gateway, "ReferenceGrant", "referencegrants", false),
		of(gateway, "TCPRoute", "tcproutes", false),
		of(gateway, "TLSRoute", "tlsroutes", false),
		of(gateway, "UDPRoute", "udproutes", false),
		of(istio, "Gateway", "gateways", true),
		of(istio, "VirtualService", "virtualservices", true),
		of("security.istio.io", "PeerAuthentication", "peerauthentications", true),
		ofGroup(openShiftRoutes, "Route", "routes", false),
	}
}

func isCustomNetwork(kind schema.GroupKind) bool {
	return slices.ContainsFunc(append(customKinds(), customCallers()...), func(k customKind) bool { return k.GroupKind == kind })
}

// kindNotFound is the text of discovery about a kind that it does not list.
type kindNotFound string

// Error is the text.
func (e kindNotFound) Error() string { return string(e) }

// notInstalled tells that discovery does not list a kind, from a failure of discovery.
func notInstalled(err error) bool {
	_, recorded := errors.AsType[kindNotFound](err)
	return recorded || meta.IsNoMatchError(err)
}

// DiscoveryPath stands for the resource of a failed read of discovery.
const DiscoveryPath = "/apis"

// errDiscovery is for a discovery that does not even list what every server has.
var errDiscovery = errors.New("discovery is incomplete")

// custom finds out which of the custom kinds the server has, and lists those. Discovery that
// does not know NetworkPolicy, which every server has, was refused in part: it tells nothing
// about the kinds that it leaves out.
func (c *collector) custom(ctx context.Context) {
	kinds := c.customWanted()
	if _, err := c.client.kindOf(networkingv1.GroupName, "", "NetworkPolicy"); err != nil {
		if notInstalled(err) {
			err = errDiscovery
		} else {
			c.note(err)
		}
		c.fail("which kinds the server has", api.Unread{Verb: "get", Resource: DiscoveryPath}, err)
		for _, k := range kinds {
			c.customRead(k.GroupKind, "", err)
		}
		return
	}
	var lists []read
	for _, k := range kinds {
		found, err := c.client.kindOf(k.Group, "", k.Kind)
		switch {
		case err == nil:
			lists = append(lists, c.listCustom(k, found))
		case notInstalled(err):
			c.customRead(k.GroupKind, "", nil)
		default:
			c.fail(k.resource, api.Unread{Verb: "list", Group: k.Group, Resource: k.resource, Namespace: c.scope()}, err)
			c.customRead(k.GroupKind, "", err)
		}
	}
	c.run(ctx, lists)
}

// customWanted are the custom kinds that the query is about.
func (c *collector) customWanted() []customKind {
	switch {
	case c.query.Flows, c.query.Callers:
		return append(customKinds(), customCallers()...)
	case c.query.Traffic:
		return policyKinds()
	}
	return customKinds()
}

// listCustom lists a kind in the namespace of the query or everywhere; where that is not
// allowed, in the namespace.
func (c *collector) listCustom(k customKind, found kind) read {
	return func(ctx context.Context) {
		namespace := c.scope()
		if k.everywhere {
			namespace = ""
		}
		err := c.client.list(ctx, found.gvr, found.gvk, namespace, "", c.addCustom)
		c.note(err)
		if apierrors.IsNotFound(err) {
			err = nil // no longer installed: what discovery said was kept from before
		}
		if err != nil {
			c.fail(k.resource, api.Unread{Verb: "list", Group: k.Group, Resource: k.resource, Namespace: namespace}, err)
		}
		c.customRead(k.GroupKind, namespace, err)
		forbidden := err != nil && namespace != c.query.Namespace && Reason(err) == reasonForbidden
		if found.namespaced && (forbidden || c.narrows(namespace, err)) {
			// Whether this one fails too makes no difference: the first is noted.
			_ = c.client.list(ctx, found.gvr, found.gvk, c.query.Namespace, "", c.addCustom)
		}
	}
}

// customRead keeps what became of a read.
func (c *collector) customRead(kind schema.GroupKind, namespace string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := ownerKey{kind.Group, kind.Kind, namespace, ""}
	if err != nil {
		c.inv.support.failed[key] = true
	} else {
		c.inv.support.listed[key] = true
	}
}

func (c *collector) addCustom(obj runtime.Object) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.inv.addCustom(obj)
	return nil
}

// addCustom keeps an object of customKinds, reduced.
func (inv *Inventory) addCustom(obj runtime.Object) {
	u, ok := obj.(*unstructured.Unstructured)
	if !ok || !isCustomNetwork(u.GroupVersionKind().GroupKind()) {
		return
	}
	if u.GetNamespace() == "" {
		u = u.DeepCopy()
		u.SetNamespace(inv.DefaultNamespace)
	}
	gvk := u.GroupVersionKind()
	place := ownerKey{gvk.Group, gvk.Kind, u.GetNamespace(), ""}
	if inv.support.objects[place] == nil {
		inv.support.objects[place] = map[string]metav1.Object{}
	}
	reduced := reduceCustomNetwork(u)
	reduced.SetManagedFields(nil)
	inv.support.objects[place][u.GetName()] = reduced
}

// Custom are the objects of a custom kind in every namespace that was read, by namespace and
// name.
func (inv *Inventory) Custom(kind schema.GroupKind) []*unstructured.Unstructured {
	var out []*unstructured.Unstructured
	for place, named := range inv.support.objects {
		if place.group != kind.Group || place.kind != kind.Kind {
			continue
		}
		for _, o := range named {
			if u, ok := o.(*unstructured.Unstructured); ok {
				out = append(out, u)
			}
		}
	}
	slices.SortFunc(out, func(a, b *unstructured.Unstructured) int {
		return cmp.Or(strings.Compare(a.GetNamespace(), b.GetNamespace()), strings.Compare(a.GetName(), b.GetName()))
	})
	return out
}

// KindRead tells of a kind of networks whether it was read: yes, also where the server does not
// have it, unknown where a read failed, and absent where no server was asked.
func (inv *Inventory) KindRead(kind schema.GroupKind) workload.Fact {
	of := func(key ownerKey) bool { return key.group == kind.Group && key.kind == kind.Kind && key.name == "" }
	for key := range inv.support.failed {
		if of(key) {
			return workload.FactUnknown
		}
	}
	for key := range inv.support.listed {
		if of(key) {
			return workload.FactYes
		}
	}
	return workload.FactAbsent
}

// ReadEverywhere tells whether a kind was listed in all namespaces, or the server does not have
// it.
func (inv *Inventory) ReadEverywhere(kind schema.GroupKind) bool {
	return inv.support.listed[ownerKey{kind.Group, kind.Kind, "", ""}]
}

// NetworkNamespaces are the namespaces of the workloads, Services and Ingresses that were read,
// sorted.
func (inv *Inventory) NetworkNamespaces() []string {
	found := map[string]bool{}
	for key := range inv.owners {
		found[key.namespace] = true
	}
	for key := range inv.pods {
		found[key.namespace] = true
	}
	for place := range inv.support.objects {
		if place.kind == "Service" || place.kind == "Ingress" {
			found[place.namespace] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// OtherPolicies counts the policies that are not evaluated and may hold for pods of a
// namespace, in words, and names the kinds of which that could not be read.
func (inv *Inventory) OtherPolicies(namespace string) []string {
	var out []string
	for _, k := range policyKinds() {
		n := 0
		for _, o := range inv.Custom(k.GroupKind) {
			if k.everywhere || o.GetNamespace() == namespace {
				n++
			}
		}
		where := ""
		if !k.everywhere {
			where = " of namespace " + namespace
		}
		name := k.resource + "." + k.Group
		switch {
		case n > 0:
			out = append(out, fmt.Sprintf("%d %s%s are not evaluated", n, name, where))
		case inv.KindRead(k.GroupKind) == workload.FactUnknown:
			out = append(out, name+where+" could not be read")
		}
	}
	return out
}

// CustomNamed is an object of a custom kind; nil where it was not read.
func (inv *Inventory) CustomNamed(kind schema.GroupKind, namespace, name string) *unstructured.Unstructured {
	u, ok := inv.support.objects[ownerKey{kind.Group, kind.Kind, namespace, ""}][name].(*unstructured.Unstructured)
	if !ok {
		return nil
	}
	return u
}
