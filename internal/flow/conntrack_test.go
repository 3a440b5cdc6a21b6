package flow

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestConntrack(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"no NAT":         {"tcp      6 119 TIME_WAIT src=10.0.0.1 dst=10.0.0.2 sport=40000 dport=443 src=10.0.0.2 dst=10.0.0.1 sport=443 dport=40000 [ASSURED] mark=0 use=1", "TCP 10.0.0.1:40000 > 10.0.0.2:443 tuple between final"},
		"accounting":     {"tcp      6 119 ESTABLISHED src=10.0.0.1 dst=10.0.0.2 sport=40000 dport=443 packets=6 bytes=500 src=10.0.0.2 dst=10.0.0.1 sport=443 dport=40000 packets=4 bytes=400 [ASSURED] mark=0 secctx=null use=1", "TCP 10.0.0.1:40000 > 10.0.0.2:443 tuple between final"},
		"no answer":      {"tcp      6 119 SYN_SENT src=10.0.0.1 dst=10.96.0.1 sport=40000 dport=443 [UNREPLIED] src=10.0.0.2 dst=10.0.0.1 sport=6443 dport=40000 mark=0 use=1", "TCP 10.0.0.1:40000 > 10.0.0.2:6443 tuple between final unanswered dialled 10.96.0.1:443"},
		"zones":          {"ipv4     2 tcp      6 86399 ESTABLISHED src=10.0.0.1 dst=10.0.0.2 sport=40000 dport=80 src=10.0.0.2 dst=10.0.0.1 sport=80 dport=40000 [ASSURED] mark=0 zone=16 use=2", "TCP 10.0.0.1:40000 > 10.0.0.2:80 tuple between final zone 16"},
		"zone of one":    {"tcp      6 86399 ESTABLISHED src=10.0.0.1 dst=10.0.0.2 sport=40000 dport=80 zone-orig=7 src=10.0.0.2 dst=10.0.0.1 sport=80 dport=40000 [OFFLOAD] mark=0 use=2", "TCP 10.0.0.1:40000 > 10.0.0.2:80 tuple between final zone 7"},
		"IPv6":           {"ipv6     10 udp      17 28 src=2001:db8:0:0:0:0:0:1 dst=fd00::a sport=40000 dport=53 src=2001:db8::2 dst=2001:db8::1 sport=5353 dport=40000 mark=0 use=1", "UDP [2001:db8::1]:40000 > [2001:db8::2]:5353 tuple between final dialled [fd00::a]:53"},
		"SCTP":           {"sctp     132 431999 ESTABLISHED src=10.0.0.1 dst=10.0.0.2 sport=36412 dport=36412 src=10.0.0.2 dst=10.0.0.1 sport=36412 dport=36412 [ASSURED] mark=0 use=1", "SCTP 10.0.0.1:36412 > 10.0.0.2:36412 tuple between final"},
		"ICMP":           {"icmp     1 29 src=10.0.0.1 dst=10.0.0.2 type=8 code=0 id=17 src=10.0.0.2 dst=10.0.0.1 type=0 code=0 id=17 mark=0 use=1", "ICMP 10.0.0.1:0 > 10.0.0.2:0 tuple between final type 8 code 0"},
		"ICMPv6":         {"icmpv6   58 29 src=fd00::1 dst=fd00::2 type=128 code=0 id=17 src=fd00::2 dst=fd00::1 type=129 code=0 id=17 mark=0 use=1", "ICMPv6 [fd00::1]:0 > [fd00::2]:0 tuple between final type 128 code 0"},
		"GRE":            {"gre      47 179 src=10.0.0.1 dst=10.0.0.2 srckey=0x0 dstkey=0x1 src=10.0.0.2 dst=10.0.0.1 srckey=0x1 dstkey=0x0 mark=0 use=1", "protocol 47 10.0.0.1:0 > 10.0.0.2:0 tuple between final"},
		"without a name": {"unknown  2 599 src=10.0.0.1 dst=224.0.0.1 [UNREPLIED] src=224.0.0.1 dst=10.0.0.1 mark=0 use=1", "protocol 2 10.0.0.1:0 > 224.0.0.1:0 tuple between final unanswered"},
		"an event":       {"[1795000000.123456]\t    [NEW] tcp      6 120 SYN_SENT src=10.0.0.1 dst=10.0.0.2 sport=40000 dport=443 [UNREPLIED] src=10.0.0.2 dst=10.0.0.1 sport=443 dport=40000", "TCP 10.0.0.1:40000 > 10.0.0.2:443 tuple between final unanswered"},
		"an end":         {"[DESTROY] udp      17 src=10.0.0.1 dst=10.0.0.2 sport=40000 dport=53 src=10.0.0.2 dst=10.0.0.1 sport=53 dport=40000", "UDP 10.0.0.1:40000 > 10.0.0.2:53 tuple between final"},
		"made by an answer": {
			"udp      17 28 src=10.0.0.2 dst=10.0.0.1 sport=53 dport=40000 [UNREPLIED] src=10.0.0.1 dst=10.0.0.2 sport=40000 dport=53 mark=0 use=1",
			"UDP 10.0.0.1:40000 > 10.0.0.2:53 guessed between unanswered",
		},
		"made by an answer, with NAT": {
			"udp      17 28 src=10.0.0.2 dst=10.0.0.1 sport=53 dport=40000 [UNREPLIED] src=10.0.0.1 dst=10.9.0.1 sport=40000 dport=53 mark=0 use=1",
			"UDP 10.0.0.2:53 > 10.0.0.1:40000 unknown between unanswered masqueraded 10.9.0.1:53",
		},
		"a server on a high port": {
			"tcp      6 119 SYN_SENT src=10.0.0.1 dst=10.0.0.2 sport=20000 dport=50051 [UNREPLIED] src=10.0.0.2 dst=10.0.0.1 sport=50051 dport=20000 mark=0 use=1",
			"TCP 10.0.0.1:20000 > 10.0.0.2:50051 tuple between final unanswered",
		},
		"taken up in the middle": {
			"tcp      6 299 ESTABLISHED src=10.0.0.2 dst=10.0.0.1 sport=8080 dport=40000 [UNREPLIED] src=10.0.0.1 dst=10.0.0.2 sport=40000 dport=8080 mark=0 use=1",
			"TCP 10.0.0.1:40000 > 10.0.0.2:8080 guessed between unanswered",
		},
		"XML": {
			`<conntrack><flow type="new"><meta direction="original"><layer3 protonum="10" protoname="ipv6"><src>fd00::1</src><dst>fd00::9</dst></layer3><layer4 protonum="6" protoname="tcp"><sport>40000</sport><dport>80</dport></layer4></meta><meta direction="reply"><layer3><src>fd00::2</src><dst>fd00::1</dst></layer3><layer4 protonum="6"><sport>8080</sport><dport>40000</dport></layer4></meta><meta direction="independent"><state>SYN_SENT</state><zone>5</zone><unreplied/></meta></flow></conntrack>`,
			"TCP [fd00::1]:40000 > [fd00::2]:8080 tuple between final unanswered dialled [fd00::9]:80 zone 5",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := readText(t, test.text+"\n", Options{})
			if diff := cmp.Diff([]string{test.want}, allWords(got.flows)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if s := got.sources[0]; s.Faults != nil || (s.Undated == 0) != (name == "an event") {
				t.Errorf("source %+v", s)
			}
		})
	}
}
