package cluster

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	kyaml "sigs.k8s.io/yaml"
)

// FuzzYAMLAsKubectl holds the JSON made of a document to what kubectl makes of it.
func FuzzYAMLAsKubectl(f *testing.F) {
	for _, seed := range yamlSeeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<16 {
			return
		}
		roots, err := parseYAML(data)
		if err != nil || len(roots) == 0 {
			return
		}
		w := &yamlWriter{text: yamlText{data: data, line: 1}}
		if w.value(roots[0], "", 1, 0) != nil {
			return
		}
		theirs, err := kyaml.YAMLToJSON(data)
		if err != nil {
			return
		}
		if diff := cmp.Diff(jsonValue(t, theirs), jsonValue(t, w.out)); diff != "" {
			t.Errorf("differs from kubectl (-kubectl +ours):\n%s\n%q", diff, data)
		}
	})
}

func jsonValue(t *testing.T, data []byte) any {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		t.Fatalf("%q: %v", data, err)
	}
	return value
}

var yamlSeeds = []string{
	"privileged: yes\nhostPID: on\nhostIPC: True\na: y\nb: N\nc: off\nd: 'yes'\ne: \"on\"\nf: ! \"yes\"\ng: ! yes\n",
	"a: 0o17\nb: 010\nc: 0x1F\nd: 0b11\ne: 1_000\nf: +1\ng: -0\nh: 1e3\ni: .5\nj: 5.\nk: 1.0\nl: 0.1e-5\nm: -0b11\nn: 00\n",
	"a: 99999999999999999999\nb: 18446744073709551615\nc: -9223372036854775808\nd: 123456789012345678\ne: 1e400\nf: 1__0\ng: _1\n",
	"a: .inf\nb: .nan\n", "a: 2001-01-01\nb: 2001-12-14t21:59:43.10-05:00\nc: 1:30\nd: 2001-12-14 21:59:43\n",
	"a: !!binary aGVsbG8=\nb: !!str 5\nc: !!int \"5\"\nd: !!float 1\ne: !!bool \"yes\"\nf: !!null ''\ng: !foo bar\nh: !!timestamp 2001-01-01\n",
	"base: &b {x: 1, y: 2}\nc:\n  <<: *b\n  x: 3\nd:\n  x: 3\n  <<: *b\ne:\n  <<: [*b, {x: 9, z: 1}]\nf: {\"<<\": 1}\ng: {! \"<<\": *b}\n",
	"1: a\ntrue: b\nno: c\n1.5: d\n2001-01-01: e\n0x10: f\n", "? a\n: b\n? [c]\n: d\n", "~: a\n", ": a\n", "null: a\n",
	"a: |\n  text\n  more\nb: >-\n  folded\n  text\nc: 'it''s'\nd: \"\\x41\\u00e9\\n\\0\"\n",
	"- a\n- [b, c]\n- {d: e}\n-\n- ~\n- null\n- Null\n- ''\n", "a: &x [1, 2]\nb: *x\nc: &x 3\nd: *x\n", "&k a: 1\nb: *k\n*k : 2\n",
	"%YAML 1.1\n---\na: b\n...\n", "--- # comment\na: b\n", "--- text\n", "a: b # comment\n# more\nc: d\n", "a:\n  - b\n  # c\n  - d\n\n# e\n",
	"{a: b, \"c\": [d, e,], f: {g: h}}", "a: <<\nb: =\nc: -\nd: '-'\n", "a: 0.\nb: +.inf\nc: ._5\nd: .e1\ne: 1.e+3\nf: 0x\ng: 0b\nh: 08\ni: 0o8\n",
	"a: \"\\U0001F600 \\u2028\"\nb: \u2028\n", "a: !<tag:yaml.org,2002:int> \"3\"\n", "%TAG !e! tag:yaml.org,2002:\n---\na: !e!int \"3\"\n",
	"a: !!str yes\nb: !!str\nc: !!int\n", "!!map {a: !!seq [b]}\n", "a: &a !!str 1\nb: !!str &b 1\nc: &c ! \"1\"\nd: ! &d '1'\n",
	"!", "a: !\n", "! a: ! b\n", "- !\n- &a !\n- *a\n",
	"\"a\\tb\": 1\n'c': 2\n", "a: 1e1000\nb: -.inf\n", "0xFFFFFFFFFFFFFFFFFF: 1\n", "18446744073709551615: 1\n", "a: TRUE\nb: tRUE\nc: Yes\nd: yES\n",
}
