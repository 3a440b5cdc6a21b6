package assess

import (
	"fmt"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// endpoint is one that somebody wrote for a Service without a selector.
type endpoint struct {
	peer  netpol.Peer
	ports []discoveryv1.EndpointPort
	// address is set where it is of no pod that was read.
	address netip.Addr
}

// locateService finds the pods behind a Service, or the endpoints of one without a selector.
func locateService(inv *cluster.Inventory, namespace string, e End) (located, error) {
	services, fact := inv.Services(namespace)
	at := slices.IndexFunc(services, func(s *corev1.Service) bool { return s.Name == e.Name })
	switch {
	case at < 0 && fact == workload.FactUnknown:
		return located{}, fmt.Errorf("service %q: %s", e.Name, inv.Failed("", "services", namespace))
	case at < 0:
		return located{}, fmt.Errorf("service %q not found in namespace %s", e.Name, namespace)
	}
	out := located{service: services[at]}
	switch {
	case out.service.Spec.Type == corev1.ServiceTypeExternalName:
		return out, fmt.Errorf("service %q is another name of %q: name what that leads to", e.Name, out.service.Spec.ExternalName)
	case len(out.service.Spec.Selector) == 0:
		return locateEndpoints(inv, out, e)
	}
	var refs []string
	told := map[string]bool{}
	for _, pod := range podsOfNamespace(inv, namespace) {
		if !selects(out.service.Spec.Selector, pod.Labels) {
			continue
		}
		out.pods = append(out.pods, pod)
		if ref := shortRef(inv.WorkloadOf(pod)); !told[ref] {
			told[ref] = true
			refs = append(refs, ref)
		}
	}
	if len(out.pods) == 0 {
		return out, missing(inv, namespace, fmt.Sprintf("service %q selects no pod", e.Name))
	}
	slices.Sort(refs)
	out.peer = netpol.Pods(out.pods...)
	out.notes = append(out.notes, fmt.Sprintf("%s leads to %s", e.Text, workload.SomeOf(refs)))
	return out, nil
}

// locateEndpoints finds where the EndpointSlices of a Service lead.
func locateEndpoints(inv *cluster.Inventory, out located, e End) (located, error) {
	written, why := endpointsOf(inv, out.service)
	if why != "" {
		return out, fmt.Errorf("service %q has no selector, and its endpoints are not known: %s; name the pods or the address that it leads to", e.Name, why)
	}
	pods := podsAt(inv)
	var names []string
	for _, s := range written {
		for _, end := range s.Endpoints {
			for _, text := range end.Addresses {
				a, err := netip.ParseAddr(text)
				if err != nil {
					return out, fmt.Errorf("service %q has no selector, and leads to %q, which is no address: name what that leads to", e.Name, text)
				}
				to := endpoint{peer: netpol.Address(a), ports: s.Ports, address: a.Unmap()}
				if pod := pods[a.Unmap()]; pod != nil {
					to.address = netip.Addr{}
					out.pods = append(out.pods, pod)
					names = appendNew(names, "pod/"+pod.Name)
				} else {
					names = appendNew(names, text)
				}
				out.endpoints = append(out.endpoints, to)
			}
		}
	}
	if len(out.endpoints) == 0 {
		return out, fmt.Errorf("service %q has no selector and no endpoints", e.Name)
	}
	out.notes = append(out.notes, fmt.Sprintf("%s has no selector; its EndpointSlices lead to %s", e.Text, workload.SomeOf(names)))
	return out, nil
}

func selects(selector, labels map[string]string) bool {
	for key, value := range selector {
		if got, found := labels[key]; !found || got != value {
			return false
		}
	}
	return true
}
