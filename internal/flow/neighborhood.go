package flow

import (
	"bytes"
	"encoding/json"
	"regexp"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// neighborhoodFormat is NetworkNeighborhoods of Kubescape (kubescape/storage,
// pkg/apis/softwarecomposition/v1beta1/network_types.go): YAML documents, JSON objects, or lists
// of them, as "kubectl get networkneighborhoods -A -o yaml" and "-o json" print them.
func neighborhoodFormat() format {
	return format{name: api.FormatNeighborhood, is: isNeighborhood, delimiter: "\n", ordered: true, decoder: newNeighborhood}
}

const kindNeighborhood = "NetworkNeighborhood"

// isNeighborhood knows the line that has the kind, and an object or list on one line, which may
// be cut.
func isNeighborhood(line []byte) bool {
	if !bytes.Contains(line, []byte(kindNeighborhood)) {
		return false
	}
	return regexp.MustCompile(`^\s*(- )?("kind": *"|kind: *["']?)NetworkNeighborhood(List)?["']?,?\s*$`).Match(line) ||
		regexp.MustCompile(`^\s*\[?\s*\{\s*("apiVersion":\s*"(v1|spdx\.softwarecomposition\.kubescape\.io/[^"]*)",\s*)?("kind":\s*"NetworkNeighborhood(List)?"|"items":\s*\[\s*\{\s*"apiVersion":\s*"spdx\.softwarecomposition\.kubescape\.io/)`).Match(line)
}

// neighborhoodObject is one, reduced to what is used.
type neighborhoodObject struct {
	Kind     string `json:"kind"`
	Metadata struct {
		Annotations map[string]string `json:"annotations"`
		Labels      map[string]string `json:"labels"`
	} `json:"metadata"`
	Spec struct {
		MatchLabels map[string]string       `json:"matchLabels"`
		Containers  []neighborhoodContainer `json:"containers"`
		Init        []neighborhoodContainer `json:"initContainers"`
		Ephemeral   []neighborhoodContainer `json:"ephemeralContainers"`
	} `json:"spec"`
}

type neighborhoodContainer struct {
	Ingress []neighbor `json:"ingress"`
	Egress  []neighbor `json:"egress"`
}

type neighbor struct {
	DNS        string                `json:"dns"`
	Names      []string              `json:"dnsNames"`
	Address    string                `json:"ipAddress"`
	Pods       *metav1.LabelSelector `json:"podSelector"`
	Namespaces *metav1.LabelSelector `json:"namespaceSelector"`
	Ports      []struct {
		Protocol string `json:"protocol"`
		Port     *int64 `json:"port"`
	} `json:"ports"`
}

// neighborhood decodes objects.
type neighborhood struct {
	docs documents
	out  *batch

	// text are the lines of the YAML at hand, which begins at an offset.
	text  []byte
	begin int64
	// list is set in the list of a YAML object, item in an element of it; indent is that of the
	// dashes of its elements, -1 before the first one.
	list, item bool
	indent     int
	long       bool
}

func newNeighborhood(*Options) decoder {
	n := &neighborhood{}
	n.docs = documents{
		found: func(text []byte, at int64) { n.object(text, at, faultNotJSON, json.Unmarshal) },
		fault: func(reason string, at int64) { n.out.tally.Fault(reason, at) },
	}
	return n
}

// record goes on with a line: JSON from its first bracket on, else YAML. A last line of YAML that
// does not end is left out: a port that is cut is another port.
func (n *neighborhood) record(out *batch, line []byte, cut bool) string {
	n.out = out
	switch {
	case n.docs.depth > 0, n.beginsJSON(line):
		n.docs.feed(line, out.offset)
	case cut && !isBlank(line):
		return faultCut
	default:
		n.yamlLine(line)
	}
	return ""
}

// beginsJSON tells whether a text of JSON begins: where no YAML goes on, or in the first column.
func (n *neighborhood) beginsJSON(line []byte) bool {
	first := bytes.TrimLeft(line, " \t\r\n")
	if len(first) == 0 || first[0] != '{' && first[0] != '[' {
		return false
	}
	if line[0] == '{' {
		n.yamlEnd()
		n.list = false
	}
	return len(n.text) == 0 && !n.list
}

func (n *neighborhood) end(out *batch) {
	n.out = out
	n.docs.end()
	n.yamlEnd()
}

// yamlLine goes on with a line of YAML. The elements of a list are documents of their own, as kubectl
// and others write them: each begins with a dash in the column of the first one.
func (n *neighborhood) yamlLine(line []byte) {
	trimmed := bytes.TrimRight(line, " \t\r\n")
	indent := len(trimmed) - len(bytes.TrimLeft(trimmed, " "))
	switch {
	case len(trimmed) == 0:
		n.keep(line)
	case bytes.Equal(trimmed, []byte("---")), bytes.HasPrefix(trimmed, []byte("--- ")), bytes.Equal(trimmed, []byte("...")):
		n.yamlEnd()
		n.list = false
	case bytes.Equal(trimmed, []byte("items:")) && !n.item:
		// What is before them is of the list.
		n.text, n.list, n.indent, n.long = n.text[:0], true, -1, false
	case n.list && bytes.HasPrefix(trimmed[indent:], []byte("- ")) && (n.indent < 0 || indent == n.indent):
		n.yamlEnd()
		n.item, n.indent = true, indent
		line = bytes.Clone(line)
		line[indent] = ' '
		n.keep(line)
	case n.list && indent == 0:
		n.yamlEnd() // the rest of the list
	default:
		n.keep(line)
	}
}

func (n *neighborhood) keep(line []byte) {
	switch {
	case n.list && !n.item, len(n.text) == 0 && isBlank(line):
		return
	case len(n.text) == 0:
		n.begin = n.out.offset
	}
	if n.long = n.long || len(n.text)+len(line) > maxRecord; !n.long {
		n.text = append(n.text, line...)
	}
}

// isBlank tells a line of YAML without content.
func isBlank(line []byte) bool {
	line = bytes.TrimSpace(line)
	return len(line) == 0 || line[0] == '#'
}

// yamlEnd reads the document at hand.
func (n *neighborhood) yamlEnd() {
	switch {
	case n.long:
		n.out.tally.Fault(faultTooLong, n.begin)
	case len(n.text) > 0 && (!n.list || n.item):
		n.object(n.text, n.begin, faultNotYAML, func(text []byte, into any) error { return yaml.Unmarshal(text, into) })
	}
	n.text, n.item, n.long = n.text[:0], false, false
}

// object reads an object.
func (n *neighborhood) object(text []byte, at int64, broken string, read func([]byte, any) error) {
	var kind struct {
		Kind string `json:"kind"`
	}
	if read(text, &kind) != nil {
		n.out.tally.Fault(broken, at)
		return
	}
	if kind.Kind != kindNeighborhood {
		if kind.Kind != "List" && kind.Kind != kindNeighborhood+"List" {
			n.out.tally.Fault(faultNotKind, at)
		}
		return
	}
	o := &neighborhoodObject{}
	if read(text, o) != nil {
		n.out.tally.Fault(faultNotFlow, at)
		return
	}
	o.add(n.out, at)
}
