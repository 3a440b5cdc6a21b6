package audit

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// event makes the event of a line that was scanned; it is that of decode.
func (f *scanned) event(b []byte) Event {
	e := f.rest(b)
	e.User, e.Impersonated = f.users(b)
	e.Agent, e.Reason = unquote(b, f.agent), unquote(b, f.reason)
	e.ID, e.Received = unquote(b, f.id), instant(f.received.of(b))
	e.Request, e.Response = body(b, f.request), body(b, f.response)
	return e
}

// rest is the event without its users, agent and reason, and without what no check follows from:
// its ID, time and bodies.
func (f *scanned) rest(b []byte) Event {
	e := Event{
		Level: constant(b, f.level), Stage: constant(b, f.stage),
		URI: unquote(b, f.uri), Verb: constant(b, f.verb),
		Constraint: unquote(b, f.constraint), Message: unquote(b, f.message),
		Decision: constant(b, f.decision),
	}
	if o := f.object; o.present {
		e.Object = &Object{
			Group: unquote(b, o.group), Resource: unquote(b, o.resource), Subresource: constant(b, o.subresource),
			Namespace: unquote(b, o.namespace), Name: unquote(b, o.name),
		}
	}
	for _, digit := range f.code.of(b) {
		e.Code = e.Code*10 + int(digit-'0')
	}
	return e
}

// users are those of the event.
func (f *scanned) users(b []byte) (user User, impersonated *User) {
	user = User{Name: unquote(b, f.user.name), UID: unquote(b, f.user.uid), Groups: unquoteAll(b, f.user.groups)}
	if extra := f.user.extra; extra.to > extra.from && b[extra.from] == '{' {
		user.Extra = unquoteExtra(b, extra)
	}
	if f.impersonated.present {
		u, _ := decodeUser(f.impersonated.whole.of(b)) // scanned, so it can be decoded
		impersonated = &u
	}
	return user, impersonated
}

// unquoteExtra is an object of arrays of strings that was scanned.
func unquoteExtra(b []byte, s span) map[string][]string {
	var extra map[string][]string
	for i := int(s.from) + 1; ; {
		for i < int(s.to) && b[i] != '"' {
			i++
		}
		if i >= int(s.to) {
			return extra
		}
		end, _ := skipText(b, i+1)
		key := unquote(b, span{int32(i + 1), int32(end - 1)})
		at := skipKey(b, i)
		if i = skipValue(b, at); extra == nil {
			extra = map[string][]string{}
		}
		extra[key] = unquoteAll(b, span{int32(at), int32(i)})
	}
}

// constant is unquote for what has few values, which it makes no copies of.
func constant(b []byte, s span) string {
	switch raw := s.of(b); string(raw) {
	case "":
		return ""
	case "Metadata":
		return "Metadata"
	case "Request":
		return "Request"
	case "RequestResponse":
		return "RequestResponse"
	case "ResponseStarted":
		return "ResponseStarted"
	case "ResponseComplete":
		return "ResponseComplete"
	case "allow":
		return "allow"
	case "get":
		return "get"
	case "list":
		return "list"
	case "watch":
		return "watch"
	case "create":
		return "create"
	case "update":
		return "update"
	case "patch":
		return "patch"
	case "delete":
		return "delete"
	case "status":
		return "status"
	}
	return unquote(b, s)
}

// unquote is the value of a string that was scanned.
func unquote(b []byte, s span) string {
	raw := s.of(b)
	escaped := bytes.IndexByte(raw, '\\') >= 0
	if !escaped && utf8.Valid(raw) {
		return string(raw)
	}
	if value, ok := unescape(raw); ok {
		return value
	}
	var value string
	_ = json.Unmarshal(b[s.from-1:s.to+1], &value) // scanned, so it can be decoded
	return value
}

// unescape is unquote for ASCII with the escapes that Go writes into logs. It is worth to have:
// most queries and grants have some.
func unescape(raw []byte) (string, bool) {
	var buf [512]byte
	out := buf[:0]
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		if c == '\\' {
			i++
			switch {
			case raw[i] == '"', raw[i] == '\\':
				c = raw[i]
			case bytes.HasPrefix(raw[i:], []byte("u0026")):
				c = '&'
				i += 4
			default:
				return "", false
			}
		}
		if c >= utf8.RuneSelf {
			return "", false
		}
		out = append(out, c)
	}
	return string(out), true
}

// unquoteAll is the values of an array of strings that was scanned; nulls are none.
func unquoteAll(b []byte, s span) []string {
	var list []string
	for i := int(s.from); i < int(s.to); {
		if b[i] != '"' {
			i++
			continue
		}
		end, _ := skipText(b, i+1)
		list = append(list, unquote(b, span{int32(i + 1), int32(end - 1)}))
		i = end
	}
	return list
}

func body(b []byte, s span) []byte {
	if s.from == s.to {
		return nil
	}
	return s.of(b)
}
