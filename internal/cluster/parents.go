package cluster

import (
	"context"
	"maps"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// maxOwnerGets is up to how many owners of one kind are read one by one rather than in a list.
const maxOwnerGets = 8

// maxPodLists is up to how many owners of one namespace have their pods listed by selector;
// beyond it all pods of the namespace are listed.
const maxPodLists = 3

// missing is an owner that is referred to and was not read.
type missing struct {
	key     ownerKey
	version string
}

// parents reads the controllers of objects that were read.
func (c *collector) parents(keys []ownerKey) []read {
	byKind := map[schema.GroupVersionKind][]missing{}
	var kinds []schema.GroupVersionKind
	for _, key := range keys {
		m, ok := c.missingParent(key)
		if !ok {
			continue
		}
		gvk := schema.GroupVersionKind{Group: m.key.group, Version: m.version, Kind: m.key.kind}
		if byKind[gvk] == nil {
			kinds = append(kinds, gvk)
		}
		byKind[gvk] = append(byKind[gvk], m)
	}
	var reads []read
	for _, gvk := range kinds {
		if len(byKind[gvk]) > maxOwnerGets {
			reads = append(reads, func(ctx context.Context) { c.listOwners(ctx, gvk) })
			continue
		}
		for _, m := range byKind[gvk] {
			reads = append(reads, func(ctx context.Context) { c.getOwner(ctx, m) })
		}
	}
	return reads
}

// missingParent finds what is to be read above an object: its controller, or the object
// itself where its metadata alone is known and it has no controller.
func (c *collector) missingParent(key ownerKey) (missing, bool) {
	if !c.deep && !c.inv.looksUp(key) {
		return missing{}, false
	}
	up, ok := c.inv.parent(key)
	if !ok {
		o := c.inv.owners[key]
		partial := o != nil && len(o.templates) == 0 && hasBuiltinTemplate(key.group, key.kind)
		return missing{key, "v1"}, partial && c.once("get", key.group, key.kind, key.namespace, key.name)
	}
	gv, err := schema.ParseGroupVersion(controllerOf(c.inv.metaOf(key)).APIVersion)
	if err != nil {
		return missing{}, false
	}
	if len(c.query.Targets) > 0 && c.once("chain", up.group, up.kind, up.namespace, up.name) {
		c.chain = append(c.chain, up)
	}
	return missing{up, gv.Version}, c.inv.owners[up] == nil && c.once("get", up.group, up.kind, up.namespace, up.name)
}

func (c *collector) getOwner(ctx context.Context, m missing) {
	key := m.key
	k, err := c.client.kindOf(key.group, m.version, key.kind)
	if err != nil {
		c.fail(key.String(), api.Unread{Verb: "get", Group: key.group, Resource: strings.ToLower(key.kind) + "/" + key.name, Namespace: key.namespace, Hides: true}, err)
		return
	}
	namespace := key.namespace
	if !k.namespaced {
		namespace = ""
	}
	obj, err := c.client.get(ctx, k.gvr, k.gvk, namespace, key.name)
	c.note(err)
	switch {
	case apierrors.IsNotFound(err):
	case err != nil:
		c.fail(key.String(), api.Unread{Verb: "get", Group: k.gvk.Group, Resource: k.gvr.Resource + "/" + key.name, Namespace: namespace, Hides: true}, err)
	default:
		_ = c.add(k)(obj)
	}
}

func (c *collector) listOwners(ctx context.Context, gvk schema.GroupVersionKind) {
	k, err := c.client.kindOf(gvk.Group, gvk.Version, gvk.Kind)
	if err != nil {
		c.fail(gvk.Kind, api.Unread{Verb: "list", Group: gvk.Group, Resource: strings.ToLower(gvk.Kind), Namespace: c.scope(), Hides: true}, err)
		return
	}
	c.listAll(k)(ctx)
}

// pods lists the pods behind the owners on the chain, and the objects between the two.
func (c *collector) pods() []read {
	byNamespace := map[string][]ownerKey{}
	for _, key := range c.chain {
		if o := c.inv.owners[key]; o != nil && (len(o.templates) > 0 || !hasBuiltinTemplate(key.group, key.kind) && key.kind != "Pod") {
			byNamespace[key.namespace] = append(byNamespace[key.namespace], key)
		}
	}
	var reads []read
	for _, namespace := range slices.Sorted(maps.Keys(byNamespace)) {
		if keys := byNamespace[namespace]; len(keys) > maxPodLists {
			reads = append(reads, c.listPods(namespace, "", "ReplicaSet", "Job")...)
		} else {
			for _, key := range keys {
				reads = append(reads, c.podsOf(key)...)
			}
		}
	}
	return reads
}

// podsOf lists the pods of one owner by its selector. What a custom object owns is not known
// beforehand: everything is listed.
func (c *collector) podsOf(key ownerKey) []read {
	if !hasBuiltinTemplate(key.group, key.kind) {
		c.deep = true
		return c.everything(key.namespace)
	}
	selector := c.inv.owners[key].selector
	switch key.kind {
	case "StatefulSet", "DaemonSet", "ReplicationController", "Job":
		return c.listPods(key.namespace, selector)
	case "CronJob":
		return c.listPods(key.namespace, jobNameLabel, "Job")
	default:
		return c.listPods(key.namespace, selector, "ReplicaSet")
	}
}

// listPods lists pods, and the objects that stand between them and their owner, each once.
func (c *collector) listPods(namespace, selector string, between ...string) []read {
	var reads []read
	for _, name := range append(between, "Pod") {
		k := builtinKind(name)
		switch {
		case c.tried[strings.Join([]string{"list", name, namespace, ""}, "\x00")], !c.once("list", name, namespace, selector):
		case name == "ReplicaSet" && !c.query.Revisions:
			reads = append(reads, c.listMetadata(k, namespace, selector))
		case name == "Job":
			reads = append(reads, c.list(k, namespace, ""))
		default:
			reads = append(reads, c.list(k, namespace, selector))
		}
	}
	return reads
}

// jobNameLabel is on the pods of every Job, in old and new clusters alike.
const jobNameLabel = "job-name"
