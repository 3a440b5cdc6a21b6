package cluster

import (
	"fmt"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

// billionLaughs nests aliases ten times per level.
func billionLaughs(levels int) string {
	var b strings.Builder
	b.WriteString("a0: &a0 [x]\n")
	for i := 1; i <= levels; i++ {
		fmt.Fprintf(&b, "a%d: &a%[1]d [%s]\n", i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d,", i-1), 10), ","))
	}
	return b.String()
}

// mergeBomb has the same keys merged over and over, which never grows what is written.
func mergeBomb(levels int) string {
	var b strings.Builder
	b.WriteString("a0: &a0 {x: 1}\n")
	for i := 1; i <= levels; i++ {
		fmt.Fprintf(&b, "a%d: &a%[1]d\n  <<: [%s]\n", i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d,", i-1), 10), ","))
	}
	return b.String()
}

func TestLoadBadInput(t *testing.T) {
	const head = "apiVersion: v1\nkind: Pod\n"
	tests := map[string]struct{ text, want string }{
		"malformed":            {"a: 1\n  b: 2\n", "-:2: mapping values are not allowed in this context"},
		"malformed below":      {head + "spec:\n  a: b\n c: d\n", "-:5: did not find expected key"},
		"truncated flow":       {head + "metadata: {name: x\nspec:\n", "-:3: did not find expected ',' or '}'"},
		"truncated quote":      {head + "metadata:\n  name: \"x\n", "-:4: found unexpected end of stream"},
		"tab":                  {head + "metadata:\n\tname: x\n", "-:4: a tab indents the line where YAML wants spaces"},
		"tab between":          {head + "metadata:\n  name: x\n\tlabels: {}\n", "-:5: found a tab character that violates indentation"},
		"no object":            {"foo: bar\n", "-:1: not a Kubernetes object: apiVersion and kind are not set"},
		"no kind":              {"apiVersion: v1\n", "-:1: not a Kubernetes object: kind is not set"},
		"no apiVersion":        {"\n\nkind: Pod\n", "-:3: not a Kubernetes object: apiVersion is not set"},
		"apiVersion no text":   {"apiVersion: 1\nkind: Pod\n", "-:1: not a Kubernetes object: apiVersion is not set"},
		"apiVersion no group":  {"kind: Pod\napiVersion: a/b/c\n", `-:2: apiVersion: "a/b/c" is not GROUP/VERSION`},
		"text":                 {"hello\n", "-:1: not a Kubernetes object: text, where apiVersion and kind are expected"},
		"YAML list":            {"- a\n- b\n", "-:1: not a Kubernetes object: a list, where apiVersion and kind are expected"},
		"JSON array":           {`[{"apiVersion": "v1"}]`, "-:1: not a Kubernetes object: a list, where apiVersion and kind are expected"},
		"empty":                {"", "-: holds no objects"},
		"blank":                {" \n\t\n", "-: holds no objects"},
		"comments":             {"# a\n---\n# b\n---\n...\n", "-: holds no objects"},
		"null":                 {"---\nnull\n", "-: holds no objects"},
		"only a mark":          {"\ufeff", "-: holds no objects"},
		"key twice":            {head + "metadata:\n  name: a\n  labels: {}\n  name: b\n", `-:6: key "name" is set twice`},
		"key twice as read":    {head + "data:\n  yes: a\n  \"true\": b\n", `-:5: key "true" is set twice`},
		"JSON key twice":       {"{\"kind\": \"Pod\",\n\"apiVersion\": \"v1\",\n\"k\\u0069nd\": \"Pod\"}", `-:3: key "kind" is set twice`},
		"items twice":          {`{"kind": "List", "apiVersion": "v1", "items": [{"apiVersion": "v1", "kind": "Pod"}], "items": []}`, `-:1: key "items" is set twice`},
		"binary":               {"\x7fELF\x00\x00", "-: is not text: it has NUL bytes"},
		"binary later":         {head + strings.Repeat("# comment\n", 1000) + "a: \x00\n", "-:1: is not text: it has NUL bytes"},
		"no UTF-8":             {"a: \xff\xfe\n", "-:1: is not UTF-8 text"},
		"UTF-16":               {"\xff\xfea\x00", "-: is UTF-16 text; convert it to UTF-8 first"},
		"UTF-16 big end":       {"\xfe\xff\x00a", "-: is UTF-16 text; convert it to UTF-8 first"},
		"gzip":                 {testkit.Gzip(t, head), "-: is compressed; decompress it first"},
		"zstd":                 {"\x28\xb5\x2f\xfdrest", "-: is compressed; decompress it first"},
		"alias bomb":           {head + billionLaughs(30), "-:9: aliases expand to over 4 MB"},
		"merge bomb":           {head + mergeBomb(30), "-:15: aliases expand to over 4 MB"},
		"alias cycle":          {head + "a: &a {b: [*a]}\n", `-:3: anchor "a" holds itself`},
		"merge cycle":          {head + "a: &a\n  <<: *a\n", `-:4: anchor "a" holds itself`},
		"merge of text":        {head + "<<: text\n", "-:3: a merge key wants a mapping or a list of mappings"},
		"unknown anchor":       {head + "a: *b\n", "-:3: unknown anchor 'b' referenced"},
		"list as key":          {head + "? [a]\n: b\n", "-:3: a key is a list or a mapping, where text is expected"},
		"null as key":          {head + "~: b\n", `-:3: key "~" is not text`},
		"wrong tag":            {head + "a: !!int x\n", "-:3: does not fit its tag !!int"},
		"not a number":         {head + "a: .nan\n", "-:3: is not a finite number"},
		"verbatim tag":         {head + "a: !<tag:yaml.org,2002:bool> yes\n", "-:3: verbatim tags and %TAG directives are not supported"},
		"tag directive":        {"%TAG !y! tag:yaml.org,2002:\n---\n" + head + "a: !y!bool yes\n", "-:5: verbatim tags and %TAG directives are not supported"},
		"truncated JSON":       {`{"apiVersion": "v1", "kind": "Pod",` + "\n" + `"metadata": {"name": "x"`, "-:2: unexpected end of JSON input"},
		"truncated string":     {`{"apiVersion": "v`, "-:1: unexpected end of JSON input"},
		"truncated list":       {"{\"apiVersion\": \"v1\", \"items\": [\n{\"metadata\": {}},\n", "-:3: unexpected end of JSON input"},
		"bad literal":          {"{\"apiVersion\": \"v1\", \"kind\": \"Pod\",\n\"spec\": nul}", "-:2: spec: has a string, wants a mapping"},
		"bad literal by list":  {"{\"apiVersion\": \"v1\", \"kind\": \"List\",\n\"items\": [], \"metadata\": tru}", "-:2: invalid character '}' in literal true (expecting 'e')"},
		"missing colon":        {"{\"apiVersion\" \"v1\"}", `-:1: invalid character '"' after object key`},
		"missing comma":        {"{\"apiVersion\": \"v1\"\n\"kind\": \"Pod\"}", `-:2: invalid character '"' after object key:value pair`},
		"missing item comma":   {"{\"kind\": \"List\", \"items\": [1\n2]}", "-:2: invalid character '2' after array element"},
		"double item comma":    {"{\"kind\": \"List\", \"items\": [1,,2]}", "-:1: invalid character ',' looking for beginning of value"},
		"wrong bracket":        {`{"apiVersion": ["v1"}`, "-:1: invalid character '}' looking for beginning of value"},
		"key no string":        {`{"apiVersion": "v1", 5: 6}`, "-:1: not a Kubernetes object: kind is not set"},
		"line break in string": {"{\"apiVersion\": \"v1\n\"}", "-:1: not a Kubernetes object: kind is not set"},
		"deep array":           {strings.Repeat("[", 100_000), "-:1: exceeded max depth of 10000"},
		"deep JSON":            {`{"a": ` + strings.Repeat("[", 100_000), "-:1: is nested over 1000 deep"},
		"deep JSON, closed":    {`{"a":` + strings.Repeat("[", 999) + strings.Repeat("]", 999) + "}", "-:1: not a Kubernetes object: apiVersion and kind are not set"},
		"deep JSON objects":    {strings.Repeat(`{"a":`, 100_000), "-:1: is nested over 1000 deep"},
		"deep YAML":            {head + "a:" + strings.Repeat(" {a:", 2000) + strings.Repeat("}", 2000) + "\n", "-:3: is nested over 1000 deep"},
		"deep YAML block":      {strings.Repeat("- ", 100_000), "-:1: exceeded max depth of 10000"},
		"deep lists":           {strings.Repeat("{apiVersion: v1, kind: List, items: [", 12) + strings.Repeat("]}", 12), "-:1: " + strings.Repeat("items[0].", 7) + "items[0]: lists are nested over 8 deep"},
		"wrong type":           {"apiVersion: apps/v1\nkind: Deployment\nspec:\n  paused: no\n  replicas: two\n", "-:5: spec.replicas: has a string, wants a whole number"},
		"wrong type in JSON":   {"{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"spec\": {\n\"containers\": [{},\n{\"image\": 5}]}}", "-:3: spec.containers[1].image: has a number, wants text"},
		"text for list":        {head + "spec:\n  containers: none\n", "-:4: spec.containers: has a string, wants a list"},
		"list for mapping":     {head + "metadata:\n  labels:\n  - a\n", "-:4: metadata.labels: has a list, wants a mapping"},
		"dotted key":           {head + "metadata:\n  labels:\n    x: y\n    a.b/c: 5\n", "-:6: metadata.labels['a.b/c']: has a number, wants text"},
		"quantity":             {head + "spec:\n  containers:\n  - name: a\n    resources:\n      limits: {cpu: 1,\n        memory: 1Gb}\n", "-:8: spec.containers[0].resources.limits.memory: quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"},
		"wrong type in list":   {"apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n  spec: []\n", "-:6: items[0].spec: has a list, wants a mapping"},
		"items of no list":     {"apiVersion: a/v1\nkind: Bundle\nitems: [{}]\n", `-:1: kind "Bundle" has items, and is not a List`},
		"items before kind":    {`{"apiVersion": "a/v1", "items": [{}, {}], "kind": "Bundle"}`, `-:1: kind "Bundle" has items, and is not a List`},
		"hidden by items":      {head + "items: []\n", `-:1: kind "Pod" has items, and is not a List`},
		"hostile key":          {head + "\"a\\e[31m\\u202eb\": 1\n\"a\\e[31m\\u202eb\": 2\n", `-:4: key "a\x1b[31m\u202eb" is set twice`},
		"hostile kind":         {"apiVersion: v1\nkind: \"a\\r\\n\\e]0;x\\a\"\nitems: []\n", `-:1: kind "a\r\n\x1b]0;x\a" has items, and is not a List`},
		"secret value":         {"apiVersion: v1\nkind: Secret\ndata: {a: pa$$word}\n", "-:3: data.a: illegal base64 data at input byte 2"},
		"number too large":     {head + "spec: {priority: 99999999999}\n", "-:3: spec.priority: has a number that does not fit, wants a whole number"},
		"raw escape":           {"a: \x1b[31m\n", "-:1: control characters are not allowed"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			objects, problems := loadText(t, tt.text)
			if len(objects) > 0 {
				t.Errorf("gives %d objects", len(objects))
			}
			if diff := cmp.Diff([]string{tt.want}, problems); diff != "" {
				t.Error(diff)
			}
			for _, p := range problems {
				if strings.IndexFunc(p, func(r rune) bool { return !unicode.IsPrint(r) }) >= 0 {
					t.Errorf("%q is not printable", p)
				}
			}
		})
	}
}

func TestLoadSizeLimits(t *testing.T) {
	const head = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
	large := strings.Repeat(strings.Repeat("x", 1<<20)+"\n", 65)
	tests := map[string]struct{ text, want string }{
		"YAML":       {head + "data: |\n  " + strings.ReplaceAll(large, "\n", "\n  ") + "\n---\n" + head, "-:1: document 1: is over 64 MB of YAML: use kubectl get -o json, which is read item by item"},
		"one line":   {head + "data: " + strings.ReplaceAll(large, "\n", "") + "\n---\n" + head, "-:1: document 1: is over 64 MB of YAML: use kubectl get -o json, which is read item by item"},
		"values":     {head + "data: [" + strings.Repeat(",", 5<<20) + "]\n---\n" + head, "-:1: document 1: has over 4 million values of YAML: use kubectl get -o json, which is read item by item"},
		"JSON":       {`{"a": "` + strings.ReplaceAll(large, "\n", "") + "\"}\n---\n" + head, "-:1: document 1: is over 64 MB"},
		"item":       {`{"apiVersion": "v1", "kind": "List", "items": [{"a": "` + strings.ReplaceAll(large, "\n", "") + "\"}]}\n---\n" + head, "-:1: document 1: items[0]: is over 64 MB"},
		"JSON space": {`{"a": ` + strings.Repeat(" ", 65<<20) + "1}\n---\n" + head, "-:1: document 1: is over 64 MB"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			objects, problems := loadText(t, tt.text)
			if diff := cmp.Diff([]string{"ConfigMap/a"}, names(t, objects)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff([]string{tt.want}, problems); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestProblemNamesHostileFiles(t *testing.T) {
	p := Problem{File: "a\x1b[2J\n.yaml", Line: 3, Err: fmt.Errorf("bad \u202etext")}
	if diff := cmp.Diff(`a\x1b[2J\n.yaml:3: bad \u202etext`, p.Error()); diff != "" {
		t.Error(diff)
	}
}
