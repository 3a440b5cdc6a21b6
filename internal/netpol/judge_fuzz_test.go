package netpol_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
)

// FuzzJudge: no policy, no end and no port makes it panic, what is observed is covered or refused,
// and the order of the edges does not matter.
func FuzzJudge(f *testing.F) {
	random := rand.New(rand.NewPCG(3, 4))
	for _, spec := range []string{
		"{podSelector: {}}", "{podSelector: {matchLabels: {app: w0}}, egress: [{}]}",
		"{podSelector: {matchLabels: {app: w1}}, ingress: [{from: [{podSelector: {}}, {ipBlock: {cidr: 10.0.0.0/8, except: [10.0.0.0/24]}}], ports: [{port: 80}, {port: http}]}]}",
		"{podSelector: {}, policyTypes: [Egress], egress: [{to: [{namespaceSelector: {}}], ports: [{port: 1, endPort: 9000, protocol: UDP}]}]}",
		"{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: '::/0'}}]}], egress: [{ports: [{protocol: SCTP}]}]}",
	} {
		data := make([]byte, 300)
		for i := range data {
			data[i] = byte(random.UintN(256))
		}
		f.Add(data, spec, "203.0.113.7", "app", "TCP", int32(443), uint8(3))
		f.Add(data[:9], spec, "::ffff:0.0.0.0%x", "", "SCTP", int32(-1), uint8(255))
	}
	f.Fuzz(func(t *testing.T, data []byte, spec, address, text, protocol string, port int32, flags uint8) {
		c := fitMaker{&bytesDice{data}}.draw()
		c.edges = append(c.edges, oddEdges(c, address, text, protocol, port, flags)...)
		p := &networkingv1.NetworkPolicy{}
		if yaml.Unmarshal([]byte(spec), &p.Spec) != nil {
			return
		}
		p.Namespace, p.Name = c.in.Workloads[0].Ref.Namespace, "np"+text
		written := append([]*networkingv1.NetworkPolicy{p}, c.in.Objects.Policies...)
		if flags&4 > 0 {
			written = written[:1]
		}
		got, err := netpol.Judge(&c.in, written, c.edges, netpol.JudgeOptions{})
		if err != nil {
			return
		}
		for i := range got.Subjects {
			if p := &got.Subjects[i].Proof; p.Covered+len(p.Refused) != p.Observed || p.Granted != p.Covered+len(p.Added)+len(p.Excess) {
				t.Fatalf("%+v\n%s", got.Subjects[i], describe(c))
			}
		}
		slices.Reverse(c.edges)
		again, err := netpol.Judge(&c.in, written, c.edges, netpol.JudgeOptions{})
		if diff := cmp.Diff(got, again); diff != "" || err != nil {
			t.Fatal(diff, err)
		}
	})
}

// oddEdges are of the first workload and of ends of all kinds, in both directions.
func oddEdges(c *fitCase, address, text, protocol string, port int32, flags uint8) []api.Edge {
	ref, gone := c.in.Workloads[0].Ref, api.Ref{Kind: text, Namespace: text, Name: "gone" + text}
	own := api.EdgeEnd{Kind: api.EndWorkload, Workload: &ref}
	var edges []api.Edge
	for _, other := range []api.EdgeEnd{
		{Kind: api.EndAddress, Address: address, AnyAddress: flags&1 > 0}, {Kind: api.EndAPIServer}, {Kind: api.EndKind(text)}, {Kind: api.EndWorkload}, {Kind: api.EndNode},
		{Kind: api.EndWorkload, Workload: &gone, Labels: map[string]string{text: address}}, {Kind: api.EndWorkload, Workload: &gone}, {Kind: api.EndUnknown, Address: text, Reason: text},
	} {
		e := api.Edge{Client: own, Server: other, Protocol: protocol, Port: port, AnyPort: flags&2 > 0, Count: int64(flags), Answered: true, Services: []string{text + ":80"}}
		edges = append(edges, e)
		e.Client, e.Server = e.Server, e.Client
		edges = append(edges, e)
	}
	return edges
}
