// Package shop is an online shop: sixteen workloads of six namespaces as objects of Kubernetes,
// the truth about who has to reach whom, and what observers of that truth would print: Hubble,
// conntrack, /proc/net, ss, Istio, Whisker and Kubescape. Addresses outside are of documentation ranges (RFC 5737, RFC 3849),
// names of example domains (RFC 2606).
package shop

import (
	"net/netip"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// Shop is one with addresses and names of its own.
type Shop struct {
	Workloads []*Workload
	Services  []*Service
	Nodes     []*Node
	// APIServer is where its Service leads to.
	APIServer netip.AddrPort
	// From and To are when it is observed.
	From, To time.Time
}

// Node is one that pods run on.
type Node struct {
	Name    string
	Address netip.Addr
	// Pods4 and Pods6 are the blocks of its pods' addresses.
	Pods4, Pods6 netip.Prefix
}

// Workload is one of the shop; their names differ also between namespaces.
type Workload struct {
	Kind, Namespace, Name string
	// Labels are those that its owner selects its pods by.
	Labels map[string]string
	Ports  []Port
	Pods   []*Pod
	// HostNetwork tells that its pods are on the networks of their nodes.
	HostNetwork bool
	// Metrics is the port that Prometheus is told to scrape by annotation, 0 for none.
	Metrics int32
	// Six tells that its pods have addresses of both families.
	Six bool

	shop *Shop
}

// Port is one that a container listens on.
type Port struct {
	Name     string
	Number   int32
	Protocol corev1.Protocol
}

// Pod is one of a Workload.
type Pod struct {
	Name string
	Node *Node
	// Addresses are that of IPv4, and that of IPv6 where it has one.
	Addresses []netip.Addr
	// From and To are when it ran; To is zero for one that runs.
	From, To time.Time
	// Gone tells that it is not among the objects any more.
	Gone bool
}

// Service leads to a Workload.
type Service struct {
	Name string
	To   *Workload
	// Addresses are its ClusterIPs, none for a headless one.
	Addresses []netip.Addr
	Ports     []ServicePort
	// Outside is the address of its load balancer, zero for none.
	Outside netip.Addr
}

// ServicePort is one of a Service.
type ServicePort struct {
	// Number is the Service's own, Target that of the container.
	Number int32
	Target Port
	// ByName tells that the Service names the container's port.
	ByName bool
}

// Edge is traffic that the shop needs.
type Edge struct {
	// From and To are the names of workloads, addresses outside, or APIServer.
	From, To string
	Protocol corev1.Protocol
	// Port is that of the pods or addresses themselves.
	Port int32
	// Service is the name of that dialled, Dialled its port; none where pods are dialled.
	Service string
	Dialled int32
	// Six tells that it goes over IPv6, beside IPv4.
	Six bool
	// Silent tells that nobody answers, as UDP has it.
	Silent bool
}

// APIServer stands for it in an Edge.
const APIServer = "apiserver"

// Names and addresses outside.
const (
	PaymentsName = "api.payments.example"
	SMTPName     = "smtp.example.net"

	Payments1 = "198.51.100.40"
	Payments2 = "198.51.100.41"
	SMTP      = "203.0.113.25"
	Resolver  = "198.51.100.53"
	Visitor1  = "203.0.113.7"
	Visitor2  = "203.0.113.77"
)

// Workload is the one of a name; nil for none.
func (s *Shop) Workload(name string) *Workload {
	for _, w := range s.Workloads {
		if w.Name == name {
			return w
		}
	}
	return nil
}

// Service is the one of a name; nil for none.
func (s *Shop) Service(name string) *Service {
	for _, service := range s.Services {
		if service.Name == name {
			return service
		}
	}
	return nil
}

// Move renames all namespaces but kube-system by a prefix.
func (s *Shop) Move(prefix string) {
	for _, w := range s.Workloads {
		if w.Namespace != "kube-system" {
			w.Namespace = prefix + w.Namespace
		}
	}
}

// Live makes it one that is observed from now on for an hour, with pods that have just started,
// of one family of addresses, and nodes of their own names.
func (s *Shop) Live(now time.Time, node string) {
	s.From, s.To = now, now.Add(time.Hour)
	for i, n := range s.Nodes {
		n.Name = node + strconv.Itoa(i+1)
	}
	for _, w := range s.Workloads {
		w.Six = false
		for _, pod := range w.Pods {
			pod.From, pod.Addresses = now, pod.Addresses[:1]
			if !pod.To.IsZero() {
				pod.To = now.Add(30 * time.Minute)
			}
		}
	}
	for _, service := range s.Services {
		service.Addresses = service.Addresses[:min(1, len(service.Addresses))]
	}
}
