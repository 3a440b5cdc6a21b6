package cluster

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
	kjson "sigs.k8s.io/json"

	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// head is what decides how a document is read.
type head struct {
	apiVersion, kind string
	// items is a list of items, or null.
	items []byte
	// sealed tells that SOPS has encrypted values of the document.
	sealed bool
}

// see takes a field of the document; value is its JSON.
func (h *head) see(key string, value []byte) {
	switch key {
	case "apiVersion":
		h.apiVersion = jsonText(value)
	case "kind":
		h.kind = jsonText(value)
	case "sops":
		h.sealed = value[0] == '{'
	case "items":
		if value[0] == '[' || string(value) == "null" {
			h.items = value
		}
	}
}

// jsonText is the text of a JSON string, empty for any other value.
func jsonText(value []byte) string {
	var text string
	if err := json.Unmarshal(value, &text); err != nil {
		return ""
	}
	return text
}

// or fills what is not set from the list that an item stands in.
func (h head) or(list head) head {
	if h.apiVersion == "" && h.kind == "" && list.itemKind() != "" {
		h.apiVersion, h.kind = list.apiVersion, list.itemKind()
	}
	return h
}

// itemKind is the kind of the items of a typed list, such as Pod for PodList; empty for List.
func (h head) itemKind() string { return strings.TrimSuffix(h.kind, "List") }

func (h head) complete() bool { return h.apiVersion != "" && h.kind != "" }

// document is one document, or one item of a list, as JSON.
type document struct {
	file   *inputFile
	number int
	raw    []byte
	head   head
	// lines knows where the document stands, as its node at; nil for what was built.
	lines *lineIndex
	at    int
	// path of an item within its document, such as "items[3]"; empty for a document.
	path string
	// depth counts the lists around it.
	depth int
}

// objects gives the object of the document, or those of its items.
func (d *document) objects() loadResult {
	switch {
	case !d.head.complete():
		return d.fail("", missingHead(d.head.apiVersion, d.head.kind))
	case d.head.items != nil && !d.isList():
		return d.fail("", errNotList(d.head.kind))
	case d.head.items != nil:
		return d.itemObjects()
	}
	object, path, err := d.decode()
	if err != nil {
		return d.fail(path, err)
	}
	if meta.IsListType(object.Object) {
		return loadResult{answered: true}
	}
	return loadResult{objects: []Object{object}}
}

func (d *document) isList() bool { return strings.HasSuffix(d.head.kind, "List") }

func errNotList(kind string) error {
	return fmt.Errorf("kind %s has items, and is not a List", quoteShort(kind))
}

// itemObjects gives those of a list inside a document.
func (d *document) itemObjects() loadResult {
	result := loadResult{answered: true}
	if d.depth == maxListDepth {
		return d.fail("", fmt.Errorf("lists are nested over %d deep", maxListDepth))
	}
	items := -1
	if d.lines != nil {
		items = d.lines.child(d.at, "items")
	}
	var elements []json.RawMessage
	if err := json.Unmarshal(d.head.items, &elements); err != nil {
		return d.fail("items", fmt.Errorf("read items: %w", err))
	}
	at := items + 1
	for i, raw := range elements {
		scan, err := scanJSON(raw, 0)
		if err != nil {
			return d.fail("items", fmt.Errorf("read items: %w", err))
		}
		item := &document{
			file: d.file, number: d.number, raw: raw, head: scan.head.or(d.head),
			lines: d.lines, at: at, path: fmt.Sprintf("%sitems[%d]", dotted(d.path), i), depth: d.depth + 1,
		}
		result.add(item.objects())
		if d.lines != nil {
			at = int(d.lines.nodes[at].next)
		}
	}
	return result
}

// maxListDepth is how deep lists may stand in lists.
const maxListDepth = 8

func dotted(path string) string {
	if path == "" {
		return ""
	}
	return path + "."
}

// fail gives the problem of a field of the document.
func (d *document) fail(path string, err error) loadResult {
	line := 0
	if d.lines != nil {
		line = lineOfError(err, d.lines.lineOf(d.at, path))
	}
	if place := dotted(d.path) + path; place != "" {
		err = fmt.Errorf("%s: %w", strings.TrimSuffix(place, "."), err)
	}
	return loadResult{problems: []Problem{d.file.problem(d.number, line, err)}}
}

func (d *document) source() workload.Source {
	source := workload.Source{File: d.file.name}
	if d.lines != nil {
		lines, at := d.lines, d.at
		source.Line = lines.line(at)
		source.LineOf = func(path string) int { return lines.lineOf(at, path) }
	}
	return source
}

// decode makes the object; path is the field that an error comes from, as far as it is known.
func (d *document) decode() (object Object, path string, err error) {
	gv, err := schema.ParseGroupVersion(d.head.apiVersion)
	if err != nil {
		return Object{}, "apiVersion", fmt.Errorf("%s is not GROUP/VERSION", quoteShort(d.head.apiVersion))
	}
	gvk := gv.WithKind(d.head.kind)
	obj, err := scheme.Scheme.New(gvk)
	if err != nil {
		obj, err = d.decodeUnstructured()
	} else {
		err = d.decodeTyped(obj)
	}
	if err != nil {
		path, err = d.explain(gvk, err)
		return Object{}, path, err
	}
	obj.GetObjectKind().SetGroupVersionKind(gvk)
	return Object{Object: obj, GVK: gvk, Source: d.source()}, "", nil
}

// decodeTyped fills obj. The values of a Secret encrypted by SOPS are no base64: its keys are
// kept and its values, which are of no use to anyone here, are left out.
func (d *document) decodeTyped(obj runtime.Object) error {
	err := kjson.UnmarshalCaseSensitivePreserveInts(d.raw, obj)
	secret, is := obj.(*corev1.Secret)
	if err == nil || !is || !d.head.sealed {
		return err
	}
	var sealed struct {
		Data map[string]json.RawMessage `json:"data"`
	}
	rest := struct {
		*corev1.Secret
		Data json.RawMessage `json:"data"`
	}{Secret: secret}
	*secret = corev1.Secret{}
	err = errors.Join(
		kjson.UnmarshalCaseSensitivePreserveInts(d.raw, &sealed),
		kjson.UnmarshalCaseSensitivePreserveInts(d.raw, &rest))
	secret.Data = make(map[string][]byte, len(sealed.Data))
	for key := range sealed.Data {
		secret.Data[key] = nil
	}
	return err
}

func (d *document) decodeUnstructured() (runtime.Object, error) {
	var content map[string]any
	if err := kjson.UnmarshalCaseSensitivePreserveInts(d.raw, &content); err != nil {
		return nil, err
	}
	return &unstructured.Unstructured{Object: content}, nil
}
