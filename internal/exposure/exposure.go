// Package exposure finds the ways that lead from outside the cluster to the ports of pods:
// Services, ports of the node, Ingresses, routes of the Gateway API and of Istio. It also tells
// what a mesh asks of connections to them. It is pure, and reads objects of any shape: what it
// does not understand becomes a doubt, never a pass.
package exposure

import (
	"cmp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// Objects are what was read of what leads to pods. Services without a namespace are of the empty
// one.
type Objects struct {
	Services   []*corev1.Service
	Ingresses  []*networkingv1.Ingress
	Namespaces []*corev1.Namespace
	// Endpoints are those of the Services without a selector.
	Endpoints map[types.NamespacedName]Endpoints
	// Custom are the objects of the kinds that Kinds lists.
	Custom map[schema.GroupKind][]*unstructured.Unstructured
	// Unread are the kinds of which objects may be missing, with what the read failed for.
	Unread map[schema.GroupKind]string
	// Partial tells that what is not here may be in the cluster: they are of files.
	Partial bool
	// OwnRoutes tells that routes of the Gateway API were read in the namespaces judged alone.
	OwnRoutes bool
}

// Result is what leads to the pods of one workload.
type Result struct {
	// Services select the pods, Exposed are the ways in from outside; both sorted.
	Services []api.ServicePort
	Exposed  []api.Exposure
	// Mesh is what a mesh asks of connections.
	Mesh Mesh
	// Doubts say what may lead in and could not be judged, Notes what leads nowhere.
	Doubts, Notes []string
}

// Index is what leads to each Service. It may be asked by several goroutines.
type Index struct {
	objects    Objects
	namespaces map[string]*corev1.Namespace
	services   map[string][]*corev1.Service
	gateways   map[types.NamespacedName]*gateway
	istio      map[types.NamespacedName]*gateway
	grants     []grant
	peers      []peerAuthentication
	ways       map[types.NamespacedName][]way
	// doubts are about objects of a namespace that were not understood.
	doubts map[string][]string
	// named are doubts about what leads to a Service.
	named map[types.NamespacedName][]string
}

// way is one that leads to a port of a Service.
type way struct {
	api.Exposure
	to backend
}

// backend is a port of a Service by number or name; without either it is the only one.
type backend struct {
	service types.NamespacedName
	port    int32
	name    string
}

// New reads every object once.
func New(objects Objects) *Index {
	x := &Index{
		objects: objects, namespaces: map[string]*corev1.Namespace{}, services: map[string][]*corev1.Service{},
		gateways: map[types.NamespacedName]*gateway{}, istio: map[types.NamespacedName]*gateway{},
		ways: map[types.NamespacedName][]way{}, doubts: map[string][]string{}, named: map[types.NamespacedName][]string{},
	}
	for _, n := range objects.Namespaces {
		x.namespaces[n.Name] = n
	}
	for _, s := range objects.Services {
		x.services[s.Namespace] = append(x.services[s.Namespace], s)
	}
	for _, ingress := range objects.Ingresses {
		x.ingress(ingress)
	}
	x.readGatewayAPI()
	x.readIstio()
	x.readOpenShift()
	x.followAliases()
	return x
}

// add keeps a way.
func (x *Index) add(w way) { x.ways[w.to.service] = append(x.ways[w.to.service], w) }

// doubt keeps what may lead to any pod of a namespace.
func (x *Index) doubt(namespace string, texts ...string) {
	x.doubts[namespace] = append(x.doubts[namespace], texts...)
}

// complete tells that an object of a kind that is not here does not exist.
func (x *Index) complete(kind schema.GroupKind) bool {
	_, unread := x.objects.Unread[kind]
	return !unread && !x.objects.Partial
}

// Of finds what leads to the pods of a workload, given by its shapes.
func (x *Index) Of(namespace string, shapes []*workload.Shape) Result {
	r := Result{Services: []api.ServicePort{}, Exposed: nodePorts(shapes), Mesh: x.mesh(namespace, shapes)}
	selected := false
	for _, s := range x.services[namespace] {
		if s.Spec.Type == corev1.ServiceTypeExternalName || byHand(s) {
			continue
		}
		if behind := selectedBy(s, shapes); len(behind) > 0 {
			selected = true
			x.service(&r, s, targetsIn(behind))
		}
	}
	x.handWritten(&r, namespace, shapes)
	r.Doubts = append(r.Doubts, x.doubtsOf(namespace, selected)...)
	r.sort()
	return r
}

// doubtsOf are those about kinds and objects. Where Services were read and none selects the
// pods, no route leads to them.
func (x *Index) doubtsOf(namespace string, selected bool) []string {
	var out []string
	if why, unread := x.objects.Unread[serviceKind()]; unread {
		out = append(out, why)
		selected = true
	}
	if !selected {
		return out
	}
	for _, kind := range routing() {
		if why, unread := x.objects.Unread[kind]; unread {
			out = append(out, why)
		}
	}
	return append(out, x.doubts[namespace]...)
}

func (r *Result) sort() {
	slices.SortFunc(r.Services, func(a, b api.ServicePort) int {
		return cmp.Or(cmp.Compare(a.Service, b.Service), cmp.Compare(a.Port, b.Port),
			cmp.Compare(a.Protocol, b.Protocol), cmp.Compare(a.Target, b.Target))
	})
	r.Services = slices.Compact(r.Services)
	slices.SortFunc(r.Exposed, compareExposures)
	r.Exposed = slices.CompactFunc(r.Exposed, func(a, b api.Exposure) bool { return compareExposures(a, b) == 0 })
	for _, list := range []*[]string{&r.Doubts, &r.Notes} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
}

// compareExposures orders the surer of two that are the same first.
func compareExposures(a, b api.Exposure) int {
	return cmp.Or(cmp.Compare(a.Via, b.Via), slices.Compare(a.Hosts, b.Hosts), cmp.Compare(a.Port, b.Port), cmp.Compare(a.Target, b.Target),
		cmp.Compare(a.TLS, b.TLS), slices.Compare(a.From, b.From), cmp.Compare(a.Reach, b.Reach), cmp.Compare(sure(a), sure(b)))
}

func sure(e api.Exposure) int {
	if e.Derived {
		return 1
	}
	return 0
}

// sorted returns distinct strings in order, an empty list for none.
func sorted(list []string) []string {
	out := append([]string{}, list...)
	slices.SortFunc(out, strings.Compare)
	return slices.Compact(out)
}
