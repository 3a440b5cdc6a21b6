package cluster

import (
	"context"
	"math"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// networkKinds are the kinds that decide who reaches the pods of a namespace.
func networkKinds() []kind {
	return []kind{
		builtin(networkingv1.GroupName, "NetworkPolicy", "networkpolicies", "netpol"),
		builtin("", "Service", "services", "svc"),
		builtin(networkingv1.GroupName, "Ingress", "ingresses", "ing"),
	}
}

func isNetwork(k kind) bool {
	for _, known := range networkKinds() {
		if known.gvk == k.gvk {
			return true
		}
	}
	return false
}

// network reads what decides who reaches the pods of the query's namespace, or of all.
func (c *collector) network() []read {
	var reads []read
	for _, k := range networkKinds() {
		reads = append(reads, c.listSupport(k, c.query.Namespace))
	}
	return append(reads, c.daemons, c.endpoints, c.custom)
}

// daemons reads the names of all DaemonSets: the one that enforces policies is among them.
func (c *collector) daemons(ctx context.Context) {
	k := builtinKind("DaemonSet")
	err := c.client.listMetadata(ctx, k.gvr, k.gvk, "", "", func(obj runtime.Object) error {
		if m, ok := obj.(metav1.Object); ok {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.inv.noteDaemon(m.GetNamespace(), m.GetName())
		}
		return nil
	})
	c.note(err)
	if err != nil {
		c.fail("what enforces NetworkPolicies", api.Unread{Verb: "list", Group: k.gvk.Group, Resource: k.gvr.Resource}, err)
	}
}

// noteDaemon keeps the name of a DaemonSet of a system namespace.
func (inv *Inventory) noteDaemon(namespace, name string) {
	if slices.Contains(systemNamespaces(), namespace) && !slices.Contains(inv.daemons, name) {
		inv.daemons = append(inv.daemons, name)
	}
}

// systemNamespaces are where network plugins are installed: a DaemonSet of their name elsewhere
// means nothing.
func systemNamespaces() []string {
	return []string{
		"kube-system", "calico-system", "canal", "cilium", "kube-flannel", "openshift-ovn-kubernetes", "ovn-kubernetes", "weave",
	}
}

// Where every API server publishes its own addresses.
const (
	serverNamespace = "default"
	serverName      = "kubernetes"
)

// endpoints reads the addresses of the API server.
func (c *collector) endpoints(ctx context.Context) {
	k := endpointsKind()
	obj, err := c.client.get(ctx, k.gvr, k.gvk, serverNamespace, serverName)
	c.note(err)
	switch found, ok := obj.(*discoveryv1.EndpointSlice); {
	case apierrors.IsNotFound(err):
	case err != nil:
		c.fail("the API server's addresses", api.Unread{Verb: "get", Group: k.gvk.Group, Resource: k.gvr.Resource + "/" + serverName, Namespace: serverNamespace}, err)
	case ok:
		c.mu.Lock()
		defer c.mu.Unlock()
		c.inv.apiServer = addressesOf(found)
		c.inv.addSupport(found)
	}
}

func addressesOf(slice *discoveryv1.EndpointSlice) []netip.AddrPort {
	var out []netip.AddrPort
	for _, endpoint := range slice.Endpoints {
		for _, address := range endpoint.Addresses {
			ip, err := netip.ParseAddr(address)
			for _, port := range slice.Ports {
				if err == nil && port.Port != nil && *port.Port > 0 && *port.Port <= math.MaxUint16 {
					out = append(out, netip.AddrPortFrom(ip, uint16(*port.Port)))
				}
			}
		}
	}
	return out
}

// APIServer are the addresses and ports of the API server as pods reach it, empty where they
// were not read.
func (inv *Inventory) APIServer() []netip.AddrPort {
	if len(inv.apiServer) > 0 {
		return inv.apiServer
	}
	k := endpointsKind().gvk
	if o, ok := inv.support.objects[ownerKey{k.Group, k.Kind, serverNamespace, ""}][serverName].(*discoveryv1.EndpointSlice); ok {
		return addressesOf(o) // files may hold it
	}
	return nil
}

// Enforcer says what enforces NetworkPolicies, by the names of DaemonSets: empty where none of
// them tells.
func (inv *Inventory) Enforcer() string {
	for _, known := range enforcers() {
		for _, name := range inv.daemons {
			if name == known[0] || strings.HasPrefix(name, known[0]+"-") {
				return known[1]
			}
		}
	}
	return ""
}

// enforcers are names of DaemonSets and what they mean, the surest first. Flannel and
// kube-proxy enforce nothing; kube-router does where its policy controller runs, as it does by
// default; the AWS VPC CNI has an agent that is off by default.
func enforcers() [][2]string {
	return [][2]string{
		{"cilium", "Cilium"}, {"anetd", "Cilium (GKE Dataplane V2)"}, {"calico-node", "Calico"}, {"canal", "Calico (Canal)"},
		{"antrea-agent", "Antrea"}, {"kube-router", "kube-router"}, {"ovnkube-node", "OVN-Kubernetes"}, {"weave-net", "Weave Net"},
		{"azure-npm", "Azure NPM"}, {"kube-network-policies", "kube-network-policies"}, {"kindnet", "kindnet"},
		{"aws-node", "AWS VPC CNI, where its network policy agent is on"}, {"kube-flannel", "nothing: flannel enforces none"},
	}
}

// NetworkPolicies of a namespace, by name, and whether those are all.
func (inv *Inventory) NetworkPolicies(namespace string) ([]*networkingv1.NetworkPolicy, workload.Fact) {
	return allOf[*networkingv1.NetworkPolicy](inv, ownerKey{networkingv1.GroupName, "NetworkPolicy", namespace, ""})
}

// HasPolicies tells whether any NetworkPolicy was read. Files without one do not tell what
// isolates their pods.
func (inv *Inventory) HasPolicies() bool {
	for place, named := range inv.support.objects {
		if place.group == networkingv1.GroupName && place.kind == "NetworkPolicy" && len(named) > 0 {
			return true
		}
	}
	return false
}

// Services of a namespace, by name, and whether those are all.
func (inv *Inventory) Services(namespace string) ([]*corev1.Service, workload.Fact) {
	return allOf[*corev1.Service](inv, ownerKey{"", "Service", namespace, ""})
}

// Ingresses of a namespace, by name, and whether those are all.
func (inv *Inventory) Ingresses(namespace string) ([]*networkingv1.Ingress, workload.Fact) {
	return allOf[*networkingv1.Ingress](inv, ownerKey{networkingv1.GroupName, "Ingress", namespace, ""})
}
