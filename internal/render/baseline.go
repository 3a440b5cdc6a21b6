package render

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// BaselineFormats lists what Baseline prints.
func BaselineFormats() []string { return manifestFormats() }

// ValidateBaselineFormat tells, before anything is read, whether Baseline can print a format.
func ValidateBaselineFormat(format string) error { return validateManifestFormat(format) }

// Baseline prints a posture to keep in git. As YAML each finding, fact and acceptance has a line of
// its own, and the same posture has the same bytes. An error is that of the format or of a write.
func Baseline(out io.Writer, b *api.Baseline, opts Options) error {
	if !strings.EqualFold(opts.Format, formatYAML) {
		encode, err := plainEncoder(opts.Format, BaselineFormats())
		if err != nil {
			return err
		}
		d := document{value: b}
		return d.print(out, encode, opts)
	}
	c := chunks{out: out, opts: opts}
	c.baseline(b)
	return c.end()
}

func (c *chunks) baseline(b *api.Baseline) {
	w := &c.buffer
	fmt.Fprintf(w, "apiVersion: %s\nkind: %s\nscope: %s\nserver: %s\npodSecurity: %s\n",
		b.APIVersion, b.Kind, baselineScope(b.Scope), flowScalar(b.Server), flowScalar(b.PodSecurity))
	writeWrapped(w, "checks", b.Checks)
	blockList(w, "", "unknown", b.Unknown, func(u api.BaselineUnread) string {
		fields := []string{"verb: " + flowScalar(u.Verb), "resource: " + flowScalar(u.Resource)}
		if u.Namespace != "" {
			fields = append(fields, "namespace: "+flowScalar(u.Namespace))
		}
		if len(u.Checks) > 0 {
			fields = append(fields, "checks: "+flowScalars(u.Checks))
		}
		return flowFields(fields)
	})
	if len(b.Workloads) == 0 {
		w.WriteString("workloads: []\n")
	} else {
		w.WriteString("workloads:\n")
	}
	for _, one := range b.Workloads {
		fmt.Fprintf(w, "- ref: %s\n", flowScalar(one.Ref))
		if one.PodSecurity != "" {
			fmt.Fprintf(w, "  podSecurity: %s\n", flowScalar(string(one.PodSecurity)))
		}
		blockList(w, "  ", "facts", one.Facts, plainLine)
		blockList(w, "  ", "findings", one.Findings, plainLine)
		c.flush()
	}
	blockList(w, "", "accepted", b.Accepted, func(a api.BaselineAcceptance) string {
		fields := []string{"ref: " + flowScalar(a.Ref), "finding: " + flowScalar(a.Finding), "reason: " + flowScalar(a.Reason), "owner: " + flowScalar(a.Owner)}
		if a.Expires != "" {
			fields = append(fields, "expires: "+flowScalar(a.Expires))
		}
		return flowFields(fields)
	})
}

func baselineScope(s api.Scope) string {
	var fields []string
	for _, list := range []struct {
		name   string
		values []string
	}{{"namespaces", s.Namespaces}, {"excluded", s.Excluded}, {"targets", s.Targets}, {"files", s.Files}} {
		if len(list.values) > 0 {
			fields = append(fields, list.name+": "+flowScalars(list.values))
		}
	}
	if s.AllNamespaces {
		fields = append(fields, "allNamespaces: true")
	}
	if s.Selector != "" {
		fields = append(fields, "selector: "+flowScalar(s.Selector))
	}
	return flowFields(fields)
}

// blockList has an entry in flow style on each line.
func blockList[T any](w *bytes.Buffer, indent, name string, list []T, write func(T) string) {
	if len(list) == 0 {
		fmt.Fprintf(w, "%s%s: []\n", indent, name)
		return
	}
	fmt.Fprintf(w, "%s%s:\n", indent, name)
	for _, entry := range list {
		fmt.Fprintf(w, "%s- %s\n", indent, write(entry))
	}
}

// writeWrapped is a list in flow style that goes on in further lines.
func writeWrapped(w *bytes.Buffer, name string, values []string) {
	const edge = 100
	text := name + ": ["
	for i, v := range values {
		word := flowScalar(v)
		if i < len(values)-1 {
			word += ","
		}
		if len(text)+1+len(word) > edge {
			w.WriteString(strings.TrimRight(text, " ") + "\n")
			text = "  "
		}
		text += word
		if i < len(values)-1 {
			text += " "
		}
	}
	w.WriteString(text + "]\n")
}

// plainLine is a sentence without quotes where YAML reads it back as it is.
func plainLine(s string) string {
	letter := s != "" && (s[0] >= 'a' && s[0] <= 'z' || s[0] >= 'A' && s[0] <= 'Z')
	odd := strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
	switch {
	case !strings.Contains(s, " "):
		return flowScalar(s)
	case !letter || odd || strings.Contains(s, ": ") || strings.Contains(s, " #") || slices.Contains([]byte(": "), s[len(s)-1]):
		return flowScalar(s)
	}
	return s
}
