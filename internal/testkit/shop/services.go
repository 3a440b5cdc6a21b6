package shop

import (
	"fmt"
	"net/netip"
	"strings"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
)

func (s *Service) object() *corev1.Service {
	service := &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: s.Name, Namespace: s.To.Namespace},
		Spec:       corev1.ServiceSpec{Type: corev1.ServiceTypeClusterIP, Selector: s.To.Labels, ClusterIP: corev1.ClusterIPNone},
	}
	for i, a := range s.Addresses {
		if i == 0 {
			service.Spec.ClusterIP = a.String()
		}
		service.Spec.ClusterIPs = append(service.Spec.ClusterIPs, a.String())
		service.Spec.IPFamilies = append(service.Spec.IPFamilies, family(a))
	}
	if len(s.Addresses) == 0 {
		service.Spec.ClusterIPs = []string{corev1.ClusterIPNone}
	}
	for _, p := range s.Ports {
		target := intstr.FromInt32(p.Target.Number)
		if p.ByName {
			target = intstr.FromString(p.Target.Name)
		}
		service.Spec.Ports = append(service.Spec.Ports, corev1.ServicePort{Name: p.name(), Port: p.Number, TargetPort: target, Protocol: p.Target.Protocol})
	}
	if s.Outside.IsValid() {
		service.Spec.Type, service.Spec.ExternalTrafficPolicy = corev1.ServiceTypeLoadBalancer, corev1.ServiceExternalTrafficPolicyLocal
		service.Spec.Ports[0].NodePort = 30443
		service.Status.LoadBalancer.Ingress = []corev1.LoadBalancerIngress{{IP: s.Outside.String()}}
	}
	return service
}

func (p ServicePort) name() string {
	return fmt.Sprintf("%s-%d", strings.ToLower(string(p.Target.Protocol)), p.Number)
}

func family(a netip.Addr) corev1.IPFamily {
	if a.Is6() {
		return corev1.IPv6Protocol
	}
	return corev1.IPv4Protocol
}

// slices are one of each family.
func (s *Service) slices() []runtime.Object {
	var out []runtime.Object
	for _, f := range []corev1.IPFamily{corev1.IPv4Protocol, corev1.IPv6Protocol} {
		slice := &discoveryv1.EndpointSlice{
			ObjectMeta:  metav1.ObjectMeta{Name: s.Name + "-" + strings.ToLower(string(f)), Namespace: s.To.Namespace, Labels: map[string]string{discoveryv1.LabelServiceName: s.Name}},
			AddressType: discoveryv1.AddressType(f),
		}
		yes := true
		for _, pod := range s.To.Pods {
			for _, a := range pod.Addresses {
				if family(a) == f {
					slice.Endpoints = append(slice.Endpoints, discoveryv1.Endpoint{
						Addresses: []string{a.String()}, NodeName: &pod.Node.Name, Conditions: discoveryv1.EndpointConditions{Ready: &yes, Serving: &yes},
						TargetRef: &corev1.ObjectReference{Kind: "Pod", Namespace: s.To.Namespace, Name: pod.Name, UID: uid("Pod", s.To.Namespace, pod.Name)},
					})
				}
			}
		}
		for _, p := range s.Ports {
			name, number, protocol := p.name(), p.Target.Number, p.Target.Protocol
			slice.Ports = append(slice.Ports, discoveryv1.EndpointPort{Name: &name, Port: &number, Protocol: &protocol})
		}
		if len(slice.Endpoints) > 0 {
			out = append(out, slice)
		}
	}
	return out
}

// kubernetes is the Service of the API server, with its EndpointSlice, and its namespace.
func (s *Shop) kubernetes() []runtime.Object {
	name, port, protocol := "https", int32(s.APIServer.Port()), corev1.ProtocolTCP
	meta := metav1.ObjectMeta{Name: "kubernetes", Namespace: "default"}
	slice := meta
	slice.Labels = map[string]string{discoveryv1.LabelServiceName: "kubernetes"}
	return []runtime.Object{
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "default", Labels: map[string]string{corev1.LabelMetadataName: "default"}}},
		&corev1.Service{ObjectMeta: meta, Spec: corev1.ServiceSpec{
			Type: corev1.ServiceTypeClusterIP, ClusterIP: kubernetesAddress, ClusterIPs: []string{kubernetesAddress}, IPFamilies: []corev1.IPFamily{corev1.IPv4Protocol},
			Ports: []corev1.ServicePort{{Name: name, Port: 443, TargetPort: intstr.FromInt32(port), Protocol: protocol}},
		}},
		&discoveryv1.EndpointSlice{
			ObjectMeta: slice, AddressType: discoveryv1.AddressTypeIPv4,
			Endpoints: []discoveryv1.Endpoint{{Addresses: []string{s.APIServer.Addr().String()}}},
			Ports:     []discoveryv1.EndpointPort{{Name: &name, Port: &port, Protocol: &protocol}},
		},
	}
}

// kubernetesAddress is the ClusterIP of the API server.
const kubernetesAddress = "10.96.0.1"
