// Package cluster holds everything that was read, from an API server or from files, and
// what could not be read. It is the only package that talks to an API server for the
// commands that judge.
package cluster

import (
	"fmt"
	"net/netip"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// Inventory is what was read, indexed.
type Inventory struct {
	// Server is the API server's version such as "v1.36.3"; empty when none was asked.
	Server string
	// SeccompDefault is the kubelet's seccompDefault in the cluster's kubelet configuration.
	SeccompDefault workload.Fact
	// Unread lists the reads that failed.
	Unread []api.Unread
	// DefaultNamespace is that of objects from files that name none.
	DefaultNamespace string
	// KeepHistory keeps the managedFields of what is no controller's pod: they tell who wrote a
	// field, and take more memory than the rest of an object.
	KeepHistory bool

	owners map[ownerKey]*owner
	pods   map[ownerKey]*corev1.Pod
	nodes  map[string]*corev1.Node
	specs  specs
	// neighbours are pods of other workloads, on the same nodes or within reach.
	neighbours map[ownerKey]*corev1.Pod
	// daemons are the names of DaemonSets, apiServer the addresses of the API server.
	daemons   []string
	apiServer []netip.AddrPort
	// secrets by namespace and name.
	secrets map[string]map[string]Secret

	support support
	claims  claimIndex
	configs configKeys
	// texts are those of ConfigMaps that were read, or were to be.
	texts map[types.NamespacedName]*configText
	// refused are RefusedPolicies.
	refused map[types.NamespacedName][]string
	// revisions are those of StatefulSets and DaemonSets.
	revisions map[ownerKey][]revision
	// left are pods that WithoutPods left out, podsAlone the workloads of PodsAlone.
	left, podsAlone map[ownerKey]bool
}

// NewInventory returns an empty inventory.
func NewInventory() *Inventory {
	return &Inventory{
		owners: map[ownerKey]*owner{},
		pods:   map[ownerKey]*corev1.Pod{},
		nodes:  map[string]*corev1.Node{},
		specs:  specs{},

		neighbours: map[ownerKey]*corev1.Pod{},
		secrets:    map[string]map[string]Secret{},
		support:    newSupport(),
		configs:    configKeys{},
		texts:      map[types.NamespacedName]*configText{},
		refused:    map[types.NamespacedName][]string{},
		revisions:  map[ownerKey][]revision{},
		left:       map[ownerKey]bool{},
		podsAlone:  map[ownerKey]bool{},
	}
}

// ownerKey identifies an object across versions of its group.
type ownerKey struct{ group, kind, namespace, name string }

func (k ownerKey) String() string {
	return fmt.Sprintf("%s %s/%s", k.kind, k.namespace, k.name)
}

// kindOnly is what the objects of one kind and namespace share.
func (k ownerKey) kindOnly() ownerKey {
	k.name = ""
	return k
}

// owner is an object that has pods, or owns an object that has.
type owner struct {
	ref       api.Ref
	meta      *metav1.ObjectMeta
	templates []workload.Template
	desired   *int
	// selector of its pods; empty where the kind has none.
	selector string
	// written is the same as it is in the object; nil where there is none.
	written *metav1.LabelSelector
	// finished tells a Job that ended.
	finished bool
	// asked tells an object that was named.
	asked  bool
	source workload.Source
}

// Add puts an object into the inventory. Kinds that no command reads are ignored. An object
// with the name of one already there replaces it, unless it is the metadata alone. The error says what is wrong with a
// workload that cannot be judged.
func (inv *Inventory) Add(obj runtime.Object, gvk schema.GroupVersionKind, source workload.Source) error {
	if m, ok := obj.(metav1.Object); ok && source.File != "" {
		inv.nameGenerated(m, gvk)
	}
	switch o := obj.(type) {
	case *corev1.Pod:
		return inv.addPod(o, source)
	case *corev1.Node:
		inv.nodes[o.Name] = reduceNode(o)
		return nil
	case *corev1.ConfigMap:
		if isKubeletConfig(o) {
			inv.SeccompDefault = seccompDefault(o)
		}
		inv.addConfigMap(o, source)
		inv.keepText(o)
		return nil
	case *appsv1.ControllerRevision:
		inv.addRevision(o)
		return nil
	case *corev1.Secret:
		inv.addSecretObject(o)
		inv.addSecretKeys(o, source)
		return nil
	}
	if inv.addSupport(obj) {
		return nil
	}
	inv.addCustom(obj) // it may own pods as well
	return inv.addOwner(obj, gvk, source)
}

func (inv *Inventory) addPod(pod *corev1.Pod, source workload.Source) error {
	if len(pod.Spec.Containers) == 0 {
		return fmt.Errorf("pod %q has no containers", pod.Name)
	}
	if pod.Namespace == "" {
		pod.Namespace = inv.DefaultNamespace
	}
	key := ownerKey{"", "Pod", pod.Namespace, pod.Name}
	if err := inv.unique(key, gvkPod(), source); err != nil {
		return err
	}
	inv.pods[key] = inv.specs.reducePod(pod)
	if inv.KeepHistory && controllerOf(&pod.ObjectMeta) == nil {
		inv.pods[key].ManagedFields = pod.ManagedFields
	}
	if source.File != "" {
		inv.owners[key] = &owner{ref: podRef(pod), meta: &inv.pods[key].ObjectMeta, source: source}
	}
	return nil
}

func podRef(pod *corev1.Pod) api.Ref {
	return api.Ref{APIVersion: "v1", Kind: "Pod", Namespace: pod.Namespace, Name: pod.Name}
}

func (inv *Inventory) addOwner(obj runtime.Object, gvk schema.GroupVersionKind, source workload.Source) error {
	o, err := ownerOf(obj, gvk)
	if err != nil || o == nil {
		return err
	}
	if o.ref.Namespace == "" {
		o.ref.Namespace, o.meta.Namespace = inv.DefaultNamespace, inv.DefaultNamespace
	}
	if err := inv.unique(keyOf(o.ref), gvk, source); err != nil {
		return err
	}
	o.source = source
	if m, ok := obj.(metav1.Object); ok && inv.KeepHistory {
		o.meta.ManagedFields = m.GetManagedFields()
	}
	if known := inv.owners[keyOf(o.ref)]; known == nil || len(o.templates) > 0 || len(known.templates) == 0 {
		o.asked = known != nil && known.asked
		inv.owners[keyOf(o.ref)] = o
	}
	if key := keyOf(o.ref); key.group == "apps" && key.kind == "DaemonSet" {
		inv.noteDaemon(key.namespace, key.name)
	}
	return nil
}

func keyOf(ref api.Ref) ownerKey {
	return ownerKey{ref.Group(), ref.Kind, ref.Namespace, ref.Name}
}

// metaOf is the metadata of an object that was read, empty for one that was not.
func (inv *Inventory) metaOf(key ownerKey) *metav1.ObjectMeta {
	if o := inv.owners[key]; o != nil {
		return o.meta
	}
	if pod := inv.pods[key]; pod != nil {
		return &pod.ObjectMeta
	}
	return &metav1.ObjectMeta{}
}

// unique is an error for an object of a file whose name an object of the files has already:
// one of the two would not be judged.
func (inv *Inventory) unique(key ownerKey, gvk schema.GroupVersionKind, source workload.Source) error {
	first := inv.owners[key]
	if source.File == "" || first == nil || first.source.File == "" {
		return nil
	}
	return fmt.Errorf("%s %q of namespace %s is there twice, first at %s:%d; only the first is explained",
		gvk.Kind, key.name, key.namespace, first.source.File, first.source.Line)
}

// nameGenerated names an object of a file that leaves its name to the API server.
func (inv *Inventory) nameGenerated(m metav1.Object, gvk schema.GroupVersionKind) {
	if m.GetName() != "" || m.GetGenerateName() == "" {
		return
	}
	namespace := m.GetNamespace()
	if namespace == "" {
		namespace = inv.DefaultNamespace
	}
	name := m.GetGenerateName()
	for n := 2; inv.owners[ownerKey{gvk.Group, gvk.Kind, namespace, name}] != nil; n++ {
		name = fmt.Sprintf("%s(%d)", m.GetGenerateName(), n)
	}
	m.SetName(name)
}

func gvkPod() schema.GroupVersionKind { return builtinKind("Pod").gvk }
