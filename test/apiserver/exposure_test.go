package apiserver_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

// customKinds are the kinds of the Gateway API and of Istio that are read, as KIND/PLURAL.GROUP.
func customKinds() []string {
	return []string{
		"Gateway/gateways.gateway.networking.k8s.io", "GRPCRoute/grpcroutes.gateway.networking.k8s.io",
		"HTTPRoute/httproutes.gateway.networking.k8s.io", "ReferenceGrant/referencegrants.gateway.networking.k8s.io",
		"TCPRoute/tcproutes.gateway.networking.k8s.io", "TLSRoute/tlsroutes.gateway.networking.k8s.io",
		"UDPRoute/udproutes.gateway.networking.k8s.io", "Gateway/gateways.networking.istio.io",
		"VirtualService/virtualservices.networking.istio.io", "PeerAuthentication/peerauthentications.security.istio.io",
		"AdminNetworkPolicy/adminnetworkpolicies.policy.networking.k8s.io", "BaselineAdminNetworkPolicy/baselineadminnetworkpolicies.policy.networking.k8s.io",
		"ClusterNetworkPolicy/clusternetworkpolicies.policy.networking.k8s.io", "CiliumNetworkPolicy/ciliumnetworkpolicies.cilium.io",
		"CiliumClusterwideNetworkPolicy/ciliumclusterwidenetworkpolicies.cilium.io", "NetworkPolicy/networkpolicies.crd.projectcalico.org",
		"GlobalNetworkPolicy/globalnetworkpolicies.crd.projectcalico.org", "Route/routes.route.openshift.io",
	}
}

// installCustomKinds defines them without a schema; what it returns removes them.
func installCustomKinds(t *testing.T, control *testkit.ControlPlane) func() {
	t.Helper()
	var manifests, names []string
	for _, entry := range customKinds() {
		kind, name, _ := strings.Cut(entry, "/")
		plural, group, _ := strings.Cut(name, ".")
		manifests = append(manifests, fmt.Sprintf(`apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: %s, annotations: {api-approved.kubernetes.io: "https://github.com/kubernetes-sigs/gateway-api"}}
spec:
  group: %s
  scope: Namespaced
  names: {plural: %s, singular: %s, kind: %s, listKind: %sList}
  versions:
  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}
`, name, group, plural, strings.ToLower(kind), kind, kind))
		names = append(names, "crd/"+name)
	}
	control.Kubectl(t, strings.Join(manifests, "---\n"), "apply", "-f", "-")
	control.Kubectl(t, "", append([]string{"wait", "--for=condition=Established"}, names...)...)
	return func() { control.Kubectl(t, "", append([]string{"delete"}, names...)...) }
}

const exposed = `apiVersion: v1
kind: Service
metadata: {name: web, namespace: exposed}
spec: {selector: {app: web}, type: NodePort, ports: [{port: 80, targetPort: 8080, nodePort: 30081}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: default}
spec: {listeners: [{name: web, port: 443, protocol: HTTPS, allowedRoutes: {namespaces: {from: All}}}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: exposed}
spec: {parentRefs: [{name: edge, namespace: default}], hostnames: [shop.example.com], rules: [{backendRefs: [{name: web, port: 80}]}]}
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: mesh-edge, namespace: default}
spec: {servers: [{port: {number: 80, protocol: HTTP, name: http}, hosts: ["*"]}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: web, namespace: exposed}
spec: {hosts: [mesh.example.com], gateways: [default/mesh-edge], http: [{route: [{destination: {host: web, port: {number: 80}}}]}]}
---
apiVersion: route.openshift.io/v1
kind: Route
metadata: {name: shop, namespace: exposed}
spec: {host: shop.example.com, to: {kind: Service, name: web}, tls: {termination: edge, key: pl4nted-s3cret}}
`

// TestExplainExposure follows a NodePort and routes of two kinds to the pods.
func TestExplainExposure(t *testing.T) {
	control := setUp(t, "exposed")
	defer installCustomKinds(t, control)()
	control.Kubectl(t, exposed, "apply", "-f", "-")
	result := explain(t, asAdmin(control), "deploy/web", "-n", "exposed", "-o", "json")
	report := reportOf(t, result)
	if len(report.Items) != 1 || report.Items[0].Network == nil {
		t.Fatalf("%+v", result)
	}
	var got []string
	for _, e := range report.Items[0].Network.Exposed {
		got = append(got, fmt.Sprintf("%s %s:%d %s", e.Via, strings.Join(e.Hosts, " "), e.Port, e.TLS))
	}
	want := []string{
		"HTTPRoute web shop.example.com:443 yes", "Service web (NodePort) :30081 unknown", "VirtualService web mesh.example.com:80 no",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	const route = "Route shop of OpenShift leads to Service web, and is not evaluated"
	if doubts := report.Items[0].Network.MayExpose; !slices.Equal(doubts, []string{route}) {
		t.Errorf("%q", doubts)
	}
	page := explain(t, asAdmin(control), "svc/web", "-n", "exposed")
	for _, want := range append(want[:0:0], "HTTPRoute web", "Service web (NodePort)", "VirtualService web", "shop.example.com 443 to 8080, TLS", route) {
		if !strings.Contains(strings.Join(strings.Fields(page.Stdout), " "), want) {
			t.Errorf("%q is missing in\n%s", want, page.Stdout)
		}
	}
	if strings.Contains(result.Stdout+page.Stdout, "pl4nted") {
		t.Error("the key of a Route is shown")
	}
	findings := slices.DeleteFunc(report.Items[0].Findings, func(f api.Finding) bool { return f.Check != "exposed" })
	if len(findings) != 3 {
		t.Errorf("%+v", findings)
	}
}
