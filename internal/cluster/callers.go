package cluster

import (
	admissionv1 "k8s.io/api/admissionregistration/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Groups of the custom kinds by which somebody calls pods.
const (
	definitionGroup  = "apiextensions.k8s.io"
	aggregationGroup = "apiregistration.k8s.io"
	monitorGroup     = "monitoring.coreos.com"
)

// Annotations by which Prometheus is told, by convention, to scrape pods and Services.
const (
	scrapeAnnotation     = "prometheus.io/scrape"
	scrapePortAnnotation = "prometheus.io/port"
)

// callerKinds are the built-in kinds that say who calls pods without any flow: the API server
// as their client, and the controllers behind Ingresses.
func callerKinds() []kind {
	kinds := []kind{
		builtin(admissionv1.GroupName, "ValidatingWebhookConfiguration", "validatingwebhookconfigurations", ""),
		builtin(admissionv1.GroupName, "MutatingWebhookConfiguration", "mutatingwebhookconfigurations", ""),
		builtin(networkingv1.GroupName, "IngressClass", "ingressclasses", ""),
	}
	for i := range kinds {
		kinds[i].namespaced = false
	}
	return kinds
}

func isCaller(k kind) bool {
	for _, known := range callerKinds() {
		if known.gvk == k.gvk {
			return true
		}
	}
	return false
}

// customCallers are the others, which client-go does not have or not every server: APIServices,
// the conversion webhooks of CustomResourceDefinitions, what Prometheus scrapes, and controllerRoutes.
func customCallers() []customKind {
	return append(controllerRoutes(), []customKind{
		ofGroup(aggregationGroup, "APIService", "apiservices", true),
		ofGroup(definitionGroup, "CustomResourceDefinition", "customresourcedefinitions", true),
		ofGroup(monitorGroup, "PodMonitor", "podmonitors", true),
		ofGroup(monitorGroup, "ServiceMonitor", "servicemonitors", true),
	}...)
}

// Groups of the routes that an ingress controller has of its own.
const (
	traefikGroup    = "traefik.io"
	oldTraefikGroup = "traefik.containo.us"
	contourGroup    = "projectcontour.io"
)

// controllerRoutes are those routes: Traefik's (pkg/provider/kubernetes/crd of traefik/traefik, the
// second group up to v2) and Contour's. Both lead to Services that they name.
func controllerRoutes() []customKind {
	kinds := []customKind{ofGroup(contourGroup, "HTTPProxy", "httpproxies", true)}
	for _, group := range []string{traefikGroup, oldTraefikGroup} {
		kinds = append(kinds,
			ofGroup(group, "IngressRoute", "ingressroutes", true),
			ofGroup(group, "IngressRouteTCP", "ingressroutetcps", true),
			ofGroup(group, "IngressRouteUDP", "ingressrouteudps", true),
		)
	}
	return kinds
}

// ControllerRoutes are the kinds of routes that an ingress controller has of its own, of which the
// Services that they name are kept, each with its resource.
func ControllerRoutes() map[schema.GroupKind]string {
	kinds := map[schema.GroupKind]string{}
	for _, k := range controllerRoutes() {
		kinds[k.GroupKind] = k.resource
	}
	return kinds
}

func definitionKind() schema.GroupKind {
	return schema.GroupKind{Group: definitionGroup, Kind: "CustomResourceDefinition"}
}

// callers reads the built-in ones; collector.custom reads the others.
func (c *collector) callers() []read {
	var reads []read
	for _, k := range callerKinds() {
		reads = append(reads, c.listSupport(k, ""))
	}
	return reads
}

// reduceWebhooks leaves of webhook configurations which Services are called, in place.
func reduceWebhooks(obj runtime.Object) {
	switch o := obj.(type) {
	case *admissionv1.ValidatingWebhookConfiguration:
		for i, w := range o.Webhooks {
			o.Webhooks[i] = admissionv1.ValidatingWebhook{Name: w.Name, ClientConfig: admissionv1.WebhookClientConfig{Service: w.ClientConfig.Service}}
		}
	case *admissionv1.MutatingWebhookConfiguration:
		for i, w := range o.Webhooks {
			o.Webhooks[i] = admissionv1.MutatingWebhook{Name: w.Name, ClientConfig: admissionv1.WebhookClientConfig{Service: w.ClientConfig.Service}}
		}
	}
}

// callbackFields are those of an APIService, and of the conversion of a
// CustomResourceDefinition, that say which Service is called.
func callbackFields() map[string]bool {
	return setOf("clientConfig", "conversion", "name", "namespace", "port", "service", "webhook")
}

// monitorFields are those that say which pods are scraped, and on which ports. Others name
// Secrets.
func monitorFields() map[string]bool {
	return setOf(
		"any", "endpoints", "key", "matchExpressions", "matchLabels", "matchNames", "namespaceSelector", "operator", "podMetricsEndpoints",
		"port", "portNumber", "selector", "targetPort", "values",
	)
}

func setOf(words ...string) map[string]bool {
	out := map[string]bool{}
	for _, w := range words {
		out[w] = true
	}
	return out
}
