package assess

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
)

// plugins are the network plugins that are known, with how cluster.Inventory.Enforcer names
// them. The AWS VPC CNI sees egress before Services are resolved
// (aws/aws-network-policy-agent#166); ipBlocks of Cilium do not hold for nodes but with
// policyCIDRMatchMode (cilium/cilium#20550).
func plugins() map[string]struct {
	found string
	netpol.Plugin
} {
	type known = struct {
		found string
		netpol.Plugin
	}
	return map[string]known{
		"antrea":                {"Antrea", netpol.Plugin{}},
		"aws":                   {"AWS VPC CNI", netpol.Plugin{ServicePorts: true}},
		"azure-npm":             {"Azure NPM", netpol.Plugin{}},
		"calico":                {"Calico", netpol.Plugin{}},
		"cilium":                {"Cilium", netpol.Plugin{NoNodeBlocks: true}},
		"kindnet":               {"kindnet", netpol.Plugin{}},
		"kube-network-policies": {"kube-network-policies", netpol.Plugin{}},
		"kube-router":           {"kube-router", netpol.Plugin{}},
		"ovn-kubernetes":        {"OVN-Kubernetes", netpol.Plugin{}},
		"weave-net":             {"Weave Net", netpol.Plugin{}},
	}
}

// Plugins are the names of network plugins that Situation knows, sorted.
func Plugins() []string {
	var names []string
	for name := range plugins() {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// pluginOf is the plugin of a name, else the one that was found.
func pluginOf(name, found string) (netpol.Plugin, error) {
	all := plugins()
	if name != "" {
		known, ok := all[name]
		if !ok {
			return netpol.Plugin{}, fmt.Errorf("network plugin %q is not known; it is one of %s", name, strings.Join(Plugins(), ", "))
		}
		known.Name = name
		return known.Plugin, nil
	}
	for _, name := range Plugins() {
		if known := all[name]; found == known.found || strings.HasPrefix(found, known.found+" ") || strings.HasPrefix(found, known.found+",") {
			known.Name = name
			return known.Plugin, nil
		}
	}
	return netpol.Plugin{}, nil
}
