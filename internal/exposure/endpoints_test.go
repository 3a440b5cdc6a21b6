package exposure_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-harden/kubectl-harden/internal/exposure"
)

const (
	addressed = `{kind: Pod, metadata: {name: web-0, labels: {app: web}}, spec: {containers: [{name: app}]}, status: {podIPs: [{ip: 10.1.0.5}]}}`
	hand      = `{kind: Service, metadata: {name: hand}, spec: {type: LoadBalancer, ports: [{name: sql, port: 80}]}, status: {loadBalancer: {ingress: [{ip: 203.0.113.9}]}}}`
)

// slice is one of the Service hand at an address.
func slice(address string) string {
	return "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: hand-1, labels: {kubernetes.io/service-name: hand}}, " +
		"endpoints: [{addresses: ['" + address + "']}], ports: [{name: sql, port: 5432}]}"
}

// TestServicesWithoutSelector lead where their EndpointSlices say.
func TestServicesWithoutSelector(t *testing.T) {
	const way = "Service hand (LoadBalancer): :80 TLS unknown to 5432, outside"
	const leads = "service hand LoadBalancer 80/TCP to 5432"
	elsewhere := func(text string) string {
		return strings.Replace(text, "name: hand", "namespace: other, name: hand", 1)
	}
	check(t, map[string]situation{
		"to the pod":     {[]string{addressed, hand, slice("10.1.0.5")}, []string{leads, way}},
		"as IPv6":        {[]string{addressed, hand, slice("::ffff:10.1.0.5")}, []string{leads, way}},
		"elsewhere":      {[]string{addressed, hand, slice("10.1.0.6")}, nil},
		"no address":     {[]string{addressed, hand, slice("db.example.com")}, nil},
		"not read":       {[]string{addressed, hand}, []string{"doubt Service hand has no selector, and its endpoints were not read"}},
		"forbidden":      {[]string{addressed, hand, "endpoints of shop/hand: list endpointslices: forbidden"}, []string{"doubt Service hand has no selector, and its endpoints were not read: list endpointslices: forbidden"}},
		"no pod, live":   {[]string{strings.Replace(addressed, "{ip: 10.1.0.5}", "", 1), hand, slice("10.1.0.5")}, nil},
		"no pod, a file": {[]string{"partial", strings.Replace(addressed, "{ip: 10.1.0.5}", "", 1), hand, slice("10.1.0.5")}, []string{"doubt Service hand has no selector, and the pods no address yet that it could lead to"}},
		"of another namespace": {
			[]string{addressed, elsewhere(hand), elsewhere(slice("10.1.0.5"))},
			[]string{"service other/hand LoadBalancer 80/TCP to 5432", "Service hand (LoadBalancer) of namespace other: :80 TLS unknown to 5432, outside"},
		},
	})
}

// TestRoutesOfOpenShift are never passed over.
func TestRoutesOfOpenShift(t *testing.T) {
	const route = "{apiVersion: route.openshift.io/v1, kind: Route, metadata: {name: shop}, spec: {to: {kind: Service, name: web}}}"
	const doubt = "doubt Route shop of OpenShift leads to Service web, and is not evaluated"
	check(t, map[string]situation{
		"to the Service":  {[]string{pod, svc, route}, []string{of, doubt}},
		"to another":      {[]string{pod, svc, strings.Replace(route, "name: web", "name: api", 1)}, []string{of}},
		"an alternative":  {[]string{pod, svc, strings.Replace(route, "to: {kind: Service, name: web}", "to: {kind: Service, name: a}, alternateBackends: [{kind: Service, name: web}]", 1)}, []string{of, doubt}},
		"without a kind":  {[]string{pod, svc, strings.Replace(route, "kind: Service, ", "", 1)}, []string{of, doubt}},
		"to nothing":      {[]string{pod, svc, strings.Replace(route, "name: web", "", 1)}, []string{of, "doubt Route shop of OpenShift is not evaluated"}},
		"not understood":  {[]string{pod, svc, strings.Replace(route, "{kind: Service, name: web}", "[x]", 1)}, []string{of, "doubt Route shop of OpenShift is not evaluated", "doubt Route shop: to is not understood"}},
		"elsewhere":       {[]string{pod, svc, strings.Replace(route, "name: shop", "name: shop, namespace: other", 1)}, []string{of}},
		"not read":        {[]string{pod, svc, "unread Route.route.openshift.io"}, []string{of, "doubt Route.route.openshift.io not readable"}},
		"no Service read": {[]string{pod, route}, nil},
	})
}

// TestWhatIsNotEvaluated names the object: a ListenerSet, and what a VirtualService delegates.
func TestWhatIsNotEvaluated(t *testing.T) {
	set := strings.Replace(httpRoute("rules: [{backendRefs: [{name: web, port: 80}]}]"), "name: edge, namespace: infra", "kind: ListenerSet, name: more", 1)
	const delegates = "{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: root}, spec: {hosts: [a.example.com], gateways: [edge], http: [{delegate: {name: part}}]}}"
	check(t, map[string]situation{
		"a ListenerSet":    {[]string{pod, svc, set}, []string{of, "doubt HTTPRoute web: its parent ListenerSet more is not evaluated"}},
		"an older one":     {[]string{pod, svc, strings.Replace(set, "kind: ListenerSet", "group: gateway.networking.x-k8s.io, kind: XListenerSet", 1)}, []string{of, "doubt HTTPRoute web: its parent XListenerSet more is not evaluated"}},
		"a delegate":       {[]string{pod, svc, delegates}, []string{of, "doubt VirtualService root: what it delegates to VirtualService part is not evaluated"}},
		"a delegate there": {[]string{pod, svc, strings.Replace(strings.Replace(delegates, "name: root", "name: root, namespace: infra", 1), "name: part", "name: part, namespace: shop", 1)}, []string{of, "doubt VirtualService root: what it delegates to VirtualService part is not evaluated"}},
	})
}

// TestOfService tells of one Service, with pods behind it or without.
func TestOfService(t *testing.T) {
	const nodePort = "{kind: Service, metadata: {name: web}, spec: {selector: {app: web}, type: NodePort, ports: [{port: 80, targetPort: http, nodePort: 30080}]}}"
	const other = "{kind: Service, metadata: {name: other}, spec: {selector: {app: web}, type: NodePort, ports: [{port: 80, nodePort: 30081}]}}"
	ingress := "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: web}, spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}}"
	for name, test := range map[string]situation{
		"with pods": {
			[]string{pod, nodePort, other, ingress},
			[]string{"service web NodePort 80/TCP to 8080", "Ingress web: :80 TLS no to 8080, outside, derived", "Service web (NodePort): :30080 TLS unknown to 8080, nodes"},
		},
		"without": {
			[]string{nodePort, other},
			[]string{"service web NodePort 80/TCP to http", "Service web (NodePort): :30080 TLS unknown to http, nodes", "note Service web: no container has a TCP port named http"},
		},
		"by hand": {
			[]string{strings.ReplaceAll(hand, "name: hand", "name: web"), strings.ReplaceAll(slice("192.0.2.1"), "name: hand", "name: web")},
			[]string{"service web LoadBalancer 80/TCP to 5432", "Service web (LoadBalancer): :80 TLS unknown to 5432, outside"},
		},
		"by hand, not read": {
			[]string{strings.ReplaceAll(hand, "name: hand", "name: web")},
			[]string{"service web LoadBalancer 80/TCP to ", "Service web (LoadBalancer): :80 TLS unknown to , outside", "doubt Service web has no selector, and its endpoints were not read"},
		},
		"another name": {[]string{"{kind: Service, metadata: {name: web}, spec: {type: ExternalName, externalName: a.example.com}}"}, nil},
	} {
		objects, shapes := world(t, strings.Join(test.docs, "\n---\n"))
		var got []string
		for _, s := range objects.Services {
			if s.Name == "web" {
				got = told(exposure.New(objects).OfService(s, shapes))
			}
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
