package cluster

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// Write writes the snapshot as a JSON List in lines: the head, then one object a line, by
// group, kind, namespace and name. What is not printable is escaped. The error is that of w.
func (s *Snapshot) Write(w io.Writer) error {
	out := bufio.NewWriter(w)
	if err := s.write(out); err != nil {
		return fmt.Errorf("write the snapshot: %w", err)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write the snapshot: %w", err)
	}
	return nil
}

func (s *Snapshot) write(out *bufio.Writer) error {
	if _, err := out.WriteString(`{"apiVersion":"v1","kind":"List","items":[` + "\n"); err != nil {
		return err
	}
	if err := writeItem(out, s.SnapshotHead); err != nil {
		return err
	}
	keys := make([]ownerKey, 0, len(s.objects))
	for key := range s.objects {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, compareKeys)
	for _, key := range keys {
		if _, err := out.WriteString(",\n"); err != nil {
			return err
		}
		if err := writeItem(out, s.objects[key].object); err != nil {
			return err
		}
	}
	_, err := out.WriteString("\n]}\n")
	return err
}

func writeItem(out *bufio.Writer, item any) error {
	raw, err := json.Marshal(item)
	if err != nil {
		return err
	}
	_, err = out.Write(printableJSON(raw))
	return err
}

// printableJSON escapes what a terminal would obey or hide; in JSON it can stand in strings
// alone.
func printableJSON(raw []byte) []byte {
	hidden := func(r rune) bool { return !unicode.IsPrint(r) && r != ' ' }
	if bytes.IndexFunc(raw, hidden) < 0 {
		return raw
	}
	out := make([]byte, 0, len(raw)+64)
	for len(raw) > 0 {
		r, size := utf8.DecodeRune(raw)
		switch {
		case !hidden(r):
			out = append(out, raw[:size]...)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		raw = raw[size:]
	}
	return out
}

// SnapshotFrom makes a snapshot of loaded objects; nil when they are none. The error is for
// one of another version, for a damaged head, and for anything beside it.
func SnapshotFrom(objects []Object) (*Snapshot, error) {
	head, at, err := findHead(objects)
	if head == nil || err != nil {
		return nil, err
	}
	kept := map[ownerKey]recorded{}
	for i, o := range objects {
		if i == at {
			continue
		}
		if o.Source.File != objects[at].Source.File {
			return nil, fmt.Errorf("%s is a snapshot, which is read alone, without %s", printable(objects[at].Source.File), printable(o.Source.File))
		}
		m, ok := o.Object.(metav1.Object)
		if !ok {
			continue
		}
		key := ownerKey{o.GVK.Group, o.GVK.Kind, m.GetNamespace(), m.GetName()}
		if _, twice := kept[key]; twice {
			return nil, fmt.Errorf("%s has %s twice, which no snapshot has; take it anew", printable(o.Source.File), printable(key.String()))
		}
		kept[key] = recorded{o.GVK, withoutTemplate(o.Object)}
	}
	return newSnapshot(*head, kept), nil
}

func findHead(objects []Object) (*SnapshotHead, int, error) {
	isHead := func(o Object) bool { return o.GVK.Group == headVersion().Group && o.GVK.Kind == KindSnapshot }
	at := slices.IndexFunc(objects, isHead)
	if at < 0 {
		return nil, 0, nil
	}
	file := printable(objects[at].Source.File)
	if slices.ContainsFunc(objects[at+1:], isHead) {
		return nil, 0, errors.New("there is more than one snapshot; a snapshot is read alone")
	}
	u, ok := objects[at].Object.(*unstructured.Unstructured)
	if got := objects[at].GVK.GroupVersion(); !ok || got != headVersion() {
		return nil, 0, fmt.Errorf("%s is a snapshot of version %s; this program reads %s", file, printable(got.String()), api.Version)
	}
	raw, err := json.Marshal(u.Object)
	if err != nil {
		return nil, 0, fmt.Errorf("%s: the head of the snapshot: %w", file, err)
	}
	head := &SnapshotHead{}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(head); err != nil {
		return nil, 0, fmt.Errorf("%s: the head of the snapshot: %s", file, printable(err.Error()))
	}
	return head, at, nil
}

func headVersion() schema.GroupVersion {
	gv, _ := schema.ParseGroupVersion(api.Version)
	return gv
}

// withoutTemplate makes metadata of a workload whose template was not read: no API server
// takes one without containers.
func withoutTemplate(obj runtime.Object) runtime.Object {
	if rc, ok := obj.(*corev1.ReplicationController); ok && rc.Spec.Template == nil {
		rc.Spec.Template = &corev1.PodTemplateSpec{}
	}
	o, err := typedOwner(obj)
	if err != nil || o == nil {
		return obj
	}
	for _, t := range o.templates {
		if len(t.Spec.Containers) > 0 {
			return obj
		}
	}
	partial := &metav1.PartialObjectMetadata{ObjectMeta: *o.meta}
	partial.SetGroupVersionKind(obj.GetObjectKind().GroupVersionKind())
	return partial
}
