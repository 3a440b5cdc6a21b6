package cluster

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/version"
)

// recorder passes reads on and keeps their answers. What it passes back is what it keeps.
type recorder struct {
	reader

	mu      sync.Mutex
	server  string
	objects map[ownerKey]recorded
	kinds   map[SnapshotKind]bool
	// reads have a nil failure where they succeeded.
	reads map[SnapshotRead]*SnapshotFailure
	// applied is what kubectl apply noted in objects, where keepApplied is set.
	applied     map[ownerKey]string
	keepApplied bool
	*reducer
}

func newRecorder(from reader) *recorder {
	return &recorder{
		reader: from, objects: map[ownerKey]recorded{}, kinds: map[SnapshotKind]bool{},
		reads: map[SnapshotRead]*SnapshotFailure{}, applied: map[ownerKey]string{}, reducer: newReducer(),
	}
}

func (r *recorder) version(ctx context.Context) (version.Info, error) {
	info, err := r.reader.version(ctx)
	if err != nil {
		r.note(SnapshotRead{Verb: "get", Resource: versionPath}, err, false)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.server = info.GitVersion
	return info, err
}

// versionPath stands for the resource of the server's version.
const versionPath = "/version"

func (r *recorder) get(ctx context.Context, gvr schema.GroupVersionResource, gvk schema.GroupVersionKind, namespace, name string) (runtime.Object, error) {
	obj, err := r.reader.get(ctx, gvr, gvk, namespace, name)
	if err != nil {
		r.note(SnapshotRead{Verb: "get", Group: gvr.Group, Resource: gvr.Resource, Namespace: namespace, Name: name}, err, false)
		return nil, err
	}
	return r.keep(obj, gvk), nil
}

func (r *recorder) list(ctx context.Context, gvr schema.GroupVersionResource, gvk schema.GroupVersionKind, namespace, selector string, add func(runtime.Object) error) error {
	read := SnapshotRead{Verb: "list", Group: gvr.Group, Resource: gvr.Resource, Namespace: namespace, Selector: selector}
	some := false
	err := r.reader.list(ctx, gvr, gvk, namespace, selector, r.keeping(gvk, &some, add))
	r.note(read, err, some)
	return err
}

func (r *recorder) listMetadata(ctx context.Context, gvr schema.GroupVersionResource, gvk schema.GroupVersionKind, namespace, selector string, add func(runtime.Object) error) error {
	read := SnapshotRead{Verb: "list", Group: gvr.Group, Resource: gvr.Resource, Namespace: namespace, Selector: selector, Metadata: true}
	some := false
	err := r.reader.listMetadata(ctx, gvr, gvk, namespace, selector, r.keeping(gvk, &some, add))
	r.note(read, err, some)
	return err
}

func (r *recorder) listPods(ctx context.Context, namespace string, where fields.Selector, add func(runtime.Object) error) error {
	k := builtinKind("Pod")
	some := false
	err := r.reader.listPods(ctx, namespace, where, r.keeping(k.gvk, &some, add))
	r.note(SnapshotRead{Verb: "list", Resource: k.gvr.Resource, Namespace: namespace, Fields: where.String()}, err, some)
	return err
}

// keeping keeps what it hands to add, and notes that there was some.
func (r *recorder) keeping(gvk schema.GroupVersionKind, some *bool, add func(runtime.Object) error) func(runtime.Object) error {
	return func(obj runtime.Object) error {
		*some = true
		return add(r.keep(obj, itemKind(obj, gvk)))
	}
}

func (r *recorder) resolve(name string) (kind, error) {
	k, err := r.reader.resolve(name)
	known := snapshotKind(name, k)
	if err != nil {
		known = SnapshotKind{Word: name, Error: err.Error()}
	}
	r.noteKind(known)
	return k, err
}

func (r *recorder) kindOf(group, version, name string) (kind, error) {
	k, err := r.reader.kindOf(group, version, name)
	known := snapshotKind("", k)
	if err != nil {
		known = SnapshotKind{Group: group, Version: version, Kind: name, Error: Reason(err), Missing: notInstalled(err)}
	}
	r.noteKind(known)
	return k, err
}

// noteKind leaves out the kinds that need no discovery.
func (r *recorder) noteKind(known SnapshotKind) {
	for _, k := range builtinKinds() {
		if k.gvk.Group == known.Group && k.gvk.Kind == known.Kind {
			return
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.kinds[known] = true
}

func snapshotKind(word string, k kind) SnapshotKind {
	return SnapshotKind{
		Word: word, Group: k.gvk.Group, Version: k.gvk.Version, Kind: k.gvk.Kind,
		Resource: k.gvr.Resource, Namespaced: k.namespaced,
	}
}

// keep reduces an object and puts it into the snapshot. Metadata alone replaces nothing.
func (r *recorder) keep(obj runtime.Object, gvk schema.GroupVersionKind) runtime.Object {
	r.mu.Lock()
	defer r.mu.Unlock()
	applied := ""
	if r.keepApplied {
		applied = lastApplied(obj)
	}
	obj = r.object(obj)
	m, ok := obj.(metav1.Object)
	if !ok {
		return obj
	}
	obj.GetObjectKind().SetGroupVersionKind(gvk)
	key := ownerKey{gvk.Group, gvk.Kind, m.GetNamespace(), m.GetName()}
	now := recorded{gvk, obj}
	if known, found := r.objects[key]; !found || known.partial() || !now.partial() {
		r.objects[key] = now
	}
	if applied != "" {
		r.applied[key] = applied
	}
	return obj
}

// note keeps a read with what became of it. One that failed once has failed.
func (r *recorder) note(read SnapshotRead, err error, some bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err == nil && r.reads[read] != nil {
		return
	}
	r.reads[read] = failureOf(err, some)
}

func failureOf(err error, some bool) *SnapshotFailure {
	if err == nil {
		return nil
	}
	var status apierrors.APIStatus
	if errors.As(err, &status) {
		return &SnapshotFailure{Code: status.Status().Code, Reason: string(status.Status().Reason), Cut: some}
	}
	return &SnapshotFailure{Reason: Reason(err), Cut: some}
}

// snapshot is what was kept until now.
func (r *recorder) snapshot(asked SnapshotQuery) *Snapshot {
	r.mu.Lock()
	defer r.mu.Unlock()
	asked.Targets = append([]string{}, asked.Targets...)
	head := SnapshotHead{Server: r.server, Query: asked, Kinds: []SnapshotKind{}, Reads: []SnapshotRead{}}
	for read, failure := range r.reads {
		read.Failure = failure
		head.Reads = append(head.Reads, read)
	}
	slices.SortFunc(head.Reads, compareReads)
	head.Kinds = slices.SortedFunc(maps.Keys(r.kinds), compareSnapshotKinds)
	if head.Kinds == nil {
		head.Kinds = []SnapshotKind{}
	}
	s := newSnapshot(head, maps.Clone(r.objects))
	s.applied = maps.Clone(r.applied)
	return s
}

func compareReads(a, b SnapshotRead) int {
	metadata := func(r SnapshotRead) int {
		if r.Metadata {
			return 1
		}
		return 0
	}
	return cmp.Or(
		cmp.Compare(a.Group, b.Group), cmp.Compare(a.Resource, b.Resource), cmp.Compare(a.Namespace, b.Namespace),
		cmp.Compare(a.Verb, b.Verb), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Selector, b.Selector),
		cmp.Compare(a.Fields, b.Fields),
		cmp.Compare(metadata(a), metadata(b)),
	)
}

func compareSnapshotKinds(a, b SnapshotKind) int {
	return cmp.Or(
		cmp.Compare(a.Word, b.Word), cmp.Compare(a.Group, b.Group), cmp.Compare(a.Kind, b.Kind),
		cmp.Compare(a.Version, b.Version), cmp.Compare(a.Error, b.Error),
	)
}
