// Package unread makes Inventories of clusters of which not all could be read, for tests.
package unread

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
)

// Inventory is what who may not list some resources in all namespaces reads of a cluster with some
// documents: of those that end in a star nothing, of the others the namespace shop. The lists are
// the resources of each API group, the kinds those that discovery tells of beside.
func Inventory(tb testing.TB, lists map[string][]string, kinds []cluster.SnapshotKind, forbidden []string, docs ...string) *cluster.Inventory {
	tb.Helper()
	head := cluster.SnapshotHead{Server: "v1.36.3", Kinds: kinds}
	head.APIVersion, head.Kind = api.Version, cluster.KindSnapshot
	for group, resources := range lists {
		for _, resource := range resources {
			read := cluster.SnapshotRead{Verb: "list", Group: group, Resource: resource}
			all := slices.Contains(forbidden, resource+"*")
			if all || slices.Contains(forbidden, resource) {
				read.Failure = &cluster.SnapshotFailure{Code: 403, Reason: "Forbidden"}
			}
			head.Reads = append(head.Reads, read)
			if read.Failure != nil && !all {
				read.Failure, read.Namespace = nil, "shop"
				head.Reads = append(head.Reads, read)
			}
		}
	}
	raw, err := json.Marshal(&head)
	if err != nil {
		tb.Fatal(err)
	}
	text := strings.Join(append([]string{string(raw)}, docs...), "\n---\n")
	objects, problems, err := cluster.Load(tb.Context(), cluster.LoadOptions{Filenames: []string{"-"}, Stdin: strings.NewReader(text)})
	if err != nil || len(problems) > 0 {
		tb.Fatal(problems, err)
	}
	s, err := cluster.SnapshotFrom(objects)
	if err != nil || s == nil {
		tb.Fatal("no snapshot", err)
	}
	got, err := s.Collect(tb.Context(), cluster.Query{Namespace: "shop", Flows: true})
	if err != nil {
		tb.Fatal(err)
	}
	return got.Inventory
}
