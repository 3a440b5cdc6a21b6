package flow

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

const (
	tcpHeader  = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
	tcp6Header = "  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
	udpHeader  = "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n"

	tcpRest = " 00000000:00000000 00:00000000 00000000     0        0 61741 1 0000000019b0f453 20 4 31 11 -1\n"
	udpRest = " 00000000:00000000 00:00000000 00000000     0        0 61755 2 00000000c4979dfa 0\n"
	// A socket in TIME-WAIT has no more columns.
	waitRest = " 00000000:00000000 03:000001EA 00000000     0        0 0 3 0000000000000000\n"
	// mapped is the beginning of an IPv4-mapped address.
	mapped = "0000000000000000FFFF0000"
)

func TestProc(t *testing.T) {
	for name, test := range map[string]struct {
		text string
		want []string
	}{
		"states": {tcpHeader +
			"   0: 00000000:1F90 00000000:0000 0A" + tcpRest +
			"   1: 0501F40A:B3D0 3200600A:0050 02" + tcpRest +
			"   2: 0501F40A:1F90 0902F40A:C000 03" + tcpRest +
			"   3: 0501F40A:1F90 0902F40A:C001 06" + waitRest +
			"   4: 0501F40A:C002 0902F40A:C003 08" + tcpRest +
			"   5: 0501F40A:C004 00000000:0000 07" + tcpRest, []string{
			"TCP 10.244.1.5:46032 > 10.96.0.50:80 handshake at client unanswered",
			"TCP 10.244.2.9:49152 > 10.244.1.5:8080 handshake at server final",
			"TCP 10.244.2.9:49153 > 10.244.1.5:8080 listener at server final",
			"TCP 10.244.1.5:49154 > 10.244.2.9:49155 listener at client",
		}},
		"a listener that is gone": {tcpHeader + "   0: 0501F40A:1F90 0902F40A:C001 01" + tcpRest, []string{
			"TCP 10.244.2.9:49153 > 10.244.1.5:8080 guessed at server",
		}},
		"a listener of one address": {tcpHeader +
			"   0: 0100007F:C000 00000000:0000 0A" + tcpRest +
			"   1: 0501F40A:C000 0902F40A:0050 01" + tcpRest, []string{
			"TCP 10.244.1.5:49152 > 10.244.2.9:80 listener at client",
		}},
		"mapped": {tcp6Header +
			"   0: 00000000000000000000000000000000:1F90 00000000000000000000000000000000:0000 0A" + tcpRest +
			"   1: " + mapped + "0501F40A:1F90 " + mapped + "0902F40A:C001 01" + tcpRest, []string{
			"TCP 10.244.2.9:49153 > 10.244.1.5:8080 listener at server final",
		}},
		"IPv6": {tcp6Header +
			"   0: B80D01200000000000000000050000FD:C000 B80D0120000000000000000001000000:01BB 01" + tcpRest, []string{
			"TCP [2001:db8::fd00:5]:49152 > [2001:db8::1]:443 listener at client",
		}},
		"UDP": {udpHeader +
			" 1789: 0501F40A:14E9 00000000:0000 07" + udpRest +
			" 1789: 0501F40A:14E9 0902F40A:C000 01" + udpRest, []string{
			"UDP 10.244.2.9:49152 > 10.244.1.5:5353 listener at server final",
		}},
		"without headers": {
			"   0: 0501F40A:B3D0 3200600A:0050 01" + tcpRest + "   0: 0501F40A:B3D0 3200600A:0035 01" + udpRest + "   0: 0501F40A:B3D0 3200600A:0051 06" + waitRest, []string{
				"TCP 10.244.1.5:46032 > 10.96.0.50:80 guessed at client",
				"UDP 10.244.1.5:46032 > 10.96.0.50:53 guessed at client",
				"TCP 10.244.1.5:46032 > 10.96.0.50:81 guessed at client",
			}},
		"read again": {
			tcpHeader + "   0: 0501F40A:1F90 0902F40A:C001 01" + tcpRest + tcp6Header +
				"   0: 00000000000000000000000000000000:1F90 00000000000000000000000000000000:0000 0A" + tcpRest +
				tcpHeader + "   0: 0501F40A:C001 0902F40A:1F90 01" + tcpRest + tcp6Header, []string{
				"TCP 10.244.2.9:49153 > 10.244.1.5:8080 listener at server final",
				"TCP 10.244.1.5:49153 > 10.244.2.9:8080 listener at client snapshot 1",
			}},
	} {
		t.Run(name, func(t *testing.T) {
			got := readText(t, test.text, Options{blockSize: 100})
			if diff := cmp.Diff(test.want, allWords(got.flows)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if got.sources[0].Faults != nil {
				t.Errorf("faults %+v", got.sources[0].Faults)
			}
		})
	}
}

func TestSS(t *testing.T) {
	const header = "Netid State  Recv-Q Send-Q Local Address:Port  Peer Address:PortProcess\n"
	const alone = "State      Recv-Q Send-Q        Local Address:Port          Peer Address:Port Process\n"
	for name, test := range map[string]struct {
		text   string
		want   []string
		faults []api.Fault
	}{
		"all kinds": {text: header +
			"nl    UNCONN 0      0                  0:0                 *            \n" +
			"u_str ESTAB  0      0        /run/a:b 1234            * 5678\n" +
			"icmp6 UNCONN 0      0              *:58                   *:*\n" +
			"udp   UNCONN 0      0      127.0.0.53%lo:53            0.0.0.0:*\n" +
			"udp   ESTAB  0      0     [fe80::1]%eth0:546       [fe80::2]:547\n" +
			"tcp   LISTEN 0      4096            [::]:8080             [::]:*    users:((\"a b:c\",pid=1,fd=3),(\"tcp ESTAB 0 0 1.1.1.1:1 2.2.2.2:2\",pid=2,fd=3))\n" +
			"tcp   ESTAB  0      0      [::ffff:10.0.0.1]:8080 [::ffff:10.0.0.2]:40000 users:((\"x\",pid=1,fd=4)) timer:(keepalive,1sec,0) ino:1 sk:2 <->\n" +
			"\t cubic wscale:7,7 rto:204 10.0.0.1:1 10.0.0.2:2\n" +
			"tcp   TIME-WAIT 0   0      [2001:db8::1]:40000   [2001:db8::2]:443\n" +
			"tcp   SYN-SENT 0    1           10.0.0.1:40002        10.0.0.9:443\n" +
			"tcp   UNCONN 0      0            0.0.0.0:1             0.0.0.0:*\n", want: []string{
			"UDP [fe80::1]:546 > [fe80::2]:547 listener at client",
			"TCP 10.0.0.2:40000 > 10.0.0.1:8080 listener at server final",
			"TCP [2001:db8::1]:40000 > [2001:db8::2]:443 listener at client",
			"TCP 10.0.0.1:40002 > 10.0.0.9:443 handshake at client unanswered",
		}},
		"TCP alone": {text: alone +
			"LISTEN 0 128 *:22 *:*\n" +
			"ESTAB 0 0 ::ffff:10.0.0.1:22 ::ffff:10.0.0.2:50000\n" +
			"CLOSE-WAIT 0 0 10.0.0.1:50001 10.0.0.2:5432\n", want: []string{
			"TCP 10.0.0.2:50000 > 10.0.0.1:22 listener at server final",
			"TCP 10.0.0.1:50001 > 10.0.0.2:5432 listener at client",
		}},
		"UDP alone": {text: "UNCONN 0 0 0.0.0.0:53 0.0.0.0:*\nESTAB 0 0 10.0.0.1:40000 10.0.0.2:53\n", want: []string{
			"UDP 10.0.0.1:40000 > 10.0.0.2:53 listener at client",
		}},
		"connections alone": {text: "ESTAB 0 0 10.0.0.1:40000 10.0.0.2:443\nESTAB 0 0 10.0.0.1:443 10.0.0.2:40001\nESTAB 0 0 10.0.0.1:9000 10.0.0.2:9001\n", want: []string{
			"TCP 10.0.0.1:40000 > 10.0.0.2:443 guessed at client",
			"TCP 10.0.0.2:40001 > 10.0.0.1:443 guessed at server",
			"TCP 10.0.0.1:9000 > 10.0.0.2:9001 unknown at client",
		}, faults: []api.Fault{{Reason: faultAssumed, Count: 3}}},
		"read again": {text: header + "tcp ESTAB 0 0 10.0.0.1:80 10.0.0.2:40000\ntcp LISTEN 0 0 *:80 *:*\n" + header + "tcp ESTAB 0 0 10.0.0.1:80 10.0.0.2:40000\n", want: []string{
			"TCP 10.0.0.2:40000 > 10.0.0.1:80 listener at server final",
			"TCP 10.0.0.2:40000 > 10.0.0.1:80 guessed at server snapshot 1",
		}},
		"ports by name": {text: header + "tcp ESTAB 0 0 10.0.0.1:https 10.0.0.2:40000\n", faults: []api.Fault{{Reason: faultPortName, Count: 1, Offset: int64(len(header))}}},
		"SCTP":          {text: "sctp LISTEN 0 0 10.0.0.1:36412 *:*\nsctp ESTAB 0 0 10.0.0.1:36412 10.0.0.2:36412\n", want: []string{"SCTP 10.0.0.2:36412 > 10.0.0.1:36412 listener at server final"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := readText(t, test.text, Options{blockSize: 100})
			if diff := cmp.Diff(test.want, allWords(got.flows)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.faults, got.sources[0].Faults); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
		})
	}
}
