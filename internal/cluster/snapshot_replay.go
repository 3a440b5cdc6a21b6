package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/version"
)

// replay answers reads from a snapshot. It gives copies: what reads them may change them.
type replay struct{ *Snapshot }

// err is the error that the read failed with.
func (f *SnapshotFailure) err() error {
	if f.Code == 0 {
		return errors.New(f.Reason)
	}
	return &apierrors.StatusError{ErrStatus: metav1.Status{
		Status: metav1.StatusFailure, Code: f.Code, Reason: metav1.StatusReason(f.Reason), Message: f.Reason,
	}}
}

func (s *replay) version(context.Context) (version.Info, error) {
	if f := s.failure("get", schema.GroupResource{Resource: versionPath}, "", ""); f != nil {
		return version.Info{}, f.err()
	}
	return version.Info{GitVersion: s.Server}, nil
}

// failure finds the failed read of one object.
func (s *replay) failure(verb string, gr schema.GroupResource, namespace, name string) *SnapshotFailure {
	for _, r := range s.Reads {
		if r.Failure != nil && r.Verb == verb && r.Group == gr.Group && r.Resource == gr.Resource && r.Namespace == namespace && r.Name == name {
			return r.Failure
		}
	}
	return nil
}

// get falls back on the list that would have had the object: it is not there, or the list
// failed as the read of one would have.
func (s *replay) get(_ context.Context, gvr schema.GroupVersionResource, gvk schema.GroupVersionKind, namespace, name string) (runtime.Object, error) {
	if f := s.failure("get", gvr.GroupResource(), namespace, name); f != nil {
		return nil, f.err()
	}
	if r, found := s.objects[ownerKey{gvk.Group, gvk.Kind, namespace, name}]; found && s.usable(r) {
		return r.object.DeepCopyObject(), nil
	}
	list, found := s.covering(gvr.GroupResource(), namespace, "")
	switch {
	case !found:
		return nil, errNotInSnapshot
	case list.Failure != nil:
		return nil, list.Failure.err()
	}
	return nil, apierrors.NewNotFound(gvr.GroupResource(), name)
}

// usable leaves out metadata that leads to no owner.
func (s *replay) usable(r recorded) bool {
	partial, is := r.object.(*metav1.PartialObjectMetadata)
	return !is || controllerOf(&partial.ObjectMeta) != nil
}

// covering finds the list that had what a list asks for, best one that succeeded.
func (s *replay) covering(gr schema.GroupResource, namespace, selector string) (SnapshotRead, bool) {
	var failed *SnapshotRead
	for i, r := range s.Reads {
		switch {
		case r.Verb != "list" || r.Group != gr.Group || r.Resource != gr.Resource:
		case r.Fields != "":
		case r.Namespace != "" && r.Namespace != namespace || r.Selector != "" && r.Selector != selector:
		case r.Failure == nil:
			return r, true
		case failed == nil:
			failed = &s.Reads[i]
		}
	}
	if failed != nil {
		return *failed, true
	}
	return SnapshotRead{}, false
}

// list gives the objects of a kind, of ReplicaSets that have an owner their metadata.
func (s *replay) list(_ context.Context, gvr schema.GroupVersionResource, gvk schema.GroupVersionKind, namespace, selector string, add func(runtime.Object) error) error {
	return s.each(gvr, gvk, namespace, selector, func(r recorded) error {
		if !s.usable(r) {
			return errNotInSnapshot
		}
		return add(r.object.DeepCopyObject())
	})
}

func (s *replay) listMetadata(_ context.Context, gvr schema.GroupVersionResource, gvk schema.GroupVersionKind, namespace, selector string, add func(runtime.Object) error) error {
	return s.each(gvr, gvk, namespace, selector, func(r recorded) error {
		m, ok := r.object.DeepCopyObject().(metav1.Object)
		if !ok {
			return nil
		}
		return add(meta.AsPartialObjectMetadata(m))
	})
}

// listPods gives the pods that were listed so, or are among those of a wider list.
func (s *replay) listPods(ctx context.Context, namespace string, where fields.Selector, add func(runtime.Object) error) error {
	k := builtinKind("Pod")
	found := func(obj runtime.Object) error {
		if pod, ok := obj.(*corev1.Pod); ok && where.Matches(podFields(pod)) {
			return add(pod)
		}
		return nil
	}
	at := slices.IndexFunc(s.Reads, func(r SnapshotRead) bool {
		return r.Verb == "list" && r.Group == "" && r.Resource == k.gvr.Resource && r.Namespace == namespace && r.Fields == where.String()
	})
	if at < 0 {
		return s.list(ctx, k.gvr, k.gvk, namespace, "", found)
	}
	return s.give(s.Reads[at], k.gvk, namespace, labels.Everything(), func(r recorded) error { return found(r.object.DeepCopyObject()) })
}

// podFields are the fields by which pods are listed.
func podFields(pod *corev1.Pod) fields.Set {
	return fields.Set{"spec.nodeName": pod.Spec.NodeName, "spec.serviceAccountName": pod.Spec.ServiceAccountName}
}

// listSecrets fails: a snapshot holds no Secrets.
func (s *replay) listSecrets(context.Context, string, func(Secret)) error { return errNotInSnapshot }

// each goes over the objects of a list, then gives its failure.
func (s *replay) each(gvr schema.GroupVersionResource, gvk schema.GroupVersionKind, namespace, selector string, give func(recorded) error) error {
	read, found := s.covering(gvr.GroupResource(), namespace, selector)
	if !found {
		return errNotInSnapshot
	}
	wanted, err := labels.Parse(selector)
	if err != nil {
		return fmt.Errorf("list %s: %w", gvr.Resource, err)
	}
	return s.give(read, gvk, namespace, wanted, give)
}

// give goes over the objects that a read found before it failed.
func (s *replay) give(read SnapshotRead, gvk schema.GroupVersionKind, namespace string, wanted labels.Selector, give func(recorded) error) error {
	if read.Failure != nil && !read.Failure.Cut {
		return read.Failure.err()
	}
	for _, key := range s.byKind[gvk.GroupKind()] {
		r := s.objects[key]
		m, ok := r.object.(metav1.Object)
		if !ok || namespace != "" && key.namespace != namespace || !wanted.Matches(labels.Set(m.GetLabels())) {
			continue
		}
		if err := give(r); err != nil {
			return err
		}
	}
	if read.Failure != nil {
		return read.Failure.err()
	}
	return nil
}

func (s *replay) names(_ context.Context, k kind, namespace string) []string {
	var names []string
	for _, key := range s.byKind[k.gvk.GroupKind()] {
		if namespace == "" || key.namespace == namespace {
			names = append(names, key.name)
		}
	}
	return names
}

func (s *replay) resolve(name string) (kind, error) {
	for _, k := range builtinKinds() {
		if k.named(strings.ToLower(name)) {
			return k, nil
		}
	}
	for _, known := range s.Kinds {
		switch {
		case known.Word == name && known.Error != "":
			return kind{}, errors.New(known.Error)
		case known.Error != "":
		case known.Word == name || known.kind().named(strings.ToLower(name)):
			return known.kind(), nil
		}
	}
	for _, k := range append(supportKinds(), nodeKind()) {
		if k.named(strings.ToLower(name)) {
			k.shortName = "" // as discovery has it
			return k, nil
		}
	}
	return kind{}, fmt.Errorf("the snapshot has no resource type %q", name)
}

func (s *replay) kindOf(group, version, name string) (kind, error) {
	for _, k := range builtinKinds() {
		if k.gvk.Group == group && k.gvk.Kind == name {
			return k, nil
		}
	}
	for _, known := range s.Kinds {
		switch {
		case known.Group != group || known.Kind != name:
		case known.Error == "":
			return known.kind(), nil
		case known.Word == "" && known.Version == version && known.Missing:
			return kind{}, kindNotFound(known.Error)
		case known.Word == "" && known.Version == version:
			return kind{}, errors.New(known.Error)
		}
	}
	return kind{}, errNotInSnapshot
}

func (k SnapshotKind) kind() kind {
	gv := schema.GroupVersion{Group: k.Group, Version: k.Version}
	return kind{gv.WithKind(k.Kind), gv.WithResource(k.Resource), "", k.Namespaced}
}
