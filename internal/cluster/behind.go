package cluster

import (
	"context"
	"errors"

	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// behind answers from a snapshot, and asks a server for what is not in it.
type behind struct {
	*replay
	server reader
}

func (b *behind) get(ctx context.Context, gvr schema.GroupVersionResource, gvk schema.GroupVersionKind, namespace, name string) (runtime.Object, error) {
	obj, err := b.replay.get(ctx, gvr, gvk, namespace, name)
	if errors.Is(err, errNotInSnapshot) {
		return b.server.get(ctx, gvr, gvk, namespace, name)
	}
	return obj, err
}

func (b *behind) list(ctx context.Context, gvr schema.GroupVersionResource, gvk schema.GroupVersionKind, namespace, selector string, add func(runtime.Object) error) error {
	err := b.replay.list(ctx, gvr, gvk, namespace, selector, add)
	if errors.Is(err, errNotInSnapshot) {
		return b.server.list(ctx, gvr, gvk, namespace, selector, add)
	}
	return err
}

func (b *behind) listMetadata(ctx context.Context, gvr schema.GroupVersionResource, gvk schema.GroupVersionKind, namespace, selector string, add func(runtime.Object) error) error {
	err := b.replay.listMetadata(ctx, gvr, gvk, namespace, selector, add)
	if errors.Is(err, errNotInSnapshot) {
		return b.server.listMetadata(ctx, gvr, gvk, namespace, selector, add)
	}
	return err
}

func (b *behind) listPods(ctx context.Context, namespace string, where fields.Selector, add func(runtime.Object) error) error {
	err := b.replay.listPods(ctx, namespace, where, add)
	if errors.Is(err, errNotInSnapshot) {
		return b.server.listPods(ctx, namespace, where, add)
	}
	return err
}

func (b *behind) kindOf(group, version, name string) (kind, error) {
	k, err := b.replay.kindOf(group, version, name)
	if errors.Is(err, errNotInSnapshot) {
		return b.server.kindOf(group, version, name)
	}
	return k, err
}
