package cluster

import (
	"context"
	"fmt"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// targets reads what the query names.
func (c *collector) targets() []read {
	reads := make([]read, 0, len(c.query.Targets))
	for _, t := range c.query.Targets {
		reads = append(reads, func(ctx context.Context) { c.readTarget(ctx, t) })
	}
	return reads
}

func (c *collector) readTarget(ctx context.Context, t Target) {
	k, err := c.client.resolve(t.Type)
	if err != nil {
		c.note(err)
		c.problem(err)
		return
	}
	namespace := c.query.Namespace
	if !k.namespaced {
		namespace = ""
	}
	if t.Name == "" {
		c.listTargets(ctx, k, namespace)
		return
	}
	obj, err := c.client.get(ctx, k.gvr, k.gvk, namespace, t.Name)
	c.note(err)
	if err != nil {
		c.problem(c.targetError(ctx, k, namespace, t.Name, err))
		return
	}
	if err := c.target(k, obj); err != nil {
		c.problem(err)
	}
}

func (c *collector) listTargets(ctx context.Context, k kind, namespace string) {
	err := c.client.list(ctx, k.gvr, k.gvk, namespace, c.query.Selector, func(obj runtime.Object) error {
		if err := c.target(k, obj); err != nil {
			c.problem(err)
		}
		return nil
	})
	c.listed(k, namespace, err)
}

// target adds an object that was asked for and puts it at the start of a chain.
func (c *collector) target(k kind, obj runtime.Object) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	gvk := itemKind(obj, k.gvk)
	if err := c.inv.Add(obj, gvk, workload.Source{}); err != nil {
		return err
	}
	o, err := ownerOf(obj, gvk)
	if err != nil {
		return err
	}
	accessor, ok := obj.(metav1.Object)
	if !ok {
		return fmt.Errorf("%s: %w", k.gvr.GroupResource(), errNotWorkload)
	}
	key := ownerKey{gvk.Group, gvk.Kind, accessor.GetNamespace(), accessor.GetName()}
	if c.inv.pods[key] != nil {
		c.inv.keepPod(key)
	} else if o == nil || len(o.templates) == 0 && !isLink(obj, gvk) && scheme.Scheme.Recognizes(gvk) {
		return fmt.Errorf("%s %q has no pod template; %w", k.gvr.GroupResource(), accessor.GetName(), errNotWorkload)
	}
	if known := c.inv.owners[key]; known != nil {
		known.asked = true
	}
	if c.query.Flows && !hasBuiltinTemplate(key.group, key.kind) && key.kind != "Pod" {
		c.deep = true
	}
	c.chain = append(c.chain, key)
	return nil
}

// isLink tells the metadata of an object between pods and their owner, of which a snapshot
// keeps no more.
func isLink(obj runtime.Object, gvk schema.GroupVersionKind) bool {
	partial, ok := obj.(*metav1.PartialObjectMetadata)
	return ok && hasBuiltinTemplate(gvk.Group, gvk.Kind) && controllerOf(&partial.ObjectMeta) != nil
}

// inventoryFor keeps the history of objects where every target has a name, so that few are read.
func inventoryFor(q Query) *Inventory {
	inv := NewInventory()
	unnamed := func(t Target) bool { return t.Name == "" }
	inv.KeepHistory = !q.Flows && len(q.Targets) > 0 && !slices.ContainsFunc(q.Targets, unnamed)
	return inv
}

// keepPod keeps a pod that was asked for even when it has ended.
func (inv *Inventory) keepPod(key ownerKey) {
	pod := inv.pods[key]
	inv.owners[key] = &owner{ref: podRef(pod), meta: &pod.ObjectMeta, desired: new(1)}
}

func (c *collector) problem(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.problems = append(c.problems, err)
}

// targetError says what a target that could not be read would need.
func (c *collector) targetError(ctx context.Context, k kind, namespace, name string, err error) error {
	where := ""
	if namespace != "" {
		where = " in namespace " + namespace
	}
	switch {
	case apierrors.IsNotFound(err):
		hint := ""
		if near := Nearest(name, c.client.names(ctx, k, namespace)); near != "" {
			hint = "; did you mean " + shortRef(k, near) + "?"
		}
		return fmt.Errorf("%s %q not found%s%s", k.gvr.GroupResource(), name, where, hint)
	case apierrors.IsForbidden(err):
		return fmt.Errorf("%s %q%s: forbidden; it needs the right to get %s", k.gvr.GroupResource(), name, where, k.gvr.GroupResource())
	}
	return fmt.Errorf("get %s %q%s: %s", k.gvr.GroupResource(), name, where, Reason(err))
}

func shortRef(k kind, name string) string {
	if k.shortName != "" {
		return k.shortName + "/" + name
	}
	return k.gvr.Resource + "/" + name
}

// selected are the top owners of the first n objects of the chain, the targets.
func (c *collector) selected(n int) []api.Ref {
	if len(c.query.Targets) == 0 && len(c.pages) == 0 {
		if c.query.Flows {
			return c.selectedFlows()
		}
		return c.inv.matching(c.query.Selector)
	}
	refs := []api.Ref{}
	for _, key := range c.chain[:n] {
		for _, top := range c.inv.topsOf(key) {
			if ref := c.inv.refOf(top); !slices.Contains(refs, ref) {
				refs = append(refs, ref)
			}
		}
	}
	return refs
}
