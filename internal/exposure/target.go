package exposure

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// maxPort is the highest number of a port.
const maxPort = 65535

func validPort(n int32) bool { return n > 0 && n <= maxPort }

func protocolOf(p corev1.Protocol) corev1.Protocol { return cmp.Or(p, corev1.ProtocolTCP) }

// withProtocol is a port as it is written elsewhere: 8080, or 53/UDP.
func withProtocol(target string, p corev1.Protocol) string {
	if p == corev1.ProtocolTCP {
		return target
	}
	return target + "/" + string(p)
}

// targetsIn gives targetsOf some pods.
func targetsIn(shapes []*workload.Shape) func(corev1.ServicePort) ([]string, string) {
	return func(port corev1.ServicePort) ([]string, string) { return targetsOf(port, shapes) }
}

// targetsOf are the ports of the pods behind a port of a Service: one, but where a name means
// different numbers in different pods. The note is for a name or number that is none.
func targetsOf(port corev1.ServicePort, shapes []*workload.Shape) (targets []string, note string) {
	target := port.TargetPort
	if target.Type == intstr.Int {
		number := cmp.Or(target.IntVal, port.Port)
		if !validPort(number) {
			note = fmt.Sprintf("target port %d is none", number)
		}
		return []string{strconv.Itoa(int(number))}, note
	}
	for _, shape := range shapes {
		if number, found := named(shape, target.StrVal, protocolOf(port.Protocol)); found {
			targets = append(targets, strconv.Itoa(int(number)))
		}
	}
	if len(targets) == 0 {
		return []string{target.StrVal}, fmt.Sprintf("no container has a %s port named %s", protocolOf(port.Protocol), target.StrVal)
	}
	return sorted(targets), ""
}

// named finds a port by its name as the EndpointSlice controller does.
func named(shape *workload.Shape, name string, protocol corev1.Protocol) (int32, bool) {
	for c := range api.ServingContainers(shape.Spec) {
		for _, p := range c.Ports {
			if p.Name == name && protocolOf(p.Protocol) == protocol {
				return p.ContainerPort, true
			}
		}
	}
	return 0, false
}

// nodePorts are the container ports that are ports of the node.
func nodePorts(shapes []*workload.Shape) []api.Exposure {
	out := []api.Exposure{}
	for _, shape := range shapes {
		for c := range shape.Containers() {
			if c.Type != api.ContainerMain && c.Type != api.ContainerSidecar {
				continue
			}
			for _, p := range c.Ports {
				via, number := "hostPort", p.HostPort
				if shape.Spec.HostNetwork {
					via, number = "hostNetwork", p.ContainerPort
				}
				if number == 0 || loopback(p.HostIP) {
					continue
				}
				out = append(out, api.Exposure{
					Via: via + " of " + c.Name, Hosts: []string{}, Port: number, TLS: api.TLSUnknown, From: []string{}, Reach: api.ReachNodes,
					Target: withProtocol(strconv.Itoa(int(p.ContainerPort)), protocolOf(p.Protocol)),
				})
			}
		}
	}
	return out
}

func loopback(address string) bool {
	ip, err := netip.ParseAddr(address)
	return err == nil && ip.IsLoopback()
}

// allPrivate tells that addresses are only those of private networks (RFC 1918, 4193, 6598,
// and link-local ones).
func allPrivate(addresses []string) bool {
	return len(addresses) > 0 && !slices.ContainsFunc(addresses, func(text string) bool {
		ip, err := netip.ParseAddr(text)
		return err != nil || !private(ip)
	})
}

func private(ip netip.Addr) bool {
	ip = ip.Unmap()
	shared := netip.PrefixFrom(netip.AddrFrom4([4]byte{100, 64}), 10)
	return ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast() || shared.Contains(ip)
}

// privateRanges tells that source ranges hold addresses of private networks alone; not where
// there are none, which stands for any, nor where one cannot be read.
func privateRanges(ranges []string) bool {
	return len(ranges) > 0 && !slices.ContainsFunc(ranges, func(text string) bool {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			ip, err := netip.ParseAddr(text)
			return err != nil || !private(ip)
		}
		// The whole range is private where its first address is, and it is no wider.
		return !private(prefix.Masked().Addr()) || prefix.Bits() < narrowest(prefix.Addr())
	})
}

// narrowest is the length of the private range that an address is in.
func narrowest(ip netip.Addr) int {
	for _, text := range []string{"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8", "fc00::/7", "fe80::/10"} {
		if p := netip.MustParsePrefix(text); p.Contains(ip.Unmap()) {
			return p.Bits()
		}
	}
	return ip.BitLen()
}
