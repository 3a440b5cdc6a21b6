package flow

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// traceLine is an event of trace_tcp on the pod web, whose peer is db, with more members.
func traceLine(kind, members string) string {
	return fmt.Sprintf(`{"dst":%s,"fd":3,"k8s":{"containerName":"main","hostnetwork":false,"namespace":"shop","node":"node-1","podName":"web-0"},"netns_id":4026535383,`+
		`"proc":{"comm":"web","pid":7,"parent":{"comm":"sh"}},"runtime":{"containerName":"main"},"src":%s,"timestamp":"2026-11-20T12:00:00.123456789Z"%s,"type":%q,"type_raw":0}`,
		traceEnd("10.0.0.2", 5432), traceEnd("10.0.0.1", 40000), members, kind)
}

func traceEnd(addr string, port int) string {
	return fmt.Sprintf(`{"addr":%q,"port":%d,"proto":"TCP","proto_raw":6,"version":4}`, addr, port)
}

// dnsLine is an event of trace_dns on the pod web, of which a packet goes from its server or to it.
func dnsLine(qr, packet string) string {
	client, server := traceEnd("10.0.0.1", 40000), traceEnd("10.0.0.2", 53)
	if qr == dnsResponse {
		client, server = server, client
	}
	return strings.ReplaceAll(fmt.Sprintf(`{"addresses":"203.0.113.7,,none,::ffff:203.0.113.8","dst":%s,"k8s":{"namespace":"shop","node":"node-1","podName":"web-0"},"name":"api.example.com.","netns_id":1,`+
		`"pkt_type":%q,"qr":%q,"qtype":"A","rcode":"NameError","rcode_raw":3,"src":%s,"timestamp":"2026-11-20T12:00:00Z"}`, server, packet, qr, client), `"TCP","proto_raw":6`, `"UDP","proto_raw":17`)
}

// networkLine is an event of the older advisor on the pod web.
func networkLine(packet, members string) string {
	return `{"type":"normal","k8s":{"node":"node-1","namespace":"shop","podname":"web-0"},"pktType":"` + packet + `","proto":"tcp","port":443` + members + `}`
}

func TestTrace(t *testing.T) {
	change := func(line string, pairs ...string) string { return strings.NewReplacer(pairs...).Replace(line) }
	const toService = `,"dst":{"kind":"svc","addr":"10.0.0.2","namespace":"data","name":"db","podLabels":{"app":"db"}}`
	for name, test := range map[string]struct{ line, want string }{
		"connect":              {traceLine("connect", ""), forward + "handshake at client"},
		"connect, no error":    {traceLine("connect", `,"error":"","error_raw":0`), forward + "handshake at client"},
		"connect, refused":     {traceLine("connect", `,"error":"ECONNREFUSED","error_raw":111`), forward + "handshake at client unanswered denied ECONNREFUSED"},
		"connect, timed out":   {traceLine("connect", `,"error":"ETIMEDOUT"`), forward + "handshake at client unanswered denied ETIMEDOUT"},
		"accept":               {traceLine("accept", ""), backward + "handshake at server final"},
		"close":                {traceLine("close", ""), forward + "unknown at client"},
		"protocol, a number":   {change(traceLine("connect", ""), `"proto":"TCP","proto_raw":6`, `"proto":6`), forward + "handshake at client"},
		"a pod":                {change(traceLine("connect", ""), `"port":5432`, `"k8s":{"kind":"pod","labels":"app=db","name":"db-0","namespace":"data"},"port":5432`), forward + "handshake at client final"},
		"a Service":            {change(traceLine("connect", ""), `"port":5432`, `"k8s":{"kind":"svc","labels":"app=db","name":"db","namespace":"data"},"port":5432`), forward + "handshake at client"},
		"raw":                  {change(traceLine("connect", ""), `"port":5432`, `"k8s":{"kind":"raw"},"port":5432`), forward + "handshake at client"},
		"IPv6":                 {change(traceLine("connect", ""), "10.0.0.2", "2001:db8::2", "10.0.0.1", "fd00::1"), "TCP [fd00::1]:40000 > [2001:db8::2]:5432 handshake at client"},
		"older":                {change(traceLine("normal", `,"operation":"connect"`), `"TCP"`, "6"), forward + "handshake at client"},
		"oldest":               {`{"type":"normal","namespace":"shop","pod":"web-0","node":"node-1","operation":"accept","saddr":"10.0.0.2","daddr":"10.0.0.1","sport":5432,"dport":40000,"timestamp":1795176000123456789}`, forward + "handshake at server final"},
		"question":             {dnsLine("Q", "OUTGOING"), "UDP 10.0.0.1:40000 > 10.0.0.2:53 flag at client"},
		"question, the server": {dnsLine("Q", "HOST"), "UDP 10.0.0.1:40000 > 10.0.0.2:53 flag at server final"},
		"answer":               {dnsLine("R", "HOST"), "UDP 10.0.0.1:40000 > 10.0.0.2:53 flag at client"},
		"answer, the server":   {dnsLine("R", "OUTGOING"), "UDP 10.0.0.1:40000 > 10.0.0.2:53 flag at server final"},
		"answer, anywhere":     {dnsLine("R", ""), "UDP 10.0.0.1:40000 > 10.0.0.2:53 flag anywhere"},
		"sent":                 {networkLine("OUTGOING", toService), "TCP invalid AddrPort > 10.0.0.2:443 handshake at client"},
		"sent, an address":     {networkLine("OUTGOING", `,"podIP":"10.0.0.1","podLabels":{"app":"web"},"timestamp":1795176000123456789`+toService), "TCP 10.0.0.1:0 > 10.0.0.2:443 handshake at client"},
		"sent, to a pod":       {networkLine("OUTGOING", strings.Replace(toService, "svc", "pod", 1)), "TCP invalid AddrPort > 10.0.0.2:443 handshake at client final"},
		"sent, elsewhere":      {networkLine("OUTGOING", `,"dst":{"kind":"other","addr":"198.51.100.7"}`), "TCP invalid AddrPort > 198.51.100.7:443 handshake at client"},
		"got":                  {networkLine("HOST", strings.Replace(toService, "svc", "pod", 1)), "TCP 10.0.0.2:0 > invalid AddrPort handshake at server final"},
		"sent, UDP":            {change(networkLine("OUTGOING", toService), `"tcp"`, `"udp"`), "UDP invalid AddrPort > 10.0.0.2:443 guessed at client"},
		"got, UDP":             {change(networkLine("HOST", toService), `"tcp"`, `"UDP"`), "UDP 10.0.0.2:0 > invalid AddrPort guessed at server"},
		"sent, oldest":         {`{"type":"normal","namespace":"shop","pod":"web-0","pkt_type":"OUTGOING","proto":"tcp","ip":"10.0.0.2","port":443}`, "TCP invalid AddrPort > 10.0.0.2:443 handshake at client"},
		"a message":            {`{"type":"debug","message":"tracer attached"}`, ""},
		"a broadcast":          {networkLine("BROADCAST", toService), ""},
		"members of tomorrow":  {traceLine("connect", `,"next":{"a":[{"b":"}\"]"},1e9,null,true]}`), forward + "handshake at client"},
	} {
		t.Run(name, func(t *testing.T) {
			got := readText(t, good()["trace"]+test.line+"\n", Options{})
			var want []string
			if test.want != "" {
				want = []string{test.want}
			}
			if diff := cmp.Diff(want, allWords(got.flows[1:])); diff != "" {
				t.Fatalf("(-want +got):\n%s", diff)
			}
			if s := got.sources[0]; s.Skipped != 0 || s.Faults != nil {
				t.Errorf("source %+v", s)
			}
			for _, f := range got.flows[1:] {
				dated := strings.Contains(test.line, "timestamp")
				if f.Ageless == dated || dated && f.Time != 1795176000 || !dated && f.Time != 0 || f.Point.Node != "node-1" && name != "sent, oldest" {
					t.Errorf("flow %+v", f)
				}
				hold(t, &f)
			}
		})
	}
}

func TestTracePeer(t *testing.T) {
	at := func(line, k8s string) string {
		return strings.Replace(line, `"port":5432`, `"k8s":`+k8s+`,"port":5432`, 1)
	}
	own := func(members string) string {
		return strings.Replace(traceLine("connect", ""), `"podName":"web-0"`, `"podName":"web-0"`+members, 1)
	}
	web := &Peer{Namespace: "shop", Pod: "web-0"}
	labels := map[string]string{"app": "web", "tier": "front"}
	for name, test := range map[string]struct {
		line           string
		client, server *Peer
	}{
		"alone":        {traceLine("connect", ""), web, nil},
		"a pod":        {at(traceLine("connect", ""), `{"kind":"pod","labels":"app=db,,x","name":"db-0","namespace":"data"}`), web, &Peer{Namespace: "data", Pod: "db-0", Labels: map[string]string{"app": "db"}}},
		"a Service":    {at(traceLine("connect", ""), `{"kind":"svc","labels":"app=db","name":"db","namespace":"data"}`), web, &Peer{Service: Workload{Kind: "Service", Namespace: "data", Name: "db"}}},
		"raw":          {at(traceLine("connect", ""), `{"kind":"raw","labels":"","name":"","namespace":""}`), web, nil},
		"labels":       {own(`,"podLabels":"app=web,tier=front"`), &Peer{Namespace: "shop", Pod: "web-0", Labels: labels}, nil},
		"labels, map":  {own(`,"podLabels":{"app":"web","tier":"front"}`), &Peer{Namespace: "shop", Pod: "web-0", Labels: labels}, nil},
		"labels, list": {own(`,"podLabels":["app"]`), web, nil},
		"an owner":     {own(`,"owner":{"kind":"Deployment","name":"web"}`), &Peer{Namespace: "shop", Pod: "web-0", Workloads: []Workload{{Kind: "Deployment", Namespace: "shop", Name: "web"}}}, nil},
		"no owner":     {own(`,"owner":{"kind":"","name":""}`), web, nil},
		"host network": {strings.Replace(traceLine("connect", ""), `"hostnetwork":false`, `"hostnetwork":true`, 1), &Peer{Reserved: []string{"host"}}, nil},
		"no pod":       {strings.Replace(traceLine("connect", ""), `"podName":"web-0"`, `"podName":""`, 1), nil, nil},
		"labels of its address": {strings.Replace(traceLine("connect", ""), `"port":40000`, `"k8s":{"kind":"pod","labels":"app=web,tier=front","name":"web-0","namespace":"shop"},"port":40000`, 1),
			&Peer{Namespace: "shop", Pod: "web-0", Labels: labels}, nil},
		"another at its address": {strings.Replace(traceLine("connect", ""), `"port":40000`, `"k8s":{"kind":"pod","labels":"app=other","name":"other","namespace":"shop"},"port":40000`, 1), web, nil},
		"older":                  {strings.Replace(traceLine("connect", ""), `"port":5432`, `"namespace":"data","podname":"db","kind":"svc","podlabels":{"app":"db"},"port":5432`, 1), web, &Peer{Service: Workload{Kind: "Service", Namespace: "data", Name: "db"}}},
	} {
		t.Run(name, func(t *testing.T) {
			f := readText(t, test.line, Options{}).flows[0]
			if diff := cmp.Diff([]*Peer{test.client, test.server}, []*Peer{f.Client.Peer, f.Server.Peer}); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestTraceDNS(t *testing.T) {
	want := &Answer{Query: "api.example.com", Code: 3, Addrs: []netip.Addr{netip.MustParseAddr("203.0.113.7"), netip.MustParseAddr("203.0.113.8")}}
	for name, test := range map[string]struct {
		line string
		code uint32
	}{
		"number":      {dnsLine("R", "HOST"), 3},
		"name":        {strings.Replace(dnsLine("R", "HOST"), `,"rcode_raw":3`, "", 1), 3},
		"no error":    {strings.Replace(dnsLine("R", "HOST"), `"NameError","rcode_raw":3`, `"Success"`, 1), 0},
		"of tomorrow": {strings.Replace(dnsLine("R", "HOST"), `"NameError","rcode_raw":3`, `"Tired"`, 1), 0xffff},
		"list":        {strings.Replace(dnsLine("R", "HOST"), `"203.0.113.7,,none,::ffff:203.0.113.8"`, `["203.0.113.7","203.0.113.8"]`, 1), 3},
	} {
		t.Run(name, func(t *testing.T) {
			f := readText(t, test.line, Options{}).flows[0]
			want := *want
			want.Code = test.code
			if diff := cmp.Diff(&want, f.Answer, cmpopts.EquateComparable(netip.Addr{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if f := readText(t, dnsLine("Q", "OUTGOING"), Options{}).flows[0]; f.Answer != nil {
		t.Errorf("%+v", f.Answer)
	}
}

// TestTraceArray counts what of an array cannot be read.
func TestTraceArray(t *testing.T) {
	text := good()["trace"] + "[" + traceLine("connect", "") + `,{"type":"exec"},7,null,` + strings.Replace(traceLine("accept", ""), ":40000", ":65536", 1) + "," + dnsLine("Q", "OUTGOING") + "]\n[]\n"
	r := readText(t, text, Options{})
	at := int64(len(good()["trace"]))
	want := []api.Fault{{Reason: faultNotFlow, Count: 3, Offset: at}, {Reason: faultPort, Count: 1, Offset: at}}
	if diff := cmp.Diff(want, r.sources[0].Faults); diff != "" || len(r.flows) != 3 || r.sources[0].Parsed != 3 {
		t.Errorf("%d flows, %+v, faults (-want +got):\n%s", len(r.flows), r.sources, diff)
	}
}

func TestTraceBad(t *testing.T) {
	for name, test := range map[string]struct{ old, new, want string }{
		"port":             {":40000", ":65536", faultPort},
		"port below 0":     {":5432", ":-1", faultPort},
		"huge port":        {":40000", ":4e99", faultNotFlow},
		"address":          {`"10.0.0.1"`, `"10.0.0.256"`, faultAddress},
		"no address":       {`"10.0.0.1"`, `""`, faultAddress},
		"no source":        {`"src"`, `"crs"`, faultNotFlow},
		"a null":           {`"src":`, `"src":null,"crs":`, faultNotFlow},
		"another type":     {`"connect"`, `1`, faultNotFlow},
		"another event":    {`"connect"`, `"exec"`, faultNotFlow},
		"an end by type":   {`"src":`, `"src":"10.0.0.1:40000","crs":`, faultNotFlow},
		"NUL":              {`"web-0"`, "\"web\x00\"", faultNotJSON},
		"a time":           {`"2026-11-20T12:00:00.123456789Z"`, `{"x":1}`, ""},
		"invalid UTF-8":    {"web-0", "web-\xff", ""},
		"a NUL escaped":    {"web-0", `web-\u0000`, ""},
		"names of others":  {"web-0", `web\n---\nkind: Pod\u001b[31m<script>`, ""},
		"protocol by type": {`"proto":"TCP"`, `"proto":["TCP"]`, ""},
	} {
		t.Run(name, func(t *testing.T) { badRecord(t, "trace", test.old, test.new, test.want) })
	}
	r := readText(t, good()["trace"]+strings.Replace(dnsLine("Q", "HOST"), `"UDP","proto_raw":17,"version":4},"k8s"`, `"QUIC","version":4},"k8s"`, 1)+"\n"+networkLine("OUTGOING", `,"dst":{"addr":"x"}`)+
		"\n"+strings.Replace(networkLine("OUTGOING", `,"dst":{"addr":"10.0.0.2"}`), `"podname":"web-0"`, `"podname":""`, 1)+"\n"+strings.Replace(networkLine("HOST", `,"dst":{"addr":"10.0.0.2"}`), "443", "70000", 1), Options{})
	var reasons []string
	for _, f := range r.sources[0].Faults {
		reasons = append(reasons, fmt.Sprintf("%s x%d", f.Reason, f.Count))
	}
	if diff := cmp.Diff([]string{faultAddress + " x2", faultProtocol + " x1", faultPort + " x1"}, reasons); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
