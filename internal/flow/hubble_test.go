package flow

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// hubbleLine is a line as Hubble writes it, with more members of the flow.
func hubbleLine(members string) string {
	return `{"flow":` + hubbleBare(members) + `,"node_name":"node-1","time":"2026-11-20T12:00:00.123456789Z"}`
}

// hubbleBare is a flow from web to db.
func hubbleBare(members string) string {
	return `{"time":"2026-11-20T12:00:00.123456789Z","uuid":"9c1f","emitter":{"name":"Hubble","version":"1.19.1"},"verdict":"FORWARDED",` +
		`"ethernet":{"source":"9a:4b:92:54:a9:62","destination":"72:59:04:fd:68:13"},` + hubbleEnds("10.0.0.1", 40000, "10.0.0.2", 5432) +
		`,"source":` + hubbleEnd("shop", "web") + `,"destination":` + hubbleEnd("data", "db") +
		`,"Type":"L3_L4","node_name":"node-1","node_labels":["kubernetes.io/arch=amd64","kubernetes.io/hostname=node-1","topology.kubernetes.io/zone=z"]` +
		`,"event_type":{"type":4},"interface":{"index":6,"name":"lxc1"},"Summary":"TCP Flags: ACK, PSH"` + members + `}`
}

func hubbleEnds(source string, sport int, destination string, dport int) string {
	return fmt.Sprintf(`"IP":{"source":%q,"destination":%q,"ipVersion":"IPv4"},"l4":{"TCP":{"source_port":%d,"destination_port":%d,"flags":{"PSH":true,"ACK":true}}}`, source, destination, sport, dport)
}

func hubbleEnd(namespace, app string) string {
	return fmt.Sprintf(`{"ID":881,"identity":3418,"cluster_name":"default","namespace":%[1]q,"labels":["k8s:app=%[2]s",`+
		`"k8s:io.cilium.k8s.namespace.labels.kubernetes.io/metadata.name=%[1]s","k8s:io.cilium.k8s.policy.cluster=default",`+
		`"k8s:io.cilium.k8s.policy.serviceaccount=%[2]s","k8s:io.kubernetes.pod.namespace=%[1]s"],"pod_name":"%[2]s-0","workloads":[{"name":%[2]q,"kind":"StatefulSet"}]}`, namespace, app)
}

const (
	forward  = "TCP 10.0.0.1:40000 > 10.0.0.2:5432 "
	backward = "TCP 10.0.0.2:5432 > 10.0.0.1:40000 "
)

func TestHubbleFlow(t *testing.T) {
	reversed := func(line string) string {
		line = strings.Replace(line, hubbleEnds("10.0.0.1", 40000, "10.0.0.2", 5432), hubbleEnds("10.0.0.2", 5432, "10.0.0.1", 40000), 1)
		return strings.NewReplacer(`"source":{"ID"`, `"destination":{"ID"`, `"destination":{"ID"`, `"source":{"ID"`).Replace(line)
	}
	ends := func(line, source, destination string) string {
		return strings.NewReplacer(`"10.0.0.1"`, `"`+source+`"`, `"10.0.0.2"`, `"`+destination+`"`).Replace(line)
	}
	layer4 := func(line, l4 string) string {
		return strings.Replace(line, `{"TCP":{"source_port":40000,"destination_port":5432,"flags":{"PSH":true,"ACK":true}}}`, l4, 1)
	}
	noPeers := func(line string) string {
		return strings.NewReplacer(hubbleEnd("shop", "web"), `{"identity":2,"labels":["reserved:world"]}`, hubbleEnd("data", "db"), `{"identity":2,"labels":["reserved:world"]}`).Replace(line)
	}
	for name, test := range map[string]struct{ line, want string }{
		"egress":              {hubbleLine(`,"traffic_direction":"EGRESS","is_reply":false`), forward + "flag at client final allowed"},
		"bare":                {hubbleBare(`,"traffic_direction":"INGRESS","is_reply":false`), forward + "flag at server final allowed"},
		"reply":               {reversed(hubbleLine(`,"traffic_direction":"EGRESS","is_reply":true`)), forward + "flag at client final allowed"},
		"reply, older":        {reversed(hubbleLine(`,"traffic_direction":"INGRESS","reply":true`)), forward + "flag at server final allowed"},
		"reply, by its trace": {reversed(hubbleLine(`,"traffic_direction":"INGRESS","trace_reason":"REPLY"`)), forward + "flag at server final allowed"},
		"null":                {hubbleLine(`,"trace_observation_point":"TO_OVERLAY","is_reply":null`), forward + "unknown anywhere allowed"},
		"absent":              {reversed(hubbleLine(`,"trace_observation_point":"TO_OVERLAY"`)), backward + "unknown anywhere allowed"},
		"absent, new":         {hubbleLine(`,"trace_reason":"NEW"`), forward + "flag anywhere final allowed"},
		"absent, older":       {hubbleLine(`,"traffic_direction":"EGRESS"`), forward + "unknown at client allowed"},
		"absent, SYN":         {strings.Replace(hubbleLine(``), `"PSH":true,"ACK":true`, `"SYN":true`, 1), forward + "handshake anywhere final allowed"},
		"absent, SYN and ACK": {strings.Replace(reversed(hubbleLine(``)), `"PSH":true`, `"SYN":true`, 1), forward + "handshake anywhere final allowed"},
		"denied": {strings.Replace(hubbleLine(`,"event_type":{"type":5},"drop_reason":181,"drop_reason_desc":"POLICY_DENY","traffic_direction":"INGRESS"`), "FORWARDED", "DROPPED", 1),
			forward + "verdict at server final denied POLICY_DENY"},
		"dropped by a policy": {strings.Replace(hubbleLine(`,"event_type":{"type":1,"sub_type":133},"drop_reason":133,"traffic_direction":"EGRESS"`), "FORWARDED", "DROPPED", 1),
			forward + "verdict at client final denied"},
		"dropped otherwise": {strings.Replace(hubbleLine(`,"event_type":{"type":1,"sub_type":151},"drop_reason_desc":"STALE_OR_UNROUTABLE_IP"`), "FORWARDED", "DROPPED", 1),
			forward + "unknown anywhere denied STALE_OR_UNROUTABLE_IP"},
		"redirected":             {strings.Replace(hubbleLine(`,"event_type":{"type":5}`), "FORWARDED", "REDIRECTED", 1), forward + "verdict anywhere final allowed"},
		"audit":                  {strings.Replace(hubbleLine(`,"event_type":{"type":5}`), "FORWARDED", "AUDIT", 1), forward + "verdict anywhere final allowed AUDIT"},
		"error":                  {strings.Replace(hubbleLine(`,"is_reply":false`), "FORWARDED", "ERROR", 1), forward + "flag anywhere final ERROR"},
		"a verdict of tomorrow":  {strings.Replace(hubbleLine(`,"is_reply":false`), "FORWARDED", "TELEPORTED", 1), forward + "flag anywhere final"},
		"a Service":              {noPeers(hubbleLine(`,"traffic_direction":"EGRESS","is_reply":false`)), forward + "flag at client allowed"},
		"from outside":           {noPeers(hubbleLine(`,"traffic_direction":"INGRESS","is_reply":false`)), forward + "flag at server final allowed"},
		"before translation":     {strings.Replace(hubbleLine(`,"Type":"SOCK","sock_xlate_point":"SOCK_XLATE_POINT_PRE_DIRECTION_FWD"`), "FORWARDED", "TRACED", 1), forward + "flag anywhere"},
		"behind translation":     {strings.Replace(hubbleLine(`,"Type":"SOCK","sock_xlate_point":"SOCK_XLATE_POINT_POST_DIRECTION_FWD"`), "FORWARDED", "TRANSLATED", 1), forward + "flag anywhere final"},
		"translated back":        {strings.Replace(reversed(hubbleLine(`,"Type":"SOCK","sock_xlate_point":"SOCK_XLATE_POINT_PRE_DIRECTION_REV"`)), "FORWARDED", "TRACED", 1), forward + "flag anywhere final"},
		"masqueraded":            {strings.Replace(hubbleLine(`,"is_reply":false`), `"ipVersion"`, `"source_xlated":"10.9.0.1","ipVersion"`, 1), forward + "flag anywhere final allowed masqueraded 10.9.0.1:0"},
		"IPv6":                   {ends(hubbleLine(`,"is_reply":false`), "fd00::1", "2001:db8::2"), "TCP [fd00::1]:40000 > [2001:db8::2]:5432 flag anywhere final allowed"},
		"IPv4-mapped":            {ends(hubbleLine(`,"is_reply":false`), "::ffff:10.0.0.1", "::ffff:10.0.0.2"), forward + "flag anywhere final allowed"},
		"UDP":                    {layer4(hubbleLine(`,"is_reply":false`), `{"UDP":{"source_port":40000,"destination_port":53}}`), "UDP 10.0.0.1:40000 > 10.0.0.2:53 flag anywhere final allowed"},
		"SCTP":                   {layer4(hubbleLine(`,"is_reply":false`), `{"SCTP":{"source_port":40000,"destination_port":36412}}`), "SCTP 10.0.0.1:40000 > 10.0.0.2:36412 flag anywhere final allowed"},
		"ICMP":                   {layer4(hubbleLine(`,"is_reply":false`), `{"ICMPv4":{"type":8}}`), "ICMP 10.0.0.1:0 > 10.0.0.2:0 flag anywhere final allowed type 8 code 0"},
		"ICMPv6, no direction":   {layer4(hubbleLine(``), `{"ICMPv6":{"type":128,"code":1}}`), "ICMPv6 10.0.0.1:0 > 10.0.0.2:0 unknown anywhere allowed type 128 code 1"},
		"VRRP":                   {layer4(hubbleLine(`,"is_reply":false`), `{"VRRP":{"type":1,"vrid":5}}`), "protocol 112 10.0.0.1:0 > 10.0.0.2:0 flag anywhere final allowed"},
		"no source port":         {layer4(hubbleLine(`,"is_reply":false`), `{"TCP":{"destination_port":80}}`), "TCP 10.0.0.1:0 > 10.0.0.2:80 flag anywhere final allowed"},
		"members of tomorrow":    {hubbleLine(`,"is_reply":false,"next":{"a":[{"b":"}\"]"},1e9,null,true]},"Zeit":"x"`), forward + "flag anywhere final allowed"},
		"escapes":                {strings.Replace(hubbleLine(`,"is_reply":false`), "FORWARDED", `FORWARD\u0045D`, 1), forward + "flag anywhere final allowed"},
		"white space, CR and LF": {strings.ReplaceAll(hubbleLine(` , "is_reply" : false `), `":`, "\" :\t") + "\r", forward + "flag anywhere final allowed"},
	} {
		t.Run(name, func(t *testing.T) {
			got := readText(t, test.line+"\n", Options{})
			if diff := cmp.Diff([]string{test.want}, allWords(got.flows)); diff != "" {
				t.Fatalf("(-want +got):\n%s", diff)
			}
			f := got.flows[0]
			if f.Time != 1795176000 || f.Point.Node != "node-1" || f.Point.Source != "-" || f.Count != 1 {
				t.Errorf("flow %+v", f)
			}
			if f.Direction.Known() && f.Server.Peer.Pod == "web-0" || !json.Valid([]byte(test.line)) {
				t.Errorf("server %+v", f.Server.Peer)
			}
		})
	}
}

// TestHubbleScan reads what Hubble usually writes without encoding/json.
func TestHubbleScan(t *testing.T) {
	scan := hubbleScan{words: map[string]string{}}
	for _, line := range []string{
		hubbleLine(`,"traffic_direction":"EGRESS","trace_reason":"REPLY","is_reply":true,"reply":true`), hubbleBare(""),
		hubbleLine(`,"source_names":["a.example"],"destination_service":{"name":"db"},"l7":{"type":"REQUEST"}`),
	} {
		if scan.read([]byte(line+"\r\n")) == nil {
			t.Errorf("not read: %s", line)
		}
	}
	for _, line := range []string{hubbleLine(`,"Verdict":"DROPPED"`), hubbleLine(`,"verdict":"DROPPED"`), hubbleLine("") + "x", strings.Replace(hubbleLine(""), "FORWARDED", `FORWARD\u0045D`, 1)} {
		if scan.read([]byte(line)) != nil {
			t.Errorf("read: %s", line)
		}
	}
}

func TestHubblePeer(t *testing.T) {
	line := hubbleLine(`,"is_reply":false,"source_names":["a.example"],"destination_names":["db.data.svc"],"destination_service":{"name":"db","namespace":"data"}`)
	line = strings.Replace(line, `"pod_name":"web-0",`, "", 1) // labels alone
	f := readText(t, line, Options{}).flows[0]
	web := &Peer{
		Cluster: "default", Namespace: "shop", ServiceAccount: "web", Identity: 3418,
		Labels: map[string]string{"app": "web"}, NamespaceLabels: map[string]string{"kubernetes.io/metadata.name": "shop"},
		Workloads: []Workload{{Kind: "StatefulSet", Namespace: "shop", Name: "web"}},
	}
	db := &Peer{
		Cluster: "default", Namespace: "data", Pod: "db-0", ServiceAccount: "db", Identity: 3418,
		Labels: map[string]string{"app": "db"}, NamespaceLabels: map[string]string{"kubernetes.io/metadata.name": "data"},
		Workloads: []Workload{{Kind: "StatefulSet", Namespace: "data", Name: "db"}}, Service: Workload{Kind: "Service", Namespace: "data", Name: "db"},
	}
	if diff := cmp.Diff([]*Peer{web, db}, []*Peer{f.Client.Peer, f.Server.Peer}); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([][]string{{"a.example"}, {"db.data.svc"}}, [][]string{f.Client.Names, f.Server.Names}); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	line = strings.Replace(hubbleLine(``), hubbleEnd("shop", "web"), `{"identity":16777217,"labels":["reserved:kube-apiserver","reserved:world"]}`, 1)
	line = strings.Replace(line, hubbleEnd("data", "db"), `{"namespace":5}`, 1)
	f = readText(t, line, Options{}).flows[0]
	if diff := cmp.Diff(&Peer{Identity: 16777217, Reserved: []string{"kube-apiserver", "world"}}, f.Client.Peer); diff != "" || f.Server.Peer != nil {
		t.Errorf("server %+v, client (-want +got):\n%s", f.Server.Peer, diff)
	}
}

func TestHubbleDNS(t *testing.T) {
	dns := func(kind string) string {
		return hubbleLine(`,"Type":"L7","traffic_direction":"EGRESS","l7":{"type":"` + kind + `","dns":{"query":"api.example.com.","ips":["203.0.113.7","::ffff:203.0.113.8","none"],"ttl":4294967295,"cnames":["cdn.example."],"rcode":3,"qtypes":["A"]}}`)
	}
	r := readText(t, dns("REQUEST")+"\n"+dns("RESPONSE")+"\n", Options{})
	want := []string{forward + "flag at client final allowed", strings.NewReplacer("10.0.0.1:40000", "10.0.0.2:5432", "10.0.0.2:5432", "10.0.0.1:40000").Replace(forward) + "flag at client final allowed"}
	if diff := cmp.Diff(want, allWords(r.flows)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	answer := &Answer{Query: "api.example.com", CNAMEs: []string{"cdn.example."}, Code: 3, Addrs: []netip.Addr{netip.MustParseAddr("203.0.113.7"), netip.MustParseAddr("203.0.113.8")}}
	if diff := cmp.Diff(answer, r.flows[1].Answer, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" || r.flows[0].Answer != nil {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestHubbleLost adds up what was lost, in either way of writing it.
func TestHubbleLost(t *testing.T) {
	head := hubbleLine("") + "\n"
	s := readText(t, head+
		`{"lost_events":{"source":"HUBBLE_RING_BUFFER","num_events_lost":"41"},"node_name":"n","time":"2026-11-20T12:00:00Z"}`+"\n"+
		`{"lost_events":{"source":"PERF_EVENT_RING_BUFFER","num_events_lost":1}}`+"\n"+
		`{"node_status":{"state_change":"NODE_CONNECTED","node_names":["a"]}}`+"\n"+
		`{"agent_event":{"type":"AGENT_STARTED"}}`+"\n"+`{"debug_event":{"type":"DBG_GENERIC"}}`+"\n"+
		`{"lost_events":{"num_events_lost":"-1"}}`+"\n"+
		`{"node_status":{"state_change":"NODE_UNAVAILABLE","node_names":["b"]}}`+"\n", Options{}).sources[0]
	lost := int64(42)
	want := api.ObservedSource{
		Name: "-", Format: "flows of Hubble, JSON lines", Window: api.Window{From: "2026-11-20T12:00:00Z", To: "2026-11-20T12:00:00Z"},
		Parsed: 1, Skipped: 1, Lost: &lost, Days: map[string]int64{"2026-11-20": 1},
		Faults: []api.Fault{{Reason: faultNodes, Count: 1, Offset: int64(len(head)) + 379}, {Reason: faultNotFlow, Count: 1, Offset: int64(len(head)) + 338}},
	}
	if diff := cmp.Diff(want, s); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestServers settles flows without a direction, whatever their order.
func TestServers(t *testing.T) {
	known := readText(t, hubbleLine(`,"traffic_direction":"INGRESS","is_reply":false`), Options{}).flows[0]
	for line, want := range map[string]string{
		hubbleLine(``): forward + "server anywhere final allowed",
		strings.Replace(hubbleLine(`,"traffic_direction":"INGRESS"`), hubbleEnds("10.0.0.1", 40000, "10.0.0.2", 5432), hubbleEnds("10.0.0.2", 5432, "10.0.0.9", 40000), 1): "TCP 10.0.0.9:40000 > 10.0.0.2:5432 server at client final allowed",
		strings.ReplaceAll(hubbleLine(``), "5432", "5433"): "TCP 10.0.0.1:40000 > 10.0.0.2:5433 unknown anywhere allowed",
	} {
		f := readText(t, line, Options{}).flows[0]
		s := NewServers()
		if s.Settle(&f) {
			t.Errorf("settled %s", words(&f))
		}
		s.Learn(&f)
		s.Learn(&known)
		if s.Settle(&f) != f.Direction.Known() || words(&f) != want || len(s.known) != 1 {
			t.Errorf("got %s, want %s", words(&f), want)
		}
	}
}
