package shop

import (
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/yaml"
)

// Objects are all of the shop, as a cluster has them.
func (s *Shop) Objects() []runtime.Object {
	out := s.Manifests()
	for _, o := range out {
		if m, ok := o.(metav1.Object); ok && m.GetNamespace() != "" {
			m.SetUID(uid(kindOf(o).Kind, m.GetNamespace(), m.GetName()))
		}
	}
	for _, w := range s.Workloads {
		if w.Kind == "Deployment" {
			out = append(out, w.replicaSet())
		}
		for _, pod := range w.Pods {
			if !pod.Gone {
				out = append(out, w.pod(pod))
			}
		}
		if w.Kind == "CronJob" {
			out = append(out, w.nightlyJob())
		}
	}
	for _, service := range s.Services {
		out = append(out, service.slices()...)
	}
	for _, n := range s.Nodes {
		out = append(out, n.Object())
	}
	return append(out, s.kubernetes()...)
}

// Manifests are those that a user would apply: namespaces, workloads, Services, policies.
func (s *Shop) Manifests() []runtime.Object {
	var out []runtime.Object
	for _, name := range s.Namespaces() {
		out = append(out, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{corev1.LabelMetadataName: name}}})
	}
	for _, w := range s.Workloads {
		out = append(out, w.object())
	}
	out = append(out, s.configMaps()...)
	for _, service := range s.Services {
		out = append(out, service.object())
	}
	return append(out, s.redisIn(), s.ingress(), s.ingressClass())
}

// Namespaces are those of the workloads, sorted.
func (s *Shop) Namespaces() []string {
	var out []string
	for _, w := range s.Workloads {
		out = append(out, w.Namespace)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// YAML are the objects as a file.
func (s *Shop) YAML() string { return YAML(s.Objects()) }

// YAML writes objects as documents.
func YAML(objects []runtime.Object) string {
	var out strings.Builder
	for _, o := range objects {
		o.GetObjectKind().SetGroupVersionKind(kindOf(o))
		text, err := yaml.Marshal(o)
		if err != nil {
			panic(err) // of an object that has no form
		}
		out.WriteString("---\n")
		out.Write(text)
	}
	return out.String()
}

func kindOf(o runtime.Object) schema.GroupVersionKind {
	kinds, _, err := scheme.Scheme.ObjectKinds(o)
	if err != nil {
		panic(err) // of a kind that is not Kubernetes' own
	}
	return kinds[0]
}

func uid(parts ...string) types.UID { return types.UID("uid-" + strings.Join(parts, "-")) }

// id is the UID of the workload in a file.
func (w *Workload) id() types.UID { return uid(w.Kind, w.Namespace, w.Name) }

func (w *Workload) meta() metav1.ObjectMeta {
	return metav1.ObjectMeta{Name: w.Name, Namespace: w.Namespace, Labels: w.Labels}
}

// revision is the hash of its ReplicaSet.
func (w *Workload) revision() string {
	_, rest, _ := strings.Cut(w.Pods[0].Name, w.Name+"-")
	hash, _, _ := strings.Cut(rest, "-")
	return hash
}

func owner(kind, group, name string, id types.UID) []metav1.OwnerReference {
	yes := true
	return []metav1.OwnerReference{{APIVersion: group, Kind: kind, Name: name, UID: id, Controller: &yes, BlockOwnerDeletion: &yes}}
}

func with(labels map[string]string, more ...string) map[string]string {
	out := map[string]string{}
	maps.Copy(out, labels)
	for i := 0; i < len(more); i += 2 {
		out[more[i]] = more[i+1]
	}
	return out
}

// Object is the node as the API has it.
func (n *Node) Object() *corev1.Node {
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: n.Name, Labels: map[string]string{corev1.LabelHostname: n.Name}, UID: uid("Node", n.Name)},
		Spec:       corev1.NodeSpec{PodCIDR: n.Pods4.String(), PodCIDRs: []string{n.Pods4.String(), n.Pods6.String()}},
		Status: corev1.NodeStatus{
			Addresses: []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: n.Address.String()}, {Type: corev1.NodeHostName, Address: n.Name}},
			NodeInfo:  corev1.NodeSystemInfo{KubeletVersion: "v1.36.3"},
		},
	}
}
