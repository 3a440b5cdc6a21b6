package exposure

import (
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// gateway is one of the Gateway API or of Istio.
type gateway struct {
	namespace string
	listeners []listener
	reach     string
	// refused tells that its controller does not serve it.
	refused bool
	// doubts are what of it was not understood.
	doubts []string
}

// listener is a listener of the Gateway API, or a server of an Istio Gateway.
type listener struct {
	name     string
	port     int32
	protocol string
	hosts    []string
	tls      string
	// from is Same, All, Selector or None; namespaces is the selector.
	from       string
	namespaces labels.Selector
	kinds      []string
	// redirects tells a server that answers with a redirection to HTTPS alone.
	redirects bool
}

func nameOf(u *unstructured.Unstructured) types.NamespacedName {
	return types.NamespacedName{Namespace: u.GetNamespace(), Name: u.GetName()}
}

// readGatewayAPI reads Gateways, grants, then routes. Semantics:
// https://gateway-api.sigs.k8s.io/reference/spec/.
func (x *Index) readGatewayAPI() {
	for _, u := range x.objects.Custom[gatewayKind()] {
		x.gateways[nameOf(u)] = readGateway(u)
	}
	for _, u := range x.objects.Custom[grantKind()] {
		g := readGrant(u)
		x.grants = append(x.grants, g)
		x.doubt(u.GetNamespace(), g.doubts...)
		if x.objects.OwnRoutes {
			x.doubt(u.GetNamespace(), g.unseen(u.GetName())...)
		}
	}
	for _, kind := range routeKinds() {
		for _, u := range x.objects.Custom[kind] {
			x.readRoute(u)
		}
	}
}

func readGateway(u *unstructured.Unstructured) *gateway {
	r := readerOf(u)
	spec, status := r.part(u.Object, "spec"), r.part(u.Object, "status")
	g := &gateway{namespace: u.GetNamespace(), reach: api.ReachOutside, refused: r.condition(status, "Accepted") == "False"}
	if internalGateway(r, u, spec, status) {
		g.reach = api.ReachPrivate
	}
	for _, l := range r.parts(spec, "listeners") {
		g.listeners = append(g.listeners, readListener(r, l))
	}
	g.doubts = r.notes
	return g
}

// internalGateway tells a Gateway of a private network: by its addresses, its class (those of
// GKE), or annotations of its load balancer.
func internalGateway(r *reader, u *unstructured.Unstructured, spec, status fields) bool {
	if strings.Contains(r.text(spec, "gatewayClassName"), "-rilb") {
		return true
	}
	annotations := r.part(r.part(spec, "infrastructure"), "annotations")
	for key, value := range u.GetAnnotations() {
		if _, found := annotations[key]; !found {
			annotations = withField(annotations, key, value)
		}
	}
	if internalService(serviceWith(annotations)) {
		return true
	}
	var addresses []string
	for _, a := range r.parts(status, "addresses") {
		addresses = append(addresses, r.text(a, "value"))
	}
	return allPrivate(addresses)
}

func readListener(r *reader, n fields) listener {
	l := listener{name: r.text(n, "name"), port: r.port(n, "port"), protocol: strings.ToUpper(r.text(n, "protocol"))}
	if host := r.text(n, "hostname"); host != "" {
		l.hosts = []string{host}
	}
	mode := r.text(r.part(n, "tls"), "mode")
	switch {
	case l.protocol == "HTTP":
		l.tls = api.TLSNo
	case mode == "Passthrough":
		l.tls = api.TLSPassthrough
	case l.protocol == "HTTPS" || l.protocol == "TLS":
		l.tls = api.TLSYes
	default:
		l.tls = api.TLSUnknown
	}
	allowed := r.part(n, "allowedRoutes")
	namespaces := r.part(allowed, "namespaces")
	if l.from = r.text(namespaces, "from"); l.from == "" {
		l.from = "Same"
	}
	if l.from == "Selector" {
		l.namespaces = selectorOf(r, namespaces)
	}
	for _, kind := range r.parts(allowed, "kinds") {
		l.kinds = append(l.kinds, r.text(kind, "kind"))
	}
	return l
}

// selectorOf is nil for one that cannot be read.
func selectorOf(r *reader, n fields) labels.Selector {
	var written metav1.LabelSelector
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(r.part(n, "selector"), &written); err != nil {
		r.bad("selector")
		return nil
	}
	selector, err := metav1.LabelSelectorAsSelector(&written)
	if err != nil {
		r.bad("selector")
		return nil
	}
	return selector
}

// takes tells whether a listener serves routes of a kind, from what a route's protocol is.
func (l listener) takes(kind string) bool {
	if len(l.kinds) > 0 && !slices.Contains(l.kinds, kind) {
		return false
	}
	fit := map[string][]string{
		"HTTPRoute": {"HTTP", "HTTPS"}, "GRPCRoute": {"HTTP", "HTTPS"}, "TLSRoute": {"TLS"}, "TCPRoute": {"TCP", "TLS"}, "UDPRoute": {"UDP"},
	}
	known := slices.Contains([]string{"HTTP", "HTTPS", "TLS", "TCP", "UDP"}, l.protocol)
	return !known || slices.Contains(fit[kind], l.protocol)
}

// lets tells whether a listener of a Gateway lets routes of a namespace in, and whether that is
// known: it is not where the labels of the namespace are not.
func (x *Index) lets(g *gateway, l listener, namespace string) (allowed, known bool) {
	switch l.from {
	case "All":
		return true, true
	case "Same":
		return g.namespace == namespace, true
	case "None":
		return false, true
	case "Selector":
		n := x.namespaces[namespace]
		if n == nil || l.namespaces == nil {
			return true, false
		}
		return l.namespaces.Matches(labels.Set(n.Labels)), true
	}
	return true, false
}
