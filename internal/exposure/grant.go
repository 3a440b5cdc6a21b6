package exposure

import (
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
)

// grant lets routes of other namespaces lead to Services of its own (ReferenceGrant).
type grant struct {
	namespace string
	// from are pairs of a route's kind and namespace; services are names, empty for all.
	from     [][2]string
	services []string
	doubts   []string
}

func readGrant(u *unstructured.Unstructured) grant {
	r := readerOf(u)
	spec := r.part(u.Object, "spec")
	g := grant{namespace: u.GetNamespace()}
	for _, from := range r.parts(spec, "from") {
		if r.text(from, "group") == gatewayGroup {
			g.from = append(g.from, [2]string{r.text(from, "kind"), r.text(from, "namespace")})
		}
	}
	for _, to := range r.parts(spec, "to") {
		if r.text(to, "group") == "" && r.text(to, "kind") == "Service" {
			g.services = append(g.services, r.text(to, "name"))
		}
	}
	g.doubts = r.notes
	return g
}

// unseen are the routes of other namespaces that it lets in.
func (g grant) unseen(name string) []string {
	var out []string
	for _, from := range g.from {
		if from[1] != g.namespace && slices.Contains(routeKinds(), schema.GroupKind{Group: gatewayGroup, Kind: from[0]}) && len(g.services) > 0 {
			out = append(out, from[0]+"s of namespace "+from[1]+", which ReferenceGrant "+name+" lets in, were not read")
		}
	}
	return out
}

// granted tells whether routes of a namespace may lead to a Service, and whether that is known.
func (x *Index) granted(kind, namespace string, to types.NamespacedName) (allowed, known bool) {
	if to.Namespace == namespace {
		return true, true
	}
	for _, g := range x.grants {
		if g.namespace == to.Namespace && slices.Contains(g.from, [2]string{kind, namespace}) &&
			slices.ContainsFunc(g.services, func(name string) bool { return name == "" || name == to.Name }) {
			return true, true
		}
	}
	complete := x.complete(grantKind())
	return !complete, complete
}

// serviceWith is a Service of nothing but annotations.
func serviceWith(annotations fields) *corev1.Service {
	s := &corev1.Service{}
	s.Annotations = map[string]string{}
	for key, value := range annotations {
		if text, ok := value.(string); ok {
			s.Annotations[key] = text
		}
	}
	return s
}

// withField is a copy of fields with one more.
func withField(n fields, key string, value any) fields {
	out := maps.Clone(n)
	out[key] = value
	return out
}
