package cluster

import (
	"context"
	"errors"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// KindSnapshot is the kind of the first item of a snapshot.
const KindSnapshot = "Snapshot"

// Snapshot is what an API server answered: the objects, reduced to what commands judge, and
// which reads there were. It answers the same reads again, the failed ones among them, so
// that what is worked out from it is what was worked out from the server. What nobody asked
// the server is unknown, with the reason "not in the snapshot".
type Snapshot struct {
	SnapshotHead

	objects map[ownerKey]recorded
	// byKind has the keys of the objects in order.
	byKind map[schema.GroupKind][]ownerKey
	// applied is what kubectl apply noted in objects; no file has it.
	applied map[ownerKey]string
}

// SnapshotHead is the first item of a snapshot; the objects follow it.
type SnapshotHead struct {
	metav1.TypeMeta `json:",inline"`
	// Server is the API server's version, such as "v1.36.3".
	Server string `json:"server"`
	// Query is what the snapshot was asked for.
	Query SnapshotQuery `json:"query"`
	// Kinds are the kinds that were found by discovery.
	Kinds []SnapshotKind `json:"kinds"`
	// Reads are the lists, and the reads of single objects that gave none.
	Reads []SnapshotRead `json:"reads"`
}

// SnapshotQuery is what a snapshot was asked for, as on the command line.
type SnapshotQuery struct {
	// Namespace is empty for all namespaces.
	Namespace string `json:"namespace"`
	Selector  string `json:"selector"`
	// Targets are the arguments, such as "deploy/web".
	Targets []string `json:"targets"`
}

// SnapshotKind is what discovery says of a word, or of the kind of an owner reference.
type SnapshotKind struct {
	// Word is the TYPE of an argument; empty for the kind of an owner reference.
	Word       string `json:"word"`
	Group      string `json:"group"`
	Version    string `json:"version"`
	Kind       string `json:"kind"`
	Resource   string `json:"resource"`
	Namespaced bool   `json:"namespaced"`
	// Error is set where discovery did not find it, Missing where it does not list it.
	Error   string `json:"error,omitempty"`
	Missing bool   `json:"missing,omitempty"`
}

// SnapshotRead is one request to the API server.
type SnapshotRead struct {
	// Verb is "list" or "get".
	Verb      string `json:"verb"`
	Group     string `json:"group"`
	Resource  string `json:"resource"`
	Namespace string `json:"namespace"`
	Name      string `json:"name,omitempty"`
	Selector  string `json:"selector,omitempty"`
	// Fields is the field selector of a list.
	Fields string `json:"fields,omitempty"`
	// Metadata is set where no more than the metadata was asked for.
	Metadata bool `json:"metadata,omitempty"`
	// Failure is set where the request failed.
	Failure *SnapshotFailure `json:"failure,omitempty"`
}

// SnapshotFailure is why a request failed.
type SnapshotFailure struct {
	// Code and Reason are those of the API server's answer; Code is 0 without an answer.
	Code   int32  `json:"code"`
	Reason string `json:"reason"`
	// Cut is set where a list failed after its first page.
	Cut bool `json:"cut,omitempty"`
}

// recorded is an object of a snapshot; of a link between a pod and its owner it is the
// metadata alone.
type recorded struct {
	gvk    schema.GroupVersionKind
	object runtime.Object
}

func (r recorded) partial() bool {
	_, is := r.object.(*metav1.PartialObjectMetadata)
	return is
}

// errNotInSnapshot is the failure of a read that the snapshot did not make.
var errNotInSnapshot = errors.New("not in the snapshot")

// Record collects as Collect does, and keeps what the server answered. Of the query the
// snapshot says what asked says.
func Record(ctx context.Context, conn Connection, query Query, asked SnapshotQuery) (*Collected, *Snapshot, error) {
	c, err := newCollector(conn, query)
	if err != nil {
		return nil, nil, err
	}
	return c.record(ctx, asked)
}

// Record takes a snapshot of a snapshot.
func (s *Snapshot) Record(ctx context.Context, query Query, asked SnapshotQuery) (*Collected, *Snapshot, error) {
	return s.collector(query).record(ctx, asked)
}

// Collect reads what the query asks for from the snapshot.
func (s *Snapshot) Collect(ctx context.Context, query Query) (*Collected, error) {
	return s.collector(query).collect(ctx)
}

func (s *Snapshot) collector(query Query) *collector {
	return &collector{client: &replay{s}, query: query, inv: inventoryFor(query), tried: map[string]bool{}, answered: true}
}

func (c *collector) record(ctx context.Context, asked SnapshotQuery) (*Collected, *Snapshot, error) {
	r := newRecorder(c.client)
	r.keepApplied = c.query.Applied
	c.client = r
	got, err := c.collect(ctx)
	if err != nil {
		return nil, nil, err
	}
	return got, r.snapshot(asked), nil
}

func newSnapshot(head SnapshotHead, objects map[ownerKey]recorded) *Snapshot {
	head.TypeMeta = metav1.TypeMeta{APIVersion: api.Version, Kind: KindSnapshot}
	s := &Snapshot{SnapshotHead: head, objects: objects, byKind: map[schema.GroupKind][]ownerKey{}}
	for key := range objects {
		kind := schema.GroupKind{Group: key.group, Kind: key.kind}
		s.byKind[kind] = append(s.byKind[kind], key)
	}
	for _, keys := range s.byKind {
		slices.SortFunc(keys, compareKeys)
	}
	return s
}
