package cluster

import (
	"context"
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
	parent := controllerOf(c.inv.metaOf(key))
	if parent == nil {
		o := c.inv.owners[key]
		partial := o != nil && len(o.templates) == 0 && hasBuiltinTemplate(key.group, key.kind)
		return missing{key, "v1"}, partial && c.once("get", key.group, key.kind, key.namespace, key.name)
	}
	gv, err := schema.ParseGroupVersion(parent.APIVersion)
	if err != nil || parent.Kind == "Node" {
		return missing{}, false
	}
	up := parentKey(key, parent)
	if len(c.query.Targets) > 0 && c.once("chain", up.group, up.kind, up.namespace, up.name) {
		c.chain = append(c.chain, up)
	}
	return missing{up, gv.Version}, c.inv.owners[up] == nil && c.once("get", up.group, up.kind, up.namespace, up.name)
}

func (c *collector) getOwner(ctx context.Context, m missing) {
	key := m.key
	k, err := kindOf(c.conn.Mapper, key.group, m.version, key.kind)
	if err != nil {
		c.fail(key.String(), api.Unread{Verb: "get", Group: key.group, Resource: strings.ToLower(key.kind) + "/" + key.name, Namespace: key.namespace}, err)
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
		c.fail(key.String(), api.Unread{Verb: "get", Group: k.gvk.Group, Resource: k.gvr.Resource + "/" + key.name, Namespace: namespace}, err)
	default:
		_ = c.add(k)(obj)
	}
}

func (c *collector) listOwners(ctx context.Context, gvk schema.GroupVersionKind) {
	k, err := kindOf(c.conn.Mapper, gvk.Group, gvk.Version, gvk.Kind)
	if err != nil {
		c.fail(gvk.Kind, api.Unread{Verb: "list", Group: gvk.Group, Resource: strings.ToLower(gvk.Kind), Namespace: c.query.Namespace}, err)
		return
	}
	c.list(k, c.query.Namespace, "")(ctx)
}

// pods lists the pods behind the owners on the chain, and the objects between the two.
func (c *collector) pods() []read {
	byNamespace := map[string][]ownerKey{}
	var namespaces []string
	for _, key := range c.chain {
		if o := c.inv.owners[key]; o != nil && len(o.templates) > 0 {
			if byNamespace[key.namespace] == nil {
				namespaces = append(namespaces, key.namespace)
			}
			byNamespace[key.namespace] = append(byNamespace[key.namespace], key)
		}
	}
	var reads []read
	for _, namespace := range namespaces {
		if keys := byNamespace[namespace]; len(keys) > maxPodLists {
			reads = append(reads, c.allPods(namespace)...)
		} else {
			for _, key := range keys {
				reads = append(reads, c.podsOf(key)...)
			}
		}
	}
	return reads
}

func (c *collector) allPods(namespace string) []read {
	if !c.once("pods", namespace, "") {
		return nil
	}
	return []read{
		c.list(builtinKind("Pod"), namespace, ""),
		c.list(builtinKind("Job"), namespace, ""),
		c.listMetadata(builtinKind("ReplicaSet"), namespace, ""),
	}
}

func (c *collector) podsOf(key ownerKey) []read {
	selector := c.inv.owners[key].selector
	if key.kind == "CronJob" {
		selector = jobNameLabel
	}
	if c.tried["pods\x00"+key.namespace+"\x00"] || !c.once("pods", key.namespace, selector) {
		return nil
	}
	reads := []read{c.list(builtinKind("Pod"), key.namespace, selector)}
	switch key.kind {
	case "StatefulSet", "DaemonSet", "ReplicationController", "Job":
		return reads
	case "CronJob":
		return append(reads, c.list(builtinKind("Job"), key.namespace, ""))
	default:
		return append(reads, c.listMetadata(builtinKind("ReplicaSet"), key.namespace, selector))
	}
}

// jobNameLabel is on the pods of every Job, in old and new clusters alike.
const jobNameLabel = "job-name"
