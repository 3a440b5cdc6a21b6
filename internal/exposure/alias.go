package exposure

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
)

// followAliases gives the ways to a Service of type ExternalName to the Service of the cluster
// that it is another name of. One alias of another is followed once.
func (x *Index) followAliases() {
	for _, s := range x.objects.Services {
		if s.Spec.Type != corev1.ServiceTypeExternalName {
			continue
		}
		to, ok := serviceOf(s.Spec.ExternalName, "")
		if !ok || to == keyOf(s) {
			continue
		}
		for _, w := range slices.Clone(x.ways[keyOf(s)]) {
			if w.to.name != "" {
				at := slices.IndexFunc(s.Spec.Ports, func(p corev1.ServicePort) bool { return p.Name == w.to.name })
				if at < 0 {
					continue
				}
				w.to.name, w.to.port = "", s.Spec.Ports[at].Port
			}
			w.to.service = to
			x.add(w)
		}
	}
}

// serviceOf is the Service of a name in the cluster's DNS; a name without a dot is of the
// namespace given, if any. The cluster's domain may be any.
func serviceOf(host, namespace string) (types.NamespacedName, bool) {
	parts := strings.Split(strings.TrimSuffix(host, "."), ".")
	switch {
	case parts[0] == "":
	case len(parts) == 1 && namespace != "":
		return types.NamespacedName{Namespace: namespace, Name: parts[0]}, true
	case len(parts) == 2 && namespace != "", len(parts) > 2 && parts[2] == "svc":
		return types.NamespacedName{Namespace: parts[1], Name: parts[0]}, true
	}
	return types.NamespacedName{}, false
}
