package shop

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// Needed is the truth: all that the shop needs, and nothing else.
func (s *Shop) Needed() []Edge {
	const tcp, udp = corev1.ProtocolTCP, corev1.ProtocolUDP
	edges := []Edge{
		{From: Visitor1, To: "traefik", Protocol: tcp, Port: 8443, Service: "traefik", Dialled: 443},
		{From: Visitor2, To: "traefik", Protocol: tcp, Port: 8443, Service: "traefik", Dialled: 443},
		{From: "traefik", To: "web", Protocol: tcp, Port: 8080}, // it dials the endpoints
		{From: "load", To: "web", Protocol: tcp, Port: 8080, Service: "web", Dialled: 80},

		{From: "web", To: "cart", Protocol: tcp, Port: 7070, Service: "cart", Dialled: 7070},
		{From: "web", To: "catalog", Protocol: tcp, Port: 3550, Service: "catalog", Dialled: 3550},
		{From: "web", To: "catalog", Protocol: tcp, Port: 3550, Service: "catalog", Dialled: 3550, Six: true},
		{From: "web", To: "checkout", Protocol: tcp, Port: 5050, Service: "checkout", Dialled: 5050},
		{From: "web", To: "statsd", Protocol: udp, Port: 8125, Service: "statsd", Dialled: 8125, Silent: true},
		{From: "cart", To: "redis", Protocol: tcp, Port: 6379},
		{From: "cart", To: "statsd", Protocol: udp, Port: 8125, Service: "statsd", Dialled: 8125, Silent: true},
		{From: "redis", To: "redis", Protocol: tcp, Port: 6379},
		{From: "redis", To: "redis", Protocol: tcp, Port: 16379},
		{From: "catalog", To: "db", Protocol: tcp, Port: 5432, Service: "db", Dialled: 5432},

		{From: "checkout", To: "cart", Protocol: tcp, Port: 7070, Service: "cart", Dialled: 7070},
		{From: "checkout", To: "catalog", Protocol: tcp, Port: 3550, Service: "catalog", Dialled: 3550},
		{From: "checkout", To: "payment", Protocol: tcp, Port: 50051, Service: "payment", Dialled: 50051},
		{From: "checkout", To: "mail", Protocol: tcp, Port: 8080, Service: "mail", Dialled: 5000},
		{From: "payment", To: Payments1, Protocol: tcp, Port: 443},
		{From: "payment", To: Payments2, Protocol: tcp, Port: 443},
		{From: "mail", To: SMTP, Protocol: tcp, Port: 587},

		{From: "nightly", To: "db", Protocol: tcp, Port: 5432, Service: "db", Dialled: 5432},
		{From: "prometheus", To: "cart", Protocol: tcp, Port: 9090},
		{From: "prometheus", To: "checkout", Protocol: tcp, Port: 9090},
		{From: "coredns", To: Resolver, Protocol: udp, Port: 53},
		{From: "checkout", To: "coredns", Protocol: tcp, Port: 53, Service: "kube-dns", Dialled: 53},
	}
	for _, client := range []string{"nightly", "operator", "prometheus", "traefik", "coredns"} {
		edges = append(edges, Edge{From: client, To: APIServer, Protocol: tcp, Port: int32(s.APIServer.Port()), Service: "kubernetes", Dialled: 443})
	}
	for _, client := range []string{"web", "cart", "catalog", "checkout", "payment", "mail", "nightly"} {
		edges = append(edges, Edge{From: client, To: "coredns", Protocol: udp, Port: 53, Service: "kube-dns", Dialled: 53})
	}
	// Where there is one family, nothing goes over the other.
	return slices.DeleteFunc(edges, func(e Edge) bool { return e.Six && !s.Workload(e.From).Six })
}

// Denied is what is tried and refused, and not needed.
func (s *Shop) Denied() []Edge {
	return []Edge{{From: "mail", To: "db", Protocol: corev1.ProtocolTCP, Port: 5432, Service: "db", Dialled: 5432, Silent: true}}
}
