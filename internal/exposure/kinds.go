package exposure

import (
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Groups of the custom kinds.
const (
	gatewayGroup       = "gateway.networking.k8s.io"
	istioGroup         = "networking.istio.io"
	istioSecurityGroup = "security.istio.io"
)

// Kinds are the custom kinds that New looks at.
func Kinds() []schema.GroupKind {
	return append(routeKinds(), gatewayKind(), grantKind(), istioGatewayKind(), virtualServiceKind(), peerAuthenticationKind(), openShiftRouteKind())
}

// routeKinds are the routes of the Gateway API.
func routeKinds() []schema.GroupKind {
	var out []schema.GroupKind
	for _, kind := range []string{"GRPCRoute", "HTTPRoute", "TCPRoute", "TLSRoute", "UDPRoute"} {
		out = append(out, schema.GroupKind{Group: gatewayGroup, Kind: kind})
	}
	return out
}

// routing are the kinds that lead to a Service.
func routing() []schema.GroupKind {
	return append(routeKinds(), schema.GroupKind{Group: networkingv1.GroupName, Kind: "Ingress"}, virtualServiceKind(), openShiftRouteKind())
}

func serviceKind() schema.GroupKind { return schema.GroupKind{Kind: "Service"} }
func gatewayKind() schema.GroupKind { return schema.GroupKind{Group: gatewayGroup, Kind: "Gateway"} }
func grantKind() schema.GroupKind {
	return schema.GroupKind{Group: gatewayGroup, Kind: "ReferenceGrant"}
}
func istioGatewayKind() schema.GroupKind { return schema.GroupKind{Group: istioGroup, Kind: "Gateway"} }
func virtualServiceKind() schema.GroupKind {
	return schema.GroupKind{Group: istioGroup, Kind: "VirtualService"}
}
func peerAuthenticationKind() schema.GroupKind {
	return schema.GroupKind{Group: istioSecurityGroup, Kind: "PeerAuthentication"}
}
