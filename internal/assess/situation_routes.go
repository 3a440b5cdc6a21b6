package assess

import (
	"cmp"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// controllerRoutes keeps what the routes of ingress controllers that are not evaluated lead to:
// Services by their names, and for a name of another kind whatever a Service of the namespace leads
// to. Which pods serve a route is not looked for.
func (b *situationBuilder) controllerRoutes(served []bool) {
	for kind, resource := range cluster.ControllerRoutes() {
		if b.inv.KindRead(kind) == workload.FactUnknown {
			why := cmp.Or(b.inv.Failed(kind.Group, resource, ""), "list "+resource+"."+kind.Group+" failed")
			for i := range served {
				if served[i] {
					b.unfollowed[i] = append(b.unfollowed[i], why)
				}
			}
		}
		for _, u := range b.inv.Custom(kind) {
			b.controllerRoute(u, served)
		}
	}
}

func (b *situationBuilder) controllerRoute(u *unstructured.Unstructured, served []bool) {
	words := u.GetKind() + " " + u.GetNamespace() + "/" + u.GetName() + " leads to it, and is not evaluated"
	for to, known := range routedTo(u.Object["spec"], u.GetNamespace()) {
		for _, i := range b.routedWorkloads(to, known, served) {
			b.unfollowed[i] = append(b.unfollowed[i], words)
			b.hint(&b.workloads[i].Ref, "who reaches it from outside is not known in full: "+words)
		}
	}
}

// routedWorkloads are those behind a Service, or behind any of its namespace.
func (b *situationBuilder) routedWorkloads(to types.NamespacedName, known bool, served []bool) []int {
	var out []int
	if known {
		if s := b.named[to]; s != nil {
			found, _ := b.leadTo(s, func(corev1.ServicePort) bool { return true })
			for _, l := range found {
				out = append(out, l.to)
			}
		}
		return out
	}
	for i, w := range b.workloads {
		if served[i] && w.Ref.Namespace == to.Namespace {
			out = append(out, i)
		}
	}
	return out
}

// routedTo are the Services below a list named services, by their names; false for what is no
// Service, such as a TraefikService, which leads to others.
func routedTo(value any, namespace string) map[types.NamespacedName]bool {
	out := map[types.NamespacedName]bool{}
	var walk func(any, bool)
	walk = func(value any, listed bool) {
		switch v := value.(type) {
		case []any:
			for _, item := range v {
				walk(item, listed)
			}
		case map[string]any:
			if listed {
				name := types.NamespacedName{Namespace: namespace}
				name.Name, _ = v["name"].(string)
				if other, _ := v["namespace"].(string); other != "" {
					name.Namespace = other
				}
				kind, _ := v["kind"].(string)
				out[name] = name.Name != "" && (kind == "" || kind == "Service")
			}
			for key, below := range v {
				walk(below, key == "services")
			}
		}
	}
	walk(value, false)
	return out
}
