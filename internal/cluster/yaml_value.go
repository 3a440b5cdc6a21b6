package cluster

import (
	"errors"
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"
)

const (
	// maxDepth is how deep a document may be nested.
	maxDepth = 1000
	// maxAliased bounds the JSON, in bytes, that the aliases of one document expand to.
	maxAliased = 4 << 20
	// maxMerged bounds the entries that the merge keys of one document copy.
	maxMerged = 1 << 20
)

var errAliases = errors.New("aliases expand to over 4 MB")

// yamlWriter writes the JSON that kubectl makes of a YAML document, and where each value stands.
type yamlWriter struct {
	text  yamlText
	out   []byte
	lines lineBuilder
	head  head

	// path holds the nodes being written in place of an alias, to find those that hold themselves.
	path []*yaml.Node
	// outside is the length of out before the outermost of them, aliased what those before it
	// took, merged the entries copied by merge keys.
	outside, aliased, merged int
	// aliasLine is that of the outermost alias being written.
	aliasLine int
	// starts are the offsets of the lines of text, made when first asked for.
	starts []int
}

// document writes the document, and returns nil for an empty one.
func (w *yamlWriter) document(root *yaml.Node) (*document, error) {
	switch root.Kind {
	case yaml.MappingNode:
	case yaml.SequenceNode:
		return nil, fmt.Errorf("%w: a list, where apiVersion and kind are expected", errNotObject)
	default:
		return w.scalarDocument(root)
	}
	w.out = make([]byte, 0, len(w.text.data))
	if err := w.value(root, "", w.line(root), 0); err != nil {
		return nil, err
	}
	return &document{raw: w.out, head: w.head, lines: w.lines.index()}, nil
}

func (w *yamlWriter) scalarDocument(root *yaml.Node) (*document, error) {
	if err := w.scalar(root); err != nil {
		return nil, err
	}
	if string(w.out) == "null" {
		return nil, nil
	}
	return nil, fmt.Errorf("%w: text, where apiVersion and kind are expected", errNotObject)
}

func (w *yamlWriter) line(n *yaml.Node) int { return w.text.line + n.Line - 1 }

// value writes n, which stands under key on line.
func (w *yamlWriter) value(n *yaml.Node, key string, line, depth int) error {
	if depth > maxDepth {
		return &lineError{line, fmt.Errorf("is nested over %d deep", maxDepth)}
	}
	if len(w.path) > 0 && w.aliased+len(w.out)-w.outside > maxAliased {
		return &lineError{w.aliasLine, errAliases}
	}
	switch n.Kind {
	case yaml.AliasNode:
		if err := w.enter(n); err != nil {
			return err
		}
		err := w.value(n.Alias, key, line, depth+1)
		w.leave()
		return err
	case yaml.MappingNode:
		node := w.lines.open(key, line)
		defer w.lines.close(node)
		return w.mapping(n, depth)
	case yaml.SequenceNode:
		node := w.lines.open(key, line)
		defer w.lines.close(node)
		return w.sequence(n, depth)
	default:
		w.lines.close(w.lines.open(key, line))
		return w.scalar(n)
	}
}

// enter begins to write what an alias names.
func (w *yamlWriter) enter(alias *yaml.Node) error {
	if slices.Contains(w.path, alias.Alias) {
		return &lineError{w.line(alias), fmt.Errorf("anchor %s holds itself", quoteShort(alias.Value))}
	}
	if len(w.path) == 0 {
		w.outside, w.aliasLine = len(w.out), w.line(alias)
	}
	w.path = append(w.path, alias.Alias)
	return nil
}

func (w *yamlWriter) leave() {
	w.path = w.path[:len(w.path)-1]
	if len(w.path) == 0 {
		w.aliased += len(w.out) - w.outside
	}
}

func (w *yamlWriter) mapping(n *yaml.Node, depth int) error {
	pairs, err := w.pairs(n)
	if err != nil {
		return err
	}
	w.out = append(w.out, '{')
	for i, p := range pairs {
		if i > 0 {
			w.out = append(w.out, ',')
		}
		w.out = appendString(w.out, p.key)
		w.out = append(w.out, ':')
		start := len(w.out)
		if err := w.value(p.value, p.key, p.line, depth+1); err != nil {
			return err
		}
		if depth == 0 {
			w.head.see(p.key, w.out[start:])
		}
	}
	w.out = append(w.out, '}')
	return nil
}

func (w *yamlWriter) sequence(n *yaml.Node, depth int) error {
	w.out = append(w.out, '[')
	for i, e := range n.Content {
		if i > 0 {
			w.out = append(w.out, ',')
		}
		if err := w.value(e, "", w.line(e), depth+1); err != nil {
			return err
		}
	}
	w.out = append(w.out, ']')
	return nil
}
