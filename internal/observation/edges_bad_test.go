package observation_test

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/observation"
)

const (
	documentHead = "apiVersion: kubectl-harden.dev/v1alpha1\nkind: Observations\n"
	webEnd       = "{kind: workload, workload: {apiVersion: apps/v1, kind: Deployment, namespace: shop, name: web}}"
	apiEnd       = "{kind: apiserver}"
)

func edgeText(client, server, fields string) string {
	return documentHead + "edges: [{client: " + client + ", server: " + server + ", " + fields + "}]\n"
}

func TestMergeRefusesEdges(t *testing.T) {
	const rest = "protocol: TCP, port: 80, count: 1"
	unnamed := "{kind: workload, workload: {apiVersion: apps/v1, kind: Deployment, namespace: shop, name: ''}}"
	address := "{kind: address, address: 198.51.100.7}"
	for name, text := range map[string]string{
		"another field":          edgeText(webEnd, apiEnd, rest+", later: true"),
		"unknown kind":           edgeText(webEnd, "{kind: moon}", rest),
		"no kind":                edgeText(webEnd, "{}", rest),
		"no workload":            edgeText("{kind: workload}", apiEnd, rest),
		"no name":                edgeText(unnamed, apiEnd, rest),
		"workload of a node":     edgeText(webEnd, "{kind: node, workload: {apiVersion: v1, kind: Node, namespace: '', name: n}}", rest),
		"labels of a node":       edgeText(webEnd, "{kind: node, labels: {a: b}}", rest),
		"no address":             edgeText(webEnd, "{kind: address}", rest),
		"no address of unknown":  edgeText(webEnd, "{kind: unknown, reason: gone}", rest),
		"both":                   edgeText(webEnd, "{kind: address, address: 198.51.100.7, anyAddress: true}", rest),
		"no such address":        edgeText(webEnd, "{kind: address, address: 198.51.100.256}", rest),
		"a block":                edgeText(webEnd, "{kind: address, address: 198.51.100.0/24}", rest),
		"a zone":                 edgeText(webEnd, "{kind: address, address: 'fe80::1%eth0'}", rest),
		"address of a node":      edgeText(webEnd, "{kind: node, address: 198.51.100.7}", rest),
		"any address of a node":  edgeText(webEnd, "{kind: node, anyAddress: true}", rest),
		"zone of the API server": edgeText(webEnd, "{kind: apiserver, address: 'fe80::1%eth0'}", rest),
		"both of the API server": edgeText(webEnd, "{kind: apiserver, address: 198.51.100.7, anyAddress: true}", rest),
		"name of the API server": edgeText(webEnd, "{kind: apiserver, address: example.com}", rest),
		"two addresses, one its": edgeText("{kind: apiserver, anyAddress: true}", address, rest),
		"reason of an address":   edgeText(webEnd, "{kind: address, address: 198.51.100.7, reason: gone}", rest),
		"two addresses":          edgeText(address, address, rest),
		"any and an address":     edgeText("{kind: unknown, anyAddress: true}", address, rest),
		"own node of nobody":     edgeText("{kind: own-node}", apiEnd, rest),
		"no protocol":            edgeText(webEnd, apiEnd, "port: 80, count: 1"),
		"protocol by number":     edgeText(webEnd, apiEnd, "protocol: '6', port: 80, count: 1"),
		"no such protocol":       edgeText(webEnd, apiEnd, "protocol: '256', count: 1"),
		"padded protocol":        edgeText(webEnd, apiEnd, "protocol: '047', count: 1"),
		"port too large":         edgeText(webEnd, apiEnd, "protocol: TCP, port: 65536, count: 1"),
		"port below":             edgeText(webEnd, apiEnd, "protocol: TCP, port: -1, count: 1"),
		"port of ICMP":           edgeText(webEnd, apiEnd, "protocol: ICMP, port: 8, count: 1"),
		"any port and one":       edgeText(webEnd, apiEnd, rest+", anyPort: true"),
		"any port of ICMP":       edgeText(webEnd, apiEnd, "protocol: ICMP, anyPort: true, count: 1"),
		"count below":            edgeText(webEnd, apiEnd, "protocol: TCP, port: 80, count: -1"),
		"no time":                edgeText(webEnd, apiEnd, rest+", first: yesterday, last: today"),
		"first alone":            edgeText(webEnd, apiEnd, rest+", first: '2026-11-01T00:00:00Z'"),
		"backwards":              edgeText(webEnd, apiEnd, rest+", first: '2026-11-02T00:00:00Z', last: '2026-11-01T00:00:00Z'"),
		"before 1970":            edgeText(webEnd, apiEnd, rest+", first: '1969-11-02T00:00:00Z', last: '2026-11-01T00:00:00Z'"),
		"after 9999":             edgeText(webEnd, apiEnd, rest+", first: '2026-11-02T00:00:00Z', last: '9999-12-31T23:59:59-01:00'"),
		"no day":                 edgeText(webEnd, apiEnd, rest+", days: {monday: 1}"),
		"day below":              edgeText(webEnd, apiEnd, rest+", days: {'2026-11-01': -1}"),
		"seen from nowhere":      edgeText(webEnd, apiEnd, rest+", seen: [above]"),
		"names of no address":    documentHead + "names: [{address: example.com, names: [a]}]\n",
		"names of a zone":        documentHead + "names: [{address: 'fe80::1%eth0', names: [a]}]\n",
		"no names":               documentHead + "names: [{address: 198.51.100.7, names: []}]\n",
		"an empty name":          documentHead + "names: [{address: 198.51.100.7, names: [a, .]}]\n",
		"a long name":            documentHead + "names: [{address: 198.51.100.7, names: [" + strings.Repeat("a", 255) + "]}]\n",
		"a field of names":       documentHead + "names: [{address: 198.51.100.7, names: [a], port: 1}]\n",
		"names behind a good":    edgeText(webEnd, address, rest) + "names: [{address: 198.51.100.7}]\n",
		"behind a good one":      edgeText(webEnd, apiEnd, rest+"}, {client: "+webEnd+", server: "+webEnd+", protocol: x"),
	} {
		set := observation.NewSet()
		empty := set.Document()
		doc, err := observation.Parse([]byte(text))
		if err == nil {
			err = set.Merge(doc, observation.Span{}, nil)
		}
		if err == nil {
			t.Errorf("%s is taken", name)
		}
		if diff := cmp.Diff(empty, set.Document()); diff != "" {
			t.Errorf("%s changed the Set: %s", name, diff)
		}
	}
	for name, text := range map[string]string{
		"names":             documentHead + "names: [{address: 198.51.100.7, names: [a., B]}, {address: '::ffff:198.51.100.7', names: [c]}]\nmoreNames: true\n",
		"good":              edgeText(webEnd, apiEnd, rest),
		"no port":           edgeText(webEnd, apiEnd, "protocol: '47', count: 1"),
		"any":               edgeText(webEnd, "{kind: address, anyAddress: true}", "protocol: TCP, anyPort: true, count: 1"),
		"unknown, both":     edgeText("{kind: unknown, anyAddress: true, reason: gone}", "{kind: address, anyAddress: true}", rest),
		"own node":          edgeText("{kind: own-node}", webEnd, rest),
		"before edges were": documentHead + "access: []\n",
	} {
		doc, err := observation.Parse([]byte(text))
		if err == nil {
			err = observation.NewSet().Merge(doc, observation.Span{}, nil)
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzMerge: what is taken is written so that it is taken again, to the same bytes.
func FuzzMerge(f *testing.F) {
	set := observation.NewSet()
	random := rand.New(rand.NewPCG(2, 2))
	seeAll(f, set, drawSightings(random, 30))
	tell(set, draw(random, 30))
	nameAll(set, drawAnswers(random, drawSightings(random, 30)))
	f.Add([]byte(text(f, set)))
	f.Add([]byte(edgeText(webEnd, "{kind: address, anyAddress: true}", "protocol: TCP, anyPort: true, count: 9223372036854775807}, {client: "+webEnd+", server: {kind: address, address: '::ffff:1.2.3.4'}, protocol: TCP, count: 1")))
	f.Add([]byte(edgeText(webEnd, apiEnd, "protocol: TCP, port: 80, count: 1, first: '2026-11-02T00:00:00+01:00', last: '2026-11-02T00:00:00Z', days: {'2026-11-02': 1}, seen: [server, client], formats: [b, a], names: [z, y, x, w]")))
	f.Add([]byte(edgeText(webEnd, "{kind: address, address: 198.51.100.7}", "protocol: TCP, port: 1, count: 1, names: [B., ..]") + "names: [{address: '::ffff:198.51.100.7', names: [\u0130, \u023A.]}]\nmoreNames: true\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		doc, err := observation.Parse(data)
		if err != nil {
			return
		}
		doc.Access, doc.Window, doc.Sources = nil, api.Window{}, nil
		once, again := observation.NewSet(), observation.NewSet()
		if once.Merge(doc, observation.Span{}, nil) != nil {
			return
		}
		var first, second bytes.Buffer
		if err := observation.Write(&first, once.Document()); err != nil {
			t.Fatal(err)
		}
		if doc, err = observation.Parse(first.Bytes()); err != nil {
			t.Fatal(err)
		}
		if err := again.Merge(doc, observation.Span{}, nil); err != nil {
			t.Fatal(err)
		}
		if err := observation.Write(&second, again.Document()); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(first.String(), second.String()); diff != "" {
			t.Fatal(diff)
		}
	})
}
