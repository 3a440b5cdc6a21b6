package cluster

import (
	"context"
	"slices"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// maxSliceLists is up to how many Services have their EndpointSlices listed one by one.
const maxSliceLists = 4

func endpointsKind() kind {
	return builtin(discoveryv1.GroupName, "EndpointSlice", "endpointslices", "")
}

// byHand tells a Service whose endpoints no controller finds by a selector: whoever writes its
// EndpointSlices says where it leads. The API server writes its own, which collector.endpoints
// reads.
func byHand(s *corev1.Service) bool {
	return len(s.Spec.Selector) == 0 && s.Spec.Type != corev1.ServiceTypeExternalName && (s.Namespace != serverNamespace || s.Name != serverName)
}

// slices reads where the Services without a selector lead.
func (c *collector) slices() []read {
	names := map[types.NamespacedName]bool{}
	for place, named := range c.inv.support.objects {
		if place.group != "" || place.kind != "Service" {
			continue
		}
		for _, o := range named {
			if s, ok := o.(*corev1.Service); ok && byHand(s) {
				names[types.NamespacedName{Namespace: s.Namespace, Name: s.Name}] = true
			}
		}
	}
	if len(names) == 0 || !c.once("slices") {
		return nil
	}
	if len(names) > maxSliceLists {
		return []read{c.listSlices(c.scope(), "", names)}
	}
	var reads []read
	for name := range names {
		reads = append(reads, c.listSlices(name.Namespace, name.Name, names))
	}
	return reads
}

// listSlices lists the EndpointSlices of one Service, or of all, and keeps those wanted.
func (c *collector) listSlices(namespace, service string, wanted map[types.NamespacedName]bool) read {
	return func(ctx context.Context) {
		k, selector := endpointsKind(), ""
		if service != "" {
			selector = discoveryv1.LabelServiceName + "=" + service
		}
		err := c.client.list(ctx, k.gvr, k.gvk, namespace, selector, func(obj runtime.Object) error {
			if s, ok := obj.(*discoveryv1.EndpointSlice); ok && wanted[serviceOf(s)] {
				return c.add(k)(obj)
			}
			return nil
		})
		c.note(err)
		if err != nil {
			c.fail("where Services without a selector lead", api.Unread{Verb: "list", Group: k.gvk.Group, Resource: k.gvr.Resource, Namespace: namespace}, err)
		}
		c.settleService(k, namespace, service, err)
		if c.narrows(namespace, err) {
			c.listSlices(c.query.Namespace, service, wanted)(ctx)
		}
	}
}

// settleService keeps what became of the list of one Service's, or of all.
func (c *collector) settleService(k kind, namespace, service string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := ownerKey{k.gvk.Group, k.gvk.Kind, namespace, service}
	if err != nil {
		c.inv.support.failed[key] = true
	} else {
		c.inv.support.listed[key] = true
	}
}

func serviceOf(s *discoveryv1.EndpointSlice) types.NamespacedName {
	return types.NamespacedName{Namespace: s.Namespace, Name: s.Labels[discoveryv1.LabelServiceName]}
}

// Endpoints are the EndpointSlices of a Service without a selector, by name. The fact is yes
// where those are all, unknown where the read failed, and absent where files hold none.
func (inv *Inventory) Endpoints(namespace, service string) ([]*discoveryv1.EndpointSlice, workload.Fact) {
	var out []*discoveryv1.EndpointSlice
	k := endpointsKind().gvk
	for _, o := range inv.support.objects[ownerKey{k.Group, k.Kind, namespace, ""}] {
		if s, ok := o.(*discoveryv1.EndpointSlice); ok && serviceOf(s).Name == service {
			out = append(out, s)
		}
	}
	sortByName(out)
	reads := []ownerKey{{k.Group, k.Kind, namespace, service}, {k.Group, k.Kind, namespace, ""}, {k.Group, k.Kind, "", ""}}
	in := func(set map[ownerKey]bool) bool {
		return slices.ContainsFunc(reads, func(key ownerKey) bool { return set[key] })
	}
	switch {
	case in(inv.support.listed):
		return out, workload.FactYes
	case in(inv.support.failed):
		return out, workload.FactUnknown
	case len(out) > 0:
		return out, workload.FactYes
	}
	return nil, workload.FactAbsent
}

// reduceSlice keeps the addresses, ports and pods of an EndpointSlice.
func reduceSlice(s *discoveryv1.EndpointSlice) *discoveryv1.EndpointSlice {
	out := &discoveryv1.EndpointSlice{AddressType: s.AddressType, Ports: s.Ports}
	out.Namespace, out.Name, out.Labels = s.Namespace, s.Name, s.Labels
	for _, e := range s.Endpoints {
		out.Endpoints = append(out.Endpoints, discoveryv1.Endpoint{Addresses: e.Addresses, TargetRef: e.TargetRef})
	}
	return out
}

// mirrored is the EndpointSlice that a controller makes of an Endpoints object, the older way to
// write where a Service leads (pkg controller endpointslicemirroring of k8s.io/kubernetes). Files
// have them.
func mirrored(e *corev1.Endpoints) *discoveryv1.EndpointSlice { //nolint:staticcheck // deprecated, and still mirrored
	out := &discoveryv1.EndpointSlice{AddressType: discoveryv1.AddressTypeIPv4}
	out.Namespace, out.Name = e.Namespace, e.Name
	out.Labels = map[string]string{discoveryv1.LabelServiceName: e.Name}
	for _, subset := range e.Subsets {
		for _, a := range slices.Concat(subset.Addresses, subset.NotReadyAddresses) {
			out.Endpoints = append(out.Endpoints, discoveryv1.Endpoint{Addresses: []string{a.IP}, TargetRef: a.TargetRef})
		}
		for _, p := range subset.Ports {
			out.Ports = append(out.Ports, discoveryv1.EndpointPort{Name: &p.Name, Port: &p.Port, Protocol: &p.Protocol})
		}
	}
	return out
}

// keepSlice gives what is kept of an object that says where a Service leads.
func keepSlice(obj runtime.Object) metav1.Object {
	switch o := obj.(type) {
	case *discoveryv1.EndpointSlice:
		return reduceSlice(o)
	case *corev1.Endpoints: //nolint:staticcheck // as above
		return mirrored(o)
	}
	return nil
}
