package cluster

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// Where kubeadm keeps the kubelet configuration of the cluster.
const (
	kubeletConfigNamespace = "kube-system"
	kubeletConfigName      = "kubelet-config"
)

// seccompDefault reads the field of a KubeletConfiguration (kubelet.config.k8s.io/v1beta1).
func seccompDefault(cm *corev1.ConfigMap) workload.Fact {
	var config struct {
		SeccompDefault *bool `json:"seccompDefault"`
	}
	text, ok := cm.Data["kubelet"]
	if !ok || yaml.Unmarshal([]byte(text), &config) != nil {
		return workload.FactAbsent
	}
	return factOf(config.SeccompDefault != nil && *config.SeccompDefault)
}

func factOf(yes bool) workload.Fact {
	if yes {
		return workload.FactYes
	}
	return workload.FactNo
}

// Context gathers what is known from outside a workload for judging it.
func (inv *Inventory) Context(w *workload.Workload) workload.Context {
	ctx := workload.Context{
		SeccompDefault: inv.SeccompDefault,
		UserNamespaces: inv.userNamespaces(w),
		Runtime:        inv.runtime(w),
		Unread:         map[string]api.Unread{},
	}
	for _, u := range inv.Unread {
		switch {
		case u.Resource == "configmaps/"+kubeletConfigName:
			ctx.Unread[workload.FactSeccompDefault] = u
		case u.Resource == "nodes" || strings.HasPrefix(u.Resource, "nodes/"):
			ctx.Unread[workload.FactNodes] = u
		}
	}
	inv.surround(&ctx, w)
	return ctx
}

// userNamespaces tells whether every node under the pods has a runtime handler that supports
// user namespaces (node.status.runtimeHandlers[].features.userNamespaces).
func (inv *Inventory) userNamespaces(w *workload.Workload) workload.Fact {
	fact := workload.FactAbsent
	for _, pod := range w.Pods {
		if pod.Spec.NodeName == "" {
			continue
		}
		node := inv.nodes[pod.Spec.NodeName]
		if node == nil {
			return inv.nodesUnread()
		}
		if !nodeSupportsUserNamespaces(node, pod.Spec.RuntimeClassName) {
			return workload.FactNo
		}
		fact = workload.FactYes
	}
	return fact
}

func (inv *Inventory) nodesUnread() workload.Fact {
	if slices.ContainsFunc(inv.Unread, func(u api.Unread) bool { return strings.HasPrefix(u.Resource, "nodes") }) {
		return workload.FactUnknown
	}
	return workload.FactAbsent
}

// nodeSupportsUserNamespaces looks at the default handler; a RuntimeClass names a handler
// that need not have its name, so that then every handler must support them.
func nodeSupportsUserNamespaces(node *corev1.Node, runtimeClass *string) bool {
	supported := false
	for _, h := range node.Status.RuntimeHandlers {
		yes := h.Features != nil && h.Features.UserNamespaces != nil && *h.Features.UserNamespaces
		if runtimeClass == nil && h.Name == "" {
			return yes
		}
		if runtimeClass != nil && !yes {
			return false
		}
		supported = supported || yes
	}
	return runtimeClass != nil && supported
}

// runtime is that of the nodes under the pods, or of all nodes known when there are none.
func (inv *Inventory) runtime(w *workload.Workload) workload.Runtime {
	var names []string
	for _, pod := range w.Pods {
		if node := inv.nodes[pod.Spec.NodeName]; node != nil {
			names = append(names, runtimeName(node))
		}
	}
	if len(names) == 0 {
		for _, node := range inv.nodes {
			names = append(names, runtimeName(node))
		}
	}
	slices.Sort(names)
	if names = slices.Compact(names); len(names) == 0 {
		return workload.RuntimeOf("")
	}
	return workload.RuntimeOf(names[0])
}

func runtimeName(node *corev1.Node) string {
	name, _, _ := strings.Cut(node.Status.NodeInfo.ContainerRuntimeVersion, "://")
	return name
}
