package static

import (
	"strconv"
	"strings"
)

// fileValues are the values of a file, with their names where it is one of YAML, JSON, TOML,
// properties or the like; other lines are values without a name. Comments are left out.
func fileValues(text string) []named {
	trimmed := strings.TrimSpace(text)
	if strings.HasPrefix(trimmed, "{") || strings.HasPrefix(trimmed, "[{") {
		if values, ok := jsonValues(trimmed, &named{}); ok {
			return values
		}
	}
	var f fileReader
	for line := range strings.Lines(strings.ReplaceAll(text, "\\\n", " ")) {
		f.line(strings.TrimRight(line, "\r\n"))
	}
	if len(f.upstreams) > 0 {
		for i := range f.values {
			f.values[i].upstreams = f.upstreams
		}
	}
	return f.values
}

// fileReader reads lines one behind the other.
type fileReader struct {
	values []named
	// above are the keys that the next line may stand below.
	above []fileKey
	lines int
	// upstreams are the names that nginx gives lists of servers.
	upstreams map[string]bool
	// blob is set within the lines of a certificate or a key.
	blob bool
}

type fileKey struct {
	indent int
	name   string
	// scope is that of what stands below it.
	scope string
	never bool
	// item tells an item of a list, which has the name of the list.
	item bool
}

func (f *fileReader) line(line string) {
	f.lines++
	text := strings.TrimLeft(line, " \t")
	indent := len(line) - len(text)
	switch {
	case strings.HasPrefix(text, "-----BEGIN "):
		f.blob = true
		return
	case strings.HasPrefix(text, "-----END "):
		f.blob = false
		return
	case f.blob || text == "" || isComment(text):
		return
	}
	f.leave(indent, strings.HasPrefix(text, "- "))
	for strings.HasPrefix(text, "- ") {
		inner := strings.TrimLeft(text[1:], " ")
		up := f.parent()
		f.above = append(f.above, fileKey{indent, up.name, strconv.Itoa(f.lines), up.never, true})
		indent += len(text) - len(inner)
		text = inner
	}
	if section, ok := cutSection(text); ok {
		f.above = []fileKey{{-1, "", strconv.Itoa(f.lines), neverBelow(nameWords(section)), false}}
		return
	}
	f.content(indent, text)
}

func isComment(text string) bool {
	return text[0] == '#' || text[0] == ';' || strings.HasPrefix(text, "//") || strings.HasPrefix(text, "<!--") || strings.HasPrefix(text, "-- ")
}

// cutSection reads [section], as INI and TOML have it.
func cutSection(text string) (string, bool) {
	inner, begins := strings.CutPrefix(text, "[")
	inner, ends := strings.CutSuffix(strings.TrimRight(inner, " \t"), "]")
	return inner, begins && ends && inner != "" && !strings.ContainsAny(inner, ",:\"'/")
}

// leave ends what a line of an indent does not stand below. The items of a list may stand as far to
// the left as its key.
func (f *fileReader) leave(indent int, item bool) {
	for n := len(f.above); n > 0; n-- {
		last := f.above[n-1]
		if last.indent < indent || item && last.indent == indent && !last.item {
			return
		}
		f.above = f.above[:n-1]
	}
}

func (f *fileReader) parent() fileKey {
	if len(f.above) == 0 {
		return fileKey{indent: -1}
	}
	return f.above[len(f.above)-1]
}

// content reads what stands on a line behind its indent and its dashes.
func (f *fileReader) content(indent int, text string) {
	f.nginx(text)
	name, value, ok := cutKey(text)
	up := f.parent()
	if !ok {
		f.add(up.name, text, up)
		return
	}
	if value == "" || value == "{" || value == "[" || value == "|" || value == ">" || value == "|-" || value == ">-" || strings.HasPrefix(value, "&") {
		f.above = append(f.above, fileKey{indent, name, strconv.Itoa(f.lines), up.never || neverBelow(nameWords(name)), false})
		return
	}
	f.add(name, value, up)
}

func (f *fileReader) add(name, value string, up fileKey) {
	v := newNamed(name, value)
	v.scope = up.scope
	if up.never {
		v.stance = stanceNever
	}
	f.values = append(f.values, v)
}

// cutKey cuts "key: value", "key = value" and "directive value;".
func cutKey(text string) (name, value string, ok bool) {
	text = strings.TrimRight(text, " \t,;")
	end := 0
	quoted := text != "" && (text[0] == '"' || text[0] == '\'')
	if quoted {
		if end = strings.IndexByte(text[1:], text[0]); end < 0 {
			return "", "", false
		}
		name, end = text[1:1+end], end+2
	} else {
		for end < len(text) && (isLetter(text[end]) || strings.IndexByte("0123456789_.-$", text[end]) >= 0) {
			end++
		}
		name = text[:end]
	}
	rest := strings.TrimLeft(text[end:], " \t")
	switch {
	case name == "" || !isLetter(name[0]) && name[0] != '$' && name[0] != '_':
		return "", "", false
	case rest == "":
		return "", "", false
	case rest[0] == '=', strings.HasPrefix(rest, ": "), rest == ":", strings.HasPrefix(rest, ":\t"), rest[0] == ':' && quoted:
		return name, withoutRemark(strings.TrimSpace(rest[1:])), true
	case !quoted && len(rest) < len(text)-end && !strings.ContainsAny(rest, " \t"):
		return name, rest, true
	}
	return "", "", false
}

// withoutRemark takes a comment from behind a value, and its quotes.
func withoutRemark(value string) string {
	if len(value) > 1 && (value[0] == '"' || value[0] == '\'') {
		if end := strings.IndexByte(value[1:], value[0]); end >= 0 && (end+2 == len(value) || strings.HasPrefix(strings.TrimSpace(value[end+2:]), "#")) {
			return value[1 : end+1]
		}
		return value
	}
	if at := strings.Index(value, " #"); at >= 0 {
		value = strings.TrimRight(value[:at], " \t")
	}
	return value
}
