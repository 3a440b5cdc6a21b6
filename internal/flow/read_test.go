package flow

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/source"
)

// now is the clock of the tests.
var now = time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)

// result is what one Read gives.
type result struct {
	flows     []Flow
	listeners []Listener
	sources   []api.ObservedSource
}

func readFiles(t testing.TB, files []source.File, opts Options) (result, error) {
	t.Helper()
	var r result
	if opts.Now.IsZero() {
		opts.Now = now
	}
	opts.Listening = func(l Listener) { r.listeners = append(r.listeners, l) }
	var err error
	r.sources, err = Read(t.Context(), files, opts, func(f *Flow) { r.flows = append(r.flows, *f) })
	return r, err
}

// readText reads one text as stdin.
func readText(t testing.TB, text string, opts Options) result {
	t.Helper()
	files, err := source.Find(strings.NewReader(text), source.Stdin)
	if err != nil {
		t.Fatal(err)
	}
	r, err := readFiles(t, files, opts)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// words describes a flow but for its peers.
func words(f *Flow) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s > %s %s", f.Protocol, f.Client.AddrPort(), f.Server.AddrPort(), [...]string{
		"unknown", "guessed", "flag", "handshake", "verdict", "listener", "tuple", "server",
	}[f.Direction])
	fmt.Fprintf(&b, " %s", [...]string{"anywhere", "at client", "at server", "between"}[f.Point.Side])
	for _, more := range []struct {
		is   bool
		word string
	}{
		{f.Final, "final"}, {f.Disputed, "disputed"}, {f.Unanswered, "unanswered"}, {f.Verdict == VerdictAllowed, "allowed"}, {f.Verdict == VerdictDenied, "denied"},
		{f.Reason != "", f.Reason}, {f.Dialled.IsValid(), "dialled " + f.Dialled.String()}, {f.Masqueraded.IsValid(), "masqueraded " + f.Masqueraded.String()},
		{f.ICMPType != 0, fmt.Sprintf("type %d code %d", f.ICMPType, f.ICMPCode)}, {f.Point.Zone != 0, fmt.Sprintf("zone %d", f.Point.Zone)},
		{f.Point.Snapshot != 0, fmt.Sprintf("snapshot %d", f.Point.Snapshot)},
	} {
		if more.is {
			b.WriteString(" " + more.word)
		}
	}
	return b.String()
}

func allWords(flows []Flow) []string {
	var all []string
	for i := range flows {
		all = append(all, words(&flows[i]))
	}
	return all
}

func recorded(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestReadRecorded reads what one client, one server behind two Services, and the node between
// them were recorded to have.
func TestReadRecorded(t *testing.T) {
	conntrack := []string{
		"UDP 10.244.1.5:52134 > 10.244.2.9:5353 tuple between final dialled 10.96.0.10:53",
		"TCP 10.244.1.5:46032 > 10.244.2.9:8080 tuple between final dialled 10.96.0.50:80",
		"UDP 10.244.1.5:60998 > 10.244.2.9:5353 tuple between final dialled 10.96.0.10:53",
		"TCP 10.244.1.5:43710 > 10.244.2.9:8081 tuple between final dialled 10.96.0.51:80 masqueraded 10.244.2.1:43710",
	}
	for name, test := range map[string]struct {
		format    string
		flows     []string
		listeners []string
	}{
		"node.conntrack-L.txt":            {"conntrack entries, text", conntrack, nil},
		"node.conntrack-L-o-extended.txt": {"conntrack entries, text", conntrack, nil},
		"node.nf_conntrack":               {"conntrack entries, text", conntrack, nil},
		"node.conntrack-L-o-xml.xml":      {"conntrack entries, XML", conntrack, nil},
		"client-pod.proc-net-tcp": {"sockets of /proc/net", []string{
			"TCP 10.244.1.5:43710 > 10.96.0.51:80 listener at client", "TCP 10.244.1.5:46032 > 10.96.0.50:80 listener at client",
		}, nil},
		"client-pod.proc-net-tcp6": {"sockets of /proc/net", nil, nil},
		"client-pod.proc-net-udp":  {"sockets of /proc/net", []string{"UDP 10.244.1.5:60998 > 10.96.0.10:53 listener at client"}, []string{"UDP 0.0.0.0:52134"}},
		"client-pod.ss-tanup.txt": {"sockets, ss", []string{
			"UDP 10.244.1.5:60998 > 10.96.0.10:53 listener at client", "TCP 10.244.1.5:43710 > 10.96.0.51:80 listener at client", "TCP 10.244.1.5:46032 > 10.96.0.50:80 listener at client",
		}, []string{"UDP 0.0.0.0:52134"}},
		"server-pod.proc-net-tcp": {"sockets of /proc/net", []string{
			"TCP 10.244.2.1:43710 > 10.244.2.9:8081 listener at server final", "TCP 10.244.1.5:46032 > 10.244.2.9:8080 listener at server final",
		}, []string{"TCP 0.0.0.0:8080", "TCP 0.0.0.0:8081"}},
		"server-pod.proc-net-tcp6": {"sockets of /proc/net", nil, nil},
		"server-pod.proc-net-udp":  {"sockets of /proc/net", nil, []string{"UDP 0.0.0.0:5353"}},
		"server-pod.ss-tanup.txt": {"sockets, ss", []string{
			"TCP 10.244.2.1:43710 > 10.244.2.9:8081 listener at server final", "TCP 10.244.1.5:46032 > 10.244.2.9:8080 listener at server final",
		}, []string{"UDP 0.0.0.0:5353", "TCP 0.0.0.0:8080", "TCP 0.0.0.0:8081"}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, size := range []int{0, 64} {
				got := readText(t, recorded(t, name), Options{blockSize: size})
				if diff := cmp.Diff(test.flows, allWords(got.flows)); diff != "" {
					t.Errorf("flows (-want +got):\n%s", diff)
				}
				var listeners []string
				for _, l := range got.listeners {
					listeners = append(listeners, fmt.Sprint(l.Protocol, " ", l.Local))
				}
				if diff := cmp.Diff(test.listeners, listeners); diff != "" {
					t.Errorf("listeners (-want +got):\n%s", diff)
				}
				if s := got.sources[0]; s.Format != test.format || s.Skipped != 0 || s.Faults != nil || s.Parsed != int64(len(test.flows)) || s.Undated != s.Parsed || s.Lost != nil {
					t.Errorf("source %+v", s)
				}
			}
		})
	}
}

// TestJoin joins the client's socket, the server's and the node's entry of one connection.
func TestJoin(t *testing.T) {
	client := readText(t, recorded(t, "client-pod.proc-net-tcp"), Options{}).flows[1]
	server := readText(t, recorded(t, "server-pod.proc-net-tcp"), Options{}).flows[1]
	node := readText(t, recorded(t, "node.nf_conntrack"), Options{}).flows[1]
	if client.Connection() != server.Connection() || node.Connection() != client.Connection() {
		t.Errorf("%v, %v, %v", client.Connection(), server.Connection(), node.Connection())
	}
	if !server.Final || client.Final || server.Server.AddrPort() != node.Server.AddrPort() || client.Server.AddrPort() != node.Dialled {
		t.Errorf("client's %s, server's %s, node's %s", words(&client), words(&server), words(&node))
	}
}
