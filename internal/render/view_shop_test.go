package render_test

import (
	"bytes"
	"fmt"
	"net/netip"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
	"github.com/kubectl-harden/kubectl-harden/internal/render"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit/shop"
)

// shopMap is the map of the shop by what it needs, for some workloads or for all of
// namespace shop.
func shopMap(t *testing.T, names ...string) *api.FlowMap {
	t.Helper()
	s := shop.New()
	in := shopSituation(s)
	edges := shopEdges(s)
	opts := netpol.MapOptions{Scope: "namespace shop", Namespace: "shop"}
	var subjects []api.Ref
	for i := range in.Workloads {
		ref := in.Workloads[i].Ref
		if ref.Namespace == "shop" && (len(names) == 0 || slices.Contains(names, ref.Name)) {
			subjects = append(subjects, ref)
		}
	}
	checkout := subjects[slices.IndexFunc(subjects, func(r api.Ref) bool { return len(names) > 0 || r.Name == "checkout" })]
	in.Configured = []api.Edge{{
		Client: api.EdgeEnd{Kind: api.EndWorkload, Workload: &checkout}, Server: api.EdgeEnd{Kind: api.EndName, Name: shop.PaymentsName},
		Protocol: "TCP", Port: 443, Configured: []string{"env PAYMENTS_URL of container app"},
	}}
	sets, err := netpol.Fit(in, edges, subjects, netpol.FitOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return netpol.Map(in, edges, subjects, sets, opts)
}

// shopSituation is the shop as policies are written for it.
func shopSituation(s *shop.Shop) *netpol.Situation {
	in := &netpol.Situation{APIServer: []netip.AddrPort{s.APIServer}}
	in.Objects.Policies = s.Policies()
	for _, o := range s.Objects() {
		switch o := o.(type) {
		case *corev1.Namespace:
			in.Objects.Namespaces = append(in.Objects.Namespaces, o)
		case *corev1.Pod:
			in.Objects.Pods = append(in.Objects.Pods, o)
		}
	}
	for _, w := range s.Workloads {
		out := netpol.Workload{Ref: *shopEnd(s, w.Name).Workload, Selector: &metav1.LabelSelector{MatchLabels: w.Labels}, HostNetwork: w.HostNetwork}
		for _, pod := range in.Objects.Pods {
			if slices.ContainsFunc(w.Pods, func(p *shop.Pod) bool { return p.Name == pod.Name }) {
				out.Pods = append(out.Pods, pod)
			}
		}
		in.Workloads = append(in.Workloads, out)
	}
	dns := s.Workload("coredns")
	in.DNS = []netpol.NameServer{{
		Service: "Service kube-system/kube-dns", Namespace: dns.Namespace, Selector: &metav1.LabelSelector{MatchLabels: dns.Labels},
		Ports: []netpol.PortRange{{Protocol: "UDP", First: 53, Last: 53}, {Protocol: "TCP", First: 53, Last: 53}},
	}}
	return in
}

func shopEnd(s *shop.Shop, name string) api.EdgeEnd {
	w := s.Workload(name)
	switch {
	case name == shop.APIServer:
		return api.EdgeEnd{Kind: api.EndAPIServer}
	case w == nil:
		return api.EdgeEnd{Kind: api.EndAddress, Address: name}
	}
	group := map[string]string{"Deployment": "apps/v1", "StatefulSet": "apps/v1", "DaemonSet": "apps/v1", "CronJob": "batch/v1", "Job": "batch/v1", "Pod": "v1"}[w.Kind]
	return api.EdgeEnd{Kind: api.EndWorkload, Workload: &api.Ref{APIVersion: group, Kind: w.Kind, Namespace: w.Namespace, Name: w.Name}}
}

// shopEdges are what the shop needs and what is refused, as they are observed.
func shopEdges(s *shop.Shop) []api.Edge {
	var edges []api.Edge
	for denied, list := range map[bool][]shop.Edge{false: s.Needed(), true: s.Denied()} {
		for i, e := range list {
			edge := api.Edge{
				Client: shopEnd(s, e.From), Server: shopEnd(s, e.To), Protocol: string(e.Protocol), Port: e.Port, Count: int64(1 + 37*i), Denied: denied,
				Answered: !e.Silent, Certain: i%7 != 6, Seen: [][]string{{"client"}, {"client", "server"}, {"between"}}[i%3], Last: fmt.Sprintf("2026-11-20T08:%02d:07Z", i),
			}
			if e.Service != "" {
				edge.Services = []string{fmt.Sprintf("any/%s:%d", e.Service, e.Dialled)}
			}
			if e.To == shop.Payments1 || e.To == shop.Payments2 {
				edge.Names = []string{shop.PaymentsName}
			}
			edges = append(edges, edge)
		}
	}
	return edges
}

func view(t *testing.T, name string, m *api.FlowMap, opts render.Options) []byte {
	t.Helper()
	var out, errOut bytes.Buffer
	if err := render.FlowView(&out, &errOut, name, m, opts); err != nil {
		t.Fatal(err)
	}
	if errOut.Len() > 0 {
		out.WriteString("--- stderr\n")
		out.Write(errOut.Bytes())
	}
	return out.Bytes()
}

// TestViewsOfShop: the shop in all views that are text.
func TestViewsOfShop(t *testing.T) {
	all, one := shopMap(t), shopMap(t, "checkout")
	for name, opts := range map[string]render.Options{
		"80": {Width: 80}, "100": {Width: 100}, "120": {Width: 120}, "160": {Width: 160}, "color": {Width: 120, Color: true}, "ascii": {Width: 100, ASCII: true}, "pipe": {}, "headless": {NoHeaders: true},
	} {
		for _, kind := range []string{"edges", "matrix"} {
			testkit.Golden(t, "testdata/view-"+kind+"-"+name+".golden", view(t, kind, all, opts))
		}
	}
	for _, kind := range []string{"edges", "matrix", "mermaid", "dot"} {
		testkit.Golden(t, "testdata/view-"+kind+"-checkout.golden", view(t, kind, one, render.Options{Width: 120}))
	}
	for _, kind := range []string{"mermaid", "dot"} {
		testkit.Golden(t, "testdata/view-"+kind+".golden", view(t, kind, all, render.Options{}))
	}
}
