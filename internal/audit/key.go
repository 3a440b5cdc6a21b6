package audit

import (
	"bytes"
	"encoding/binary"
)

// appendKey appends what Checks and the evidence follow from, as it is written in the line, but
// for the users, the agent and the reason, for which numbers stand: two events with the same
// key differ in their time, their bodies and what nobody looks at. Parts end in a quote, which
// none of them holds without a backslash before it.
func (f *scanned) appendKey(key, b []byte, users, agent, reason uint32) []byte {
	for _, id := range [...]uint32{users, agent, reason} {
		key = binary.LittleEndian.AppendUint32(key, id)
	}
	for _, s := range [...]span{
		f.level, f.stage, f.verb, f.constraint, f.decision, f.code,
		f.object.group, f.object.resource, f.object.subresource, f.object.namespace, f.object.name,
	} {
		key = append(key, b[s.from:s.to]...)
		key = append(key, '"')
	}
	if f.object.present {
		key = append(key, 'o')
	}
	if code := string(f.code.of(b)); code == "403" || code == "400" || code == "500" {
		key = append(key, f.message.of(b)...)
	}
	key = append(key, '"')
	uri := f.uri.of(b)
	if n := bytes.IndexByte(uri, '?'); n >= 0 {
		return appendQuery(append(key, uri[:n+1]...), uri[n+1:])
	}
	return append(key, uri...)
}

// appendQuery appends the parameters that may tell something about rights: all but those that
// are known not to, as the clients of the API write them. They are apart by &, bare or as Go
// writes it.
func appendQuery(key, query []byte) []byte {
	for len(query) > 0 {
		var part []byte
		for part, query, _ = bytes.Cut(query, []byte{'&'}); len(part) > 0; {
			pair, rest, found := bytes.Cut(part, []byte(ampersand))
			if found && len(pair) > 0 && pair[len(pair)-1] == '\\' {
				pair, rest = part, nil // the backslash is escaped, and no escape begins there
			}
			if len(pair) > 0 && !tellsNothing(pair) {
				key = append(append(key, pair...), '&')
			}
			part = rest
		}
	}
	return key
}

// ampersand is how Go writes & into JSON.
const ampersand = `\u0026`

// tellsNothing is true for parameters that change from request to request and do not change
// what is asked. A list with numbers that cannot be read is another matter.
func tellsNothing(pair []byte) bool {
	name, value, _ := bytes.Cut(pair, []byte{'='})
	switch string(name) {
	case "timeout", "resourceVersion", "resourceVersionMatch", "allowWatchBookmarks", "sendInitialEvents", "continue", "pretty":
		return isPlain(value)
	case "timeoutSeconds", "limit":
		return len(value) < 18 && decimal(value) >= 0 && len(value) > 0
	}
	return false
}

// needsBodies tells events whose bodies say more about rights, so that one cannot stand for
// another. Where there is no objectRef it cannot be told.
func (f *scanned) needsBodies(b []byte) bool {
	if f.request.from == f.request.to && f.response.from == f.response.to {
		return false
	}
	return !f.object.present || needsBody(string(f.object.resource.of(b)), string(f.object.subresource.of(b))) ||
		namesOwners(f.request.of(b))
}

// needsBodies is that of scanned.
func (e *Event) needsBodies() bool {
	return e.Object == nil || needsBody(e.Object.Resource, e.Object.Subresource) || namesOwners(e.Request)
}
