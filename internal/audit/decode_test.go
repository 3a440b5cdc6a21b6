package audit

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// eventLine is an event with every field that is read.
const eventLine = `{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"RequestResponse","auditID":"id-1","stage":"ResponseComplete",` +
	`"requestURI":"/api/v1/namespaces/n/pods?dryRun=All\u0026fieldManager=m","verb":"create",` +
	`"user":{"username":"system:serviceaccount:n:s","uid":"u-1","groups":["a","b"],"extra":{"authentication.kubernetes.io/pod-name":["p"],"x":[]}},` +
	`"impersonatedUser":{"username":"other","uid":"u-2","groups":["c"],"extra":{"y":["z"]}},` +
	`"authenticationMetadata":{"impersonationConstraint":"user-info"},"sourceIPs":["::1"],"userAgent":"agent \"1\"",` +
	`"objectRef":{"resource":"pods","namespace":"n","name":"o","apiGroup":"g","apiVersion":"v1","subresource":"binding"},` +
	`"responseStatus":{"metadata":{},"message":"é \u0000","code":201},"requestObject":{"kind":"Pod"},"responseObject":[1,-2.5e+3,true,null,{}],` +
	`"requestReceivedTimestamp":"2026-11-20T23:55:24.124873Z","stageTimestamp":"2026-11-20T23:55:24.125338Z",` +
	`"annotations":{"authorization.k8s.io/decision":"allow","authorization.k8s.io/reason":"RBAC: allowed by \"b\"","other":"1"}}`

func TestDecode(t *testing.T) {
	got, err := decode([]byte(eventLine))
	if err != nil {
		t.Fatal(err)
	}
	want := Event{
		Level: "RequestResponse", ID: "id-1", Stage: "ResponseComplete", URI: "/api/v1/namespaces/n/pods?dryRun=All&fieldManager=m", Verb: "create",
		User:         User{Name: "system:serviceaccount:n:s", UID: "u-1", Groups: []string{"a", "b"}, Extra: map[string][]string{podNameKey: {"p"}, "x": nil}},
		Impersonated: &User{Name: "other", UID: "u-2", Groups: []string{"c"}, Extra: map[string][]string{"y": {"z"}}},
		Constraint:   "user-info", Agent: `agent "1"`,
		Object: &Object{Group: "g", Resource: "pods", Subresource: "binding", Namespace: "n", Name: "o"},
		Code:   201, Message: "é \x00", Received: time.Date(2026, 11, 20, 23, 55, 24, 124873000, time.UTC),
		Decision: "allow", Reason: `RBAC: allowed by "b"`,
		Request: []byte(`{"kind":"Pod"}`), Response: []byte(`[1,-2.5e+3,true,null,{}]`),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("decode (-want +got):\n%s", diff)
	}
	var f scanned
	if !f.scan([]byte(eventLine)) {
		t.Fatal("scan leaves an ordinary event to decode")
	}
	if diff := cmp.Diff(want, f.event([]byte(eventLine))); diff != "" {
		t.Errorf("scan (-want +got):\n%s", diff)
	}
}

// minimal is an event with more members.
func minimal(members string) string {
	return `{"level":"Metadata","auditID":"i","stage":"Panic"` + members + `}`
}

func TestDecodeOdd(t *testing.T) {
	for name, test := range map[string]struct {
		line string
		want Event
		err  error
	}{
		"v1beta1":               {line: minimal(`,"timestamp":"2020-01-01T00:00:00Z","metadata":{"creationTimestamp":"2019-01-01T00:00:00Z"}`), want: Event{Received: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)}},
		"v1alpha1":              {line: minimal(`,"metadata":{"creationTimestamp":"2019-01-01T02:00:00+02:00"}`), want: Event{Received: time.Date(2019, 1, 1, 0, 0, 0, 0, time.UTC)}},
		"no time":               {line: minimal(`,"requestReceivedTimestamp":"yesterday"`)},
		"other case":            {line: minimal(`,"Verb":"get","VERB":"list"`)},
		"last counts":           {line: minimal(`,"verb":"get","verb":"list"`), want: Event{Verb: "list"}},
		"last counts as whole":  {line: minimal(`,"objectRef":{"name":"a"},"objectRef":{"resource":"b"}`), want: Event{Object: &Object{Resource: "b"}}},
		"last is null":          {line: minimal(`,"verb":"get","verb":null`)},
		"null is absent":        {line: minimal(`,"user":null,"impersonatedUser":null,"objectRef":null,"responseStatus":null,"annotations":null,"requestObject":null,"userAgent":null`)},
		"null group":            {line: minimal(`,"user":{"groups":[null,"a"]}`), want: Event{User: User{Groups: []string{"a"}}}},
		"empty objects":         {line: minimal(`,"user":{},"impersonatedUser":{},"objectRef":{}`), want: Event{Impersonated: &User{}, Object: &Object{}}},
		"escaped key":           {line: minimal(`,"\u0076erb":"get"`), want: Event{Verb: "get"}},
		"invalid UTF-8":         {line: minimal(",\"verb\":\"a\xff\""), want: Event{Verb: "a\ufffd"}},
		"no kind, no level":     {line: `{"auditID":"i","stage":"Panic"}`, err: errNotEvent},
		"other kind":            {line: minimal(`,"kind":"EventList"`), err: errNotEvent},
		"no audit ID":           {line: `{"kind":"Event","stage":"Panic"}`, err: errNotEvent},
		"no stage":              {line: `{"kind":"Event","auditID":"i"}`, err: errNotEvent},
		"wrong type":            {line: minimal(`,"verb":1`), err: errNotEvent},
		"wrong type in object":  {line: minimal(`,"user":{"groups":"a"}`), err: errNotEvent},
		"wrong type in extra":   {line: minimal(`,"user":{"extra":{"a":"b"}}`), err: errNotEvent},
		"code is no int":        {line: minimal(`,"responseStatus":{"code":200.5}`), err: errNotEvent},
		"number":                {line: `1`, err: errNotEvent},
		"null":                  {line: `null`, err: errNotEvent},
		"cut":                   {line: `{"auditID":"i`, err: errNotJSON},
		"control character":     {line: minimal(",\"verb\":\"a\x00\""), err: errNotJSON},
		"more behind":           {line: minimal(``) + `{}`, err: errNotJSON},
		"empty":                 {line: ``, err: errNotJSON},
		"unknown is as it will": {line: minimal(`,"stageTimestamp":7,"annotations":{"a":[]}`)},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := decode([]byte(test.line))
			if !errors.Is(err, test.err) {
				t.Fatalf("error %v, want %v", err, test.err)
			}
			if err == nil {
				test.want.Level, test.want.ID, test.want.Stage = "Metadata", "i", "Panic"
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			}
			agree(t, []byte(test.line))
		})
	}
}

// agree fails where scan takes what decode does not, or takes something else.
func agree(t *testing.T, line []byte) {
	t.Helper()
	var f scanned
	if !f.scan(line) {
		return
	}
	want, err := decode(line)
	if err != nil {
		t.Fatalf("scan takes what decode does not: %v\n%q", err, line)
	}
	if diff := cmp.Diff(want, f.event(line)); diff != "" {
		t.Fatalf("scan differs (-decode +scan):\n%s\n%q", diff, line)
	}
}

// recorded is the recorded log.
func recorded(t testing.TB) []byte {
	t.Helper()
	file, err := os.Open("../../test/bench/testdata/kube-apiserver-1.36-metadata.log.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	gz, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	log, err := io.ReadAll(gz)
	if err != nil {
		t.Fatal(err)
	}
	return log
}

func TestScanTakesRecordedEvents(t *testing.T) {
	lines := 0
	for line := range bytes.Lines(recorded(t)) {
		var f scanned
		if lines++; !f.scan(line) {
			t.Errorf("left to decode: %s", line)
		}
		agree(t, line)
	}
	if lines != 4199 {
		t.Errorf("%d lines", lines)
	}
}

func TestInstant(t *testing.T) {
	var last lastMinute
	for _, text := range []string{
		"2026-11-20T23:55:24.124873Z", "2026-11-20T23:55:24Z", "1969-12-31T23:59:59.9Z", "0000-01-01T00:00:00Z", "0000-03-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z",
		"2024-02-29T00:00:00Z", "2023-02-29T00:00:00Z", "2000-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "2026-13-01T00:00:00Z",
		"2026-01-01T24:00:00Z", "2026-01-01T00:00:60Z", "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00,5Z", "2026-01-01T00:00:00.1234567890Z", "2026-01-01T00:00:00+01:00", "x", "",
		"2026-11-20T23:55:24.124873Z", "2026-11-20T23:55:25Z", "2026-11-20T23:55:60Z", "2026-11-20T23:55:-1Z", "2026-11-20T23:55:59.5Z", "2026-11-20T23:56:00Z", "2026-11-20T23:66:00Z", "2026-11-20T23:66:01Z", "2026-11-20T23:55:00Z",
	} {
		want, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			want = time.Time{}
		}
		if got := instant([]byte(text)); !got.Equal(want) {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
		if got := last.instant([]byte(text)); !got.Equal(want) {
			t.Errorf("%s after others: %v, want %v", text, got, want)
		}
	}
	for day := range 365 * 500 {
		at := time.Date(1800, 1, 1+day, 1, 2, 3, 0, time.UTC)
		if got := instant([]byte(at.Format(time.RFC3339))); !got.Equal(at) {
			t.Fatalf("%v is read as %v", at, got)
		}
	}
}

func FuzzFast(f *testing.F) {
	f.Add([]byte(eventLine))
	f.Add([]byte(minimal(`,"requestReceivedTimestamp":"2026-11-20T23:55:24.124873Z","responseStatus":{"code":200},"user":{"groups":[null]}`)))
	f.Add([]byte(strings.ReplaceAll(eventLine, `,"`, " \n, \t\"")))
	for i, line := range bytes.Split(recorded(f), []byte("\n")) {
		if i%200 == 0 {
			f.Add(line)
		}
	}
	m, known := newMemory(1), newRepeats()
	f.Fuzz(func(t *testing.T, line []byte) {
		agree(t, line)
		for range 2 {
			if !again(t, m, known, line) {
				return
			}
		}
	})
}

// FuzzSkip holds the walk over values to json.Valid, for all but the depth.
func FuzzSkip(f *testing.F) {
	for _, s := range []string{`{"a":[1,-0.5e+7,true,false,null,"\u00e9\n",{}],"b":[]}`, `[[[[]]]]`, `{"a":{"b":{}}}`, `[1,]`, `{"a"}`, `01`, `-`, `"\x"`, `tru`, strings.Repeat("[", 600) + strings.Repeat("]", 600)} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		end := skipValue(b, skipSpace(b, 0))
		got := end != bad && skipSpace(b, end) == len(b)
		if want := json.Valid(b); got != want && (got || bytes.Count(b, []byte("["))+bytes.Count(b, []byte("{")) < maxDepth) {
			t.Fatalf("valid: %t, want %t: %q", got, want, b)
		}
	})
}

func BenchmarkScan(b *testing.B) {
	log := recorded(b)
	b.SetBytes(int64(len(log)))
	for b.Loop() {
		var f scanned
		for line := range bytes.Lines(log) {
			if !f.scan(line) {
				b.Fatal("left to decode")
			}
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	log := recorded(b)
	b.SetBytes(int64(len(log)))
	for b.Loop() {
		for line := range bytes.Lines(log) {
			if _, err := decode(line); err != nil {
				b.Fatal(err)
			}
		}
	}
}
