package netpol_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
)

// FuzzFit: no situation and no text makes it panic or fail, what is observed is let through, and
// the order of the input does not matter.
func FuzzFit(f *testing.F) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 30 {
		data := make([]byte, 300)
		for i := range data {
			data[i] = byte(random.UintN(256))
		}
		f.Add(data, "203.0.113.7", "app", "TCP", int32(443), uint8(3))
	}
	for _, flags := range []uint8{32, 64, 96, 96 | 7} {
		f.Add([]byte{1, 2, 3, 4, 5, 6, 7, 8, 9}, "198.51.100.9", "api.example", "TCP", int32(443), flags)
		f.Add([]byte{7, 7, 9}, "169.254.20.10", "a b\n", "UDP", int32(53), flags)
	}
	f.Add([]byte{9, 9}, "::ffff:0.0.0.0%x", "", "SCTP", int32(-1), uint8(255))
	f.Add([]byte{}, "10.0.0.1", "\x00", "tcp", int32(65536), uint8(0))
	f.Fuzz(func(t *testing.T, data []byte, address, text, protocol string, port int32, flags uint8) {
		c := fitMaker{&bytesDice{data}}.draw()
		ref := c.in.Workloads[0].Ref
		own, gone := api.EdgeEnd{Kind: api.EndWorkload, Workload: &ref}, api.Ref{Kind: text, Namespace: text, Name: text}
		for _, other := range []api.EdgeEnd{
			{Kind: api.EndAddress, Address: address, AnyAddress: flags&1 > 0}, {Kind: api.EndAPIServer}, {Kind: api.EndKind(text)}, {Kind: api.EndWorkload},
			{Kind: api.EndWorkload, Workload: &gone, Labels: map[string]string{text: address}}, {Kind: api.EndUnknown, Address: text, Reason: text},
		} {
			e := api.Edge{Client: own, Server: other, Protocol: protocol, Port: port, AnyPort: flags&2 > 0, Count: int64(flags), Answered: true, Services: []string{text + ":80"}, Names: []string{text}}
			c.edges = append(c.edges, e)
			e.Client, e.Server = e.Server, e.Client
			c.edges = append(c.edges, e)
		}
		c.opts.PortRanges, c.opts.MaxExternal, c.opts.DefaultDeny = int(flags%4), int(flags%3), flags&4 > 0
		c.in.Plugin.ServicePorts = flags&8 > 0
		if flags&16 > 0 {
			c.in.Workloads[0].Selector = &metav1.LabelSelector{MatchLabels: map[string]string{text: text}}
		}
		if flags&32 > 0 {
			c.opts.Flavor = api.FlavorCilium
		}
		if c.opts.Configured = flags&64 > 0; c.opts.Configured {
			for _, e := range c.edges {
				e.Count, e.Configured = 0, []string{text}
				if e.Server.Kind == api.EndUnknown {
					e.Server = api.EdgeEnd{Kind: api.EndName, Name: text}
				}
				c.in.Configured = append(c.in.Configured, e)
			}
			c.edges = c.edges[:len(c.edges)/2]
		}
		sets, err := netpol.Fit(&c.in, c.edges, c.subjects, c.opts)
		if err != nil {
			t.Fatalf("%v\n%s", err, describe(c))
		}
		for i := range sets {
			if a := sets[i].Answer; a != nil && (a.Proof.Coverage != 1 || len(a.Proof.Excess) > 0) {
				t.Fatalf("%s\n%s", setsText(sets), describe(c))
			}
		}
		acceptable(t, sets)
		acceptableCilium(t, sets)
		slices.Reverse(c.edges)
		again, err := netpol.Fit(&c.in, c.edges, c.subjects, c.opts)
		if diff := cmp.Diff(setsText(sets), setsText(again)); diff != "" || err != nil {
			t.Fatal(diff, err)
		}
	})
}

// acceptableCilium: the evaluator refuses nothing of what is written for Cilium, but for what the
// API server would refuse as well.
func acceptableCilium(t *testing.T, sets []api.PolicySet) {
	t.Helper()
	var objects netpol.Objects
	for i := range sets {
		for j := range sets[i].Policies {
			if d := &sets[i].Policies[j]; d.Flavor == api.FlavorCilium {
				objects.Cilium = append(objects.Cilium, d.Cilium())
			}
		}
	}
	for _, note := range netpol.New(objects).Notes() {
		if note.Kind == netpol.NoteRefused {
			t.Fatalf("%+v\n%s", note, setsText(sets))
		}
	}
}
