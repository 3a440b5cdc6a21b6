package assess

import (
	"fmt"
	"net/netip"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// notKnownOf are the things that were not read and that may decide.
func notKnownOf(from, to Side, source, target located) []string {
	var out []string
	for _, end := range []struct {
		Side
		at located
	}{{from, source}, {to, target}} {
		if why := policiesOf(end.Side, end.at); why != "" {
			out = appendNew(out, why)
		}
		if strangers := strangersOf(end.End, end.at); len(strangers) > 0 {
			out = appendNew(out, fmt.Sprintf("whether %s is of a pod, a Service or a node that was not read", workload.SomeOf(strangers)))
			if why := end.Inventory.Failed("", "services", end.Namespace); why != "" {
				out = appendNew(out, why)
			}
		}
		for _, u := range end.Inventory.Unread {
			if u.Resource == "pods" {
				out = appendNew(out, fmt.Sprintf("%s %s%s: %s", u.Verb, u.Resource, inPlace(u.Namespace), u.Reason))
			}
		}
	}
	return out
}

// strangersOf are addresses of an end that may be inside the cluster: those of private networks
// that are of no pod that was read.
func strangersOf(e End, at located) []string {
	var out []string
	if e.Prefix.IsValid() && at.service == nil && len(at.pods) == 0 && mayBeInside(e.Prefix) {
		out = append(out, e.Text)
	}
	for _, to := range at.endpoints {
		if to.address.IsValid() && mayBeInside(netip.PrefixFrom(to.address, to.address.BitLen())) {
			out = append(out, to.address.String())
		}
	}
	return out
}

func mayBeInside(p netip.Prefix) bool { return isPrivate(p) && !p.Addr().IsLinkLocalUnicast() }

// policiesOf says why the policies of an end's pods are not known; of addresses there are none.
func policiesOf(side Side, at located) string {
	told := map[string]bool{}
	for _, pod := range at.pods {
		if told[pod.Namespace] {
			continue
		}
		told[pod.Namespace] = true
		if why := policiesUnknown(side.Inventory, pod.Namespace); why != "" {
			return why
		}
	}
	return ""
}

// podsAt are the pods that were read by their own addresses.
func podsAt(inv *cluster.Inventory) map[netip.Addr]*corev1.Pod {
	out := map[netip.Addr]*corev1.Pod{}
	for _, pod := range inv.LivePods() {
		for _, ip := range pod.Status.PodIPs {
			if a, err := netip.ParseAddr(ip.IP); err == nil && !pod.Spec.HostNetwork {
				out[a.Unmap()] = pod
			}
		}
	}
	return out
}
