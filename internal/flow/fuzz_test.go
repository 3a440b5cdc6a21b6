package flow

import (
	"bytes"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// FuzzHubble holds the quick reading of a line to that of encoding/json.
func FuzzHubble(f *testing.F) {
	f.Add([]byte(hubbleLine(`,"is_reply":false,"drop_reason":133,"traffic_direction":"EGRESS","source_names":["a"],"l7":{"type":"RESPONSE","dns":{"query":"a."}}`)))
	f.Add([]byte(hubbleBare(`,"is_reply":null,"reply":true,"event_type":{"type":5,"sub_type":1},"sock_xlate_point":"x","source_service":{"name":"n"},"trace_reason":"NEW"`)))
	f.Add([]byte(` { "verdict" : "DROPPED" , "IP" : { "source" : "::1" , "destination":"::2" }, "l4" : {"ICMPv6": {"type":1,"code":2}},"node_labels":["a",1,{"b":[]}]} `))
	f.Fuzz(func(t *testing.T, line []byte) {
		h, ok := newHubble(&Options{Now: now}).(*hubble)
		if !ok {
			t.Fatal("another decoder")
		}
		fast, slow := batch{opts: &Options{}}, batch{opts: &Options{}}
		b := h.scan.read(line)
		if b == nil {
			return
		}
		fastFault, slowFault := h.flow(&fast, b), h.slow(&slow, line, false)
		if diff := cmp.Diff(slow.flows, fast.flows, cmpopts.EquateComparable(netip.Addr{}, netip.AddrPort{}), cmpopts.EquateEmpty()); diff != "" || fastFault != slowFault {
			t.Fatalf("%q, %q (-slow +fast):\n%s", slowFault, fastFault, diff)
		}
	})
}

// fuzzFormat reads any bytes in blocks of two sizes to the same end, in which no flow is such
// that it cannot be.
func fuzzFormat(f *testing.F, format format) {
	f.Fuzz(func(t *testing.T, text []byte) {
		var all [2][]string
		var tallies [2]tally
		for i, size := range []int{blockSize, 7} {
			d := format.decoder(&Options{Now: now})
			c := cutter{from: bytes.NewReader(text), delimiter: format.delimiter, size: size}
			take := func(out *batch) {
				for j := range out.flows {
					hold(t, &out.flows[j])
				}
				all[i] = append(all[i], allWords(out.flows)...)
				tallies[i].merge(&out.tally)
			}
			if err := c.blocks(t.Context(), func(b *block) error { take(b.decode(d, &format, &Options{})); return nil }); err != nil {
				t.Fatal(err)
			}
			out := &batch{opts: &Options{}}
			d.end(out)
			take(out)
		}
		if diff := cmp.Diff(all[0], all[1]); diff != "" {
			t.Fatalf("(-large blocks +small ones):\n%s", diff)
		}
		if diff := cmp.Diff(tallies[0].source("", "", true), tallies[1].source("", "", true)); diff != "" {
			t.Fatalf("(-large blocks +small ones):\n%s", diff)
		}
	})
}

// hold tells what no flow may be.
func hold(t *testing.T, f *Flow) {
	t.Helper()
	for _, e := range []Endpoint{f.Client, f.Server} {
		if !e.Addr.IsValid() && e.Peer == nil || e.Addr.Is4In6() || e.Addr.Zone() != "" {
			t.Fatalf("address %s: %s", e.Addr, words(f))
		}
	}
	if f.Final && !f.Direction.Known() || f.Count != 1 || f.Protocol == 0 {
		t.Fatal(words(f))
	}
}

func FuzzReadHubble(f *testing.F) {
	f.Add([]byte(good()["hubble"] + hubbleBare("") + "\n" + `{"lost_events":{"num_events_lost":"3"}}` + "\n" + hubbleLine("")[:300]))
	fuzzFormat(f, hubbleFormat())
}

func FuzzReadProc(f *testing.F) {
	f.Add([]byte(recorded(f, "server-pod.proc-net-tcp") + recorded(f, "client-pod.proc-net-udp") + tcp6Header))
	f.Add([]byte(good()["proc"]))
	fuzzFormat(f, procFormat())
}

func FuzzReadConntrack(f *testing.F) {
	f.Add([]byte(recorded(f, "node.nf_conntrack") + recorded(f, "node.conntrack-L.txt")))
	f.Add([]byte("[1795000000.1] [NEW] icmp 1 29 src=10.0.0.1 dst=10.0.0.2 type=8 code=0 id=17 [UNREPLIED] src=10.0.0.2 dst=10.0.0.1 type=0 code=0 id=17 zone=2\n"))
	fuzzFormat(f, conntrackFormat())
}

func FuzzReadConntrackXML(f *testing.F) {
	f.Add([]byte(recorded(f, "node.conntrack-L-o-xml.xml")))
	fuzzFormat(f, conntrackXMLFormat())
}

func FuzzReadAWS(f *testing.F) {
	f.Add([]byte(recorded(f, "aws-network-policy-agent.log")))
	f.Add([]byte(good()["AWS"]))
	fuzzFormat(f, awsFormat())
}

func FuzzReadNetObserv(f *testing.F) {
	f.Add([]byte(recorded(f, "netobserv-cli.json")))
	f.Add([]byte("[" + netobservLine(`,"Flags":["SYN_ACK"]`) + "," + netobservLine(`,"Flags":2`) + "]"))
	fuzzFormat(f, netobservFormat())
}

func FuzzReadTrace(f *testing.F) {
	f.Add([]byte(recorded(f, "inspektor-gadget.jsonl")))
	f.Add([]byte("[" + traceLine("accept", "") + "," + dnsLine("R", "HOST") + "]"))
	fuzzFormat(f, traceFormat())
}

func FuzzReadEnvoy(f *testing.F) {
	f.Add([]byte(recorded(f, "istio-access.log") + recorded(f, "istio-access.json")))
	f.Add([]byte(good()["Envoy"] + `{"upstream_host":null,"start_time":1}`))
	fuzzFormat(f, envoyFormat())
}

func FuzzReadWhisker(f *testing.F) {
	f.Add([]byte(recorded(f, "whisker-stream.txt") + recorded(f, "whisker-list.json")))
	f.Add([]byte("[" + whiskerRecord + ",\n" + whiskerRecord[:70] + "\n{\n" + whiskerRecord))
	fuzzFormat(f, whiskerFormat())
}

func FuzzReadNeighborhood(f *testing.F) {
	f.Add([]byte(recorded(f, "neighborhoods.yaml") + "---\n" + recorded(f, "neighborhoods-list.json")))
	f.Add([]byte("kind: List\nitems:\n- kind: NetworkNeighborhood\n  a: [\n- b\n" + neighborhoodOf("{}")))
	fuzzFormat(f, neighborhoodFormat())
}

func FuzzReadSS(f *testing.F) {
	f.Add([]byte(recorded(f, "server-pod.ss-tanup.txt") + recorded(f, "client-pod.ss-tanup.txt")))
	f.Add([]byte("UNCONN 0 0 [::]%lo:53 *:*\nESTAB 0 0 10.0.0.1:40000 10.0.0.2:53\n"))
	fuzzFormat(f, ssFormat())
}

// FuzzRecognize never fails.
func FuzzRecognize(f *testing.F) {
	f.Add([]byte("apiVersion: v1\nkind: Pod\n"))
	f.Fuzz(func(_ *testing.T, head []byte) {
		Format(head)
		Recognize(head)
	})
}
