package render

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/cli-runtime/pkg/printers"
	"k8s.io/client-go/util/jsonpath"
)

// newTemplate is kubectl's printer of a Go template, in which absent keys are <no value>.
func newTemplate(name, template string) (encoder, error) {
	if template == "" {
		return nil, fmt.Errorf("output format %s needs a template: %s=…", name, name)
	}
	printer, err := printers.NewGoTemplatePrinter([]byte(template))
	if err != nil {
		return nil, fmt.Errorf("parse the template %q: %w", template, err)
	}
	printer.AllowMissingKeys(true)
	return func(w io.Writer, d document) error {
		raw, err := json.Marshal(d.value)
		if err != nil {
			return err
		}
		// What it prints beside an error is the whole object: the caller drops it.
		return printer.PrintObj(&runtime.Unknown{Raw: raw}, w)
	}, nil
}

// column is one of custom-columns.
type column struct {
	head string
	path *jsonpath.JSONPath
}

// newColumns prints a row per item, as kubectl get does: HEAD:PATH,HEAD:PATH.
func newColumns(spec string, opts Options) (encoder, error) {
	if spec == "" {
		return nil, fmt.Errorf("output format %s needs columns: %s=HEAD:.path,…", formatColumns, formatColumns)
	}
	var columns []column
	for part := range strings.SplitSeq(spec, ",") {
		head, path, found := strings.Cut(part, ":")
		if !found || head == "" || path == "" {
			return nil, fmt.Errorf("column %q is not of the form HEAD:.path", part)
		}
		parsed := jsonpath.New(head).AllowMissingKeys(true)
		if err := parsed.Parse(bracePath(path)); err != nil {
			return nil, fmt.Errorf("parse the path of column %q: %w", part, err)
		}
		columns = append(columns, column{head, parsed})
	}
	return func(w io.Writer, d document) error { return encodeColumns(w, d, columns, opts) }, nil
}

// bracePath takes the spellings of a path that kubectl takes: a.b, .a.b, {a.b} and {.a.b}.
func bracePath(path string) string {
	path = strings.TrimSuffix(strings.TrimPrefix(path, "{"), "}")
	return "{." + strings.TrimPrefix(path, ".") + "}"
}

// columnsOfFile reads a file of two lines, one of headings and one of paths.
func columnsOfFile(content string) (string, error) {
	lines := strings.Split(strings.TrimSpace(content), "\n")
	if len(lines) != 2 {
		return "", errors.New("a file of columns has two lines, one of headings and one of paths")
	}
	heads, paths := strings.Fields(lines[0]), strings.Fields(lines[1])
	if len(heads) != len(paths) {
		return "", fmt.Errorf("%d headings and %d paths", len(heads), len(paths))
	}
	parts := make([]string, len(heads))
	for i := range heads {
		parts[i] = heads[i] + ":" + paths[i]
	}
	return strings.Join(parts, ","), nil
}

func encodeColumns(w io.Writer, d document, columns []column, opts Options) error {
	raw, err := json.Marshal(d.value)
	if err != nil {
		return err
	}
	var report map[string]any
	if err := utiljson.Unmarshal(raw, &report); err != nil {
		return err
	}
	items, _ := report["items"].([]any)
	if changes, ok := report["changes"].([]any); ok {
		items = changes
	}
	pages, _ := report["pages"].([]any)
	items = append(items, pages...)
	s := newScreen(Options{ASCII: opts.ASCII})
	t := table{headless: opts.NoHeaders}
	for _, c := range columns {
		t.heads = append(t.heads, s.text(c.head))
	}
	for _, item := range items {
		var cells []line
		for _, c := range columns {
			value, err := c.value(item)
			if err != nil {
				return err
			}
			cells = append(cells, line{{plain, s.text(value)}})
		}
		t.rows = append(t.rows, cells)
	}
	s.table(t)
	_, err = io.WriteString(w, s.content.String())
	return err
}

// value is what the path finds in an item, with commas between.
func (c column) value(item any) (string, error) {
	found, err := c.path.FindResults(item)
	if err != nil {
		return "", fmt.Errorf("column %s: %w", c.head, err)
	}
	var values []string
	for _, list := range found {
		for _, v := range list {
			values = append(values, columnText(v.Interface()))
		}
	}
	if len(values) == 0 {
		return "<none>", nil
	}
	return strings.Join(values, ","), nil
}

// columnText is a value as kubectl prints it, but objects and lists as JSON.
func columnText(value any) string {
	switch v := value.(type) {
	case map[string]any, []any:
		if data, err := json.Marshal(v); err == nil {
			return string(data)
		}
	}
	return fmt.Sprint(value)
}
