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
	path, query, found := bytes.Cut(f.uri.of(b), []byte{'?'})
	key = append(key, path...)
	if found {
		key = append(key, '?')
		key = appendQuery(key, query)
	}
	return key
}

// appendQuery appends the parameters that may tell something about rights: all but those that
// are known not to, as the clients of the API write them.
func appendQuery(key, query []byte) []byte {
	for len(query) > 0 {
		pair, rest := query, []byte(nil)
		for i, c := range query {
			if c == '&' {
				pair, rest = query[:i], query[i+1:]
				break
			}
			if c == '\\' && bytes.HasPrefix(query[i:], []byte(ampersand)) {
				pair, rest = query[:i], query[i+len(ampersand):]
				break
			}
		}
		if !tellsNothing(pair) {
			key = append(append(key, pair...), '&')
		}
		query = rest
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
