package static

import (
	"path"
	"strings"
)

// What is read of one field; what stands behind it is said to be left out.
const (
	// maxText is how much of a field is read, in bytes.
	maxText = 1 << 20
	// maxMentions is how many addresses of a field are taken, each once.
	maxMentions = 256
)

// named is a value with its name; the name is empty for one without.
type named struct {
	name, value string
	// words are those of the name.
	words []string
	// scope is the same for those that may belong together, as a host and its port.
	scope string
	// stance is that of what stands around it.
	stance stance
	// place says where it stands, of an environment; else all are of one.
	place string
}

func newNamed(name, value string) named {
	return named{name: name, value: value, words: nameWords(name)}
}

// ports are the numbers by the scope and the words of their names.
type ports map[[2]string]int32

func portsOf(values []named) ports {
	out := ports{}
	for i := range values {
		v := &values[i]
		if n := portOf(strings.Trim(v.value, "\"' ")); n != 0 && len(v.words) > 0 {
			out[[2]string{v.scope, strings.Join(v.words, " ")}] = n
		}
	}
	return out
}

func (p ports) of(v *named) int32 {
	for _, name := range portNames(v.words) {
		if n := p[[2]string{v.scope, name}]; n != 0 {
			return n
		}
	}
	return 0
}

// take is what gets the addresses that were found.
type take func(v *named, m mention)

// scanAll finds the addresses in values that may belong together.
func scanAll(values []named, found take) {
	all := portsOf(values)
	for i := range values {
		v := &values[i]
		is := max(stanceOf(v.words), v.stance)
		if is == stanceNever {
			continue
		}
		s := scanner{of: v, stance: is, found: found}
		s.port = all.of(v)
		s.text(v.value)
	}
}

// scanner reads one value.
type scanner struct {
	of     *named
	stance stance
	found  take
	// port stands beside the value under a name of its own, 0 for none.
	port int32
	// depth counts the texts around it.
	depth int
}

func (s *scanner) tell(m mention) {
	m.sure = m.sure || s.stance == stanceHost
	m.inside = s.stance == stanceInside
	s.found(s.of, m)
}

const maxDepth = 3

// text reads a value: the words of a command line, of a connection string, of a URL, or one
// address.
func (s *scanner) text(text string) {
	trimmed := strings.TrimSpace(text)
	if s.depth < maxDepth && (strings.HasPrefix(trimmed, "{") || strings.HasPrefix(trimmed, "[")) {
		if values, ok := jsonValues(trimmed, s.of); ok {
			s.inner(values)
			return
		}
	}
	words := splitWords(text)
	if len(words) == 1 && !strings.Contains(words[0], "=") {
		s.bareList(words[0])
		s.word(words[0])
		return
	}
	if len(words) > 1 && s.stance == stanceHost {
		s.spacedList(words)
	}
	s.line(words)
}

// inner reads values that stand within this one.
func (s *scanner) inner(values []named) {
	all := portsOf(values)
	for i := range values {
		v := &values[i]
		is := stanceOf(v.words)
		if len(v.words) == 0 {
			is = s.stance
		}
		if is = max(is, v.stance); is == stanceNever || s.stance == stanceNever {
			continue
		}
		in := scanner{of: s.of, stance: is, found: s.found, depth: s.depth + 1}
		in.port = all.of(v)
		in.text(v.value)
	}
}

// bareList reads hosts alone, separated by commas, where the name says that they are some, or a port
// of the same name stands beside.
func (s *scanner) bareList(word string) {
	if s.stance != stanceHost && s.port == 0 {
		return
	}
	for element := range strings.SplitSeq(word, ",") {
		s.bare(element)
	}
}

func (s *scanner) bare(element string) {
	host, port, ok := hostPort(strings.TrimSuffix(element, "."))
	if ok && port == 0 && !strings.HasPrefix(host, ".") {
		s.tell(mention{host: host, port: s.port})
	}
}

// spacedList reads hosts separated by spaces: names of one label are taken for words of a text.
func (s *scanner) spacedList(words []string) {
	for _, word := range words {
		if !strings.Contains(word, ".") || strings.ContainsAny(word, "=:/@") {
			return
		}
	}
	for _, word := range words {
		s.bare(word)
	}
}

// line reads the words of a command line or a connection string.
func (s *scanner) line(words []string) {
	var values []named
	tool := ""
	for i := 0; i < len(words); i++ {
		word := words[i]
		next := ""
		if i+1 < len(words) {
			next = words[i+1]
		}
		name, value, assigned := cutAssignment(word)
		switch {
		case assigned:
			values = append(values, newNamed(name, value))
		case isFlag(word) && dials(tool):
			if portOf(next) != 0 { // a time to wait
				i++
			}
		case strings.HasPrefix(word, "-h") && isHost(word[2:]): // the host right behind its flag
			values = append(values, newNamed("host", word[2:]))
		case isFlag(word) && next != "" && !isFlag(next):
			if _, _, nested := cutAssignment(next); nested {
				continue
			}
			values = append(values, newNamed(longFlag(word), next))
			i++
		case isFlag(word):
		case dials(tool) && portOf(next) != 0:
			if host, port, ok := hostPort(word); ok && port == 0 {
				s.found(s.of, mention{host: host, port: portOf(next), sure: true, inside: s.stance == stanceInside})
			}
			i++
		case strings.HasSuffix(word, "@tcp") && next != "" && !strings.Contains(next, ":"): // of Go's MySQL
			if host, port, ok := hostPort(next); ok && port == 0 {
				s.found(s.of, mention{host: host, usual: 3306, sure: true, inside: s.stance == stanceInside})
			}
			i++
		case asksNames(tool):
			tool = ""
		default:
			if base := path.Base(word); dials(base) || asksNames(base) {
				tool = base
			}
			values = append(values, newNamed("", word))
		}
	}
	s.assigned(values)
}

// assigned reads the values of a line, each of which is one word.
func (s *scanner) assigned(values []named) {
	all := portsOf(values)
	for i := range values {
		v := &values[i]
		is := stanceOf(v.words)
		if is == stanceNone && s.stance != stanceHost {
			is = s.stance
		}
		if is == stanceNever {
			continue
		}
		in := scanner{of: s.of, stance: is, found: s.found, depth: s.depth + 1}
		if len(v.words) > 0 {
			in.port = all.of(v)
			if is == stanceHost {
				v.value = sqlServer(v.value)
			}
			in.bareList(v.value)
		}
		in.word(v.value)
	}
}

// sqlServer puts an address as SQL Server has it, tcp:host,port, into the form of all others.
func sqlServer(value string) string {
	value = strings.TrimPrefix(value, "tcp:")
	if host, port, ok := strings.Cut(value, ","); ok && portOf(port) != 0 && !strings.Contains(host, ":") {
		return host + ":" + port
	}
	return value
}

// dials tells programs that take a host and a port as two words.
func dials(tool string) bool {
	return tool == "nc" || tool == "ncat" || tool == "netcat" || tool == "telnet"
}

// asksNames tells programs that ask for a name and call nobody.
func asksNames(tool string) bool {
	return tool == "nslookup" || tool == "dig" || tool == "getent" || tool == "ping"
}
