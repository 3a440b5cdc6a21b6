package static

import (
	"path"
	"slices"
	"strings"
)

// lineReader reads the words of a command line or a connection string.
type lineReader struct {
	*scanner
	words  []string
	values []named
	// tool is the program that takes hosts in a way of its own; client is set for one of those that
	// have the host right behind -h. begins tells that the next word is a program.
	tool           string
	client, begins bool
	// whole tells that a URL stands in the line with its scheme, so that other words are none.
	whole bool
	// sure tells that the tool is a program surely, and no word of a sentence.
	sure bool
}

func (l *lineReader) read() {
	l.begins = true
	l.whole = slices.ContainsFunc(l.words, func(word string) bool { return strings.Contains(word, "://") })
	for i := 0; i < len(l.words); i++ {
		next := ""
		if i+1 < len(l.words) {
			next = l.words[i+1]
		}
		if l.pair(l.words[i], next) {
			i++
		}
	}
	l.assigned(l.values)
}

func (l *lineReader) add(name, value string) { l.values = append(l.values, newNamed(name, value)) }

// pair reads a word with the next one, and tells whether that is read with it.
func (l *lineReader) pair(word, next string) (both bool) {
	name, value, assigned := cutAssignment(word)
	switch {
	case assigned:
		l.add(name, value)
		return false
	case isFlag(word) && dials(l.tool):
		return portOf(next) != 0 // a time to wait
	case isFlag(word) && fetches(l.tool):
		return l.fetchFlag(word, next)
	case strings.HasPrefix(word, "-h") && isHost(word[2:]) && !namesHost(word[1:]) && l.glued(word[2:]):
		return false
	case isFlag(word):
		return l.flag(word, next)
	case dials(l.tool) && (portOf(next) != 0 || isOpen(word) && isOpen(next)):
		l.dial(word, portOf(next), 0)
		return true
	case strings.HasSuffix(word, "@tcp") && next != "" && !strings.Contains(next, ":"): // of Go's MySQL
		l.dial(next, 0, 3306)
		return true
	}
	l.plain(word)
	return false
}

// glued reads the host right behind its flag, as clients of databases have it.
func (l *lineReader) glued(host string) bool {
	if l.client {
		l.add("host", host)
	} else {
		l.emit(mention{host: strings.ToLower(host)})
	}
	return l.client
}

func (l *lineReader) flag(word, next string) bool {
	if next == "" || isFlag(next) || l.begins && strings.HasSuffix(word, "c") && len(word) < 4 { // sh -c, bash -ec
		return false
	}
	if _, _, nested := cutAssignment(next); nested {
		return false
	}
	l.add(longFlag(word), next)
	return true
}

// dial reads a host whose port is known.
func (l *lineReader) dial(word string, port, usual int32) {
	host, written, ok := hostPort(word)
	switch {
	case ok && written == 0:
		l.emit(mention{host: host, port: port, usual: usual, sure: true})
	case !ok && isOpen(word):
		l.emit(mention{open: true, port: port, usual: usual})
	}
}

// plain reads a word that is no flag and no value of one.
func (l *lineReader) plain(word string) {
	base := path.Base(word)
	program := l.begins
	l.begins = program && beforeProgram(base)
	switch {
	case asksNames(l.tool):
		l.tool = ""
		return
	case fetches(l.tool):
		l.fetch(word, l.sure)
		return
	case dials(base), asksNames(base), fetches(base) && (program || !shortFetcher(base)):
		l.tool, l.sure = base, program && !l.whole
	}
	l.client = l.client || hasClient(base)
	v := newNamed("", word)
	if l.values = append(l.values, v); l.of.command && !program && !l.peers {
		l.maybe(&v)
	}
}

// fetchFlag reads a flag of a program that takes a URL: what stands behind one of a single letter
// without a value is the URL itself, behind any other it may be.
func (l *lineReader) fetchFlag(word, next string) bool {
	if next == "" || isFlag(next) {
		return false
	}
	letters := strings.TrimLeft(word, "-")
	switch {
	case strings.HasSuffix(letters, "-"), !strings.HasPrefix(word, "--") && strings.Trim(letters, "sfkLivSqnNI46gGjlaJ") == "", slices.Contains([]string{
		"silent", "fail", "location", "insecure", "show-error", "quiet", "spider", "verbose", "compressed", "head", "include", "no-check-certificate", "no-verbose", "get",
	}, letters):
		return false
	}
	if l.add(longFlag(word), next); !strings.Contains(next, "://") {
		l.fetch(next, false)
	}
	return true
}

// fetch reads a URL that may be without its scheme.
func (l *lineReader) fetch(word string, sure bool) {
	if strings.Contains(word, "://") {
		l.add("", word)
		return
	}
	if slices.Contains([]string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}, word) {
		return
	}
	address, _, _ := strings.Cut(word, "/")
	address = address[strings.LastIndexByte(address, '@')+1:]
	host, port, ok := hostPort(address)
	switch {
	case ok:
		isFile := address == word && port == 0 && isFileEnding(host[strings.LastIndexByte(host, '.')+1:])
		l.emit(mention{host: host, port: port, usual: 80, sure: sure && !isFile})
	case sure && isOpen(address):
		l.emit(mention{open: true, port: openPort(address), usual: 80})
	}
}

// assigned reads the values of a line, each of which is one word.
func (s *scanner) assigned(values []named) {
	all := portsOf(values)
	for i := range values {
		v := &values[i]
		is := v.says()
		if is == stanceNone && s.stance != stanceHost && s.stance != stanceMaybe {
			is = s.stance
		}
		in := scanner{of: s.of, stance: is, found: s.found, depth: s.depth + 1, peers: s.peers || is == stanceNever}
		if in.peers {
			in.stance = stanceNone
		}
		if len(v.words) > 0 {
			in.port = all.of(v)
			if is == stanceHost {
				v.value = sqlServer(v.value)
			}
			in.bareList(v.value)
			if s.of.command && !in.peers {
				in.maybe(v)
			}
		}
		in.word(v.value)
	}
}

// segments are the commands of a line of a shell; what is none is one.
func segments(text string) []string {
	if !strings.ContainsAny(text, ";|&\n") || !isShell(text) {
		return []string{text}
	}
	for _, end := range []string{"&&", "||", ";", "|", " & "} {
		text = strings.ReplaceAll(text, end, "\n")
	}
	return strings.Split(text, "\n")
}

// isShell tells a line of commands from a connection string: it has a flag, or a program that is
// known.
func isShell(text string) bool {
	return slices.ContainsFunc(splitWords(text), func(word string) bool {
		base := path.Base(word)
		return isFlag(word) || dials(base) || asksNames(base) || fetches(base) || hasClient(base)
	})
}

// beforeProgram tells words of a shell that a program stands behind.
func beforeProgram(word string) bool {
	return slices.Contains([]string{"sh", "bash", "exec", "until", "while", "if", "then", "do", "else", "!", "sudo", "time", "timeout", "env", "{"}, word) || portOf(word) != 0
}

// hasClient tells the programs of databases and queues that have the host right behind -h.
func hasClient(tool string) bool {
	return slices.ContainsFunc([]string{"mysql", "mariadb", "psql", "pg_", "redis-", "valkey-", "mongo", "cqlsh"}, func(begin string) bool { return strings.HasPrefix(tool, begin) })
}

// fetches tells programs that take a URL with or without its scheme.
func fetches(tool string) bool {
	return tool == "curl" || tool == "wget" || tool == "curlie" || shortFetcher(tool)
}

// shortFetcher tells those whose names stand for other things too.
func shortFetcher(tool string) bool {
	return tool == "http" || tool == "https" || tool == "xh"
}

// dials tells programs that take a host and a port as two words.
func dials(tool string) bool {
	return tool == "nc" || tool == "ncat" || tool == "netcat" || tool == "telnet"
}

// asksNames tells programs that ask for a name and call nobody.
func asksNames(tool string) bool {
	return tool == "nslookup" || tool == "dig" || tool == "getent" || tool == "ping"
}
