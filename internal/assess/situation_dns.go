package assess

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// Where clusters have their DNS, and by which labels (kubernetes/kubernetes
// cluster/addons/dns; openshift/cluster-dns-operator).
const (
	systemNamespace  = "kube-system"
	dnsService       = "kube-dns"
	openShiftDNS     = "openshift-dns"
	openShiftService = "dns-default"
	dnsLabel         = "k8s-app"
	nodeLocalDNS     = "node-local-dns"
	dnsPort          = 53
)

// nodeLocalAddress is where NodeLocal DNSCache listens unless told otherwise.
func nodeLocalAddress() netip.Addr { return netip.AddrFrom4([4]byte{169, 254, 20, 10}) }

// dns finds the servers that pods ask for names.
func (b *situationBuilder) dns() {
	services := b.dnsServices()
	if len(services) == 0 {
		b.out.NoDNS = b.noDNS()
		return
	}
	told := map[string]bool{}
	var own []netip.Addr
	for _, s := range services {
		own = append(own, clusterAddresses(s)...)
		server := b.nameServer(s)
		key := fmt.Sprint(server.Namespace, metav1.FormatLabelSelector(server.Selector), server.Addresses, server.Ports)
		if !told[key] {
			told[key] = true
			b.out.DNS = append(b.out.DNS, server)
		}
	}
	b.nodeLocal(own)
}

// dnsServices are those of the cluster's own namespaces; elsewhere a label alone tells, and
// counts where there are no others.
func (b *situationBuilder) dnsServices() []*corev1.Service {
	var own, others []*corev1.Service
	for _, s := range b.services {
		serves := slices.ContainsFunc(s.Spec.Ports, func(p corev1.ServicePort) bool { return p.Port == dnsPort })
		system := s.Namespace == systemNamespace || s.Namespace == openShiftDNS
		named := s.Namespace == systemNamespace && s.Name == dnsService || s.Namespace == openShiftDNS && s.Name == openShiftService
		switch labelled := s.Labels[dnsLabel] == dnsService && serves; {
		case s.Spec.Type == corev1.ServiceTypeExternalName:
		case named || labelled && system:
			own = append(own, s)
		case labelled:
			others = append(others, s)
		}
	}
	if len(own) > 0 {
		return own
	}
	return others
}

// noDNS says why none was found.
func (b *situationBuilder) noDNS() string {
	switch fact := b.inv.KindRead(schema.GroupKind{Kind: "Service"}); fact {
	case workload.FactUnknown:
		return cmp.Or(b.inv.Failed("", "services", systemNamespace), "Services were not read")
	case workload.FactAbsent:
		return "the files hold no DNS Service: none is kube-system/kube-dns, openshift-dns/dns-default or labelled k8s-app=kube-dns"
	}
	return "no Service is kube-system/kube-dns, openshift-dns/dns-default or labelled k8s-app=kube-dns"
}

// nameServer is a DNS Service by its pods, or by their addresses where no policy can name them.
func (b *situationBuilder) nameServer(s *corev1.Service) netpol.NameServer {
	out := netpol.NameServer{Service: "Service " + s.Namespace + "/" + s.Name, Namespace: s.Namespace}
	led, nowhere := b.leadTo(s, func(p corev1.ServicePort) bool { return p.Port == dnsPort })
	ports := netpol.Ports{}
	for _, l := range led {
		ports = ports.Or(l.ports)
	}
	if ports.Empty() {
		ports, _ = netpol.Port(corev1.ProtocolUDP, dnsPort)
		if len(nowhere) > 0 {
			b.hint(nil, fmt.Sprintf("the port behind Service %s/%s is taken to be %d: %s", s.Namespace, s.Name, dnsPort, nowhere[0].text))
		}
	}
	out.Ports = bothProtocols(ports)
	pods := b.behind(s.Namespace, s.Spec.Selector)
	switch {
	case len(s.Spec.Selector) == 0:
		out.Addresses = b.writtenAddresses(s)
	case len(pods) > 0 && b.allOnHost(pods):
		for _, n := range pods {
			out.Addresses = append(out.Addresses, podAddresses(b.pods[n])...)
		}
	default:
		out.Selector = &metav1.LabelSelector{MatchLabels: s.Spec.Selector}
	}
	out.Addresses = sortedAddresses(out.Addresses)
	if len(led) == 1 {
		out.Workload = &b.workloads[led[0].to].Ref
	}
	return out
}

func (b *situationBuilder) allOnHost(pods []int) bool {
	return !slices.ContainsFunc(pods, func(n int) bool { return !b.pods[n].Spec.HostNetwork })
}

// bothProtocols has every port for UDP and TCP: answers that are too long for one come by the
// other (RFC 7766).
func bothProtocols(ports netpol.Ports) []netpol.PortRange {
	var out netpol.Ports
	for _, r := range ports.Ranges() {
		for _, protocol := range []corev1.Protocol{corev1.ProtocolUDP, corev1.ProtocolTCP} {
			if port, err := netpol.Port(protocol, r.First); err == nil {
				out = out.Or(port)
			}
		}
	}
	return out.Ranges()
}

// nodeLocal adds NodeLocal DNSCache, whose pods are on the network of their nodes and listen on
// the addresses of the DNS Services as well.
func (b *situationBuilder) nodeLocal(own []netip.Addr) {
	for i, w := range b.workloads {
		if w.Ref.Kind != "DaemonSet" || w.Ref.Namespace != systemNamespace || w.Ref.Name != nodeLocalDNS && w.Meta.Labels[dnsLabel] != nodeLocalDNS {
			continue
		}
		port, _ := netpol.Port(corev1.ProtocolUDP, dnsPort)
		b.out.DNS = append(b.out.DNS, netpol.NameServer{
			Service: "NodeLocal DNSCache", Namespace: w.Ref.Namespace, Addresses: sortedAddresses(append(listensOn(w), own...)),
			Ports: bothProtocols(port), Workload: &b.workloads[i].Ref,
		})
	}
}

// listensOn are the addresses that the cache is told to listen on.
func listensOn(w standing) []netip.Addr {
	var out []netip.Addr
	for _, pod := range w.pods[:min(len(w.pods), 1)] { // the others are told the same
		for _, c := range pod.Spec.Containers {
			words := slices.Concat(c.Command, c.Args)
			for i, word := range words {
				value, found := strings.CutPrefix(strings.TrimPrefix(word, "-"), "-localip=")
				if !found && strings.TrimLeft(word, "-") == "localip" && i+1 < len(words) {
					value, found = words[i+1], true
				}
				for text := range strings.SplitSeq(value, ",") {
					if a, err := netip.ParseAddr(text); found && err == nil {
						out = append(out, a.Unmap())
					}
				}
			}
		}
	}
	if len(out) == 0 {
		return []netip.Addr{nodeLocalAddress()}
	}
	return out
}

// clusterAddresses are those of a Service within the cluster.
func clusterAddresses(s *corev1.Service) []netip.Addr {
	var out []netip.Addr
	for _, text := range append(slices.Clone(s.Spec.ClusterIPs), s.Spec.ClusterIP) {
		if a, err := netip.ParseAddr(text); err == nil {
			out = append(out, a.Unmap())
		}
	}
	return out
}

func podAddresses(pod *corev1.Pod) []netip.Addr {
	var out []netip.Addr
	for _, ip := range pod.Status.PodIPs {
		if a, err := netip.ParseAddr(ip.IP); err == nil {
			out = append(out, a.Unmap())
		}
	}
	return out
}

func sortedAddresses(list []netip.Addr) []netip.Addr {
	slices.SortFunc(list, netip.Addr.Compare)
	return slices.Compact(list)
}
