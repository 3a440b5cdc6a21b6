package cluster

import (
	"context"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/version"
)

// reader answers the reads of a collector: an API server, or a snapshot of what one answered.
// Its methods may be called at the same time.
type reader interface {
	version(ctx context.Context) (version.Info, error)
	get(ctx context.Context, gvr schema.GroupVersionResource, gvk schema.GroupVersionKind, namespace, name string) (runtime.Object, error)
	list(ctx context.Context, gvr schema.GroupVersionResource, gvk schema.GroupVersionKind, namespace, selector string, add func(runtime.Object) error) error
	// listMetadata gives the items as *metav1.PartialObjectMetadata.
	listMetadata(ctx context.Context, gvr schema.GroupVersionResource, gvk schema.GroupVersionKind, namespace, selector string, add func(runtime.Object) error) error
	// listPods lists the pods of a namespace, or of all, by their node or their account.
	listPods(ctx context.Context, namespace string, where fields.Selector, add func(runtime.Object) error) error
	listSecrets(ctx context.Context, namespace string, add func(Secret)) error
	// names lists what there is of a kind, for a suggestion; it may give none.
	names(ctx context.Context, k kind, namespace string) []string
	// resolve finds the kind of a TYPE, kindOf that of an owner reference.
	resolve(name string) (kind, error)
	kindOf(group, version, name string) (kind, error)
}

// server is the reader that asks an API server.
type server struct {
	*client
	mapper func() (meta.RESTMapper, error)
}

func (s *server) listMetadata(ctx context.Context, gvr schema.GroupVersionResource, _ schema.GroupVersionKind, namespace, selector string, add func(runtime.Object) error) error {
	return s.client.listMetadata(ctx, gvr, namespace, selector, add)
}

// names gives none without the right to list.
func (s *server) names(ctx context.Context, k kind, namespace string) []string {
	var names []string
	_ = s.client.listMetadata(ctx, k.gvr, namespace, "", func(obj runtime.Object) error {
		if m, ok := obj.(metav1.Object); ok {
			names = append(names, m.GetName())
		}
		return nil
	})
	return names
}

func (s *server) resolve(name string) (kind, error) { return resolve(s.mapper, name) }

func (s *server) kindOf(group, version, name string) (kind, error) {
	return kindOf(s.mapper, group, version, name)
}
