package cluster

import (
	"context"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
)

// WorkloadTypes are the TYPEs of workloads that every API server has, in the plural.
func WorkloadTypes() []string {
	var types []string
	for _, k := range builtinKinds() {
		types = append(types, k.gvr.Resource)
	}
	slices.Sort(types)
	return types
}

// Names lists the names of the objects of a TYPE, sorted; the namespace is empty for all of
// them, and left out for a TYPE that has none. It gives none where they cannot be read before
// ctx ends, which discovery does not heed by itself.
func Names(ctx context.Context, conn Connection, typeName, namespace string) []string {
	found := make(chan []string, 1)
	go func() { found <- readNames(ctx, conn, typeName, namespace) }()
	select {
	case names := <-found:
		return names
	case <-ctx.Done():
		return nil
	}
}

func readNames(ctx context.Context, conn Connection, typeName, namespace string) []string {
	cl, err := newClient(conn.Config, conn.ChunkSize)
	if err != nil {
		return nil
	}
	s := &server{cl, conn.Mapper}
	k, err := nameable(s.mapper, typeName)
	if err != nil {
		return nil
	}
	if !k.namespaced {
		namespace = ""
	}
	names := s.names(ctx, k, namespace)
	slices.Sort(names)
	return names
}

// nameable finds the kind of a TYPE, without discovery where that is possible.
func nameable(mapper func() (meta.RESTMapper, error), typeName string) (kind, error) {
	for _, k := range append(supportKinds(), nodeKind()) {
		if k.named(strings.ToLower(typeName)) {
			return k, nil
		}
	}
	return resolve(mapper, typeName)
}
