package audit

import (
	"bytes"

	"github.com/kubectl-harden/kubectl-harden/internal/source"
)

// format is one that audit logs come in.
type format struct {
	// name is for people.
	name string
	// claims tells the format by the beginning of a file; no two claim the same.
	claims func(head []byte) bool
	// cut cuts a file into blocks.
	cut func(*cutter) error
}

// formats are all that can be read.
func formats() []format {
	return []format{listFormat(), linesFormat(), documentsFormat()}
}

// Format is the name of the format of a file that begins with head, as far as it can be read.
func Format(head []byte) (name string, ok bool) {
	for _, f := range formats() {
		if f.claims(head) {
			return f.name, true
		}
	}
	return "", false
}

// outline is what the beginning of a file has of JSON documents.
type outline struct {
	// text is without a byte order mark.
	text []byte
	// docs are the documents found, of which the last may be cut.
	docs [][]byte
	// listed is set where the first is in a list.
	listed bool
}

// outlineOf finds up to three documents; those after garbage do not count.
func outlineOf(head []byte) outline {
	o := outline{text: bytes.TrimPrefix(head, []byte(source.ByteOrderMark))}
	var w walk
	begin := -1
	for i := 0; i < len(o.text) && len(o.docs) < 3; {
		var m mark
		switch i, m = w.next(o.text, i); m {
		case markBegin:
			begin = i - 1
			if len(o.docs) == 0 {
				o.listed = w.items > 0
			}
		case markEnd:
			o.docs = append(o.docs, o.text[begin:i])
			begin = -1
		case markList, markBroken:
			begin = -1
		}
	}
	if begin >= 0 {
		o.docs = append(o.docs, o.text[begin:])
	}
	return o
}

// isEvent tells whether a document, which may be cut, is an event.
func isEvent(doc []byte) bool {
	if _, err := decode(doc); err == nil {
		return true
	}
	return cutEvent(doc)
}

// cutEvent tells whether the first members of what is cut are those of an event: an audit ID,
// a level and a stage come before all that is long.
func cutEvent(doc []byte) bool {
	members := firstMembers(doc)
	_, id := members["auditID"]
	_, level := members["level"]
	_, stage := members["stage"]
	return id && stage && (level || members["kind"] == `"Event"`)
}

// firstMembers are the members of a JSON object by their keys as written; the last may be cut.
func firstMembers(doc []byte) map[string]string {
	members := map[string]string{}
	i := skipSpace(doc, 0)
	if i >= len(doc) || doc[i] != '{' {
		return members
	}
	for i++; ; i++ {
		i = skipSpace(doc, i)
		at := skipKey(doc, i)
		if at == bad {
			return members
		}
		name, _ := skipText(doc, i+1)
		end := skipValue(doc, at)
		if end == bad {
			members[string(doc[i+1:name-1])] = string(doc[at:])
			return members
		}
		members[string(doc[i+1:name-1])] = string(doc[at:end])
		if i = skipSpace(doc, end); i >= len(doc) || doc[i] != ',' {
			return members
		}
	}
}
