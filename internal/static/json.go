package static

import (
	"encoding/json"
	"io"
	"strconv"
	"strings"

	"sigs.k8s.io/yaml"
)

// maxNesting is how deep a document is read; a deeper one is read as text.
const maxNesting = 64

// jsonValues are the texts and numbers of a JSON document, each with the key that it stands behind;
// ok is false for what is none.
func jsonValues(text string, of *named) (values []named, ok bool) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	w := jsonWalk{decoder: d}
	if !w.value("", stanceNone, "", 0) {
		return nil, false
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, false
	}
	for i := range w.values {
		w.values[i].place = of.place
	}
	return w.values, true
}

// maxFlow is how long a mapping of YAML in one line is read, in bytes.
const maxFlow = 1 << 14

// flowValues are the values of a mapping that YAML has in one line. One with aliases or templates is
// not read.
func flowValues(text string, of *named) (values []named, ok bool) {
	if len(text) > maxFlow || strings.ContainsAny(text, "&*%") || strings.Contains(text, "{{") || !strings.Contains(text, ": ") {
		return nil, false
	}
	data, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		return nil, false
	}
	return jsonValues(string(data), of)
}

// jsonWalk goes over a document once.
type jsonWalk struct {
	decoder *json.Decoder
	values  []named
	// objects counts those begun: each is a scope of its own.
	objects int
}

func (w *jsonWalk) value(name string, around stance, scope string, depth int) bool {
	token, err := w.decoder.Token()
	if err != nil || depth > maxNesting {
		return false
	}
	switch t := token.(type) {
	case json.Delim:
		if neverBelow(nameWords(name)) {
			around = stanceNever
		}
		if t == '[' {
			return w.list(name, around, scope, depth)
		}
		return w.object(around, depth)
	case string:
		w.add(name, t, around, scope)
	case json.Number:
		w.add(name, t.String(), around, scope)
	}
	return true
}

func (w *jsonWalk) add(name, value string, around stance, scope string) {
	v := newNamed(name, value)
	v.stance, v.scope = around, scope
	w.values = append(w.values, v)
}

func (w *jsonWalk) list(name string, around stance, scope string, depth int) bool {
	for w.decoder.More() {
		if !w.value(name, around, scope, depth+1) {
			return false
		}
	}
	_, err := w.decoder.Token()
	return err == nil
}

func (w *jsonWalk) object(around stance, depth int) bool {
	w.objects++
	scope := strconv.Itoa(w.objects)
	for w.decoder.More() {
		key, err := w.decoder.Token()
		name, isText := key.(string)
		if err != nil || !isText || !w.value(name, around, scope, depth+1) {
			return false
		}
	}
	_, err := w.decoder.Token()
	return err == nil
}
