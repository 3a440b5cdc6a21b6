package exposure

import (
	"cmp"
	"fmt"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

const (
	nginxPrefix     = "nginx.ingress.kubernetes.io/"
	albPrefix       = "alb.ingress.kubernetes.io/"
	classAnnotation = "kubernetes.io/ingress.class"
	httpPort        = 80
	httpsPort       = 443
)

// ingress adds the ways of an Ingress. Which controller serves it, on which ports and for
// whom, the controller's own configuration says: 443 with TLS, 80 without are what they use.
func (x *Index) ingress(i *networkingv1.Ingress) {
	found := map[string]*ingressWays{}
	var order []string
	add := func(host, path string, b *networkingv1.IngressServiceBackend) {
		if b == nil {
			return // a backend that is no Service
		}
		if b.Port.Name == "" && !validPort(b.Port.Number) {
			x.doubt(i.Namespace, fmt.Sprintf("Ingress %s: %d is no port of Service %s", i.Name, b.Port.Number, b.Name))
			return
		}
		w := ingressWay(i, host)
		w.to = backend{types.NamespacedName{Namespace: i.Namespace, Name: b.Name}, b.Port.Number, b.Port.Name}
		key := fmt.Sprint(w.to, w.TLS, host == "")
		if found[key] == nil {
			found[key], order = &ingressWays{way: w, paths: map[string][]string{}}, append(order, key)
		}
		found[key].paths[host] = append(found[key].paths[host], path)
	}
	if b := i.Spec.DefaultBackend; b != nil {
		add("", anyPath, b.Service)
	}
	for _, rule := range i.Spec.Rules {
		if rule.HTTP == nil {
			if b := i.Spec.DefaultBackend; b != nil {
				add(rule.Host, anyPath, b.Service)
			}
			continue
		}
		for _, path := range rule.HTTP.Paths {
			add(rule.Host, ingressPath(path), path.Backend.Service)
		}
	}
	for _, key := range order {
		for _, w := range found[key].byPaths() {
			x.add(w)
		}
	}
}

func ingressWay(i *networkingv1.Ingress, host string) way {
	class := i.Annotations[classAnnotation]
	if i.Spec.IngressClassName != nil {
		class = *i.Spec.IngressClassName
	}
	var said []string
	reach := api.ReachOutside
	if internalIngress(i, class) {
		said, reach = append(said, internal), api.ReachPrivate
	}
	switch strings.ToUpper(i.Annotations[nginxPrefix+"backend-protocol"]) {
	case "HTTPS", "GRPCS":
		said = append(said, "TLS to the pods")
	}
	w := way{Exposure: api.Exposure{
		Via: "Ingress " + i.Name, Hosts: []string{}, Port: httpPort, TLS: ingressTLS(i, host), From: []string{}, Reach: reach,
		// Without an address no controller is known to serve it.
		Derived: len(i.Status.LoadBalancer.Ingress) == 0,
	}}
	if len(said) > 0 {
		w.Via += " (" + strings.Join(said, ", ") + ")"
	}
	if w.TLS != api.TLSNo {
		w.Port = httpsPort
	}
	a := i.Annotations
	w.From = sorted(words(cmp.Or(a[nginxPrefix+"whitelist-source-range"], a[nginxPrefix+"allowlist-source-range"], a[albPrefix+"inbound-cidrs"])))
	return w
}

// ingressTLS looks for the host in spec.tls, where an entry without hosts holds for all; some
// controllers take their certificates from annotations.
func ingressTLS(i *networkingv1.Ingress, host string) string {
	if i.Annotations[nginxPrefix+"ssl-passthrough"] == "true" {
		return api.TLSPassthrough
	}
	for _, key := range []string{albPrefix + "certificate-arn", "networking.gke.io/managed-certificates", "ingress.gcp.kubernetes.io/pre-shared-cert"} {
		if i.Annotations[key] != "" {
			return api.TLSYes
		}
	}
	for _, tls := range i.Spec.TLS {
		if len(tls.Hosts) == 0 {
			return api.TLSYes
		}
		for _, covered := range tls.Hosts {
			if host != "" && covers(covered, host) {
				return api.TLSYes
			}
		}
	}
	return api.TLSNo
}

// covers tells whether a certificate's name holds for a host: a wildcard does for one label.
func covers(name, host string) bool {
	if strings.EqualFold(name, host) {
		return true
	}
	suffix, wild := strings.CutPrefix(name, "*")
	_, rest, found := strings.Cut(host, ".")
	return wild && found && strings.EqualFold(suffix, "."+rest)
}
