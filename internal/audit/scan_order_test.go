package audit

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestKeyOf(t *testing.T) {
	for k, text := range keyTexts {
		if text == "" {
			if k := key(k); k != keyOther && k < keyOtherName {
				t.Errorf("key %d has no text", k)
			}
			continue
		}
		name, begins := strings.CutPrefix(text, `,"`)
		name, ends := strings.CutSuffix(name, `":`)
		if !begins || !ends || keyOf([]byte(name)) != key(k) {
			t.Errorf("%s is key %d, want %d", text, keyOf([]byte(name)), k)
		}
	}
	for _, text := range []string{"", "Kind", "kin", "kinds", `,"kind":`} {
		if k := keyOf([]byte(text)); k != keyOther {
			t.Errorf("%q is key %d", text, k)
		}
	}
	if keyCount > 64 {
		t.Errorf("%d keys do not fit into scanned.seen", keyCount)
	}
}

// again holds a scan after others to decode.
func again(t *testing.T, m *memory, known *repeats, line []byte) bool {
	t.Helper()
	f := scanned{repeats: known}
	if !f.scan(line) {
		return false
	}
	want, err := decode(line)
	if err != nil {
		t.Fatalf("%v: %q", err, line)
	}
	if diff := cmp.Diff(want, f.event(line)); diff != "" {
		t.Fatalf("scan of what was there before differs (-decode +scan):\n%s\n%q", diff, line)
	}
	if m.find(&f, line); m.agent.value != want.Agent || m.reason.value != want.Reason {
		t.Fatalf("agent %q, reason %q of %q", m.agent.value, m.reason.value, line)
	}
	return true
}

// TestScanInAnyOrder reads events whose keys come in other orders than those before.
func TestScanInAnyOrder(t *testing.T) {
	var members map[string]any
	if err := json.Unmarshal([]byte(eventLine), &members); err != nil {
		t.Fatal(err)
	}
	sorted, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	m, known := newMemory(1), newRepeats()
	lines := []string{
		eventLine,
		string(sorted),
		strings.ReplaceAll(eventLine, `,"`, " \n, \t\""),
		strings.ReplaceAll(strings.Replace(eventLine, `"::1"`, `"1"`, 1), `":`, "\"\t: "),
		strings.NewReplacer(`"verb":`, `"new":[{}],"verb":`, `"name":`, `"new":[{}],"name":`, `"code":`, `"new":"\u0022","code":`).Replace(eventLine),
		strings.Replace(eventLine, `agent \"1\"`, `agent`, 1),
		strings.Replace(eventLine, `agent \"1\"`, `agent \"1\" 2`, 1),
		strings.Replace(eventLine, `"userAgent":"agent \"1\"",`, "", 1),
		minimal(`,"verb":"get","requestReceivedTimestamp":"2026-11-20T23:55:24Z","sourceIPs":null`),
	}
	for range 2 {
		for i, line := range lines {
			for j, other := range lines {
				if !again(t, m, known, []byte(line)) || !again(t, m, known, []byte(other)) {
					t.Fatalf("left to decode: %d or %d", i, j)
				}
			}
		}
	}
}

// TestScanRefuses reads what is no event, or not for certain what decode reads, after events.
func TestScanRefuses(t *testing.T) {
	m, known := newMemory(1), newRepeats()
	if !again(t, m, known, []byte(eventLine)) {
		t.Fatal("left to decode")
	}
	lines := []string{
		strings.Replace(eventLine, `"stage":"ResponseComplete"`, `"stage":"Respon\u0073eComplete"`, 1),
		strings.Replace(eventLine, `"resource":"pods"`, `"resource":"pod\u0073"`, 1),
		strings.Replace(eventLine, `"subresource":"binding"`, `"subresource":"bindin\u0067"`, 1),
		strings.Replace(eventLine, `"requestReceivedTimestamp":"2026`, `"requestReceivedTimestamp":"202\u0036`, 1),
		strings.Replace(eventLine, `"verb":"create",`, `"verb":"create","verb":"get",`, 1),
		strings.Replace(eventLine, `"sourceIPs":["::1"],`, `"userAgent":"x",`, 1),
		strings.Replace(eventLine, `,"objectRef":{`, `,"userAgent":"agent \"1\"","objectRef":{`, 1),
		strings.Replace(eventLine, `"name":"o"`, `"name":"o","name":"p"`, 1),
		strings.Replace(eventLine, `"impersonatedUser":{"username":"other"`, `"impersonatedUser":{"username":"other","username":"b"`, 1),
		strings.Replace(eventLine, `,"verb":`, `,,"verb":`, 1),
		strings.Replace(eventLine, `,"verb":`, `;"verb":`, 1),
		strings.Replace(eventLine, `"objectRef":{"`, `"objectRef":{,"`, 1),
		strings.Replace(eventLine, `"verb":`, `"verb"`, 1),
		strings.Replace(eventLine, `"verb":`, `"\u0076erb":`, 1),
	}
	for n := range len(eventLine) {
		lines = append(lines, eventLine[:n])
	}
	for _, line := range lines {
		for _, known := range []*repeats{nil, known} {
			if f := (scanned{repeats: known}); line == eventLine || f.scan([]byte(line)) {
				t.Errorf("not left to decode: %s", line)
			}
		}
	}
}

// TestScanKeepsAgents holds what is kept of users to some agents of bounded length.
func TestScanKeepsAgents(t *testing.T) {
	m, known := newMemory(1), newRepeats()
	at := func(agent string) []byte {
		return []byte(strings.Replace(eventLine, `agent \"1\"`, agent, 1))
	}
	for range 2 {
		for _, agent := range []string{"a", "ab", "b", "a\\u0026", "é", "", strings.Repeat("x", maxAgent), strings.Repeat("y", maxAgent+1)} {
			if !again(t, m, known, at(agent)) {
				t.Fatalf("left to decode: %s", agent)
			}
			f := scanned{repeats: known}
			if f.scan(at(agent)); (f.sameAgent != nil) != (len(agent) <= maxAgent) {
				t.Errorf("agent of %d bytes: kept %t", len(agent), f.sameAgent != nil)
			}
		}
	}
}

func TestQueryKey(t *testing.T) {
	for _, test := range []struct {
		queries []string
		same    bool
	}{
		{[]string{`watch=true&timeout=5m`, `watch=true\u0026timeout=6m`, `timeout=7m\u0026watch=true`, `limit=5&&watch=true&`, `\u0026resourceVersion=7\u0026\u0026watch=true&`}, true},
		{[]string{``, `timeoutSeconds=5`, `timeoutSeconds=6&limit=1\u0026pretty=1`, `continue=abc`}, true},
		{[]string{``, `watch=true`, `limit=x`, `limit=`, `limit=9999999999999999999`, `timeout=\u0026watch=1`, `timeout=é`, `limit`, `a=1&b=2`, `a=1%26b=2`}, false},
		{[]string{`fieldSelector=metadata.name%3Da\\u0026timeout=1`, `fieldSelector=metadata.name%3Da\\u0026timeout=2`, `fieldSelector=metadata.name%3Da\u0026timeout=1`}, false},
	} {
		var keys [][]byte
		for _, q := range test.queries {
			keys = append(keys, appendQuery(nil, []byte(q)))
		}
		for i, a := range keys {
			for j, b := range keys[:i] {
				if bytes.Equal(a, b) != test.same {
					t.Errorf("%s and %s: %s and %s", test.queries[i], test.queries[j], a, b)
				}
			}
		}
	}
}
