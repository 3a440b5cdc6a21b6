package assess

import (
	"cmp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
)

// neighborhoods is the aggregated API in which Kubescape keeps what its agents saw.
const neighborhoods = "spdx.softwarecomposition.kubescape.io"

// collector is one that may have recorded flows of a cluster.
type collector struct {
	name string
	// found says where it is; empty for nowhere.
	found func(*cluster.Inventory) string
	// ask is how its flows become a file, in a namespace.
	ask func(namespace string) string
	// absent is said where it was not found; empty for what is named only where it is.
	absent string
}

// collectors are those that need no more than kubectl and their own clients to be asked.
func collectors() []collector {
	return []collector{
		{"hubble", serviceNamed("hubble-relay"), func(ns string) string {
			return "hubble observe -P" + inNamespace(ns) + " --last 100000 -o json > flows.json"
		}, "no Service hubble-relay in any namespace"},
		{"whisker", serviceNamed("whisker"), func(string) string {
			return "kubectl port-forward -n calico-system service/whisker 8081, and GET /whisker-backend/flows of it"
		}, ""},
		{"kubescape", callbackOf(neighborhoods), func(ns string) string {
			return "kubectl get networkneighborhoods" + cmp.Or(inNamespace(ns), " -A") + " -o json > flows.json"
		}, ""},
		{"netobserv", daemonNamed("netobserv-ebpf-agent"), func(string) string { return "kubectl netobserv flows, and its file of JSON" }, ""},
		{"aws", daemonWith("aws-node", "aws-eks-nodeagent"), func(string) string {
			return "kubectl logs -n kube-system daemonset/aws-node -c aws-eks-nodeagent, of each pod: what pods with a policy did"
		}, ""},
		{"gadget", daemonNamed("gadget"), func(ns string) string {
			return "kubectl gadget run trace_tcp" + cmp.Or(inNamespace(ns), " -A") + " -o json > flows.json"
		}, ""},
		{"istio", podsWith("istio-proxy"), func(ns string) string {
			return "kubectl logs" + inNamespace(ns) + " POD -c istio-proxy, where access logs are on"
		}, ""},
	}
}

func inNamespace(ns string) string {
	if ns == "" {
		return ""
	}
	return " -n " + ns
}

// Collectors say what records flows in the cluster and how to ask for them, and what can be read
// of any: for a namespace, or all where it is empty. The order is that of how much they show.
func Collectors(inv *cluster.Inventory, namespace string) []api.SourceNote {
	var notes []api.SourceNote
	for _, c := range collectors() {
		switch place := c.found(inv); {
		case place != "":
			notes = append(notes, api.SourceNote{Name: c.name, Text: place, Command: c.ask(namespace)})
		case c.absent == "":
		case servicesUnread(inv) != "":
			notes = append(notes, api.SourceNote{Name: c.name, Text: "whether it is there is not known: " + servicesUnread(inv)})
		default:
			notes = append(notes, api.SourceNote{Name: c.name, Text: c.absent})
		}
	}
	return append(notes,
		api.SourceNote{Name: "conntrack", Text: "on each node, as root", Command: "conntrack -L > NODE.conntrack"},
		api.SourceNote{Name: "sockets", Text: "in each pod, TCP alone", Command: "cat /proc/net/tcp /proc/net/tcp6 > POD.tcp"},
	)
}

// servicesUnread is why not all Services were read, such as "list services: forbidden"; empty
// where they were.
func servicesUnread(inv *cluster.Inventory) string { return inv.Failed("", "services", "") }

func serviceNamed(name string) func(*cluster.Inventory) string {
	return func(inv *cluster.Inventory) string {
		for _, ns := range inv.NetworkNamespaces() {
			services, _ := inv.Services(ns)
			if slices.ContainsFunc(services, func(s *corev1.Service) bool { return s.Name == name }) {
				return "Service " + ns + "/" + name
			}
		}
		return ""
	}
}

func callbackOf(group string) func(*cluster.Inventory) string {
	return func(inv *cluster.Inventory) string {
		for _, c := range inv.Callbacks() {
			if strings.HasSuffix(c.Name, "."+group) {
				return c.Kind + " " + c.Name
			}
		}
		return ""
	}
}

func daemonNamed(name string) func(*cluster.Inventory) string { return daemonWith(name, "") }

// daemonWith finds a DaemonSet by its name, with a container where one is named.
func daemonWith(name, container string) func(*cluster.Inventory) string {
	return func(inv *cluster.Inventory) string {
		for _, w := range inv.Workloads() {
			if w.Ref.Kind == "DaemonSet" && w.Ref.Name == name && (container == "" || hasContainer(w, container)) {
				return w.Ref.From("")
			}
		}
		return ""
	}
}

// podsWith finds a workload with a container.
func podsWith(container string) func(*cluster.Inventory) string {
	return func(inv *cluster.Inventory) string {
		for _, w := range inv.Workloads() {
			if hasContainer(w, container) {
				return "container " + container + " of " + w.Ref.From("")
			}
		}
		return ""
	}
}
