package flow

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/source"
)

// good has a record of each format that is cut by lines, and the last part of which each needs.
func good() map[string]string {
	return map[string]string{
		"hubble":    hubbleLine(`,"is_reply":false`) + "\n",
		"proc":      "   1: 0501F40A:B3D0 3200600A:0050 01" + tcpRest,
		"conntrack": "tcp      6 119 ESTABLISHED src=10.0.0.1 dst=10.0.0.2 sport=40000 dport=443 src=10.0.0.2 dst=10.0.0.1 sport=443 dport=40000 [ASSURED] mark=0 use=1\n",
		"AWS":       awsLine("Verdict DENY Direction ingress, Tier DEFAULT") + "\n",
		"NetObserv": netobservLine("") + "\n",
		"trace":     traceLine("connect", "") + "\n",
		"Envoy":     envoyLineOf("200 - via_upstream -", "10.0.0.2:80", "outbound|80||cart.shop.svc.cluster.local 10.0.0.1:40000 10.96.0.50:80 10.0.0.1:40001 - default"),
		"ss":        "tcp ESTAB 0 0 10.0.0.1:40000 10.0.0.2:443 users:((\"x\",pid=1,fd=4))\n",
	}
}

func TestReadBadInput(t *testing.T) {
	for format, record := range good() {
		begin := int64(len(record))
		for name, test := range map[string]struct {
			text   string
			parsed int64
			faults []api.Fault
		}{
			"good":             {text: record + record, parsed: 2},
			"no last line end": {text: record + strings.TrimSuffix(record, "\n"), parsed: 2},
			"CR and LF":        {text: strings.ReplaceAll(record+record, "\n", "\r\n"), parsed: 2},
			"blank lines":      {text: "\n\n" + record + "\n \r\n" + record + "\n", parsed: 2},
			"byte order mark":  {text: source.ByteOrderMark + record, parsed: 1},
			"cut":              {text: record + record[:30], parsed: 1, faults: []api.Fault{{Reason: faultCut, Count: 1, Offset: begin}}},
			"garbage":          {text: record + "I1120 garbage {x}\n\x00\x00\x00\n\xff\xfe\x80 \xf0\n" + record, parsed: 2, faults: []api.Fault{{Count: 3, Offset: begin}}},
		} {
			t.Run(format+" "+name, func(t *testing.T) {
				for _, size := range []int{0, 64} {
					got := readText(t, test.text, Options{blockSize: size, workers: 2})
					s := got.sources[0]
					var skipped int64
					for i := range test.faults {
						skipped += test.faults[i].Count
						if test.faults[i].Reason == "" {
							test.faults[i].Reason = map[string]string{"hubble": faultNotJSON, "proc": faultNotSocket, "conntrack": faultNotEntry, "ss": faultNotSocket, "AWS": faultNotJSON, "NetObserv": faultNotJSON, "trace": faultNotJSON, "Envoy": faultLayout}[format]
						}
					}
					if diff := cmp.Diff(test.faults, s.Faults); diff != "" || s.Parsed != test.parsed || s.Skipped != skipped || len(got.flows) != int(test.parsed) {
						t.Errorf("source %+v, faults (-want +got):\n%s", s, diff)
					}
				}
			})
		}
	}
}

// TestReadBadRecord has a record that is wrong in one thing, behind a good one.
func TestReadBadRecord(t *testing.T) {
	for name, test := range map[string]struct{ format, old, new, want string }{
		"hubble, port":               {"hubble", ":40000", ":65536", faultPort},
		"hubble, port below 0":       {"hubble", ":40000", ":-1", faultPort},
		"hubble, huge port":          {"hubble", ":40000", ":4e99", faultNotFlow},
		"hubble, address":            {"hubble", `"10.0.0.1"`, `"10.0.0.256"`, faultAddress},
		"hubble, no address":         {"hubble", `"10.0.0.1"`, `""`, faultAddress},
		"hubble, no addresses":       {"hubble", `"IP"`, `"PI"`, faultAddress},
		"hubble, IPs by name":        {"hubble", `"10.0.0.1"`, `"web"`, faultAddress},
		"hubble, no protocol":        {"hubble", `"TCP"`, `"QUIC"`, faultProtocol},
		"hubble, another type":       {"hubble", `"FORWARDED"`, `1`, faultNotFlow},
		"hubble, another object":     {"hubble", `"flow"`, `"event"`, faultNotFlow},
		"hubble, NUL":                {"hubble", `"FORWARDED"`, "\"FORWARDED\x00\"", faultNotJSON},
		"hubble, invalid UTF-8":      {"hubble", "app=web", "app=\xff", ""},
		"hubble, a NUL escaped":      {"hubble", "app=web", `app=\u0000`, ""},
		"proc, port":                 {"proc", ":B3D0", ":1B3D0", faultPort},
		"proc, no hexadecimal":       {"proc", "0501F40A", "0501F40G", faultAddress},
		"proc, address":              {"proc", "0501F40A", "0501F4", faultAddress},
		"proc, state":                {"proc", " 01 ", " ZZ ", faultNotSocket},
		"proc, a state of tomorrow":  {"proc", " 01 ", " 7F ", ""},
		"conntrack, port":            {"conntrack", "=40000 [", "=65536 [", faultPort},
		"conntrack, port below 0":    {"conntrack", "=40000 [", "=-1 [", faultPort},
		"conntrack, address":         {"conntrack", "dst=10.0.0.1", "dst=10.0.0.1.1", faultAddress},
		"conntrack, one tuple":       {"conntrack", "src=10.0.0.2 ", "", faultNotEntry},
		"conntrack, no destination":  {"conntrack", "dst=10.0.0.1 ", "", faultAddress},
		"conntrack, three tuples":    {"conntrack", "[ASSURED]", "src=10.0.0.1", faultNotEntry},
		"conntrack, other number":    {"conntrack", " 6 ", " 17 ", faultNotEntry},
		"conntrack, no number":       {"conntrack", " 6 ", " 256 ", faultNotEntry},
		"Envoy, port":                {"Envoy", "10.0.0.2:80", "10.0.0.2:65536", faultPort},
		"Envoy, port below 0":        {"Envoy", "10.0.0.1:40000", "10.0.0.1:-1", faultPort},
		"Envoy, another cluster":     {"Envoy", "outbound|80||", "ingress|80||", faultCluster},
		"Envoy, no time":             {"Envoy", "2026-11-20T", "2026-11-20 ", faultLayout},
		"Envoy, an address by name":  {"Envoy", "10.0.0.2:80", "web:80", faultHop},
		"ss, port":                   {"ss", ":40000", ":65536", faultPort},
		"ss, huge port":              {"ss", ":40000", ":99999999999999999999", faultPort},
		"ss, no port":                {"ss", ":40000", ":", faultPort},
		"ss, name":                   {"ss", "10.0.0.1", "web", faultAddress},
		"ss, another state":          {"ss", "ESTAB", "ASLEEP", faultNotSocket},
		"ss, a socket without ports": {"ss", "tcp", "raw", ""},
	} {
		t.Run(name, func(t *testing.T) {
			record := good()[test.format]
			bad := strings.Replace(record, test.old, test.new, 1)
			if bad == record {
				t.Fatal("nothing replaced")
			}
			s := readText(t, record+bad+record, Options{}).sources[0]
			var want []api.Fault
			if test.want != "" {
				want = []api.Fault{{Reason: test.want, Count: 1, Offset: int64(len(record))}}
			}
			if diff := cmp.Diff(want, s.Faults); diff != "" || s.Parsed < 2 {
				t.Errorf("source %+v, faults (-want +got):\n%s", s, diff)
			}
		})
	}
}

// TestReadCutAnywhere makes no flow of what is left of one: a port that is cut is another port.
func TestReadCutAnywhere(t *testing.T) {
	records := good()
	records["XML"] = "<conntrack>\n" + strings.SplitAfter(recorded(t, "node.conntrack-L-o-xml.xml"), "\n")[2]
	for format, record := range records {
		whole := words(&readText(t, record, Options{}).flows[0])
		for n := range len(record) - 1 {
			text := record + record[:n]
			got := readText(t, text, Options{})
			for _, f := range allWords(got.flows) {
				if f != whole {
					t.Fatalf("%s cut at %d: %s", format, n, f)
				}
			}
		}
	}
}

func TestReadTimes(t *testing.T) {
	for time, credible := range map[string]bool{
		"2026-11-20T12:00:00Z": true, "2026-11-20T12:00:00.1+05:30": true, "2026-12-01T23:00:00Z": true,
		"0000-01-01T00:00:00Z": false, "1970-01-01T00:20:34.567800Z": false, "2026-12-03T00:00:00Z": false, "9999-12-31T23:59:59Z": false, "": false, "soon": false,
	} {
		r := readText(t, strings.ReplaceAll(hubbleLine(""), "2026-11-20T12:00:00.123456789Z", time), Options{})
		if s := r.sources[0]; r.flows[0].Time != 0 != credible || s.Undated == 0 != credible || s.Window.From == "" == credible || s.Parsed != 1 {
			t.Errorf("%s: %d, source %+v", time, r.flows[0].Time, s)
		}
	}
}

// TestReadFolder reads compressed files, also cut ones, and names what is no flows.
func TestReadFolder(t *testing.T) {
	lines := strings.Repeat(good()["hubble"], 3000)
	var gz, zst bytes.Buffer
	g := gzip.NewWriter(&gz)
	z, err := zstd.NewWriter(&zst)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range []io.WriteCloser{g, z} {
		if _, err := io.WriteString(w, lines); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	folder := t.TempDir()
	for name, text := range map[string]string{
		"a.gz": gz.String(), "b.zst": zst.String(), "c-cut.gz": gz.String()[:gz.Len()-gz.Len()/3], "d": good()["ss"], "e": "", "f.txt": "hello\n", "g.gz": "\x1f\x8bx",
		"h": `{"kind":"Event","auditID":"x"}`,
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	files, err := source.Find(nil, folder)
	if err != nil {
		t.Fatal(err)
	}
	r, err := readFiles(t, files, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range r.sources {
		line := filepath.Base(s.Name) + ": " + s.Format
		for _, f := range s.Faults {
			line += ", " + f.Reason
		}
		got = append(got, line)
	}
	want := []string{
		"a.gz: flows of Hubble, JSON lines", "b.zst: flows of Hubble, JSON lines", "c-cut.gz: flows of Hubble, JSON lines, cut, gzip ends early",
		"d: sockets, ss", "e: empty", "f.txt: , no flows", "g.gz: not read, gzip ends early", "h: an audit log of a Kubernetes API server, no flows",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if a, b, c := r.sources[0].Parsed, r.sources[1].Parsed, r.sources[2].Parsed; a != 3000 || b != 3000 || c == 0 || c >= 3000 {
		t.Errorf("%d, %d and %d flows", a, b, c)
	}
	for i := range files {
		files[i].Listed = false
	}
	_, err = readFiles(t, files[5:6], Options{})
	if not, ok := errors.AsType[*NotFlowsError](err); !ok || !strings.HasSuffix(not.Error(), "f.txt has no flows in a known format") {
		t.Errorf("error %v", err)
	}
}
