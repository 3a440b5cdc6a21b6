package cluster

import (
	"context"
	"maps"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// maxNodeLists is up to how many nodes have their pods listed one by one; beyond it the pods
// of all nodes are listed.
const maxNodeLists = 6

// Reach is where the rights of accounts lead: namespaces of which the pods and the accounts
// are to be read too. The empty namespace stands for all.
type Reach []string

// neighbours reads the pods on the nodes of the pods asked for: who is root on a node can
// become every pod on it.
func (c *collector) neighbours() []read {
	if c.query.Namespace == "" {
		return nil
	}
	nodes := map[string]bool{}
	for _, pod := range c.inv.pods {
		if name := pod.Spec.NodeName; name != "" && live(pod) {
			nodes[name] = true
		}
	}
	if len(nodes) > maxNodeLists {
		return c.podsElsewhere("")
	}
	var reads []read
	for _, name := range slices.Sorted(maps.Keys(nodes)) {
		reads = append(reads, c.podsWhere("", "spec.nodeName", name)...)
	}
	return reads
}

// podsWhere lists pods by a field, without making workloads of them.
func (c *collector) podsWhere(namespace, field, value string) []read {
	if !c.once("pods where", namespace, field, value) {
		return nil
	}
	return []read{func(ctx context.Context) {
		err := c.client.listPods(ctx, namespace, fields.OneTermEqualSelector(field, value), c.addNeighbour)
		c.note(err)
		if err != nil {
			c.fail("pods by "+field, api.Unread{Verb: "list", Resource: "pods", Namespace: namespace}, err)
		}
	}}
}

// podsElsewhere lists the pods of a namespace, or of all, without making workloads of them.
func (c *collector) podsElsewhere(namespace string) []read {
	if namespace == c.query.Namespace && len(c.query.Targets) == 0 || !c.once("pods of", namespace) {
		return nil
	}
	k := builtinKind("Pod")
	return []read{func(ctx context.Context) {
		err := c.client.list(ctx, k.gvr, k.gvk, namespace, "", c.addNeighbour)
		c.note(err)
		if err != nil {
			c.fail("pods in reach", api.Unread{Verb: "list", Resource: "pods", Namespace: namespace}, err)
		}
	}}
}

// reached reads what the rights of the accounts lead to.
func (c *collector) reached() []read {
	if c.query.Reach == nil || c.query.Namespace == "" {
		return nil
	}
	namespaces := c.query.Reach(c.inv)
	if slices.Contains(namespaces, "") {
		namespaces = Reach{""}
	}
	var reads []read
	for _, namespace := range namespaces {
		reads = append(reads, c.podsElsewhere(namespace)...)
		if _, all := c.inv.Accounts(namespace); !all {
			reads = append(reads, c.listOnce("ServiceAccount", namespace)...)
		}
		if namespace == "" {
			reads = append(reads, c.listOnce("Namespace", "")...)
		} else {
			reads = append(reads, c.getOnce("Namespace", "", namespace)...)
		}
	}
	return reads
}

func (c *collector) addNeighbour(obj runtime.Object) error {
	pod, ok := obj.(*corev1.Pod)
	if !ok || len(pod.Spec.Containers) == 0 {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	key := ownerKey{"", "Pod", pod.Namespace, pod.Name}
	if !c.inv.left[key] {
		c.inv.neighbours[key] = c.inv.specs.reducePod(pod)
	}
	return nil
}

// LivePods goes over all live pods that were read, those of workloads and those around them,
// by namespace and name.
func (inv *Inventory) LivePods() []*corev1.Pod {
	all := maps.Clone(inv.neighbours)
	maps.Copy(all, inv.pods)
	var pods []*corev1.Pod
	for _, pod := range all {
		if live(pod) {
			pods = append(pods, pod)
		}
	}
	slices.SortFunc(pods, func(a, b *corev1.Pod) int {
		if n := strings.Compare(a.Namespace, b.Namespace); n != 0 {
			return n
		}
		return strings.Compare(a.Name, b.Name)
	})
	return pods
}

// WorkloadOf names the workload of a pod. For a pod whose owner was not read it goes by the
// owner reference, and from a ReplicaSet to its Deployment by the hash in its name.
func (inv *Inventory) WorkloadOf(pod *corev1.Pod) api.Ref {
	key := ownerKey{"", "Pod", pod.Namespace, pod.Name}
	if inv.pods[key] != nil {
		return inv.refOf(inv.top(key))
	}
	ref := controllerOf(&pod.ObjectMeta)
	if ref == nil || ref.Kind == "Node" {
		return podRef(pod)
	}
	if owner := parentKey(key, ref); inv.owners[owner] != nil {
		return inv.refOf(inv.top(owner))
	}
	hash := pod.Labels[appsv1.DefaultDeploymentUniqueLabelKey]
	if name, cut := strings.CutSuffix(ref.Name, "-"+hash); ref.Kind == "ReplicaSet" && hash != "" && cut {
		return api.Ref{APIVersion: appsv1.SchemeGroupVersion.String(), Kind: "Deployment", Namespace: pod.Namespace, Name: name}
	}
	return api.Ref{APIVersion: ref.APIVersion, Kind: ref.Kind, Namespace: pod.Namespace, Name: ref.Name}
}
