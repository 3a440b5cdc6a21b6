package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// loadText loads text as standard input and gives the problems as printed.
func loadText(t *testing.T, text string) ([]Object, []string) {
	t.Helper()
	objects, problems, err := Load(t.Context(), LoadOptions{Filenames: []string{"-"}, Stdin: strings.NewReader(text)})
	if err != nil {
		t.Fatal(err)
	}
	return objects, printed(problems)
}

func printed(problems []Problem) []string {
	lines := []string{}
	for _, p := range problems {
		lines = append(lines, p.Error())
	}
	return lines
}

// names gives "Kind/name" of objects in order.
func names(t *testing.T, objects []Object) []string {
	t.Helper()
	all := []string{}
	for _, o := range objects {
		var meta struct {
			Metadata struct {
				Name string `json:"name"`
			} `json:"metadata"`
		}
		data, err := json.Marshal(o.Object)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(data, &meta); err != nil {
			t.Fatal(err)
		}
		all = append(all, o.GVK.Kind+"/"+meta.Metadata.Name)
	}
	return all
}

func writeFiles(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

const goodPod = "apiVersion: v1\nkind: Pod\nmetadata: {name: %s}\n"

func TestLoadMixedGoodAndBad(t *testing.T) {
	text := "# header\n---\n" + fmt.Sprintf(goodPod, "one") + // lines 3 to 5
		"---\nfoo: bar\n" + // document 2, line 7
		"---\n---\n# nothing\n---\n" + fmt.Sprintf(goodPod, "two") +
		"---\na: b: c\n" + // document 4, line 16
		"...\n" + fmt.Sprintf(goodPod, "three")
	objects, problems := loadText(t, text)
	if diff := cmp.Diff([]string{"Pod/one", "Pod/two", "Pod/three"}, names(t, objects)); diff != "" {
		t.Error(diff)
	}
	want := []string{
		"-:7: document 2: not a Kubernetes object: apiVersion and kind are not set",
		"-:16: document 4: mapping values are not allowed in this context",
	}
	if diff := cmp.Diff(want, problems); diff != "" {
		t.Error(diff)
	}
	lines := []int{}
	for _, o := range objects {
		lines = append(lines, o.Source.Line)
	}
	if diff := cmp.Diff([]int{3, 12, 18}, lines); diff != "" {
		t.Error(diff)
	}
}

func TestLoadIsIndependentOfFiles(t *testing.T) {
	var docs []string
	for i := range 7 {
		docs = append(docs, deployment(i))
	}
	whole := writeFiles(t, map[string]string{"all.yaml": strings.Join(docs, "---\n")})
	want := loadFolder(t, whole)
	for split := 1; split < len(docs); split++ {
		spread := writeFiles(t, map[string]string{
			"a.yaml": strings.Join(docs[:split], "---\n"),
			"b.yml":  "\ufeff" + strings.ReplaceAll(strings.Join(docs[split:], "---\n"), "\n", "\r\n"),
		})
		if diff := cmp.Diff(want, loadFolder(t, spread)); diff != "" {
			t.Fatalf("split at %d: %s", split, diff)
		}
	}
	if diff := cmp.Diff(want, loadFolder(t, writeFiles(t, map[string]string{"a.json": asJSONList(t, whole)}))); diff != "" {
		t.Errorf("as a JSON list: %s", diff)
	}
}

// loadFolder gives the objects of a folder as JSON.
func loadFolder(t *testing.T, folder string) []string {
	t.Helper()
	objects, problems, err := Load(t.Context(), LoadOptions{Filenames: []string{folder}})
	if err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	all := []string{}
	for _, o := range objects {
		data, err := json.Marshal(o.Object)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(data))
	}
	return all
}

func asJSONList(t *testing.T, folder string) string {
	t.Helper()
	items := strings.Join(loadFolder(t, folder), ",\n")
	return `{"apiVersion": "v1", "items": [` + items + `], "kind": "List", "metadata": {}}`
}

func TestLoadFolders(t *testing.T) {
	pod := func(name string) string { return fmt.Sprintf(goodPod, name) }
	root := writeFiles(t, map[string]string{
		"b.yaml": pod("b"), "a.yml": pod("a"), "c.json": `{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "c"}}`,
		"readme.md": "no manifest", "sub/d.yaml": pod("d"), "other/e.txt": "no manifest",
	})
	check := func(opts LoadOptions, want, wantProblems []string) {
		t.Helper()
		objects, problems, err := Load(t.Context(), opts)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, names(t, objects)); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(wantProblems, printed(problems)); diff != "" {
			t.Error(diff)
		}
	}
	check(LoadOptions{Filenames: []string{root}}, []string{"Pod/a", "Pod/b", "Pod/c"}, []string{})
	check(LoadOptions{Filenames: []string{root}, Recursive: true}, []string{"Pod/a", "Pod/b", "Pod/c", "Pod/d"}, []string{})
	other, missing := filepath.Join(root, "other"), filepath.Join(root, "none.yaml")
	check(LoadOptions{Filenames: []string{other, missing, filepath.Join(root, "sub")}}, []string{"Pod/d"}, []string{
		other + ": holds no .yaml, .yml or .json file",
		missing + ": no such file or directory",
	})
	nested := writeFiles(t, map[string]string{"x/y.yaml": pod("y")})
	check(LoadOptions{Filenames: []string{nested}}, []string{}, []string{
		nested + ": holds no .yaml, .yml or .json file; -R reads its subfolders",
	})
}

func TestLoadUsageFaults(t *testing.T) {
	for _, url := range []string{"https://example.test/a.yaml", "http://x", "file:///a.yaml", "oci://x", "HTTPS://x"} {
		_, _, err := Load(t.Context(), LoadOptions{Filenames: []string{"a.yaml", url}})
		if err == nil || !strings.Contains(err.Error(), "URLs are refused: kubectl-harden talks to API servers alone; download it first") {
			t.Errorf("%s: %v", url, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := Load(ctx, LoadOptions{Filenames: []string{"-"}, Stdin: strings.NewReader("a: b")}); err == nil {
		t.Error("a cancelled context gives no error")
	}
}

// endless gives Pods and cancels after the first megabyte.
type endless struct {
	cancel context.CancelFunc
	read   int
}

func (e *endless) Read(p []byte) (int, error) {
	if e.read += len(p); e.read > 1<<20 {
		e.cancel()
	}
	return copy(p, fmt.Sprintf("---\n"+goodPod, "x")), nil
}

func TestLoadEndsWithItsContext(t *testing.T) {
	for _, head := range []string{"", `{"apiVersion": "v1", "kind": "PodList", "items": [`} {
		ctx, cancel := context.WithCancel(t.Context())
		var in io.Reader = &endless{cancel: cancel}
		if head != "" {
			in = io.MultiReader(strings.NewReader(head+`{"metadata": {}}`), &repeated{text: `, {"metadata": {}}`, cancel: cancel})
		}
		if _, _, err := Load(ctx, LoadOptions{Filenames: []string{"-"}, Stdin: in}); err == nil {
			t.Errorf("%q: no error", head)
		}
	}
}

type repeated struct {
	text   string
	cancel context.CancelFunc
	times  int
}

func (r *repeated) Read(p []byte) (int, error) {
	if r.times++; r.times > 1000 {
		r.cancel()
	}
	if len(p) < len(r.text) {
		return 0, io.ErrShortBuffer
	}
	return copy(p, r.text), nil
}

func TestLoadReadFault(t *testing.T) {
	in := io.MultiReader(strings.NewReader(fmt.Sprintf(goodPod, "a")+"---\n"+fmt.Sprintf(goodPod, "b")), faulty{})
	objects, problems, err := Load(t.Context(), LoadOptions{Filenames: []string{"-"}, Stdin: in})
	if err != nil || len(problems) != 1 || !strings.Contains(problems[0].Error(), "read: the disk is gone") {
		t.Fatal(problems, err)
	}
	if diff := cmp.Diff("Pod/a", strings.Join(names(t, objects), " ")); diff != "" {
		t.Error(diff)
	}
}

type faulty struct{}

func (faulty) Read([]byte) (int, error) { return 0, fmt.Errorf("the disk is gone") }

func TestLoadTypes(t *testing.T) {
	objects, problems := loadText(t, "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {unknown: 1, hostPID: yes}\n---\n"+
		"apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: t}\nspec: {count: 5, ratio: 1.5}\n")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if pod, ok := objects[0].Object.(*corev1.Pod); !ok || !pod.Spec.HostPID {
		t.Errorf("Pod: %#v", objects[0].Object)
	}
	thing, ok := objects[1].Object.(*unstructured.Unstructured)
	if !ok {
		t.Fatalf("Thing: %#v", objects[1].Object)
	}
	if diff := cmp.Diff(map[string]any{"count": int64(5), "ratio": 1.5}, thing.Object["spec"]); diff != "" {
		t.Error(diff)
	}
}
