package patch

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"

	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// Text is the text of a file with manifests, as YAML or JSON, that is edited in place: what is not
// changed stays as it is, byte by byte.
type Text struct {
	parts []*part
}

// part is one document, or what stands between documents.
type part struct {
	text []byte
	// line on which it begins, from 1.
	line int
	json bool
	// dash tells an object of a list, with the dash before it.
	dash bool
	// content is nil where there is no object.
	content map[string]any
}

// NewText takes a text apart. Documents that cannot be read are kept as they are.
func NewText(data []byte) *Text {
	t := &Text{}
	line := 1
	add := func(text []byte, isJSON bool) {
		p := &part{text: text, line: line, json: isJSON}
		p.content, _ = p.decode(text) // what cannot be read has no object that could be edited
		if items := p.listed(); items != nil {
			t.parts = append(t.parts, items...)
		} else {
			t.parts = append(t.parts, p)
		}
		line += bytes.Count(text, []byte("\n"))
	}
	rest := data
	if mark := []byte("\ufeff"); bytes.HasPrefix(rest, mark) {
		t.parts = append(t.parts, &part{text: mark, line: line})
		rest = rest[len(mark):]
	}
	for len(rest) > 0 {
		n := jsonLength(rest)
		if n <= 0 {
			break
		}
		add(rest[:n], true)
		rest = rest[n:]
	}
	for len(rest) > 0 {
		n := documentLength(rest)
		add(rest[:n], false)
		rest = rest[n:]
	}
	return t
}

// decode reads a text of the part as kubectl does; nil for one that is no object.
func (p *part) decode(text []byte) (map[string]any, error) {
	var out any
	read := func(text []byte, into any) error { return yaml.Unmarshal(p.alone(text), into) }
	if p.json {
		read, text = json.Unmarshal, text[bytes.IndexByte(text, '{'):]
	}
	if err := read(text, &out); err != nil {
		return nil, err
	}
	fields, _ := out.(map[string]any)
	return fields, nil
}

// spans are where the values of the part stand.
func (p *part) spans() (*span, error) {
	if !p.json {
		return spansOf(p.alone(p.text))
	}
	j := &jsonSpans{text: p.text}
	j.at = bytes.IndexByte(p.text, '{')
	return j.value(0)
}

// Bytes is the whole text.
func (t *Text) Bytes() []byte {
	var out []byte
	for _, p := range t.parts {
		out = append(out, p.text...)
	}
	return out
}

// ErrNotInText is for an object that the text does not have.
var ErrNotInText = errors.New("it is not found in the text of the file")

// Edit makes the changes of a plan in the object of the text that begins on a line. After each
// change the text is read again, and must give exactly the object that is expected; the error is
// for one that does not, such as a field that comes from an anchor: then the text of the object
// stays as it was. It returns the object as it then is.
func (t *Text) Edit(p *Plan, line int) (map[string]any, error) {
	found, steps := t.find(p.Ref, line)
	if found == nil {
		return nil, ErrNotInText
	}
	var all []fieldChange
	for _, one := range p.shapes {
		for _, c := range one.changes {
			c.change = c.below(one.prefix).below(steps)
			all = append(all, c)
		}
	}
	text, content := found.text, found.content
	if failed, err := found.editAll(all); err != nil {
		found.text, found.content = text, content
		return nil, found.byHand(failed, len(all)-1, err)
	}
	var object any = found.content
	for _, s := range steps {
		object = workload.Child(object, s)
	}
	fields, _ := object.(map[string]any)
	return fields, p.Judge(fields)
}

// editAll makes changes, those again that could not be made before others were: what an anchor is
// used for no more can be changed where it stands. With an error comes the first that cannot.
func (p *part) editAll(changes []fieldChange) (fieldChange, error) {
	for len(changes) > 0 {
		var left []fieldChange
		var first error
		for _, c := range changes {
			if err := p.edit(c.change, comment(c.told)); err != nil {
				left = append(left, c)
				first = cmp.Or(first, err)
			}
		}
		if len(left) == len(changes) {
			return left[0], first
		}
		changes = left
	}
	return fieldChange{}, nil
}

// byHand tells where a change that could not be made would stand, and how many others were not made
// for its sake.
func (p *part) byHand(c fieldChange, others int, err error) error {
	if errors.Is(err, errAnchored) {
		if root, failed := p.spans(); failed == nil && root != nil {
			err = fmt.Errorf("%w: edit line %d by hand", err, p.lineNear(root, c.pruned(p.content).steps))
		}
	}
	if others > 0 {
		err = fmt.Errorf("%w; of its %d changes none is made", err, others+1)
	}
	return fmt.Errorf("edit %s: %w", c.told.Path, err)
}

// errAnchored is for a change that would change more than its field.
var errAnchored = errors.New("it cannot be written there without a change of anything else, as with anchors and merge keys")

// edit makes one change: of the ways to write it, the first that reads as expected.
func (p *part) edit(c change, comment string) error {
	c = c.pruned(p.content)
	expected, _ := c.apply(runtime.DeepCopyJSON(p.content), c.steps).(map[string]any)
	root, err := p.spans()
	if err != nil || root == nil {
		return errYAML
	}
	e := &editor{part: p, change: c, comment: comment, expected: expected}
	e.walk(root)
	for _, s := range e.ways {
		text := s.in(p.text)
		if got, err := p.decode(text); err == nil && equal(got, expected) && stillJSON(p, text) {
			p.text, p.content = text, expected
			return nil
		}
	}
	return errAnchored
}

// stillJSON tells whether what was JSON still is.
func stillJSON(p *part, text []byte) bool {
	return !p.json || jsonLength(text) == len(text)
}

// lineNear is the line of a path, or of the nearest parent that is written there.
func (p *part) lineNear(s *span, steps []workload.Step) int {
	for _, step := range steps {
		next := s.child(step)
		if next == nil {
			break
		}
		s = next
	}
	return p.line + bytes.Count(p.text[:min(s.start, len(p.text))], []byte("\n"))
}
