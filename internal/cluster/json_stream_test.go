package cluster

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLoadJSONStreams(t *testing.T) {
	const pod = `{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "%s"}}`
	a, b := fmt.Sprintf(pod, "a"), fmt.Sprintf(pod, "b")
	tests := map[string]struct {
		text string
		want []string
	}{
		"one":                  {a, []string{"Pod/a"}},
		"two in a row":         {a + b, []string{"Pod/a", "Pod/b"}},
		"two on lines":         {a + "\n" + b + "\n", []string{"Pod/a", "Pod/b"}},
		"with markers":         {"---\n" + a + "\n---\n" + b + "\n---\n", []string{"Pod/a", "Pod/b"}},
		"YAML after":           {a + "\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: b}\n", []string{"Pod/a", "Pod/b"}},
		"YAML before":          {"apiVersion: v1\nkind: Pod\nmetadata: {name: b}\n---\n" + a, []string{"Pod/b", "Pod/a"}},
		"byte order mark":      {"\ufeff" + a, []string{"Pod/a"}},
		"CRLF":                 {"\r\n{\r\n" + a[1:] + "\r\n", []string{"Pod/a"}},
		"List":                 {`{"kind": "List", "apiVersion": "v1", "items": [` + a + ",\n" + b + `]}`, []string{"Pod/a", "Pod/b"}},
		"kind after items":     {`{"apiVersion": "v1", "items": [` + a + ",\n" + b + `], "kind": "List"}`, []string{"Pod/a", "Pod/b"}},
		"typed":                {`{"kind": "PodList", "apiVersion": "v1", "items": [{"metadata": {"name": "a"}}]}`, []string{"Pod/a"}},
		"typed, kind after":    {`{"apiVersion": "v1", "items": [{"metadata": {"name": "a"}}, ` + b + `], "kind": "PodList"}`, []string{"Pod/a", "Pod/b"}},
		"lists in lists":       {`{"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "v1", "kind": "PodList", "items": [` + a + `]}, ` + b + `]}`, []string{"Pod/a", "Pod/b"}},
		"custom":               {`{"apiVersion": "x.io/v1", "kind": "ThingList", "items": [{"metadata": {"name": "a"}}]}`, []string{"Thing/a"}},
		"a kind named so":      {`{"apiVersion": "x.io/v1", "kind": "AllowList", "metadata": {"name": "a"}}`, []string{"AllowList/a"}},
		"items that are none":  {`{"apiVersion": "x.io/v1", "kind": "Thing", "metadata": {"name": "a"}, "items": {}}`, []string{"Thing/a"}},
		"empty":                {`{"apiVersion": "v1", "kind": "List", "items": []}`, []string{}},
		"null items":           {`{"apiVersion": "v1", "kind": "PodList", "items": null}`, []string{}},
		"no items":             {`{"apiVersion": "v1", "kind": "PodList"}`, []string{}},
		"escapes":              {`{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "annotations": {"x": "\"}]\\"}}}`, []string{"Pod/a"}},
		"a flow of YAML":       {"{apiVersion: v1, kind: Pod, metadata: {name: a}}", []string{"Pod/a"}},
		"spaces before fields": {"  apiVersion: v1\n  kind: Pod\n  metadata: {name: a}\n", []string{"Pod/a"}},
		"directive":            {"%YAML 1.1\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: a}\n", []string{"Pod/a"}},
		"content on a marker":  {"--- {apiVersion: v1, kind: Pod, metadata: {name: a}}\n--- # b\n" + b, []string{"Pod/a", "Pod/b"}},
		"old line breaks":      {"apiVersion: v1\rkind: Pod\rmetadata: {name: a}\r---\rapiVersion: v1\rkind: Pod\rmetadata: {name: b}\r", []string{"Pod/a", "Pod/b"}},
		"marker in a string":   {"apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  annotations:\n    x: |\n      ---\n      ...\n", []string{"Pod/a"}},
		"encrypted by SOPS":    {"apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata:\n  x: ENC[AES256_GCM,data:aaaa,type:str]\nsops: {version: 3.9.0}\n", []string{"Secret/a"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			objects, problems := loadText(t, tt.text)
			if diff := cmp.Diff([]string{}, problems); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tt.want, names(t, objects)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// bulkyList gives a list whose items are large and whose objects are small.
type bulkyList struct {
	items int
	rest  string
	peak  uint64
}

func (l *bulkyList) Read(p []byte) (int, error) {
	if l.rest == "" {
		switch {
		case l.items < 0:
			return 0, io.EOF
		case l.items == 0:
			l.rest = `{"metadata": {"name": "last"}}]}`
		default:
			l.rest = `{"metadata": {"name": "x"}, "ignored": "` + strings.Repeat("x", 1<<20) + `"},`
		}
		l.items--
		runtime.GC()
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		l.peak = max(l.peak, stats.HeapInuse)
	}
	n := copy(p, l.rest)
	l.rest = l.rest[n:]
	return n, nil
}

func TestLoadJSONMemoryFollowsTheItem(t *testing.T) {
	in := &bulkyList{items: 150, rest: `{"kind": "PodList", "apiVersion": "v1", "items": [`}
	objects, problems, err := Load(t.Context(), LoadOptions{Filenames: []string{"-"}, Stdin: in})
	if err != nil || len(problems) > 0 || len(objects) != 151 {
		t.Fatal(len(objects), problems, err)
	}
	// The text has 150 MB.
	if limit := uint64(80 << 20); in.peak > limit {
		t.Errorf("%d MB in use at the peak", in.peak>>20)
	}
}
