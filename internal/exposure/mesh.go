package exposure

import (
	"cmp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// Mesh is what a mesh asks of connections to pods.
type Mesh struct {
	// Mode is that of api.Network.MTLSMode, Words say it with what sets it; empty without a mesh.
	Mode, Words string
}

// Modes of mutual TLS, weakest first but for the first two.
const (
	modeUnknown    = "unknown"
	modeNone       = "none"
	modeOff        = "off"
	modePermissive = "permissive"
	modePartly     = "partly"
	modeStrict     = "strict"
)

func modeRank(mode string) int {
	return slices.Index([]string{modeOff, modeNone, modePermissive, modePartly, modeUnknown, modeStrict}, mode)
}

// mesh is the weakest that holds for any of the pods: live ones, or the template's without any.
func (x *Index) mesh(namespace string, shapes []*workload.Shape) Mesh {
	var weakest Mesh
	live := slices.ContainsFunc(shapes, func(s *workload.Shape) bool { return s.Live })
	inside, outside := false, false
	for _, shape := range shapes {
		if shape.Live != live {
			continue
		}
		m := x.meshOf(namespace, shape)
		inside, outside = inside || m.Mode != "" && m.Mode != modeNone, outside || m.Mode == "" || m.Mode == modeNone
		if m.Mode != "" && (weakest.Mode == "" || modeRank(m.Mode) < modeRank(weakest.Mode)) {
			weakest = m
		}
	}
	if inside && outside {
		return Mesh{modePartly, "partly: some of the pods are outside of the mesh"}
	}
	return weakest
}

func (x *Index) meshOf(namespace string, shape *workload.Shape) Mesh {
	n := x.namespaces[namespace]
	if n == nil {
		n = &corev1.Namespace{}
	}
	_, known := x.namespaces[namespace]
	switch {
	case hasContainer(shape, "istio-proxy"):
		return x.istioMode(namespace, shape, "Istio")
	case hasContainer(shape, "linkerd-proxy"):
		return linkerdMode(n, shape)
	case ambient(n, shape):
		return x.istioMode(namespace, shape, "Istio ambient")
	case !shape.Live && injectsIstio(n, shape):
		return x.istioMode(namespace, shape, "Istio, once injected")
	case !shape.Live && injectsLinkerd(n, shape):
		return linkerdMode(n, shape)
	}
	bare := &workload.Shape{Meta: &metav1.ObjectMeta{}, Spec: &corev1.PodSpec{}}
	switch {
	case len(x.peers) > 0 && !known && !shape.Live:
		return Mesh{modeUnknown, "unknown: the labels of the namespace, by which Istio injects its sidecar, were not read"}
	case injectsIstio(n, bare):
		return Mesh{modeNone, "none: the namespace is in the Istio mesh, and the pods are not"}
	case injectsLinkerd(n, bare):
		return Mesh{modeNone, "none: the namespace is in the Linkerd mesh, and the pods are not"}
	}
	return Mesh{}
}

// hasContainer tells a container that runs as long as the pod.
func hasContainer(shape *workload.Shape, name string) bool {
	for c := range api.ServingContainers(shape.Spec) {
		if c.Name == name {
			return true
		}
	}
	return false
}

// ambient tells pods whose traffic goes through ztunnel
// (https://istio.io/latest/docs/ambient/usage/add-workloads/).
func ambient(n *corev1.Namespace, shape *workload.Shape) bool {
	const label = "istio.io/dataplane-mode"
	return !shape.Spec.HostNetwork && cmp.Or(shape.Meta.Labels[label], n.Labels[label]) == "ambient"
}

// injectsIstio tells a template that the injector gives a sidecar
// (https://istio.io/latest/docs/setup/additional-setup/sidecar-injection/).
func injectsIstio(n *corev1.Namespace, shape *workload.Shape) bool {
	const key = "sidecar.istio.io/inject"
	if shape.Spec.HostNetwork {
		return false
	}
	switch cmp.Or(shape.Meta.Labels[key], shape.Meta.Annotations[key]) {
	case "true":
		return true
	case "false":
		return false
	}
	switch n.Labels["istio-injection"] {
	case "enabled":
		return true
	case "disabled":
		return false
	}
	return cmp.Or(n.Labels["istio.io/rev"], shape.Meta.Labels["istio.io/rev"]) != ""
}

// injectsLinkerd tells a template that Linkerd gives a proxy
// (https://linkerd.io/2-edge/features/proxy-injection/).
func injectsLinkerd(n *corev1.Namespace, shape *workload.Shape) bool {
	return slices.Contains([]string{"enabled", "ingress"}, annotated(n, shape, "linkerd.io/inject"))
}

// annotated is an annotation of the pod, or else of its namespace.
func annotated(n *corev1.Namespace, shape *workload.Shape, key string) string {
	return cmp.Or(shape.Meta.Annotations[key], n.Annotations[key])
}

// linkerdMode is the default policy for what comes in. Linkerd always offers mutual TLS to
// clients of the mesh; whether others get in too the policy decides
// (https://linkerd.io/2-edge/reference/authorization-policy/#default-policies).
func linkerdMode(n *corev1.Namespace, shape *workload.Shape) Mesh {
	policy := annotated(n, shape, "config.linkerd.io/default-inbound-policy")
	for c := range shape.Containers() {
		for _, e := range c.Env {
			if c.Name == "linkerd-proxy" && e.Name == "LINKERD2_PROXY_INBOUND_DEFAULT_POLICY" && e.Value != "" {
				policy = e.Value // what the proxy runs with
			}
		}
	}
	m := Mesh{modePermissive, "permissive (Linkerd: default-inbound-policy " + cmp.Or(policy, "unset") + "; its Servers were not read)"}
	switch policy {
	case "all-authenticated", "cluster-authenticated", "deny":
		m = Mesh{modeStrict, "strict (Linkerd: default-inbound-policy " + policy + ")"}
	}
	return m.past(annotated(n, shape, "config.linkerd.io/skip-inbound-ports"))
}

// past weakens a mode by ports that the proxy does not see.
func (m Mesh) past(ports string) Mesh {
	list := words(ports)
	if len(list) == 0 {
		return m
	}
	if m.Mode == modeStrict {
		m.Mode = modePartly
	}
	m.Words += "; past the proxy: port " + strings.Join(list, ", ")
	return m
}
