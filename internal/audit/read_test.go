package audit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/observation"
	"github.com/kubectl-harden/kubectl-harden/internal/source"
)

// now is the clock of the tests.
var now = time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)

// readText reads one text as stdin.
func readText(t testing.TB, text string, opts Options) *api.Observations {
	t.Helper()
	files, err := source.Find(strings.NewReader(text), source.Stdin)
	if err != nil {
		t.Fatal(err)
	}
	return readFiles(t, files, opts)
}

func readFiles(t testing.TB, files []source.File, opts Options) *api.Observations {
	t.Helper()
	if opts.Now.IsZero() {
		opts.Now = now
	}
	set := observation.NewSet()
	if err := Read(t.Context(), files, opts, set); err != nil {
		t.Fatal(err)
	}
	return set.Document()
}

// slowly is what lines show, read one by one and without anything remembered.
func slowly(lines []string) *api.Observations {
	set := observation.NewSet()
	s := &openSource{name: source.Stdin, format: "audit events, JSON lines"}
	offset := int64(0)
	for _, line := range lines {
		w := newWorker(Options{Now: now}, set, 1)
		if e, err := decode([]byte(line)); err == nil {
			w.decoded(&e)
		} else {
			w.tally.fault(err.Error(), offset)
		}
		w.flush(s)
		offset += int64(len(line)) + 1
	}
	set.AddSource(s.tally.source(s.name, s.format))
	return set.Document()
}

// dice writes events of all sorts.
type dice struct{ *rand.Rand }

func (d dice) pick(of ...string) string { return of[d.IntN(len(of))] }

func (d dice) event() string {
	user := func() map[string]any {
		return map[string]any{
			"username": d.pick("system:serviceaccount:a:s", "system:serviceaccount:b:s", "admin", "x\ny: &z", "é"), "uid": d.pick("1", "2"),
			"groups": [][]string{nil, {"g"}, {"g", "system:authenticated"}}[d.IntN(3)],
			"extra":  map[string]any{podNameKey: []string{d.pick("p", "q")}, "other": []string{d.pick("1", "2")}},
		}
	}
	e := map[string]any{
		"kind": "Event", "apiVersion": "audit.k8s.io/v1", "auditID": fmt.Sprint(d.Uint32()), "level": d.pick("Metadata", "Request", "odd"),
		"stage": d.pick("RequestReceived", "ResponseStarted", "ResponseComplete", "ResponseComplete", "Panic", "odd"),
		"requestURI": d.pick("/api/v1/namespaces/a/pods", "/api/v1/namespaces/a/pods/p", "/api/v1/namespaces/b/configmaps/c", "/metrics", "") +
			d.pick("", "?timeout=1s", "?timeout=2s&watch=true", "?fieldSelector=metadata.name%3Dp&timeoutSeconds="+d.pick("1", "2", "x"), "?fieldManager=m&dryRun=All", "?%66ieldSelector=metadata.name=q"),
		"verb": d.pick("get", "list", "watch", "create", "patch", "update", "delete"), "user": user(), "userAgent": d.pick("a", "b", "c", "d\"e"),
		"responseStatus":           map[string]any{"code": []int{200, 201, 403, 401, 500, 409, 429}[d.IntN(7)], "message": d.pick("", `pods "p" is forbidden: User "admin" cannot create resource "pods" in API group "" in the namespace "a"`)},
		"requestReceivedTimestamp": d.pick("2026-11-20T23:59:59.5Z", "2026-11-21T00:00:00Z", "0000-01-01T00:00:00Z", "2030-01-01T00:00:00Z", "never"),
	}
	if d.IntN(3) > 0 {
		e["objectRef"] = map[string]any{"resource": d.pick("pods", "rolebindings", "events"), "namespace": d.pick("a", "b"), "name": d.pick("", "p", "q"), "apiVersion": "v1", "subresource": d.pick("", "", "binding")}
	}
	if d.IntN(6) == 0 {
		e["impersonatedUser"] = user()
	}
	if d.IntN(3) > 0 {
		e["annotations"] = map[string]any{decisionKey: d.pick("allow", "allow", "forbid"), reasonKey: d.pick("", `RBAC: allowed by RoleBinding "b/a" of Role "r" to User "admin"`)}
	}
	if d.IntN(4) == 0 {
		e["requestObject"] = map[string]any{"kind": "RoleBinding", "roleRef": map[string]any{"kind": "Role", "name": d.pick("r", "s")}, "metadata": map[string]any{"name": d.pick("v", "w")}}
	}
	line, err := json.Marshal(e)
	if err != nil {
		panic(err)
	}
	return string(line)
}

func (d dice) lines(n int) []string {
	var lines []string
	for range n {
		line := d.event()
		switch d.IntN(20) {
		case 0:
			line = line[:d.IntN(len(line))] + "}"
		case 1:
			line = `{"kind":"Pod"}`
		}
		lines = append(lines, line)
	}
	return lines
}

// TestReadIsTheSameHoweverItIsCut holds what many workers read in blocks of any size, with
// what they remember, to what is read one by one.
func TestReadIsTheSameHoweverItIsCut(t *testing.T) {
	for seed := range uint64(20) {
		d := dice{rand.New(rand.NewPCG(seed, 0))}
		lines := append([]string{eventLine}, d.lines(400)...)
		want := slowly(lines)
		text := strings.Join(lines, "\n") + "\n"
		for _, workers := range []int{1, 8} {
			opts := Options{workers: workers, blockSize: 1 + d.IntN(20000)}
			if diff := cmp.Diff(want, readText(t, text, opts)); diff != "" {
				t.Fatalf("seed %d, %d workers, blocks of %d (-one by one +read):\n%s", seed, workers, opts.blockSize, diff)
			}
		}
	}
}

// TestReadDocuments reads the same events in every native shape.
func TestReadDocuments(t *testing.T) {
	d := dice{rand.New(rand.NewPCG(7, 7))}
	var lines []string
	for range 100 {
		lines = append(lines, d.event())
	}
	want := readText(t, strings.Join(lines, "\n"), Options{}).Access
	pretty := func(s string) string {
		var b bytes.Buffer
		if err := json.Indent(&b, []byte(s), "", "    "); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	list := func(of []string) string {
		return `{"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{},"items":[` + strings.Join(of, ",") + `]}`
	}
	var prettied []string
	for _, line := range lines {
		prettied = append(prettied, pretty(line))
	}
	for name, test := range map[string]struct{ text, format string }{
		"pretty":              {strings.Join(prettied, "\n"), "audit events, JSON documents"},
		"one after another":   {strings.Join(lines, ""), "audit events, JSON documents"},
		"byte order mark":     {source.ByteOrderMark + strings.Join(lines, "\r\n"), "audit events, JSON lines"},
		"list":                {list(lines), "audit EventList"},
		"pretty list":         {pretty(list(lines)), "audit EventList"},
		"a list on each line": {list(lines[:30]) + "\n" + list(nil) + "\n" + list(lines[30:]) + "\n", "audit EventList"},
		"lists, joined":       {list(lines[:30]) + list(lines[30:]), "audit EventList"},
		"list of lines":       {strings.ReplaceAll(list(lines), `},{"annotations`, "},\n{\"annotations"), "audit EventList"},
		"empty list first":    {list(nil) + "\n" + list(lines), "audit EventList"},
		"core list":           {`{"apiVersion":"v1","items":[` + strings.Join(lines, ",\n") + `],"kind":"List"}`, "audit EventList"},
		"array":               {"[" + strings.Join(lines, ",") + "]", "audit EventList"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, size := range []int{blockSize, 100, 1, 4096} {
				got := readText(t, test.text, Options{blockSize: size, workers: 2})
				if diff := cmp.Diff(want, got.Access); diff != "" {
					t.Fatalf("blocks of %d (-lines +this):\n%s", size, diff)
				}
				if s := got.Sources[0]; s.Format != test.format || s.Skipped != 0 || s.Parsed != 100 {
					t.Fatalf("source %+v", s)
				}
			}
		})
	}
}

func BenchmarkRead(b *testing.B) {
	log := string(recorded(b))
	b.SetBytes(int64(len(log)) * 16)
	for b.Loop() {
		readText(b, strings.Repeat(log, 16), Options{})
	}
}
