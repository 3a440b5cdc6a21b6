package cluster

import (
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// customFields are the fields of customKinds that say who reaches what. Others may hold
// credentials, such as the headers that a route sets.
func customFields() map[string]bool {
	kept := map[string]bool{}
	for _, name := range []string{
		"addresses", "allowedRoutes", "annotations", "backendRef", "backendRefs", "conditions", "delegate", "destination", "filters", "from",
		"gatewayClassName", "gateways", "group", "host", "hostname", "hostnames", "hosts", "http", "httpsRedirect", "infrastructure",
		"key", "kind", "kinds", "listeners", "match", "matchExpressions", "matchLabels", "mirror", "mirrors", "mode", "mtls", "name", "namespace",
		"namespaces", "number", "operator", "parentRef", "parentRefs", "parents", "port", "portLevelMtls", "protocol", "requestMirror", "route",
		"rules", "sectionName", "selector", "servers", "status", "tcp", "tls", "to", "type", "value", "values", "weight",
	} {
		kept[name] = true
	}
	return kept
}

// routeFields are those of an OpenShift Route. Among the others is the private key of its
// certificate, in spec.tls.key.
func routeFields() map[string]bool {
	kept := map[string]bool{}
	for _, name := range []string{"alternateBackends", "host", "kind", "name", "path", "port", "targetPort", "termination", "tls", "to", "weight"} {
		kept[name] = true
	}
	return kept
}

// controllerRouteFields are those of controllerRoutes that say which Services they lead to.
func controllerRouteFields() map[string]bool {
	kept := map[string]bool{}
	for _, name := range []string{"kind", "name", "namespace", "port", "routes", "services", "tcpproxy"} {
		kept[name] = true
	}
	return kept
}

// reduceCustomNetwork keeps of an object of customKinds its metadata and customFields.
func reduceCustomNetwork(u *unstructured.Unstructured) *unstructured.Unstructured {
	out := customMeta(u)
	kept := customFields()
	switch u.GroupVersionKind().Group {
	case openShiftRoutes:
		kept = routeFields()
	case traefikGroup, oldTraefikGroup, contourGroup:
		kept = controllerRouteFields()
	case monitorGroup:
		kept = monitorFields()
	case definitionGroup, aggregationGroup:
		kept = callbackFields()
	}
	for _, part := range []string{"spec", "status"} {
		if value, found := u.Object[part]; found {
			out.Object[part] = reduceField(part, value, kept)
		}
	}
	return out
}

// reduceField keeps the fields named, and of labels, which a selector may have by itself, ports
// and annotations, whose names are free, those that are judged.
func reduceField(name string, value any, kept map[string]bool) any {
	switch v := value.(type) {
	case map[string]any:
		out := map[string]any{}
		for key, below := range v {
			_, text := below.(string)
			switch {
			case name == "matchLabels" && !text:
				out[key] = map[string]any{} // not understood, and stays so
			case name == "matchLabels", name == "selector" && text, name == "annotations" && text && isJudged(key):
				out[key] = below
			case name == "portLevelMtls" || kept[key] && name != "matchLabels" && name != "annotations":
				out[key] = reduceField(key, below, kept)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = reduceField(name, item, kept)
		}
		return out
	}
	return value
}
