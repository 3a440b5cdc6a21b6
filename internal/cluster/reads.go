package cluster

import (
	"cmp"
	"context"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// maxNodeGets is up to how many nodes are read one by one rather than in a list.
const maxNodeGets = 8

// facts reads what is true of the whole cluster.
func (c *collector) facts() []read {
	return []read{c.readVersion, c.readKubeletConfig}
}

func (c *collector) readVersion(ctx context.Context) {
	info, err := c.client.version(ctx)
	c.note(err)
	if err != nil {
		c.fail("the server's version", api.Unread{Verb: "get", Resource: "/version"}, err)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.inv.Server = info.GitVersion
}

// readKubeletConfig reads the ConfigMap that kubeadm keeps; a cluster without one does not
// show its kubelets' defaults.
func (c *collector) readKubeletConfig(ctx context.Context) {
	k := builtin("", "ConfigMap", "configmaps", "cm")
	obj, err := c.client.get(ctx, k.gvr, k.gvk, kubeletConfigNamespace, kubeletConfigName)
	c.note(err)
	switch {
	case apierrors.IsNotFound(err):
	case err != nil:
		c.fail("kubelet configuration", api.Unread{Verb: "get", Resource: "configmaps/" + kubeletConfigName, Namespace: kubeletConfigNamespace}, err)
		c.mu.Lock()
		defer c.mu.Unlock()
		c.inv.SeccompDefault = workload.FactUnknown
	default:
		_ = c.add(k)(obj)
	}
}

// everything lists every kind of workload of a namespace, or of all.
func (c *collector) everything(namespace string) []read {
	if !c.once("everything", namespace) {
		return nil
	}
	return append(c.builtins(namespace), c.listNodes)
}

// builtins lists every built-in kind of workload.
func (c *collector) builtins(namespace string) []read {
	var reads []read
	for _, k := range builtinKinds() {
		if k.gvk.Kind == "ReplicaSet" && !c.query.Revisions {
			reads = append(reads, c.listMetadata(k, namespace, ""))
		} else {
			reads = append(reads, c.list(k, namespace, ""))
		}
	}
	return reads
}

// list reads a kind whole.
func (c *collector) list(k kind, namespace, selector string) read {
	return func(ctx context.Context) {
		err := c.client.list(ctx, k.gvr, k.gvk, namespace, selector, c.add(k))
		c.listed(k, namespace, err)
	}
}

// listMetadata reads of a kind what leads from pods to their owners.
func (c *collector) listMetadata(k kind, namespace, selector string) read {
	return func(ctx context.Context) {
		err := c.client.listMetadata(ctx, k.gvr, k.gvk, namespace, selector, c.add(k))
		c.listed(k, namespace, err)
	}
}

func (c *collector) listed(k kind, namespace string, err error) {
	c.note(err)
	if err != nil {
		c.fail(k.gvr.Resource, api.Unread{
			Verb: "list", Group: k.gvk.Group, Resource: k.gvr.Resource, Namespace: namespace, Hides: !surrounds(k),
		}, err)
	}
}

func (c *collector) listNodes(ctx context.Context) {
	k := nodeKind()
	err := c.client.list(ctx, k.gvr, k.gvk, "", "", c.add(k))
	c.listed(k, "", err)
}

func nodeKind() kind {
	k := builtin("", "Node", "nodes", "no")
	k.namespaced = false
	return k
}

// nodes reads the nodes under the pods that ask for a user namespace, and one node for its
// runtime, where the nodes were not listed.
func (c *collector) nodes() []read {
	if len(c.query.Targets) == 0 {
		return nil
	}
	wanted := map[string]bool{}
	for _, pod := range c.inv.pods {
		if name := pod.Spec.NodeName; name != "" && (pod.Spec.HostUsers != nil || len(wanted) == 0) {
			wanted[name] = true
		}
	}
	if len(wanted) > maxNodeGets {
		return []read{c.listNodes}
	}
	var reads []read
	for name := range wanted {
		reads = append(reads, c.getNode(name))
	}
	return reads
}

func (c *collector) getNode(name string) read {
	return func(ctx context.Context) {
		k := nodeKind()
		obj, err := c.client.get(ctx, k.gvr, k.gvk, "", name)
		c.note(err)
		switch {
		case apierrors.IsNotFound(err):
		case err != nil:
			c.fail("node "+name, api.Unread{Verb: "get", Resource: "nodes/" + name}, err)
		default:
			_ = c.add(k)(obj)
		}
	}
}

// next are the reads that the objects on the way to the top owners call for: owners that
// were not read, and the pods of owners that were.
func (c *collector) next() []read {
	if c.query.Rights {
		return slices.Concat(c.pods(), c.parents(c.chain))
	}
	if len(c.query.Targets) == 0 || c.query.Flows {
		return append(c.parents(c.inv.keys()), c.slices()...)
	}
	if c.deep {
		return slices.Concat(c.pods(), c.parents(c.inv.keys()), c.around(), c.slices())
	}
	return slices.Concat(c.pods(), c.parents(c.chain), c.around(), c.slices())
}

// keys lists everything in the inventory, in order.
func (inv *Inventory) keys() []ownerKey {
	var keys []ownerKey
	for key := range inv.owners {
		keys = append(keys, key)
	}
	for key := range inv.pods {
		if inv.owners[key] == nil {
			keys = append(keys, key)
		}
	}
	slices.SortFunc(keys, compareKeys)
	return keys
}

func compareKeys(a, b ownerKey) int {
	return cmp.Or(
		cmp.Compare(a.namespace, b.namespace), cmp.Compare(a.kind, b.kind),
		cmp.Compare(a.name, b.name), cmp.Compare(a.group, b.group),
	)
}

// once tells whether a read was not tried before.
func (c *collector) once(parts ...string) bool {
	key := strings.Join(parts, "\x00")
	if c.tried[key] {
		return false
	}
	c.tried[key] = true
	return true
}
