package flow

import (
	"bytes"
	"encoding/json"
	"time"
)

// jsonLine gives take each object of a line: the one there is, as logs have it, also one of an
// array that has a line for each, or all of an array over one line. It returns why a single one
// cannot be read; of those of an array, that is counted.
func jsonLine[T any](out *batch, line []byte, cut bool, take func(*T) (fault string)) string {
	text := bytes.TrimSpace(line)
	var all []json.RawMessage
	if bytes.HasPrefix(text, []byte("[")) && json.Unmarshal(text, &all) == nil {
		for _, object := range all {
			if fault := jsonObject(object, false, take); fault != "" {
				out.tally.Fault(fault, out.offset)
			}
		}
		return ""
	}
	text = bytes.TrimSpace(bytes.TrimPrefix(text, []byte("[")))
	text = bytes.TrimRight(text, "], \t") // no object ends so
	if len(text) == 0 {
		return ""
	}
	return jsonObject(text, cut, take)
}

// jsonObject gives take an object, and returns why it cannot be read, or "".
func jsonObject[T any](text []byte, cut bool, take func(*T) (fault string)) string {
	object := new(T)
	if json.Unmarshal(text, object) != nil {
		return jsonFault(text, cut)
	}
	return take(object)
}

// jsonFault is why a text is no object that is wanted.
func jsonFault(text []byte, cut bool) string {
	switch {
	case json.Valid(text):
		return faultNotFlow
	case cut:
		return faultCut
	}
	return faultNotJSON
}

// firstObject is the first object of a line as jsonLine reads it, nil for none that is whole.
func firstObject[T any](line []byte) *T {
	text := bytes.TrimPrefix(bytes.TrimSpace(line), []byte("["))
	if text = bytes.TrimSpace(text); len(text) == 0 || text[0] != '{' {
		return nil
	}
	object := new(T)
	if json.NewDecoder(bytes.NewReader(text)).Decode(object) != nil {
		return nil
	}
	return object
}

// jsonTime reads a time as RFC 3339 has it, or as nanoseconds since 1970; 0 for none that is
// credible.
func (o *Options) jsonTime(raw json.RawMessage) int64 {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return o.textTime(text)
	}
	var nanoseconds int64
	if json.Unmarshal(raw, &nanoseconds) != nil {
		return 0
	}
	return o.credible(time.Unix(0, nanoseconds))
}
