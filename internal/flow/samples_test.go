package flow

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// endWords are what a flow says of its ends beside addresses.
func endWords(f *Flow) string {
	text := " |"
	for _, p := range []*Peer{f.Client.Peer, f.Server.Peer} {
		switch {
		case p == nil:
			text += " -"
		case len(p.Reserved) > 0:
			text += " " + strings.Join(p.Reserved, "+")
		case p.Service.Name != "":
			text += fmt.Sprintf(" svc %s/%s", p.Service.Namespace, p.Service.Name)
		default:
			text += fmt.Sprintf(" pod %s/%s", p.Namespace, p.Pod)
			for _, w := range p.Workloads {
				text += fmt.Sprintf(" of %s %s", w.Kind, w.Name)
			}
			if len(p.Labels) > 0 {
				text += fmt.Sprintf(" %v", p.Labels)
			}
		}
	}
	return text
}

func flowsWithEnds(flows []Flow) []string {
	var all []string
	for i := range flows {
		line := words(&flows[i]) + endWords(&flows[i])
		if a := flows[i].Answer; a != nil {
			line += fmt.Sprintf(" | %s is %v", a.Query, a.Addrs)
		}
		all = append(all, line)
	}
	return all
}

// TestReadLogs reads logs of each generation; those of testdata are our own.
func TestReadLogs(t *testing.T) {
	const (
		web     = "pod shop/web-6d4f5-aaaaa"
		webOf   = web + " of Deployment web"
		cart    = "pod shop/cart-7f9c8-aaaaa"
		cartOf  = cart + " of Deployment cart"
		service = "svc shop/cart"
		dns     = "svc kube-system/kube-dns"
		advised = "pod test-networkpolicy-8485776873410829123/test-pod"
	)
	toDNS := "UDP invalid AddrPort > 10.96.0.10:53 guessed at client | " + advised + " " + dns
	toServer := "TCP invalid AddrPort > 10.96.0.1:443 handshake at client | " + advised + " svc default/kubernetes"
	for path, test := range map[string]struct {
		format string
		flows  []string
		faults []string
		quiet  int64
	}{
		"testdata/aws-network-policy-agent.log": {api.FormatAWS, []string{
			"UDP 10.244.1.5:39197 > 10.96.0.10:53 verdict anywhere allowed | - -",
			"TCP 10.244.1.5:43088 > 10.96.0.50:80 verdict anywhere allowed | - -",
			"ICMP 198.51.100.65:0 > 10.244.1.5:0 unknown anywhere denied DENY | - -",
			"TCP 10.244.1.5:55484 > 10.96.0.50:80 verdict at client allowed | - -",
			"TCP 10.244.1.5:55484 > 10.244.2.9:8080 verdict at server final allowed | - -",
			"TCP [fd00:0:0:1::5]:53000 > [fd00:0:0:96::50]:80 verdict at client denied DENY | - -",
		}, []string{faultNotJSON, faultAnswer}, 2},
		"testdata/inspektor-gadget.jsonl": {api.FormatTrace, []string{
			"TCP 10.244.1.5:41464 > 10.96.0.50:80 handshake at client | " + web + " -",
			"TCP 10.244.1.5:41466 > 10.96.0.50:80 handshake at client | " + webOf + " map[app:web pod-template-hash:6d4f5] " + service,
			"TCP 10.244.1.5:41466 > 10.244.2.9:8080 handshake at server final | " + web + " map[app:web] " + cartOf + " map[app:cart tier:back]",
			"TCP 10.244.1.5:41466 > 10.96.0.50:80 unknown at client | " + web + " " + service,
			"TCP 10.244.1.5:41468 > 198.51.100.7:443 handshake at client unanswered denied ECONNREFUSED | " + web + " -",
			"UDP 10.244.1.5:42448 > 10.96.0.10:53 flag at client | " + web + " " + dns,
			"UDP 10.244.1.5:42448 > 10.96.0.10:53 flag at client | " + web + " " + dns + " | api.example.com is [198.51.100.7 2001:db8::7]",
			"TCP 10.244.1.5:0 > 10.96.0.50:80 handshake at client | " + web + " map[app:web] " + service,
			"TCP 10.244.1.5:0 > invalid AddrPort handshake at server final | " + web + " map[app:web] " + cart,
			"UDP invalid AddrPort > 10.96.0.10:53 guessed at client | " + web + " -",
		}, nil, 0},
		"testdata/netobserv-cli.json": {api.FormatNetObserv, []string{
			"TCP 10.244.1.5:40000 > 10.96.0.50:80 handshake anywhere | " + webOf + " " + service,
			"TCP 10.244.1.5:40000 > 10.244.2.9:8080 handshake anywhere final | " + webOf + " " + cartOf,
			"TCP 10.244.1.5:40000 > 10.244.2.9:8080 handshake anywhere final | " + webOf + " " + cartOf,
			"UDP 10.244.1.5:42000 > 10.96.0.10:53 guessed anywhere | " + web + " " + dns,
			"TCP 10.244.1.5:40002 > 10.244.2.20:5432 handshake anywhere final denied drop | " + web + " pod shop/db-0 of StatefulSet db",
			"TCP 192.0.2.1:50000 > 10.244.2.9:8080 guessed anywhere | remote-node " + cart,
		}, nil, 0},
		"testdata/netobserv-2021.jsonl": {api.FormatNetObserv, []string{
			"TCP 10.244.1.5:57240 > 10.96.0.50:80 guessed anywhere | " + webOf + " " + service,
			"TCP 10.244.2.20:5432 > 10.244.1.5:36936 unknown anywhere | - -",
		}, nil, 0},
		"inspektor-gadget/trace_tcp.mid2024.jsonl": {api.FormatTrace, []string{
			"TCP 10.244.0.8:41464 > 1.1.1.1:80 handshake at client | pod default/mypod2 -",
			"TCP 172.17.0.3:45942 > 1.1.1.1:80 handshake at client | - -",
		}, nil, 0},
		"inspektor-gadget/v0.20.0.connect-to-svc.input":           {api.FormatTrace, []string{toDNS, toServer}, nil, 0},
		"inspektor-gadget/v0.20.0.connect-to-svc-duplicate.input": {api.FormatTrace, []string{toDNS, toServer, toDNS, toDNS, toServer}, nil, 0},
		"aws-vpc-cni/network-policy-agent.log.samples.jsonl": {api.FormatAWS, []string{
			"TCP 10.0.141.167:39197 > 172.20.0.10:53 verdict anywhere allowed | - -",
			"TCP 10.0.141.167:43088 > 172.20.2.72:14220 verdict anywhere denied DENY | - -",
			"ICMP 57.20.37.65:0 > 100.64.44.16:0 unknown anywhere denied DENY | - -",
			"TCP 10.0.1.28:55484 > 10.0.1.132:80 verdict at client allowed | - -",
			"TCP 10.0.1.28:55484 > 10.0.1.132:80 verdict at server final allowed | - -",
			"UDP [2001:db8::1]:53000 > [2001:db8::53]:53 verdict at server final denied DENY | - -",
		}, nil, 1},
		"netobserv/current-flow.sample.json": {api.FormatNetObserv, []string{
			"TCP 10.128.0.29:1234 > 10.129.0.26:5678 unknown anywhere | pod first-namespace/src-pod of Deployment my-deployment pod second-namespace/dst-pod of StatefulSet my-statefulset",
		}, nil, 0},
	} {
		t.Run(path, func(t *testing.T) {
			for _, size := range []int{0, 64} {
				got := readText(t, sample(t, path), Options{blockSize: size})
				if diff := cmp.Diff(test.flows, flowsWithEnds(got.flows)); diff != "" {
					t.Errorf("flows (-want +got):\n%s", diff)
				}
				var faults []string
				s := got.sources[0]
				for _, f := range s.Faults {
					faults = append(faults, f.Reason)
				}
				if diff := cmp.Diff(test.faults, faults); diff != "" || s.Format != test.format || s.Parsed != int64(len(test.flows))+test.quiet || s.Lost != nil {
					t.Errorf("source %+v, faults (-want +got):\n%s", s, diff)
				}
			}
		})
	}
}

// sample is a file of testdata, or one of the folder that FLOW_SAMPLES names.
func sample(t *testing.T, path string) string {
	t.Helper()
	if name, own := strings.CutPrefix(path, "testdata/"); own {
		return recorded(t, name)
	}
	folder := os.Getenv("FLOW_SAMPLES")
	if folder == "" {
		t.Skip("FLOW_SAMPLES names no folder")
	}
	text, err := os.ReadFile(filepath.Join(folder, "flows", filepath.FromSlash(path)))
	if err != nil {
		t.Fatal(err)
	}
	if got := claims(text); len(got) != 1 {
		t.Errorf("claimed by %q", got)
	}
	return string(text)
}
