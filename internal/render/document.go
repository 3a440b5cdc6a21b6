package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode"
	"unicode/utf8"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/cli-runtime/pkg/printers"
)

// document is what a program reads.
type document struct {
	// value is encoded by way of its JSON.
	value any
	// names are what the format name prints.
	names []string
}

// encoder writes a document in one format.
type encoder func(w io.Writer, d document) error

// print writes a document at once. A terminal gets visible escapes of what it would obey.
func (d document) print(out io.Writer, encode encoder, opts Options) error {
	var b bytes.Buffer
	if err := encode(&b, d); err != nil {
		return fmt.Errorf("print as %s: %w", opts.Format, err)
	}
	if _, err := out.Write(outgoing(&b, opts)); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}

// outgoing is a text as it goes out: to a terminal escaped.
func outgoing(b *bytes.Buffer, opts Options) []byte {
	if opts.Width > 0 {
		return []byte(escape(b.String(), opts.ASCII, "\n\t"))
	}
	return b.Bytes()
}

// encodeWith prints as kubectl does.
func encodeWith(printer printers.ResourcePrinter) encoder {
	return func(w io.Writer, d document) error {
		raw, err := json.Marshal(d.value)
		if err != nil {
			return err
		}
		return printer.PrintObj(&runtime.Unknown{Raw: escapeJSON(raw)}, w)
	}
}

// escapeJSON escapes what is not printable, as JSON allows anywhere in a string: YAML does not
// allow most of it as it is, and its reader would fail.
func escapeJSON(raw []byte) []byte {
	out := make([]byte, 0, len(raw))
	for len(raw) > 0 {
		r, size := utf8.DecodeRune(raw)
		// YAML does not know surrogate pairs, and takes everything beyond them as it is.
		if r < utf8.RuneSelf && r != 0x7f || unicode.IsPrint(r) || r > 0xffff {
			out = append(out, raw[:size]...)
		} else {
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		raw = raw[size:]
	}
	return out
}

// encodeNames prints one name per line, whatever is in it.
func encodeNames(w io.Writer, d document) error {
	for _, name := range d.names {
		if _, err := fmt.Fprintln(w, escape(name, false, "")); err != nil {
			return err
		}
	}
	return nil
}

// newJSONPath is kubectl's printer of a template, in which absent keys print nothing.
func newJSONPath(name, template string) (encoder, error) {
	if template == "" {
		return nil, fmt.Errorf("output format %s needs a template: %s=…", name, name)
	}
	printer, err := printers.NewJSONPathPrinter(template)
	if err != nil {
		return nil, fmt.Errorf("parse the template %q: %w", template, err)
	}
	printer.AllowMissingKeys(true)
	return func(w io.Writer, d document) error {
		// The printer's own PrintObj would put the whole object into its error.
		raw, err := json.Marshal(d.value)
		if err != nil {
			return err
		}
		var fields any
		if err := json.Unmarshal(raw, &fields); err != nil {
			return err
		}
		return printer.Execute(w, fields)
	}, nil
}
