package assess

import (
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
)

// metadataAddress is where clouds give instances their credentials.
const metadataAddress = "169.254.169.254"

// reachOf tells of the peers that matter in every cluster, as far as the pod's own side
// decides.
func (a *assessor) reachOf(pod *corev1.Pod, is networkingv1.PolicyType, isolated bool) []api.Reached {
	if is == networkingv1.PolicyTypeIngress {
		return []api.Reached{
			a.reached("its namespace", pod, is, isolated, nil, netpol.AllPorts()),
			a.reached("other namespaces", pod, is, isolated, nil, netpol.AllPorts()),
			a.withInternet(pod, is, isolated),
		}
	}
	return []api.Reached{
		a.toServer(pod, isolated),
		a.toDNS(pod, isolated),
		a.reached(metadataAddress, pod, is, isolated, new(netpol.Address(netip.MustParseAddr(metadataAddress))), netpol.AllPorts()),
		a.withInternet(pod, is, isolated),
		a.reached("its namespace", pod, is, isolated, nil, netpol.AllPorts()),
		a.reached("other namespaces", pod, is, isolated, nil, netpol.AllPorts()),
	}
}

// reached asks about leaving for addresses, or without a peer about the pods that rules name.
func (a *assessor) reached(name string, pod *corev1.Pod, is networkingv1.PolicyType, isolated bool, peer *netpol.Peer, ports netpol.Ports) api.Reached {
	out := api.Reached{Peer: name, Allowed: string(netpol.Yes), By: open}
	switch {
	case pod.Spec.HostNetwork:
		out.By = "on the host's network"
		return out
	case !isolated:
		return out
	case peer == nil:
		return a.namedBy(out, pod, is)
	}
	answer := a.net.Reach(netpol.Pods(pod), *peer, ports)
	out.Allowed, out.By = string(answer.Allowed), deciding(answer.Egress, answer.Allowed)
	return out
}

// deciding is the first decision with the verdict, else the first of all.
func deciding(decisions []netpol.Decision, verdict netpol.Verdict) string {
	if verdict == netpol.Partly {
		verdict = netpol.Yes
	}
	if at := slices.IndexFunc(decisions, func(d netpol.Decision) bool { return d.Verdict == verdict }); at >= 0 {
		return decisions[at].String()
	}
	if len(decisions) > 0 {
		return decisions[0].String()
	}
	return ""
}

// namedBy finds the rules that let pods of the pod's namespace, or of others, through.
func (a *assessor) namedBy(out api.Reached, pod *corev1.Pod, is networkingv1.PolicyType) api.Reached {
	own := out.Peer == "its namespace"
	out.Allowed, out.By = string(netpol.No), "no rule of the policies that select it"
	for _, allowance := range a.net.Allows(pod, is) {
		covers, all := namespacesOf(allowance.Peer, pod.Namespace, own)
		if allowance.Peer.Block != nil && out.Allowed == string(netpol.No) {
			out.Allowed, out.By = string(netpol.Depends), allowance.Rules[0].String()+" ("+string(netpol.DoubtBlock)+")"
		}
		if !covers || out.Allowed == string(netpol.Yes) {
			continue
		}
		out.Allowed, out.By = string(netpol.Partly), allowance.Rules[0].String()
		if all && allowance.Ports.All() && allowance.Verdict == netpol.Yes {
			out.Allowed = string(netpol.Yes)
		}
	}
	return out
}

// namespacesOf tells whether a rule's peer may be a pod of the pod's own namespace, or of
// another, and whether it is every one of them.
func namespacesOf(who netpol.Who, namespace string, own bool) (covers, all bool) {
	everyPod := who.PodSelector == nil || len(who.PodSelector.MatchLabels)+len(who.PodSelector.MatchExpressions) == 0
	switch s := who.NamespaceSelector; {
	case who.Everybody:
		return true, true
	case who.Block != nil:
		return false, false // addresses are asked about apart
	case s == nil:
		return own, own && everyPod
	case len(s.MatchLabels)+len(s.MatchExpressions) == 0:
		return true, everyPod
	default:
		name := s.MatchLabels[corev1.LabelMetadataName]
		if name != "" && (name == namespace) != own {
			return false, false
		}
		return true, own && name != "" && everyPod && len(s.MatchLabels)+len(s.MatchExpressions) == 1
	}
}

// toServer asks about the API server at its own addresses, which policies see.
func (a *assessor) toServer(pod *corev1.Pod, isolated bool) api.Reached {
	const name = "API server"
	addresses := a.inv.APIServer()
	if len(addresses) == 0 && isolated && !pod.Spec.HostNetwork {
		return api.Reached{Peer: name, Allowed: "unknown", By: "its addresses are not known"}
	}
	var prefixes []netip.Prefix
	ports := netpol.Ports{}
	for _, at := range addresses {
		prefixes = append(prefixes, netip.PrefixFrom(at.Addr(), at.Addr().BitLen()))
		if port, err := netpol.Port(corev1.ProtocolTCP, int32(at.Port())); err == nil {
			ports = ports.Or(port)
		}
	}
	return a.reached(name, pod, networkingv1.PolicyTypeEgress, isolated, new(netpol.Addresses(prefixes...)), ports)
}

// toDNS looks for a rule that lets port 53, or the port that a DNS server listens on in some
// distributions, through to pods or to all.
func (a *assessor) toDNS(pod *corev1.Pod, isolated bool) api.Reached {
	out := api.Reached{Peer: "DNS", Allowed: string(netpol.Yes), By: open}
	if pod.Spec.HostNetwork {
		out.By = "on the host's network"
	}
	if !isolated || pod.Spec.HostNetwork {
		return out
	}
	out.Allowed, out.By = string(netpol.No), "no rule of the policies that select it"
	for _, allowance := range a.net.Allows(pod, networkingv1.PolicyTypeEgress) {
		for _, number := range []int32{53, 5353} {
			port, err := netpol.Port(corev1.ProtocolUDP, number)
			if err == nil && allowance.Ports.Covers(port) && mayBeDNS(allowance.Peer) {
				out.Allowed, out.By = string(allowance.Verdict), allowance.Rules[0].String()
				return out
			}
		}
	}
	return out
}

// mayBeDNS tells a peer that may be the DNS server of the cluster: it is in another namespace,
// most often kube-system, or on the node.
func mayBeDNS(who netpol.Who) bool {
	if who.Everybody || who.NamespaceSelector != nil {
		return true
	}
	return who.Block != nil && (strings.HasSuffix(who.Block.CIDR, "/0") || strings.HasPrefix(who.Block.CIDR, "169.254.20."))
}

// withInternet tells of the addresses of the internet, by the widest rule: "yes" for any port of
// all of them, "partly" for some.
func (a *assessor) withInternet(pod *corev1.Pod, is networkingv1.PolicyType, isolated bool) api.Reached {
	out := api.Reached{Peer: internet, Allowed: string(netpol.Yes), By: open}
	if pod.Spec.HostNetwork {
		out.By = "on the host's network"
	}
	if !isolated || pod.Spec.HostNetwork {
		return out
	}
	out.Allowed, out.By = string(netpol.No), "no rule of the policies that select it"
	for _, allowance := range a.net.Allows(pod, is) {
		some, all := ofInternet(allowance.Peer)
		switch {
		case !some || out.Allowed == string(netpol.Yes):
		case all && allowance.Ports.All() && allowance.Verdict == netpol.Yes:
			out.Allowed, out.By = string(netpol.Yes), allowance.Rules[0].String()
		case out.Allowed == string(netpol.No):
			out.Allowed, out.By = string(netpol.Partly), allowance.Rules[0].String()
		}
	}
	return out
}

// ofInternet tells whether a rule names addresses of the internet, and whether all of IPv4 or
// IPv6 but private ones.
func ofInternet(who netpol.Who) (some, all bool) {
	if who.Everybody {
		return true, true
	}
	if who.Block == nil {
		return false, false
	}
	block, err := netip.ParsePrefix(who.Block.CIDR)
	if err != nil {
		return true, false // refused or odd: said elsewhere
	}
	all = block.Bits() == 0
	for _, text := range who.Block.Except {
		except, err := netip.ParsePrefix(text)
		all = all && err == nil && isPrivate(except)
	}
	return all || !isPrivate(block), all
}

// isPrivate tells a block that is no part of the internet: RFC 1918, shared, loopback and
// link-local addresses, and unique local ones.
func isPrivate(block netip.Prefix) bool {
	for _, text := range []string{"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "fc00::/7", "fe80::/10", "::1/128"} {
		within := netip.MustParsePrefix(text)
		if within.Bits() <= block.Bits() && within.Contains(block.Addr()) {
			return true
		}
	}
	return false
}
