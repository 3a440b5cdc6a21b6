package exposure

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
)

// awsPrefix begins the annotations of load balancers of AWS.
const awsPrefix = "service.beta.kubernetes.io/aws-load-balancer-"

// internalService tells a load balancer that a cloud makes for its private network: by
// annotation, by class, or by the addresses it got. Sources:
// https://kubernetes.io/docs/concepts/services-networking/service/#internal-load-balancer;
// https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/service/annotations/
// (its scheme is internal where nothing is said).
func internalService(s *corev1.Service) bool {
	a := s.Annotations
	scheme := a[awsPrefix+"scheme"]
	for key, want := range map[string]string{
		awsPrefix + "scheme":                                                 internal,
		"networking.gke.io/load-balancer-type":                               internal,
		"cloud.google.com/load-balancer-type":                                internal,
		"service.beta.kubernetes.io/azure-load-balancer-internal":            "true",
		"service.beta.kubernetes.io/openstack-internal-load-balancer":        "true",
		"service.beta.kubernetes.io/oci-load-balancer-internal":              "true",
		"service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type": "intranet",
		"service.kubernetes.io/ibm-load-balancer-cloud-provider-ip-type":     "private",
	} {
		if strings.EqualFold(a[key], want) {
			return true
		}
	}
	class := ""
	if s.Spec.LoadBalancerClass != nil {
		class = *s.Spec.LoadBalancerClass
	}
	byController := slices.Contains([]string{"service.k8s.aws/nlb", "eks.amazonaws.com/nlb"}, class) ||
		slices.Contains([]string{"external", "nlb-ip"}, a[awsPrefix+"type"])
	old := a[awsPrefix+internal]
	switch {
	case scheme == "" && old != "":
		return old != "false"
	case byController && scheme != "internet-facing":
		return true
	}
	var addresses []string
	for _, i := range s.Status.LoadBalancer.Ingress {
		addresses = append(addresses, i.IP) // a name in its place is not private
	}
	return allPrivate(addresses)
}

const internal = "internal"

// internalIngress tells an Ingress that a cloud's controller serves in a private network. An
// AWS one is, where nothing is said
// (https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/).
func internalIngress(i *networkingv1.Ingress, class string) bool {
	scheme := i.Annotations["alb.ingress.kubernetes.io/scheme"]
	if class == "gce-internal" || scheme == internal || class == "alb" && scheme == "" {
		return true
	}
	var addresses []string
	for _, to := range i.Status.LoadBalancer.Ingress {
		addresses = append(addresses, to.IP)
	}
	return allPrivate(addresses)
}
