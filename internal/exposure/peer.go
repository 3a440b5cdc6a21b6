package exposure

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// rootNamespace is where a PeerAuthentication holds for the whole mesh, unless Istio was
// installed with another one.
const rootNamespace = "istio-system"

// peerAuthentication is what Istio asks of connections to pods.
type peerAuthentication struct {
	key types.NamespacedName
	// labels select pods; selects tells that there is a selector.
	labels  map[string]string
	selects bool
	// mode is empty where it is inherited.
	mode  string
	ports map[string]string
	// created decides between several of one scope: the oldest holds.
	created string
	bad     bool
}

// readPeerAuthentication follows
// https://istio.io/latest/docs/reference/config/security/peer_authentication/.
func readPeerAuthentication(u *unstructured.Unstructured) peerAuthentication {
	r := readerOf(u)
	spec := r.part(u.Object, "spec")
	p := peerAuthentication{key: nameOf(u), labels: map[string]string{}, ports: map[string]string{}}
	p.created = r.text(r.part(u.Object, "metadata"), "creationTimestamp")
	selector := r.part(r.part(spec, "selector"), "matchLabels")
	for key := range selector {
		p.labels[key] = r.text(selector, key)
	}
	p.selects = len(p.labels) > 0
	p.mode = modeOf(r, r.part(spec, "mtls"))
	ports := r.part(spec, "portLevelMtls")
	for port := range ports {
		if mode := modeOf(r, r.part(ports, port)); mode != "" {
			p.ports[port] = mode
		}
	}
	p.bad = len(r.notes) > 0
	return p
}

func modeOf(r *reader, n fields) string {
	switch mode := r.text(n, "mode"); mode {
	case "", "UNSET":
		return ""
	case "STRICT":
		return modeStrict
	case "PERMISSIVE":
		return modePermissive
	case "DISABLE":
		return modeOff
	default:
		r.bad("mode")
		return modeUnknown
	}
}

// istioMode is the mode for the pods of a shape: that of their own PeerAuthentication, else of
// the namespace, else of the mesh, else permissive; of single ports that of their own.
func (x *Index) istioMode(namespace string, shape *workload.Shape, by string) Mesh {
	if why, unread := x.objects.Unread[peerAuthenticationKind()]; unread {
		return Mesh{modeUnknown, "unknown (" + by + "): " + why}
	}
	mode, set := modePermissive, "no PeerAuthentication"
	ports := map[string]string{}
	for _, p := range x.peersOf(namespace, shape) {
		if p.mode != "" {
			mode, set = p.mode, "PeerAuthentication "+p.key.String()
		}
		if p.bad {
			mode, set = modeUnknown, "PeerAuthentication "+p.key.String()+" is not understood"
		}
		if p.selects {
			ports = p.ports
		}
	}
	if by == "Istio ambient" && mode == modeOff {
		mode = modePermissive // ztunnel always takes what is encrypted
	}
	if x.objects.Partial && set == "no PeerAuthentication" {
		return Mesh{modeUnknown, "unknown (" + by + "): the files hold no PeerAuthentication that holds for it"}
	}
	m := Mesh{mode, fmt.Sprintf("%s (%s: %s)", mode, by, set)}
	return m.but(ports).past(past(shape))
}

// peersOf are those that hold, the widest scope first.
func (x *Index) peersOf(namespace string, shape *workload.Shape) []peerAuthentication {
	mesh := x.oldest(func(p peerAuthentication) bool { return p.key.Namespace == rootNamespace && !p.selects })
	own := x.oldest(func(p peerAuthentication) bool { return p.key.Namespace == namespace && !p.selects })
	selected := x.oldest(func(p peerAuthentication) bool {
		return p.key.Namespace == namespace && p.selects && matches(p.labels, shape.Meta.Labels, !shape.Live)
	})
	return slices.Concat(mesh, own, selected)
}

// oldest is the one of several that holds, if there is any.
func (x *Index) oldest(holds func(peerAuthentication) bool) []peerAuthentication {
	var found []peerAuthentication
	for _, p := range x.peers {
		if holds(p) {
			found = append(found, p)
		}
	}
	slices.SortFunc(found, func(a, b peerAuthentication) int {
		return cmp.Or(cmp.Compare(a.created, b.created), cmp.Compare(a.key.String(), b.key.String()))
	})
	return found[:min(1, len(found))]
}

// but weakens a mode by ports of which another one holds, and tells of those that are stronger.
func (m Mesh) but(ports map[string]string) Mesh {
	var texts []string
	for _, port := range slices.SortedFunc(maps.Keys(ports), byNumber) {
		if ports[port] == m.Mode {
			continue
		}
		texts = append(texts, port+" "+ports[port])
	}
	if len(texts) == 0 {
		return m
	}
	if m.Mode == modeStrict {
		m.Mode = modePartly
	}
	m.Words += "; port " + strings.Join(texts, ", ")
	return m
}

func byNumber(a, b string) int {
	x, _ := strconv.Atoi(a)
	y, _ := strconv.Atoi(b)
	return cmp.Or(cmp.Compare(x, y), cmp.Compare(a, b))
}

// past are the ports that annotations take from Istio's sidecar.
func past(shape *workload.Shape) string {
	return shape.Meta.Annotations["traffic.sidecar.istio.io/excludeInboundPorts"]
}
