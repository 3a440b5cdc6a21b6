package render

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
)

// manifestFormats are those of what can be applied.
func manifestFormats() []string { return []string{formatYAML, formatJSON, formatKYAML} }

func validateManifestFormat(format string) error {
	if slices.Contains(manifestFormats(), strings.ToLower(format)) {
		return nil
	}
	return fmt.Errorf("output format %q is none of %s", format, strings.Join(manifestFormats(), ", "))
}

// manifestMeta is the metadata of an object as it is written.
type manifestMeta struct {
	Name      string `json:"name"`
	Namespace string `json:"namespace,omitempty"`
}

// printManifests prints objects that can be applied: as YAML by writeYAML, with its comments,
// else as a List without.
func printManifests[T any](out io.Writer, objects []T, writeYAML func(*bytes.Buffer), opts Options) error {
	encode := func(w io.Writer, _ document) error {
		var b bytes.Buffer
		writeYAML(&b)
		_, err := w.Write(b.Bytes())
		return err
	}
	if !strings.EqualFold(opts.Format, formatYAML) {
		var err error
		if encode, err = plainEncoder(opts.Format, manifestFormats()); err != nil {
			return err
		}
	}
	d := document{value: struct {
		APIVersion string `json:"apiVersion"`
		Kind       string `json:"kind"`
		Items      []T    `json:"items"`
	}{"v1", "List", objects}}
	return d.print(out, encode, opts)
}

// nextDocument stands between two documents of YAML.
const nextDocument = "---\n"

// writeComment writes one line, whatever is in it.
func writeComment(b *bytes.Buffer, indent, c string) {
	fmt.Fprintf(b, "%s# %s\n", indent, escape(c, false, ""))
}
