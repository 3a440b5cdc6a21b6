package flow

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/audit"
	"github.com/kubectl-harden/kubectl-harden/internal/observation"
	"github.com/kubectl-harden/kubectl-harden/internal/source"
)

// auditEvent is a request that was allowed.
const auditEvent = `{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"u","stage":"ResponseComplete",` +
	`"requestURI":"/api/v1/namespaces/shop/pods","verb":"list","user":{"username":"jane"},"objectRef":{"resource":"pods","namespace":"shop","apiVersion":"v1"},` +
	`"responseStatus":{"code":200},"requestReceivedTimestamp":"2026-11-20T08:00:00.000000Z","stageTimestamp":"2026-11-20T08:00:00.000000Z","annotations":{"authorization.k8s.io/decision":"allow"}}` + "\n"

func zipped(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.WriteString(z, text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestTakeBesideAuditLogs reads sources of all kinds in one call, in any order of their names.
func TestTakeBesideAuditLogs(t *testing.T) {
	texts := map[string]string{
		"audit":     strings.Repeat(auditEvent, 20),
		"hubble":    strings.Repeat(good()["hubble"], 500),
		"conntrack": zipped(t, strings.Repeat(good()["conntrack"], 300)),
		"proc":      recorded(t, "server-pod.proc-net-tcp"),
	}
	want := map[string]int64{"hubble": 500, "conntrack": 300, "proc": 2}
	for _, order := range [][]string{{"audit", "hubble", "conntrack", "proc"}, {"proc", "conntrack", "hubble", "audit"}} {
		folder := t.TempDir()
		var files []source.File
		for i, name := range order {
			path := filepath.Join(folder, string(rune('a'+i))+"-"+name)
			if err := os.WriteFile(path, []byte(texts[name]), 0o600); err != nil {
				t.Fatal(err)
			}
			found, err := source.Find(nil, path)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, found...)
		}
		set := observation.NewSet()
		flows := map[string]int64{}
		r := NewReader(t.Context(), Options{Now: now, blockSize: 4 << 10}, func(f *Flow) {
			_, name, _ := strings.Cut(filepath.Base(f.Point.Source), "-")
			flows[name]++
		})
		if err := audit.Read(t.Context(), files, audit.Options{Now: now, Other: r.Take}, set); err != nil {
			t.Fatal(err)
		}
		parsed := map[string]int64{}
		last := ""
		for _, s := range r.Sources() {
			_, name, _ := strings.Cut(filepath.Base(s.Name), "-")
			parsed[name] = s.Parsed
			if s.Name <= last {
				t.Errorf("%s behind %s", s.Name, last)
			}
			last = s.Name
		}
		doc := set.Document()
		if diff := cmp.Diff(want, flows); diff != "" || !cmp.Equal(want, parsed) || len(doc.Sources) != 1 || doc.Access[0].Requests != 20 {
			t.Errorf("%s, parsed %v, %+v", diff, parsed, doc)
		}
	}
}

func stream(t testing.TB, from io.Reader) *source.Stream {
	t.Helper()
	files, err := source.Find(from, source.Stdin)
	if err != nil {
		t.Fatal(err)
	}
	s, err := files[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// TestTakeLeaves what has no flows to others, whole.
func TestTakeLeaves(t *testing.T) {
	r := NewReader(t.Context(), Options{}, func(*Flow) { t.Error("a flow") })
	s := stream(t, strings.NewReader(auditEvent))
	taken, err := r.Take(s)
	text, _ := io.ReadAll(s)
	if taken || err != nil || len(r.Sources()) != 0 || string(text) != auditEvent {
		t.Error(taken, err, r.Sources(), len(text))
	}
}

func TestTakeFails(t *testing.T) {
	gone := errors.New("the disk is gone")
	text := strings.Repeat(good()["hubble"], 300)
	n := 0
	r := NewReader(t.Context(), Options{}, func(*Flow) { n++ })
	taken, err := r.Take(stream(t, io.MultiReader(strings.NewReader(text), iotest.ErrReader(gone))))
	if !taken || !errors.Is(err, gone) || n != 300 {
		t.Error(taken, err, n)
	}
	cut := zipped(t, text)
	taken, err = r.Take(stream(t, strings.NewReader(cut[:len(cut)-9])))
	if !taken || err != nil || n <= 300 {
		t.Error(taken, err, n)
	}
	var faults []string
	for _, s := range r.Sources() {
		faults = append(faults, s.Faults[len(s.Faults)-1].Reason)
	}
	if diff := cmp.Diff([]string{"cannot be read further", "gzip ends early"}, faults); diff != "" {
		t.Error(diff)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err = NewReader(ctx, Options{}, func(*Flow) {}).Take(stream(t, strings.NewReader(text))); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestSpan leaves out what is outside of it, and what has no time.
func TestSpan(t *testing.T) {
	line := func(at string) string {
		return strings.ReplaceAll(good()["hubble"], "2026-11-20T12:00:00.123456789Z", at)
	}
	text := line("2026-11-20T08:59:59Z") + line("2026-11-20T09:00:00Z") + line("2026-11-21T08:59:59Z") + line("2026-11-21T09:00:00Z") + line("")
	at := func(text string) time.Time {
		when, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return when
	}
	since, until := at("2026-11-20T09:00:00Z"), at("2026-11-21T09:00:00Z")
	for _, test := range []struct {
		opts     Options
		flows    int
		filtered int64
		window   api.Window
	}{
		{Options{}, 5, 0, api.Window{From: "2026-11-20T08:59:59Z", To: "2026-11-21T09:00:00Z"}},
		{Options{Since: since}, 3, 2, api.Window{From: "2026-11-20T09:00:00Z", To: "2026-11-21T09:00:00Z"}},
		{Options{Until: until}, 3, 2, api.Window{From: "2026-11-20T08:59:59Z", To: "2026-11-21T08:59:59Z"}},
		{Options{Since: since, Until: until}, 2, 3, api.Window{From: "2026-11-20T09:00:00Z", To: "2026-11-21T08:59:59Z"}},
	} {
		got := readText(t, text, test.opts)
		if s := got.sources[0]; len(got.flows) != test.flows || s.Filtered != test.filtered || s.Parsed != 5 || s.Window != test.window {
			t.Errorf("%d flows, %+v", len(got.flows), s)
		}
	}
}

// TestOtherReadersNames: each reader names what the other one reads.
func TestOtherReadersNames(t *testing.T) {
	heads := map[string]string{
		good()["hubble"]:    "flows of Hubble",
		good()["conntrack"]: "conntrack entries",
		good()["ss"]:        "sockets of ss",
		good()["proc"]:      "sockets of /proc/net",
		hubbleBare(""):      "flows of Hubble",
		"{\"node_status\":{\"state_change\":\"NODE_CONNECTED\"}}\n": "flows of Hubble",
	}
	samples, err := filepath.Glob("testdata/*")
	if err != nil || len(samples) == 0 {
		t.Fatal(samples, err)
	}
	for _, sample := range samples {
		name := filepath.Base(sample)
		switch text := recorded(t, name); {
		case strings.Contains(name, "conntrack"):
			heads[text] = "conntrack entries"
		case strings.Contains(name, "proc"):
			heads[text] = "sockets of /proc/net"
		case strings.Contains(name, ".ss-"):
			heads[text] = "sockets of ss"
		}
	}
	for head, want := range heads {
		if got := audit.Recognize([]byte(head)); got != want {
			t.Errorf("%q, want %q: %.100s", got, want, head)
		}
	}
	files, err := source.Find(strings.NewReader(auditEvent), source.Stdin)
	if err != nil {
		t.Fatal(err)
	}
	_, err = readFiles(t, files, Options{})
	if want := "- has no flows in a known format: it looks like an audit log of a Kubernetes API server"; err == nil || err.Error() != want {
		t.Error(err)
	}
}

// TestBlindKnowsFormats: what a format of flows cannot show is said of it.
func TestBlindKnowsFormats(t *testing.T) {
	for _, f := range formats() {
		if len(observation.Blind(api.ObservedSource{Format: f.name})) != 1 {
			t.Errorf("nothing is said of %s", f.name)
		}
	}
}
