package check

import (
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// NodePlacement finds pods that run, or may run, where the control plane does.
func NodePlacement() Check {
	return Check{
		ID:        "node-placement",
		Title:     "Pod runs beside the control plane or past the scheduler",
		Severity:  api.SeverityMedium,
		Standards: []string{"owasp-2025:K01", "attack:T1610"},
		Doc: "What breaks out of a pod on a control-plane node has the keys of the cluster, where on " +
			"another node it has that node. Such nodes keep pods away by a taint, node-role.kubernetes.io/" +
			"control-plane (before 1.24 master): found are tolerations of it, by name or by operator " +
			"Exists without a key, and live pods on nodes that carry the label of that name. nodeName in " +
			"a manifest puts the pod on that node past the scheduler, its taints of effect NoSchedule and " +
			"its affinity; live pods all have it.",
		Fix:      "tolerations without the control plane's taint; nodeSelector or affinity in place of nodeName",
		MayBreak: "agents that must run on every node",
		Eval: func(s Subject) []Violation {
			var out []Violation
			if v, found := controlPlane(s); found {
				out = append(out, v)
			}
			if s.Spec.NodeName != "" && !scheduled(s) {
				out = append(out, Violation{
					Path: s.Join("spec.nodeName"), Got: s.Spec.NodeName, Want: "unset", Key: "nodeName",
					Message: fmt.Sprintf("put on node %s past the scheduler and its taints", s.Spec.NodeName),
				})
			}
			return out
		},
	}
}

// scheduled tells a pod of a cluster, to which the scheduler gave its node, from a manifest.
func scheduled(s Subject) bool {
	return s.Live && len(s.Pods) > 0 && s.Pods[0].Status.Phase != ""
}

// controlPlane reports pods on control-plane nodes, or else that they may get there.
func controlPlane(s Subject) (v Violation, found bool) {
	v = Violation{Path: s.Join("spec.tolerations"), Got: "unset", Want: "unset"}
	tolerated := ""
	for i, t := range s.Spec.Tolerations {
		if tolerated = toleratedBy(t); tolerated != "" {
			v.Path, v.Got = s.Join(fmt.Sprintf("spec.tolerations[%d]", i)), tolerated
			break
		}
	}
	nodes := controlPlaneNodes(s)
	switch {
	case len(nodes) == 1:
		v.Message = fmt.Sprintf("runs on control-plane node %s", nodes[0])
	case len(nodes) > 1:
		v.Message = fmt.Sprintf("runs on %s, %s first", workload.Plural(len(nodes), "control-plane node"), nodes[0])
	case tolerated != "":
		v.Message = fmt.Sprintf("may run on control-plane nodes: tolerates %s", tolerated)
	}
	return v, v.Message != ""
}

// toleratedBy says which taint of control-plane nodes is tolerated; empty for none.
func toleratedBy(t corev1.Toleration) string {
	if t.Effect != "" && t.Effect != corev1.TaintEffectNoSchedule {
		return ""
	}
	switch {
	case t.Key == "" && t.Operator == corev1.TolerationOpExists:
		return "every taint"
	case controlPlaneRole(t.Key) && (t.Operator == corev1.TolerationOpExists || t.Value == ""):
		return "taint " + t.Key
	}
	return ""
}

// controlPlaneNodes are those under the live pods, sorted by name.
func controlPlaneNodes(s Subject) []string {
	names := map[string]bool{}
	for _, pod := range s.Pods {
		if node := s.Context.Nodes[pod.Spec.NodeName]; node != nil {
			for label := range node.Labels {
				names[node.Name] = names[node.Name] || controlPlaneRole(label)
			}
		}
	}
	maps.DeleteFunc(names, func(_ string, yes bool) bool { return !yes })
	return slices.Sorted(maps.Keys(names))
}

// controlPlaneRole tells the key of the control plane's taint and label.
func controlPlaneRole(key string) bool {
	return key == "node-role.kubernetes.io/control-plane" || key == "node-role.kubernetes.io/master"
}
