package cluster

import (
	"cmp"
	"slices"
	"strings"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
)

// Callback is a Service that the API server calls itself.
type Callback struct {
	// Kind and Name are those of the object that tells it so.
	Kind, Name string
	Service    types.NamespacedName
	// Port is that of the Service; as the API has it, 443 where none is named.
	Port int32
}

// callbackPort is the port of a Service that the API server calls where none is named.
const callbackPort = 443

// CallbackKinds are the kinds that make the API server call Services.
func CallbackKinds() []schema.GroupKind {
	var out []schema.GroupKind
	for _, k := range callerKinds()[:2] {
		out = append(out, k.gvk.GroupKind())
	}
	return append(out, schema.GroupKind{Group: aggregationGroup, Kind: "APIService"}, definitionKind())
}

// MonitorKinds are the kinds by which Prometheus is told to scrape pods, and Services.
func MonitorKinds() (pods, services schema.GroupKind) {
	return schema.GroupKind{Group: monitorGroup, Kind: "PodMonitor"}, schema.GroupKind{Group: monitorGroup, Kind: "ServiceMonitor"}
}

// Callbacks are the Services that the API server calls for webhooks, aggregated APIs and the
// conversion of custom objects; sorted.
func (inv *Inventory) Callbacks() []Callback {
	kinds := CallbackKinds()
	var out []Callback
	add := func(kind, name string, hook *admissionv1.ServiceReference) {
		if hook != nil && hook.Name != "" {
			out = append(out, Callback{kind, name, types.NamespacedName{Namespace: hook.Namespace, Name: hook.Name}, portOr443(hook.Port)})
		}
	}
	for name, o := range inv.support.objects[ownerKey{kinds[0].Group, kinds[0].Kind, "", ""}] {
		if config, ok := o.(*admissionv1.ValidatingWebhookConfiguration); ok {
			for _, w := range config.Webhooks {
				add(kinds[0].Kind, name, w.ClientConfig.Service)
			}
		}
	}
	for name, o := range inv.support.objects[ownerKey{kinds[1].Group, kinds[1].Kind, "", ""}] {
		if config, ok := o.(*admissionv1.MutatingWebhookConfiguration); ok {
			for _, w := range config.Webhooks {
				add(kinds[1].Kind, name, w.ClientConfig.Service)
			}
		}
	}
	for _, u := range inv.Custom(kinds[2]) {
		add(kinds[2].Kind, u.GetName(), serviceIn(u, "spec", "service"))
	}
	for _, u := range inv.Custom(kinds[3]) {
		add(kinds[3].Kind, u.GetName(), serviceIn(u, "spec", "conversion", "webhook", "clientConfig", "service"))
	}
	slices.SortFunc(out, func(a, b Callback) int {
		return cmp.Or(strings.Compare(a.Kind, b.Kind), strings.Compare(a.Name, b.Name),
			strings.Compare(a.Service.String(), b.Service.String()), cmp.Compare(a.Port, b.Port))
	})
	return slices.Compact(out)
}

func portOr443(port *int32) int32 {
	if port == nil || *port == 0 {
		return callbackPort
	}
	return *port
}

// serviceIn reads a reference of an APIService or a CustomResourceDefinition; nil where it is
// of another shape.
func serviceIn(u *unstructured.Unstructured, path ...string) *admissionv1.ServiceReference {
	found, ok, err := unstructured.NestedMap(u.Object, path...)
	if err != nil || !ok {
		return nil
	}
	namespace, _, _ := unstructured.NestedString(found, "namespace")
	name, _, _ := unstructured.NestedString(found, "name")
	ref := &admissionv1.ServiceReference{Namespace: namespace, Name: name}
	if port, has, err := unstructured.NestedInt64(found, "port"); err == nil && has && port > 0 && port <= maxPort {
		ref.Port = new(int32(port))
	}
	return ref
}

const maxPort = 65535

// IngressClasses by name.
func (inv *Inventory) IngressClasses() []*networkingv1.IngressClass {
	var out []*networkingv1.IngressClass
	for _, o := range inv.support.objects[ownerKey{networkingv1.GroupName, "IngressClass", "", ""}] {
		if class, ok := o.(*networkingv1.IngressClass); ok {
			out = append(out, class)
		}
	}
	sortByName(out)
	return out
}

// Scrapes tells whether annotations ask Prometheus, by convention, to scrape, and on which
// port; empty for any.
func Scrapes(o metav1.Object) (port string, yes bool) {
	annotations := o.GetAnnotations()
	return annotations[scrapePortAnnotation], annotations[scrapeAnnotation] == "true"
}
