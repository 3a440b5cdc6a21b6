package static

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// boutique is a shop of twelve workloads whose programs get the addresses of each other in variables
// that end in _ADDR: name, port of the pods, port of the Service, and whom it calls.
func boutique() (manifests []string, edges []string) {
	type part struct {
		name          string
		port, service int32
		calls         []string
	}
	parts := []part{
		{"storefront", 8080, 80, []string{"products", "rates", "basket", "hints", "delivery", "orders", "banners", "helper"}},
		{"orders", 5050, 5050, []string{"products", "delivery", "payments", "letters", "rates", "basket"}},
		{"hints", 8080, 8080, []string{"products"}}, {"basket", 7070, 7070, []string{"basket-store"}}, {"traffic", 0, 0, []string{"storefront"}},
		{"products", 3550, 3550, nil}, {"rates", 7000, 7000, nil}, {"delivery", 50051, 50051, nil}, {"payments", 50051, 50051, nil},
		{"letters", 8080, 5000, nil}, {"banners", 9555, 9555, nil}, {"helper", 8080, 80, nil}, {"basket-store", 6379, 6379, nil},
	}
	byName := map[string]part{}
	for _, p := range parts {
		byName[p.name] = p
	}
	for _, p := range parts {
		env := []string{fmt.Sprintf("PORT=%d", p.port), "DISABLE_PROFILER=1", "ENV_PLATFORM=local", "SERVICE_NAME=" + p.name, "LISTEN_ADDR=0.0.0.0"}
		for _, to := range p.calls {
			env = append(env, strings.ToUpper(strings.ReplaceAll(to, "-", "_"))+fmt.Sprintf("_SERVICE_ADDR=%s:%d", to, byName[to].service))
			edges = append(edges, fmt.Sprintf("%s > %s TCP %d", p.name, to, byName[to].port))
		}
		manifests = append(manifests, deployment(p.name, quoted(strings.Join(env, "|"))))
		if p.service != 0 {
			manifests = append(manifests, service("shop", p.name, fmt.Sprintf("%d:%d", p.service, p.port)))
		}
	}
	slices.Sort(edges)
	return manifests, edges
}

func allEdges(r Reading) []string {
	var out []string
	for i := range r.Edges {
		out = append(out, r.Edges[i].Client.Workload.Name+" > "+edgeText(&r.Edges[i]))
	}
	slices.Sort(out)
	return out
}

// TestBoutique finds all that is configured, and nothing else.
func TestBoutique(t *testing.T) {
	manifests, edges := boutique()
	r := Read(inventoryOf(t, manifests...))
	if diff := cmp.Diff(edges, allEdges(r)); diff != "" || len(r.Unread) > 0 {
		t.Error(diff, r.Unread)
	}
	if len(edges) != 17 {
		t.Errorf("%d edges", len(edges))
	}
}
