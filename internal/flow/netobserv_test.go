package flow

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// netobservLine is a line from web to db, with more members.
func netobservLine(members string) string {
	return `{"AgentIP":"192.0.2.1","Bytes":456,"DstAddr":"10.0.0.2","DstK8S_Name":"db-0","DstK8S_Namespace":"data","DstK8S_OwnerName":"db","DstK8S_OwnerType":"StatefulSet","DstK8S_Type":"Pod",` +
		`"DstPort":5432,"Etype":2048,"FlowDirection":0,"IfDirections":[1],"Interfaces":["eth0"],"Packets":5,"Proto":6,"SrcAddr":"10.0.0.1","SrcK8S_Name":"web-0","SrcK8S_Namespace":"shop",` +
		`"SrcK8S_OwnerName":"web","SrcK8S_OwnerType":"Deployment","SrcK8S_Type":"Pod","SrcPort":40000,"TimeFlowEndMs":1795176000703,"TimeFlowStartMs":1795176000660` + members + `}`
}

func TestNetObserv(t *testing.T) {
	reversed := strings.NewReplacer("10.0.0.1", "10.0.0.2", "10.0.0.2", "10.0.0.1", ":40000", ":5432", ":5432", ":40000", `"db-0"`, `"web-0"`, `"web-0"`, `"db-0"`)
	change := func(line string, pairs ...string) string { return strings.NewReplacer(pairs...).Replace(line) }
	for name, test := range map[string]struct{ line, want, noted string }{
		"no flags":              {netobservLine(""), forward + "guessed anywhere", ""},
		"an answer, no flags":   {reversed.Replace(netobservLine("")), backward + "unknown anywhere", ""},
		"ACK":                   {netobservLine(`,"Flags":16`), forward + "guessed anywhere", ""},
		"SYN":                   {netobservLine(`,"Flags":18`), forward + "handshake anywhere final", ""},
		"SYN by name":           {netobservLine(`,"Flags":["SYN","ACK"]`), forward + "handshake anywhere final", ""},
		"SYN and ACK":           {reversed.Replace(netobservLine(`,"Flags":784`)), forward + "handshake anywhere final", ""},
		"SYN and ACK by name":   {reversed.Replace(netobservLine(`,"Flags":["SYN_ACK","FIN_ACK"]`)), forward + "handshake anywhere final", ""},
		"SYN, both ways":        {netobservLine(`,"Flags":258`), forward + "guessed anywhere", ""},
		"SYN to a client":       {reversed.Replace(netobservLine(`,"Flags":18`)), backward + "unknown anywhere disputed", ""},
		"SYN and ACK, a client": {netobservLine(`,"Flags":256`), forward + "unknown anywhere disputed", ""},
		"a conversation":        {netobservLine(`,"Flags":256,"_RecordType":"endConnection"`), forward + "guessed anywhere", ""},
		"a flow log":            {netobservLine(`,"Flags":2,"_RecordType":"flowLog"`), forward + "handshake anywhere final", ""},
		"flags of UDP":          {change(netobservLine(`,"Flags":2`), `"Proto":6`, `"Proto":17`), "UDP 10.0.0.1:40000 > 10.0.0.2:5432 guessed anywhere", ""},
		"flags of tomorrow":     {netobservLine(`,"Flags":{"SYN":true}`), forward + "guessed anywhere", ""},
		"a Service":             {change(netobservLine(`,"Flags":2`), `"DstK8S_Type":"Pod"`, `"DstK8S_Type":"Service"`), forward + "handshake anywhere", ""},
		"a node":                {change(netobservLine(`,"Flags":2`), `"DstK8S_Type":"Pod"`, `"DstK8S_Type":"Node"`), forward + "handshake anywhere", ""},
		"ICMPv6":                {change(netobservLine(`,"IcmpType":128,"IcmpCode":1`), `"Proto":6`, `"Proto":58`), "ICMPv6 10.0.0.1:0 > 10.0.0.2:0 unknown anywhere type 128 code 1", ""},
		"events, drop":          {netobservLine(`,"NetworkEvents":[{"Action":"allow"},{"Action":"drop","Name":"p"}]`), forward + "guessed anywhere denied drop", ""},
		"events, allow":         {netobservLine(`,"NetworkEvents":[{"Feature":"acl","Type":"NetpolNode","Action":"allow-related"}]`), forward + "guessed anywhere allowed", ""},
		"events, text":          {netobservLine(`,"NetworkEvents":["Allowed by default"]`), forward + "guessed anywhere", ""},
		"events, an answer":     {reversed.Replace(netobservLine(`,"NetworkEvents":[{"Action":"drop"}]`)), "", faultAnswer},
		"all dropped by OVS":    {netobservLine(`,"PktDropPackets":5,"PktDropLatestDropCause":"OVS_DROP_EXPLICIT","PktDropLatestState":"TCP_SYN_SENT"`), forward + "guessed anywhere denied OVS_DROP_EXPLICIT", ""},
		"all dropped, filter":   {netobservLine(`,"PktDropPackets":7,"PktDropLatestDropCause":"SKB_DROP_REASON_NETFILTER_DROP"`), forward + "guessed anywhere denied SKB_DROP_REASON_NETFILTER_DROP", ""},
		"some dropped":          {netobservLine(`,"PktDropPackets":1,"PktDropLatestDropCause":"OVS_DROP_EXPLICIT"`), forward + "guessed anywhere", ""},
		"dropped otherwise":     {netobservLine(`,"PktDropPackets":5,"PktDropLatestDropCause":"SKB_DROP_REASON_TCP_INVALID_SEQUENCE"`), forward + "guessed anywhere", ""},
		"drops alone":           {change(netobservLine(`,"PktDropPackets":5,"PktDropLatestDropCause":"SKB_DROP_REASON_NO_SOCKET"`), `"Packets":5`, `"Packets":0`), "", faultDropped},
		"a comma":               {netobservLine("") + ",", forward + "guessed anywhere", ""},
		"an array's first":      {"[" + netobservLine("") + ",", forward + "guessed anywhere", ""},
		"an array's last":       {netobservLine("") + "\n]", forward + "guessed anywhere", ""},
		"an array of one":       {"[ " + netobservLine("") + " ]", forward + "guessed anywhere", ""},
		"members of tomorrow":   {netobservLine(`,"XlatDstAddr":"10.9.9.9","Udns":["a"],"TLS":{"x":[1]}`), forward + "guessed anywhere", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := readText(t, test.line+"\n", Options{})
			var want []string
			if test.want != "" {
				want = []string{test.want}
			}
			if diff := cmp.Diff(want, allWords(got.flows)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			s, noted := got.sources[0], ""
			for _, f := range s.Faults {
				noted += f.Reason
			}
			if noted != test.noted || s.Parsed != 1 || s.Skipped != 0 || s.Undated != 0 {
				t.Errorf("source %+v", s)
			}
			for _, f := range got.flows {
				if f.Time != 1795176000 || f.Point.Node != "192.0.2.1" {
					t.Errorf("flow %+v", f)
				}
			}
		})
	}
}

func TestNetObservPeer(t *testing.T) {
	web := &Peer{Namespace: "shop", Pod: "web-0", Workloads: []Workload{{Kind: "Deployment", Namespace: "shop", Name: "web"}}}
	db := &Peer{Namespace: "data", Pod: "db-0", Workloads: []Workload{{Kind: "StatefulSet", Namespace: "data", Name: "db"}}}
	owned := func(kind, by string) string {
		return strings.Replace(strings.Replace(netobservLine(""), `"DstK8S_Type":"Pod"`, `"DstK8S_Type":"`+kind+`"`, 1), `"StatefulSet"`, `"`+by+`"`, 1)
	}
	const older = `{"DstAddr":"10.0.0.2","DstPort":80,"Proto":6,"SrcAddr":"10.0.0.1","SrcPort":40000,"TimeReceived":1795176000,"SrcPod":"web-0","SrcNamespace":"shop","SrcWorkload":"web","SrcWorkloadKind":"Deployment"`
	for name, test := range map[string]struct {
		line           string
		client, server *Peer
	}{
		"pods":             {netobservLine(""), web, db},
		"a pod alone":      {owned("Pod", "Pod"), web, &Peer{Namespace: "data", Pod: "db-0"}},
		"a static pod":     {owned("Pod", "Node"), web, &Peer{Namespace: "data", Pod: "db-0"}},
		"a Service":        {owned("Service", "Service"), web, &Peer{Service: Workload{Kind: "Service", Namespace: "data", Name: "db-0"}}},
		"a node":           {owned("Node", "Node"), web, &Peer{Reserved: []string{"remote-node"}}},
		"kind of tomorrow": {owned("Gateway", "Gateway"), web, nil},
		"outside":          {strings.Replace(netobservLine(""), `"DstK8S_Type":"Pod"`, `"DstK8S_Type":""`, 1), web, nil},
		"a cluster": {netobservLine(`,"K8S_ClusterName":"east"`),
			&Peer{Cluster: "east", Namespace: "shop", Pod: "web-0", Workloads: web.Workloads}, &Peer{Cluster: "east", Namespace: "data", Pod: "db-0", Workloads: db.Workloads}},
		"older":            {older + `}`, web, nil},
		"older, a Service": {older + `,"DstWorkload":"db","DstNamespace":"data","DstWorkloadKind":"Service"}`, web, &Peer{Service: Workload{Kind: "Service", Namespace: "data", Name: "db"}}},
		"older, unowned":   {older + `,"DstPod":"db-0","DstNamespace":"data"}`, web, &Peer{Namespace: "data", Pod: "db-0"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := readText(t, test.line, Options{}).flows[0]
			if diff := cmp.Diff([]*Peer{test.client, test.server}, []*Peer{f.Client.Peer, f.Server.Peer}); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestNetObservTimes(t *testing.T) {
	line := func(members string) string {
		return `{"DstAddr":"10.0.0.2","DstPort":80,"Proto":6,"SrcAddr":"10.0.0.1","SrcPort":40000,` + members + `}`
	}
	for members, want := range map[string]int64{
		`"TimeFlowStartMs":1795176000999,"TimeReceived":1795176009`:   1795176000,
		`"TimeFlowEnd":0,"TimeFlowStart":0,"TimeReceived":1795176000`: 1795176000,
		`"TimeFlowEnd":1795176000,"TimeReceived":1795176009`:          1795176000,
		`"TimeFlowEndMs":9223372036854775807`:                         0, `"TimeFlowEndMs":-5000`: 0, `"TimeReceived":9223372036854775807`: 0, `"TimeReceived":1`: 0,
	} {
		r := readText(t, line(members), Options{})
		if f := r.flows[0]; f.Time != want || r.sources[0].Undated == 0 != (want != 0) {
			t.Errorf("%s: %d, %+v", members, f.Time, r.sources)
		}
	}
}

func TestNetObservBad(t *testing.T) {
	for name, test := range map[string]struct{ old, new, want string }{
		"port":          {":40000", ":65536", faultPort},
		"port below 0":  {":40000", ":-1", faultPort},
		"huge port":     {":40000", ":4e99", faultNotFlow},
		"a port's name": {":40000", `:"http"`, faultNotFlow},
		"address":       {`"10.0.0.1"`, `"10.0.0.256"`, faultAddress},
		"no address":    {`"SrcAddr"`, `"Addr"`, faultAddress},
		"IPs by type":   {`"10.0.0.1"`, `[10,0,0,1]`, faultNotFlow},
		"no protocol":   {`"Proto"`, `"Protocol"`, faultProtocol},
		"protocol":      {`"Proto":6`, `"Proto":256`, faultProtocol},
		"protocol 0":    {`"Proto":6`, `"Proto":0`, faultProtocol},
		"NUL":           {`"eth0"`, "\"eth\x000\"", faultNotJSON},
		"invalid UTF-8": {"web-0", "web-\xff", ""},
		"a NUL escaped": {"web-0", `web-\u0000`, ""},
		"a name":        {"web-0", `web\n\u001b[31m<b>\"`, ""},
	} {
		t.Run(name, func(t *testing.T) { badRecord(t, "NetObserv", test.old, test.new, test.want) })
	}
}
