package patch

import (
	"bytes"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// listed are the parts of a List: each object of it is one, and so is what stands around them, so
// that an edit reads no more again than its object. Nil where an object does not stand by itself, as
// with anchors.
func (p *part) listed() []*part {
	steps := p.objects()
	if len(steps) < 2 || !p.json && bytes.ContainsAny(p.text, "&*") && anchored(p.text) {
		return nil
	}
	root, err := p.spans()
	if err != nil || root == nil {
		return nil
	}
	var out []*part
	at, line := 0, p.line
	cut := func(end int) *part {
		one := &part{text: p.text[at:end:end], line: line, json: p.json}
		line += bytes.Count(one.text, []byte("\n"))
		at = end
		out = append(out, one)
		return one
	}
	for _, s := range steps {
		item := root.child(s[0])
		if item != nil {
			item = item.child(s[1])
		}
		start, end, ok := p.itemAt(item)
		if !ok || start < at {
			return nil
		}
		cut(start)
		one := cut(end)
		one.dash = !p.json
		one.content, err = one.decode(one.text)
		if list, _ := p.content["items"].([]any); err != nil || one.content == nil || !equal(one.content, list[s[1].Item]) {
			return nil
		}
	}
	cut(len(p.text))
	return slices.DeleteFunc(out, func(one *part) bool { return len(one.text) == 0 })
}

// itemAt is where an object of a list stands: in YAML its lines, with the dash.
func (p *part) itemAt(item *span) (start, end int, ok bool) {
	switch {
	case item == nil || item.kind != mappingSpan:
		return 0, 0, false
	case p.json:
		return item.start, item.end, true
	}
	start = max(bytes.LastIndexByte(p.text[:item.start], '\n'), bytes.LastIndexByte(p.text[:item.start], '\r')) + 1
	end = lineEnd(p.text, item.end)
	if end < len(p.text) {
		end += breakAt(p.text, end)
	}
	before, isItem := strings.CutPrefix(strings.TrimLeft(string(p.text[start:item.start]), " "), "-")
	return start, end, isItem && !item.flow && strings.Trim(before, " ") == ""
}

// anchored tells a text in which something stands for something else.
func anchored(text []byte) bool {
	var doc yaml.Node
	if err := yaml.NewDecoder(bytes.NewReader(text)).Decode(&doc); err != nil {
		return true
	}
	var stands func(n *yaml.Node) bool
	stands = func(n *yaml.Node) bool {
		return n.Anchor != "" || n.Kind == yaml.AliasNode || slices.ContainsFunc(n.Content, stands)
	}
	return stands(&doc)
}

// alone is the text of a part as a document: without the dash before an object of a list.
func (p *part) alone(text []byte) []byte {
	if !p.dash {
		return text
	}
	at := bytes.IndexByte(text, '-')
	if at < 0 || len(bytes.TrimLeft(text[:at], " ")) > 0 {
		return []byte("-")
	}
	return slices.Concat(text[:at], []byte(" "), text[at+1:])
}
