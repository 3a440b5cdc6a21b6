package resolve_test

import (
	"fmt"
	"maps"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/flow"
	"github.com/kubectl-harden/kubectl-harden/internal/observation"
	"github.com/kubectl-harden/kubectl-harden/internal/resolve"
)

// inventory is made of YAML documents.
func inventory(t testing.TB, text string) *cluster.Inventory {
	t.Helper()
	objects, problems, err := cluster.Load(t.Context(), cluster.LoadOptions{Filenames: []string{"-"}, Stdin: strings.NewReader(text)})
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	inv := cluster.NewInventory()
	inv.DefaultNamespace = "default"
	if problems := inv.AddAll(objects); len(problems) > 0 {
		t.Fatal(problems)
	}
	return inv
}

// shop is testdata/shop.yaml.
func shop(t testing.TB) *cluster.Inventory {
	t.Helper()
	return inventory(t, shopText(t))
}

func shopText(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile("testdata/shop.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Pods of testdata/shop.yaml.
const (
	web    = "10.244.1.5"  // node-a
	web2   = "10.244.2.5"  // node-b
	cart   = "10.244.2.9"  // node-b
	canary = "10.244.1.9"  // node-a
	db     = "10.244.2.20" // node-b
	dns    = "10.244.1.2"  // node-a
	meshed = "10.244.1.30" // node-a
)

// noon is two hours after all pods of testdata/shop.yaml were made.
const noon = 1772366400

// tcp is a flow "client > server", of which it is known who began it.
func tcp(text string, with ...func(*flow.Flow)) *flow.Flow { return seen(flow.TCP, text, with...) }

func udp(text string, with ...func(*flow.Flow)) *flow.Flow { return seen(flow.UDP, text, with...) }

func seen(p flow.Protocol, text string, with ...func(*flow.Flow)) *flow.Flow {
	client, server, _ := strings.Cut(text, " > ")
	f := &flow.Flow{
		Protocol: p, Direction: flow.DirectionFlag, Count: 1, Point: flow.Point{Source: "file", Format: "test"},
		Client: endpoint(client), Server: endpoint(server),
	}
	for _, change := range with {
		change(f)
	}
	return f
}

// endpoint reads an address with a port, or one alone.
func endpoint(text string) flow.Endpoint {
	if a, err := netip.ParseAddr(text); err == nil {
		return flow.Endpoint{Addr: a}
	}
	at := netip.MustParseAddrPort(text)
	return flow.Endpoint{Addr: at.Addr(), Port: at.Port()}
}

func final(f *flow.Flow)      { f.Final = true }
func undirected(f *flow.Flow) { f.Direction = flow.DirectionUnknown }
func guessed(f *flow.Flow)    { f.Direction = flow.DirectionGuessed }
func denied(f *flow.Flow)     { f.Verdict = flow.VerdictDenied }
func unanswered(f *flow.Flow) { f.Unanswered = true }
func atClient(f *flow.Flow)   { f.Point.Side = flow.SideClient }
func atServer(f *flow.Flow)   { f.Point.Side = flow.SideServer }

func at(sec int64) func(*flow.Flow) { return func(f *flow.Flow) { f.Time = sec } }
func from(p *flow.Peer) func(*flow.Flow) {
	return func(f *flow.Flow) { f.Client.Peer = p }
}
func to(p *flow.Peer) func(*flow.Flow) { return func(f *flow.Flow) { f.Server.Peer = p } }
func dialled(text string) func(*flow.Flow) {
	return func(f *flow.Flow) { f.Dialled = netip.MustParseAddrPort(text) }
}
func masqueraded(text string) func(*flow.Flow) {
	return func(f *flow.Flow) { f.Masqueraded = netip.MustParseAddrPort(text) }
}
func file(name string) func(*flow.Flow)       { return func(f *flow.Flow) { f.Point.Source = name } }
func snapshot(n int) func(*flow.Flow)         { return func(f *flow.Flow) { f.Point.Snapshot = n } }
func reserved(names ...string) *flow.Peer     { return &flow.Peer{Reserved: names} }
func named(namespace, name string) *flow.Peer { return &flow.Peer{Namespace: namespace, Pod: name} }
func listener(p flow.Protocol, text string) flow.Listener {
	return flow.Listener{Protocol: p, Local: netip.MustParseAddrPort(text), Point: flow.Point{Source: "file", Format: "test", Side: flow.SideServer}}
}

// outcome is what came of flows.
type outcome struct {
	doc      *api.Observations
	unclear  map[string]int64
	resolved int64
}

func run(inv *cluster.Inventory, flows []*flow.Flow, listeners ...flow.Listener) outcome {
	set := observation.NewSet()
	r := resolve.New(inv, set)
	for _, l := range listeners {
		r.Listen(l)
	}
	sources := map[string]bool{}
	for _, f := range flows {
		sources[f.Point.Source] = true
		r.Add(f)
	}
	r.Finish()
	out := outcome{doc: set.Document(), unclear: map[string]int64{}}
	for name := range sources {
		for reason, n := range r.Unclear(name) {
			out.unclear[reason] += n
		}
		out.resolved += r.Resolved(name)
	}
	return out
}

// lines are the edges and then what gave none, one a line, such as
// "Deployment shop/web > Deployment shop/cart TCP 8080 x2 via shop/cart:80".
func (o outcome) lines() []string {
	var out []string
	for i := range o.doc.Edges {
		out = append(out, edgeLine(&o.doc.Edges[i]))
	}
	for _, reason := range slices.Sorted(maps.Keys(o.unclear)) {
		out = append(out, fmt.Sprintf("none: %s x%d", reason, o.unclear[reason]))
	}
	return out
}

func edgeLine(e *api.Edge) string {
	line := fmt.Sprintf("%s > %s %s %d", endLine(&e.Client), endLine(&e.Server), e.Protocol, e.Port)
	if e.Count != 1 {
		line += fmt.Sprintf(" x%d", e.Count)
	}
	if len(e.Services) > 0 {
		line += " via " + strings.Join(e.Services, ",")
	}
	if len(e.Names) > 0 {
		line += " named " + strings.Join(e.Names, ",")
	}
	if e.Denied {
		line += " denied"
	}
	if !e.Certain {
		line += " guessed"
	}
	if !e.Answered && !e.Denied {
		line += " unanswered"
	}
	if len(e.Seen) > 0 {
		line += " from " + strings.Join(e.Seen, ",")
	}
	return line
}

func endLine(e *api.EdgeEnd) string {
	switch e.Kind {
	case api.EndUnknown:
		return fmt.Sprintf("%s (%s)", e.Words(), e.Reason)
	case api.EndAPIServer:
		if e.Address != "" {
			return e.Words() + " at " + e.Address
		}
	case api.EndWorkload:
		if len(e.Labels) > 0 {
			return fmt.Sprintf("%s %v", e.Words(), e.Labels)
		}
	}
	return e.Words()
}

// check compares what came of flows with what was wanted.
func check(t *testing.T, got outcome, want ...string) {
	t.Helper()
	if g := got.lines(); !slices.Equal(g, want) {
		t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(g, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// checkSet compares without an order.
func checkSet(t *testing.T, got outcome, want ...string) {
	t.Helper()
	g := got.lines()
	slices.Sort(g)
	if w := slices.Sorted(slices.Values(want)); !slices.Equal(g, w) {
		t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(g, "\n\t"), strings.Join(w, "\n\t"))
	}
}
