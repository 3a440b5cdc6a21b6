package assess

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/exposure"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// lazyExposure reads what leads to pods when it is first asked for.
type lazyExposure struct {
	once  sync.Once
	index *exposure.Index
}

// expose adds to the network of a workload what leads to its pods, and what a mesh asks of
// connections to them.
func (a *assessor) expose(n *api.Network, w *workload.Workload, shapes []*workload.Shape) {
	if n == nil {
		return
	}
	found := a.exposures().Of(w.Ref.Namespace, shapes)
	n.Services, n.Exposed, n.MayExpose = found.Services, found.Exposed, found.Doubts
	n.MTLS, n.MTLSMode = found.Mesh.Words, found.Mesh.Mode
	n.Notes = append(n.Notes, found.Notes...)
}

func (a *assessor) exposures() *exposure.Index {
	a.exposure.once.Do(func() { a.exposure.index = exposure.New(leading(a.inv)) })
	return a.exposure.index
}

// leading are the objects that lead to pods.
func leading(inv *cluster.Inventory) exposure.Objects {
	out := exposure.Objects{
		Custom: map[schema.GroupKind][]*unstructured.Unstructured{}, Unread: map[schema.GroupKind]string{},
		Endpoints: map[types.NamespacedName]exposure.Endpoints{},
	}
	for _, namespace := range inv.NetworkNamespaces() {
		services, _ := inv.Services(namespace)
		ingresses, _ := inv.Ingresses(namespace)
		out.Services, out.Ingresses = append(out.Services, services...), append(out.Ingresses, ingresses...)
		for _, s := range services {
			if len(s.Spec.Selector) == 0 {
				written, why := endpointsOf(inv, s)
				out.Endpoints[types.NamespacedName{Namespace: namespace, Name: s.Name}] = exposure.Endpoints{Slices: written, Unknown: why}
			}
		}
		if known := inv.Namespace(namespace); known.Fact == workload.FactYes {
			out.Namespaces = append(out.Namespaces, known.Value)
		}
	}
	kinds := append(exposure.Kinds(), schema.GroupKind{Kind: "Service"}, schema.GroupKind{Group: networkingv1.GroupName, Kind: "Ingress"})
	for _, kind := range kinds {
		switch inv.KindRead(kind) {
		case workload.FactUnknown:
			out.Unread[kind] = unreadWords(inv, kind)
		case workload.FactAbsent:
			out.Partial = true
		}
	}
	for _, kind := range exposure.Kinds() {
		out.Custom[kind] = inv.Custom(kind)
	}
	out.OwnRoutes = !out.Partial && !inv.ReadEverywhere(schema.GroupKind{Group: "gateway.networking.k8s.io", Kind: "HTTPRoute"})
	return out
}

// endpointsOf are the EndpointSlices of a Service without a selector, or why they are not known.
func endpointsOf(inv *cluster.Inventory, s *corev1.Service) (written []*discoveryv1.EndpointSlice, why string) {
	written, fact := inv.Endpoints(s.Namespace, s.Name)
	switch fact {
	case workload.FactYes:
		return written, ""
	case workload.FactAbsent:
		return written, "the files hold no EndpointSlice of it"
	}
	return written, cmp.Or(inv.Failed(discoveryv1.GroupName, "endpointslices", s.Namespace), "list endpointslices."+discoveryv1.GroupName+" failed")
}

// unreadWords name the read that failed.
func unreadWords(inv *cluster.Inventory, kind schema.GroupKind) string {
	resource := schema.GroupResource{Group: kind.Group, Resource: strings.ToLower(kind.Kind) + "s"}
	if strings.HasSuffix(kind.Kind, "s") {
		resource.Resource = strings.ToLower(kind.Kind) + "es"
	}
	at := slices.IndexFunc(inv.Unread, func(u api.Unread) bool {
		return u.Verb == "list" && u.Group == resource.Group && u.Resource == resource.Resource || u.Resource == cluster.DiscoveryPath
	})
	if at < 0 {
		return "list " + resource.String() + " failed"
	}
	u := inv.Unread[at]
	if u.Resource == cluster.DiscoveryPath {
		return "whether there are " + resource.String() + ": discovery failed, " + u.Reason
	}
	return "list " + resource.String() + ": " + u.Reason
}
