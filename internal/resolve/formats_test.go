package resolve_test

import (
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/flow"
	"github.com/kubectl-harden/kubectl-harden/internal/source"
)

// TestFormatsToTheTargetPort reads logs of each format on a cluster whose Service has other ports than
// its pods: what the client's side shows of a Service ends at the pods' port.
func TestFormatsToTheTargetPort(t *testing.T) {
	const (
		toCart = "Deployment shop/web > Deployment shop/cart TCP 8080"
		toDNS  = "Deployment shop/web > Deployment kube-system/coredns UDP 5353"
	)
	for name, want := range map[string][]string{
		"../flow/testdata/aws-network-policy-agent.log": {
			toCart + " x3 via shop/cart:80 from client,server", toCart + " via shop/cart:80 denied from client",
			toDNS + " via kube-system/kube-dns:53", "none: unknown direction x1",
		},
		"../flow/testdata/inspektor-gadget.jsonl": {
			toCart + " x6 via shop/cart:80 from client,server", toDNS + " x3 via kube-system/kube-dns:53 from client",
			"Deployment shop/web > 198.51.100.7 TCP 443 named api.example.com denied from client",
		},
		"../flow/testdata/netobserv-cli.json": {
			toCart + " x3 via shop/cart:80", toDNS + " via kube-system/kube-dns:53 guessed",
			"Deployment shop/web > StatefulSet shop/db TCP 5432 denied", "a node > Deployment shop/cart TCP 8080",
		},
		"../flow/testdata/netobserv-2021.jsonl": {
			toCart + " via shop/cart:80 guessed", "Deployment shop/web > StatefulSet shop/db TCP 5432 guessed",
		},
	} {
		t.Run(name, func(t *testing.T) {
			files, err := source.Find(nil, name)
			if err != nil {
				t.Fatal(err)
			}
			var flows []*flow.Flow
			if _, err := flow.Read(t.Context(), files, flow.Options{}, func(f *flow.Flow) { flows = append(flows, f) }); err != nil {
				t.Fatal(err)
			}
			checkSet(t, run(shop(t), flows), want...)
		})
	}
}
