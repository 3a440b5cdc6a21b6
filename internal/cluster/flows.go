package cluster

import (
	"context"
	"errors"
	"slices"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// flowKinds are the built-in kinds that observed flows are resolved against and policies are
// written with.
func flowKinds() []kind {
	return slices.Concat(builtinKinds(), networkKinds(), []kind{supportKind("Namespace"), nodeKind()}, callerKinds())
}

// flows reads all namespaces: a flow may come from any. A kind that may not be listed in all
// is listed in the query's.
func (c *collector) flows() []read {
	reads := []read{c.endpoints, c.custom}
	for _, k := range flowKinds() {
		reads = append(reads, c.listWide(k))
	}
	return reads
}

// scope is the namespace of the lists: that of the query, or all.
func (c *collector) scope() string {
	if c.query.Flows {
		return ""
	}
	return c.query.Namespace
}

// narrows tells that a list of all namespaces that failed is tried in that of the query: it is
// not allowed, or a snapshot of one namespace does not have it.
func (c *collector) narrows(namespace string, err error) bool {
	return c.query.Flows && namespace == "" && c.query.Namespace != "" && err != nil &&
		(Reason(err) == reasonForbidden || errors.Is(err, errNotInSnapshot))
}

func (c *collector) listWide(k kind) read {
	return func(ctx context.Context) {
		err := c.listKind(ctx, k, "")
		c.listed(k, "", err)
		c.settle(k, "", err)
		if !c.narrows("", err) {
			return
		}
		switch {
		case k.namespaced:
			// Whether this one fails too makes no difference: the first is noted.
			c.settle(k, c.query.Namespace, c.listKind(ctx, k, c.query.Namespace))
		case k.gvk.Kind == "Namespace":
			c.getSupport(k, "", c.query.Namespace)(ctx)
		}
		if k.gvk.Kind == "DaemonSet" && errors.Is(err, errNotInSnapshot) {
			c.daemons(ctx) // a snapshot of one namespace has the names of all
		}
	}
}

func (c *collector) listKind(ctx context.Context, k kind, namespace string) error {
	if k.gvk.Kind == "ReplicaSet" {
		return c.client.listMetadata(ctx, k.gvr, k.gvk, namespace, "", c.add(k))
	}
	return c.client.list(ctx, k.gvr, k.gvk, namespace, "", c.add(k))
}

// settle keeps what became of the list of a kind.
func (c *collector) settle(k kind, namespace string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := ownerKey{k.gvk.Group, k.gvk.Kind, namespace, ""}
	if err != nil {
		c.inv.support.failed[key] = true
	} else {
		c.inv.support.listed[key] = true
	}
}

// listAll lists the owners of a kind in the scope of the query.
func (c *collector) listAll(k kind) read {
	if !k.namespaced {
		return c.list(k, "", "")
	}
	return func(ctx context.Context) {
		namespace := c.scope()
		err := c.client.list(ctx, k.gvr, k.gvk, namespace, "", c.add(k))
		c.listed(k, namespace, err)
		if c.narrows(namespace, err) {
			_ = c.client.list(ctx, k.gvr, k.gvk, c.query.Namespace, "", c.add(k)) // the first failure is noted
		}
	}
}

// selectedFlows are the workloads of the query's namespace; nil stands for all.
func (c *collector) selectedFlows() []api.Ref {
	matching := c.inv.matching(c.query.Selector)
	if c.query.Namespace == "" {
		return matching
	}
	refs := []api.Ref{}
	for _, w := range c.inv.Workloads() {
		if w.Ref.Namespace == c.query.Namespace && (matching == nil || slices.Contains(matching, w.Ref)) {
			refs = append(refs, w.Ref)
		}
	}
	return refs
}

// noSuchNamespace tells that the query's namespace does not exist.
func (c *collector) noSuchNamespace() bool {
	if !c.query.Flows || c.query.Namespace == "" || c.inv.Namespace(c.query.Namespace).Fact != workload.FactNo {
		return false
	}
	return !slices.ContainsFunc(c.inv.keys(), func(key ownerKey) bool { return key.namespace == c.query.Namespace })
}

// Whole tells that the pods and the namespaces that were read are all of the cluster's.
func (inv *Inventory) Whole() bool {
	return inv.support.listed[ownerKey{"", "Pod", "", ""}] && inv.support.listed[ownerKey{"", "Namespace", "", ""}]
}
