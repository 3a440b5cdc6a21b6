package render

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
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
// else as a List without. What writeYAML has written goes out where it calls flush: there may be
// much of it.
func printManifests[T any](out io.Writer, objects func() []T, writeYAML func(b *bytes.Buffer, flush func()), opts Options) error {
	if strings.EqualFold(opts.Format, formatYAML) {
		c := chunks{out: out, opts: opts}
		writeYAML(&c.buffer, c.flush)
		return c.end()
	}
	encode, err := plainEncoder(opts.Format, manifestFormats())
	if err != nil {
		return err
	}
	d := document{value: struct {
		APIVersion string `json:"apiVersion"`
		Kind       string `json:"kind"`
		Items      []T    `json:"items"`
	}{"v1", "List", objects()}}
	return d.print(out, encode, opts)
}

// chunks print a text in parts.
type chunks struct {
	out    io.Writer
	opts   Options
	buffer bytes.Buffer
	err    error
}

// chunkSize is how much is written at a time, in bytes.
const chunkSize = 64 << 10

// flush writes what there is, once it is worth it.
func (c *chunks) flush() {
	if c.buffer.Len() >= chunkSize {
		c.write()
	}
}

func (c *chunks) write() {
	if c.err == nil {
		_, c.err = c.out.Write(outgoing(&c.buffer, c.opts))
	}
	c.buffer.Reset()
}

// end writes the rest. The error is the first one of a write.
func (c *chunks) end() error {
	c.write()
	if c.err != nil {
		return fmt.Errorf("print: %w", c.err)
	}
	return nil
}

// writeInTurn writes parts one after the other, and makes several at a time.
func writeInTurn(b *bytes.Buffer, flush func(), parts []func(*bytes.Buffer)) {
	most := runtime.GOMAXPROCS(0)
	free, made := make(chan *bytes.Buffer, most), make(chan chan *bytes.Buffer, most)
	for range most {
		free <- new(bytes.Buffer)
	}
	go func() {
		defer close(made)
		for _, write := range parts {
			text, done := <-free, make(chan *bytes.Buffer, 1)
			made <- done
			go func() {
				write(text)
				done <- text
			}()
		}
	}()
	for done := range made {
		text := <-done
		b.Write(text.Bytes())
		flush()
		text.Reset()
		free <- text
	}
}

// nextDocument stands between two documents of YAML.
const nextDocument = "---\n"

// writeComment writes one line, whatever is in it.
func writeComment(b *bytes.Buffer, indent, c string) {
	fmt.Fprintf(b, "%s# %s\n", indent, escape(c, false, ""))
}
