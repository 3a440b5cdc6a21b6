package assess

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
)

// Groups of what routes from outside to Services.
const (
	gatewayGroup = "gateway.networking.k8s.io"
	istioGroup   = "networking.istio.io"
)

// controllerLabels are the labels of the pods of known controllers, by a word of their class or
// of spec.controller of the class. They are those of the projects' own charts and manifests.
func controllerLabels() []struct {
	word   string
	labels []labels.Set
} {
	type known = struct {
		word   string
		labels []labels.Set
	}
	named := func(name string) labels.Set { return labels.Set{"app.kubernetes.io/name": name} }
	component := func(name, part string) labels.Set {
		return labels.Set{"app.kubernetes.io/name": name, "app.kubernetes.io/component": part}
	}
	return []known{
		{"ingress-nginx", []labels.Set{component("ingress-nginx", "controller"), named("ingress-nginx")}},
		{"nginx.org", []labels.Set{named("nginx-ingress"), {"app": "nginx-ingress"}}},
		{"nginx", []labels.Set{component("ingress-nginx", "controller"), named("ingress-nginx"), named("nginx-ingress")}},
		{"traefik", []labels.Set{named("traefik")}},
		{"haproxy", []labels.Set{named("haproxy-ingress"), named("kubernetes-ingress")}},
		{"contour", []labels.Set{component("contour", "envoy"), {"app": "envoy"}}},
		{"kong", []labels.Set{component("kong", "app"), named("kong")}},
		{"openshift", []labels.Set{{"ingresscontroller.operator.openshift.io/deployment-ingresscontroller": "default"}}},
	}
}

// controllers finds who passes on what comes in by an Ingress or a route.
type controllers struct {
	*situationBuilder
	classes   map[string]*networkingv1.IngressClass
	preferred []string
	// known are answers that were worked out.
	known map[string]served
}

type served struct {
	by  []int
	why string
}

func newControllers(b *situationBuilder) *controllers {
	c := &controllers{situationBuilder: b, classes: map[string]*networkingv1.IngressClass{}, known: map[string]served{}}
	for _, class := range b.inv.IngressClasses() {
		c.classes[class.Name] = class
		if class.Annotations[networkingv1.AnnotationIsDefaultIngressClass] == "true" {
			c.preferred = append(c.preferred, class.Name)
		}
	}
	return c
}

// of are the workloads that serve an object; without any it says why.
func (c *controllers) of(kind string, at types.NamespacedName) (by []int, why string) {
	key := kind + "\x00" + at.String()
	found, ok := c.known[key]
	if !ok {
		switch kind {
		case "Ingress":
			found.by, found.why = c.ofIngress(at)
		case "VirtualService":
			found.by, found.why = c.ofVirtualService(at)
		default:
			found.by, found.why = c.ofRoute(kind, at)
		}
		c.known[key] = found
	}
	return found.by, found.why
}

func (c *controllers) ofIngress(at types.NamespacedName) (by []int, why string) {
	ingresses, _ := c.inv.Ingresses(at.Namespace)
	n := slices.IndexFunc(ingresses, func(i *networkingv1.Ingress) bool { return i.Name == at.Name })
	if n < 0 {
		return nil, "it was not read"
	}
	class := ingresses[n].Annotations["kubernetes.io/ingress.class"]
	switch name := ingresses[n].Spec.IngressClassName; {
	case name != nil:
		class = *name
	case class == "" && len(c.preferred) == 1:
		class = c.preferred[0]
	case class == "":
		return nil, "it names no class of controllers"
	}
	controller := class
	if known := c.classes[class]; known != nil {
		controller = known.Spec.Controller
	} else if unread := c.failed([]schema.GroupKind{{Group: networkingv1.GroupName, Kind: "IngressClass"}}); len(unread) > 0 {
		return nil, fmt.Sprintf("its class %s was not read, %s", class, unread[0])
	}
	return c.labelled(controller), fmt.Sprintf("the controller of its class %s was not found among the workloads", class)
}

// labelled are the workloads of the first known controller that a word is of.
func (c *controllers) labelled(word string) []int {
	for _, known := range controllerLabels() {
		if !strings.Contains(strings.ToLower(word), known.word) {
			continue
		}
		for _, set := range known.labels {
			if by := c.selecting("", set); len(by) > 0 {
				return by
			}
		}
		return nil
	}
	return nil
}

// selecting are the workloads of the pods that labels select in a namespace, or in all where it
// is empty; none of those that end.
func (c *controllers) selecting(namespace string, set labels.Set) []int {
	var by []int
	if len(set) == 0 {
		return nil
	}
	for _, n := range c.byPod.find(namespace, namespace == "", labels.SelectorFromSet(set)) {
		if kind := c.workloads[c.owner[n]].Ref.Kind; kind != "Job" && kind != "CronJob" {
			by = append(by, c.owner[n])
		}
	}
	slices.Sort(by)
	return slices.Compact(by)
}

// custom finds an object of a custom kind; nil where it was not read.
func (c *controllers) custom(group, kind string, at types.NamespacedName) *unstructured.Unstructured {
	return c.inv.CustomNamed(schema.GroupKind{Group: group, Kind: kind}, at.Namespace, at.Name)
}

// ofRoute are the pods of the Gateways of a route: they have a label of the Gateway's name (GEP
// 1762), those of Envoy Gateway labels of its own; of others the class tells.
func (c *controllers) ofRoute(kind string, at types.NamespacedName) (by []int, why string) {
	route := c.custom(gatewayGroup, kind, at)
	if route == nil {
		return nil, "it was not read"
	}
	parents, _, _ := unstructured.NestedSlice(route.Object, "spec", "parentRefs")
	for _, p := range parents {
		parent, ok := p.(map[string]any)
		if !ok {
			continue
		}
		namespace, _, _ := unstructured.NestedString(parent, "namespace")
		name, _, _ := unstructured.NestedString(parent, "name")
		some := c.ofGateway(types.NamespacedName{Namespace: cmp.Or(namespace, at.Namespace), Name: name})
		if len(some) == 0 {
			return nil, fmt.Sprintf("the pods of its Gateway %s were not found", name)
		}
		by = append(by, some...)
	}
	slices.Sort(by)
	return slices.Compact(by), "it names no Gateway"
}

func (c *controllers) ofGateway(at types.NamespacedName) []int {
	if by := c.selecting(at.Namespace, labels.Set{gatewayGroup + "/gateway-name": at.Name}); len(by) > 0 {
		return by
	}
	owned := labels.Set{"gateway.envoyproxy.io/owning-gateway-name": at.Name, "gateway.envoyproxy.io/owning-gateway-namespace": at.Namespace}
	if by := c.selecting("", owned); len(by) > 0 {
		return by
	}
	gateway := c.custom(gatewayGroup, "Gateway", at)
	if gateway == nil {
		return nil
	}
	class, _, _ := unstructured.NestedString(gateway.Object, "spec", "gatewayClassName")
	return c.labelled(class)
}

// ofVirtualService are the pods that the selectors of its Gateways select, in whatever
// namespace: Istio limits them to none by default.
func (c *controllers) ofVirtualService(at types.NamespacedName) (by []int, why string) {
	service := c.custom(istioGroup, "VirtualService", at)
	if service == nil {
		return nil, "it was not read"
	}
	names, _, _ := unstructured.NestedStringSlice(service.Object, "spec", "gateways")
	for _, name := range names {
		if name == "mesh" {
			continue
		}
		key := types.NamespacedName{Namespace: at.Namespace, Name: name}
		if namespace, rest, split := strings.Cut(name, "/"); split {
			key = types.NamespacedName{Namespace: namespace, Name: rest}
		}
		some := c.ofIstioGateway(key)
		if len(some) == 0 {
			return nil, fmt.Sprintf("the pods of its Gateway %s were not found", name)
		}
		by = append(by, some...)
	}
	slices.Sort(by)
	return slices.Compact(by), "it names no Gateway"
}

func (c *controllers) ofIstioGateway(at types.NamespacedName) []int {
	gateway := c.custom(istioGroup, "Gateway", at)
	if gateway == nil {
		return nil
	}
	selector, _, err := unstructured.NestedStringMap(gateway.Object, "spec", "selector")
	if err != nil {
		return nil
	}
	return c.selecting("", selector)
}
