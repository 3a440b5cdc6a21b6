package assess

import (
	"slices"
	"strings"
	"sync"

	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

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
	a.exposure.once.Do(func() { a.exposure.index = exposure.New(leading(a.inv)) })
	found := a.exposure.index.Of(w.Ref.Namespace, shapes)
	n.Services, n.Exposed, n.MayExpose = found.Services, found.Exposed, found.Doubts
	n.MTLS, n.MTLSMode = found.Mesh.Words, found.Mesh.Mode
	n.Notes = append(n.Notes, found.Notes...)
}

// leading are the objects that lead to pods.
func leading(inv *cluster.Inventory) exposure.Objects {
	out := exposure.Objects{
		Custom: map[schema.GroupKind][]*unstructured.Unstructured{}, Unread: map[schema.GroupKind]string{},
	}
	for _, namespace := range inv.NetworkNamespaces() {
		services, _ := inv.Services(namespace)
		ingresses, _ := inv.Ingresses(namespace)
		out.Services, out.Ingresses = append(out.Services, services...), append(out.Ingresses, ingresses...)
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
