package compare

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
	sigsyaml "sigs.k8s.io/yaml"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// ReadError is what is wrong with a file, and where.
type ReadError struct {
	File string
	// Line counts from 1; 0 where it is the whole file.
	Line   int
	Reason string
}

func (e *ReadError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.File, e.Reason)
	}
	return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Reason)
}

// Read is the posture of a file: a Baseline, or a Report as explain prints it, each as YAML, JSON
// or KYAML. An unknown field, an entry that is there twice or of no known form, a cut file, marks
// of a merge conflict, and a Report that was narrowed are errors, each a *ReadError.
func Read(file string, data []byte) (*Posture, error) {
	p, line, err := read(data)
	if err != nil {
		return nil, &ReadError{File: file, Line: line, Reason: oneLine(err)}
	}
	p.Name = file
	return p, nil
}

// oneLine is an error on one line.
func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

func read(data []byte) (p *Posture, line int, err error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	switch {
	case len(bytes.TrimSpace(data)) == 0:
		return nil, 0, errors.New("it is empty: no Baseline and no Report")
	case !utf8.Valid(data):
		return nil, 0, errors.New("is not UTF-8 text")
	}
	if line := conflict(data); line > 0 {
		return nil, line, errors.New("a merge conflict that was not resolved")
	}
	if head, ok := headOf(data); ok && head.Kind == api.KindReport {
		p, err := readReport(data, json.Unmarshal)
		return p, 0, err
	}
	root, line, err := parse(data)
	if err != nil {
		return nil, line, err
	}
	switch kind := scalarOf(root, "kind"); kind {
	case api.KindBaseline:
		return readBaseline(root)
	case api.KindReport:
		p, err := readReport(data, func(data []byte, into any) error { return sigsyaml.Unmarshal(data, into) })
		return p, root.Line, err
	case "":
		return nil, root.Line, errors.New("it has no kind: a Baseline (gen baseline) or a Report (explain -o json) is read")
	default:
		return nil, root.Line, fmt.Errorf("kind %q is neither Baseline (gen baseline) nor Report (explain -o json)", kind)
	}
}

// conflict is the line of the first mark that git leaves in a file.
func conflict(data []byte) int {
	n := 0
	for line := range bytes.Lines(data) {
		n++
		text := strings.TrimRight(string(line[:min(len(line), 9)]), "\r\n")
		for _, mark := range []string{"<<<<<<<", "|||||||", ">>>>>>>"} {
			if strings.HasPrefix(text, mark+" ") || text == mark {
				return n
			}
		}
		if text == "=======" {
			return n
		}
	}
	return 0
}

type head struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
}

// headOf reads JSON; of anything else it says no.
func headOf(data []byte) (h head, ok bool) {
	if !bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")) {
		return h, false
	}
	return h, json.Unmarshal(data, &h) == nil
}

func readReport(data []byte, decode func([]byte, any) error) (*Posture, error) {
	var report api.Report
	if err := decode(data, &report); err != nil {
		return nil, err
	}
	switch {
	case report.APIVersion != api.Version:
		return nil, fmt.Errorf("apiVersion %q is not %s, which this version reads", report.APIVersion, api.Version)
	case len(report.Narrowed) > 0:
		return nil, fmt.Errorf("a Report that was narrowed (%s) says nothing of the rest: write it without", strings.Join(report.Narrowed, ", "))
	case len(report.Checks) == 0:
		return nil, errors.New("a Report of an earlier version, which does not say which checks there were: write it again")
	}
	return OfReport(&report), checkReport(&report)
}

// parse gives the one document of a YAML text.
func parse(data []byte) (root *yaml.Node, line int, err error) {
	defer func() {
		// The parser panics on states that it takes for impossible.
		if r := recover(); r != nil {
			root, err = nil, fmt.Errorf("is not YAML that can be parsed: %v", r)
		}
	}()
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	for {
		var doc yaml.Node
		switch err := decoder.Decode(&doc); {
		case errors.Is(err, io.EOF) && root != nil:
			return root, 0, nil
		case errors.Is(err, io.EOF):
			return nil, 0, errors.New("it has comments alone: no Baseline and no Report")
		case err != nil:
			line, reason := yamlReason(err)
			return nil, line, reason
		case len(doc.Content) != 1 || isNull(doc.Content[0]):
			continue
		case root != nil:
			return nil, doc.Content[0].Line, errors.New("a second document: a baseline is one")
		}
		root = doc.Content[0]
	}
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

// yamlReason takes the line out of an error of the parser.
func yamlReason(err error) (int, error) {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	if rest, ok := strings.CutPrefix(text, "line "); ok {
		number, reason, _ := strings.Cut(rest, ": ")
		if n, err := strconv.Atoi(number); err == nil {
			return n, errors.New(reason)
		}
	}
	return 0, errors.New(text)
}

// scalarOf is the value of a key of a mapping, empty where there is none.
func scalarOf(n *yaml.Node, key string) string {
	if n.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == key {
				return n.Content[i+1].Value
			}
		}
	}
	return ""
}

func readBaseline(root *yaml.Node) (*Posture, int, error) {
	var b api.Baseline
	d := decoder{lines: map[string]int{}}
	if err := d.decode(root, &b); err != nil {
		return nil, d.line, err
	}
	for _, key := range []string{"apiVersion", "scope", "server", "podSecurity", "checks", "unknown", "workloads", "accepted"} {
		if _, there := d.lines[key]; !there {
			return nil, lastLine(root), fmt.Errorf("%s is missing: the file is cut, or was edited", key)
		}
	}
	p, err := OfBaseline(&b)
	if entry, ok := errors.AsType[*EntryError](err); ok {
		return nil, d.lines[entry.Path], errors.New(entry.Reason)
	}
	return p, 0, err
}

func lastLine(n *yaml.Node) int {
	last := n.Line
	for _, c := range n.Content {
		last = max(last, lastLine(c))
	}
	return last
}

// sortedKeys is for messages.
func sortedKeys(keys []string) string { return strings.Join(slices.Sorted(slices.Values(keys)), ", ") }
