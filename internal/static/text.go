package static

import (
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
	// usual is the port of a host without one, where the program has one.
	usual int32
	// command tells a command line, each word of which may be a host.
	command bool
	// upstreams are names that the text itself gives, for others.
	upstreams map[string]bool
}

func newNamed(name, value string) named {
	return named{name: name, value: value, words: nameWords(name)}
}

// says is what its name says of a value; a URL is no user, whatever its name.
func (v *named) says() stance {
	if n := len(v.words); n > 0 && (v.words[n-1] == "user" || v.words[n-1] == "u") && strings.Contains(v.value, "://") {
		return stanceNone
	}
	return stanceOf(v.words)
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
		is := max(v.says(), v.stance)
		s := scanner{of: v, stance: is, found: found, peers: is == stanceNever}
		if s.peers {
			s.stance = stanceNone
		}
		s.port = all.of(v)
		s.text(v.value)
		if !s.peers {
			s.maybe(v)
		}
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
	// peers is set for what is not called, but where it is the name of a pod's own peers.
	peers bool
}

func (s *scanner) tell(m mention) {
	m.sure = m.sure || s.stance == stanceHost
	s.emit(m)
}

func (s *scanner) emit(m mention) {
	m.inside, m.peers = s.stance == stanceInside, s.peers
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
	if s.depth < maxDepth && len(trimmed) < maxFlow && strings.HasPrefix(trimmed, "{") || strings.HasPrefix(trimmed, "[{") {
		if values, ok := flowValues(trimmed, s.of); ok {
			s.inner(values)
			return
		}
	}
	for _, part := range segments(text) {
		s.words(splitWords(part))
	}
}

func (s *scanner) words(words []string) {
	if len(words) == 1 && !strings.Contains(words[0], "=") {
		s.bareList(words[0])
		s.word(words[0])
		return
	}
	if len(words) > 1 && s.stance == stanceHost {
		s.spacedList(words)
	}
	l := lineReader{scanner: s, words: words}
	l.read()
}

// inner reads values that stand within this one.
func (s *scanner) inner(values []named) {
	all := portsOf(values)
	for i := range values {
		v := &values[i]
		is := v.says()
		if len(v.words) == 0 {
			is = s.stance
		}
		is = max(is, v.stance)
		in := scanner{of: s.of, stance: is, found: s.found, depth: s.depth + 1, peers: s.peers || is == stanceNever}
		if in.peers {
			in.stance = stanceNone
		}
		in.port = all.of(v)
		in.text(v.value)
		if !in.peers {
			in.maybe(v)
		}
	}
}

// bareList reads hosts alone, separated by commas, where the name says that they are some, or a port
// of the same name stands beside.
func (s *scanner) bareList(word string) {
	if s.stance != stanceHost && s.stance != stanceMaybe && s.port == 0 {
		return
	}
	for element := range strings.SplitSeq(word, ",") {
		s.bare(element)
	}
}

func (s *scanner) bare(element string) {
	host, port, ok := hostPort(strings.TrimSuffix(element, "."))
	switch {
	case ok && port == 0 && !strings.HasPrefix(host, "."):
		s.tell(mention{host: host, port: s.port, usual: s.of.usual})
	case !ok && s.stance == stanceHost && isOpen(element) && openPort(element) == 0 && !strings.Contains(element, "://"):
		s.tell(mention{open: true, port: s.port})
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

// sqlServer puts an address as SQL Server has it, tcp:host,port, into the form of all others.
func sqlServer(value string) string {
	value = strings.TrimPrefix(value, "tcp:")
	if host, port, ok := strings.Cut(value, ","); ok && portOf(port) != 0 && !strings.Contains(host, ":") {
		return host + ":" + port
	}
	return value
}
