package static

import "strings"

// splitWords splits a text as a shell or a connection string is: at white space, quotes and what
// separates commands, parameters and properties.
func splitWords(text string) []string {
	for _, spaced := range []string{"Data Source=", "data source=", "Data source="} {
		text = strings.ReplaceAll(text, spaced, "datasource=")
	}
	text = braced(text)
	text = strings.NewReplacer("='", "=", `="`, "=").Replace(text)
	return strings.FieldsFunc(text, func(r rune) bool {
		return r <= ' ' || strings.ContainsRune("\"'`;|&?()<>", r) || r == '\u0085' || r == '\u2028' || r == '\u2029' || r == '\u00a0'
	})
}

// braced writes $(NAME) as ${NAME}, so that it is no word of its own.
func braced(text string) string {
	if !strings.Contains(text, "$(") {
		return text
	}
	var out strings.Builder
	done := 0
	for at := 0; at+1 < len(text); at++ {
		if text[at] != '$' || text[at+1] != '(' {
			continue
		}
		end := at + 2
		for end < len(text) && (isLetter(text[end]) || text[end] == '_' || text[end] >= '0' && text[end] <= '9') {
			end++
		}
		if end < len(text) && text[end] == ')' && end > at+2 {
			out.WriteString(text[done:at] + "${" + text[at+2:end] + "}")
			done = end + 1
		}
		at = end - 1
	}
	return out.String() + text[done:]
}

// cutAssignment cuts NAME=value and --name=value, and not a URL or a list that has an equals sign
// somewhere.
func cutAssignment(word string) (name, value string, ok bool) {
	name, value, ok = strings.Cut(word, "=")
	if !ok || value == "" {
		return "", "", false
	}
	name = flagName(name)
	if name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-[]") != "" {
		return "", "", false
	}
	return name, value, true
}

// isFlag tells a flag from a number below zero and a lone dash.
func isFlag(word string) bool {
	return len(word) > 1 && word[0] == '-' && (word[1] == '-' && len(word) > 2 || isLetter(word[1]))
}

// longFlag is the name of a flag: the short ones for hosts and ports are the same with clients of
// databases and queues.
func longFlag(word string) string {
	switch word {
	case "-h":
		return "host"
	case "-p", "-P":
		return "port"
	}
	return flagName(word)
}

// flagName is a name without its dashes, and without the -D of Java's properties.
func flagName(word string) string {
	if name, ok := strings.CutPrefix(word, "-D"); ok && strings.Contains(name, ".") {
		return name
	}
	return strings.TrimLeft(word, "-")
}

// word reads one word: URLs, or addresses separated by commas.
func (s *scanner) word(word string) {
	if strings.Contains(word, "://") {
		s.urls(word)
		return
	}
	if strings.Contains(word, ":@//") || strings.HasPrefix(word, "jdbc:oracle:") {
		s.oracle(word)
		return
	}
	for element := range strings.SplitSeq(word, ",") {
		s.element(element)
	}
}

// urls reads the URLs of a word, one behind the other.
func (s *scanner) urls(word string) {
	for {
		scheme, authority, rest, ok := cutURL(word)
		if !ok {
			return
		}
		for _, m := range urlMentions(scheme, authority) {
			switch {
			case isVocabulary(m.host):
			case m.port == 0 && s.port != 0:
				s.besides(m)
			default:
				s.tell(m)
			}
		}
		whole := word
		word = rest
		if strings.HasSuffix(authority, ":") && strings.HasPrefix(rest, "//") { // a,http://b and k8s://https://c
			word = whole[len(whole)-len(rest)-len(authority)+strings.LastIndexByte(authority, ',')+1:]
		}
	}
}

// besides tells of a URL without a port that has one beside it: a program may join the two, or the
// port may be another's, so that either counts where there is such a port.
func (s *scanner) besides(m mention) {
	m.sure = m.usual == 0
	if m.usual != 0 {
		s.emit(m)
	}
	m.port = s.port
	s.emit(m)
}

// isVocabulary tells hosts whose URLs are names of formats, which nobody calls.
func isVocabulary(host string) bool {
	switch host {
	case "www.w3.org", "json-schema.org", "schemas.xmlsoap.org", "schemas.microsoft.com", "schemas.android.com", "xmlns.jcp.org", "xmlns.oracle.com",
		"java.sun.com", "jakarta.ee", "www.springframework.org", "maven.apache.org", "www.apache.org", "logging.apache.org", "opensource.org", "www.gnu.org":
		return true
	}
	return false
}

// oracle reads jdbc:oracle:thin:@//host:1521/service and jdbc:oracle:thin:@host:1521:SID.
func (s *scanner) oracle(word string) {
	_, address, ok := strings.Cut(word, "@")
	if !ok {
		return
	}
	address = strings.TrimPrefix(address, "//")
	if end := strings.IndexByte(address, '/'); end >= 0 {
		address = address[:end]
	}
	if parts := strings.Split(address, ":"); len(parts) == 3 {
		address = parts[0] + ":" + parts[1]
	}
	for _, m := range urlMentions("oracle", address) {
		s.tell(m)
	}
}

// element reads host:port with or without a path, and a name of the cluster alone.
func (s *scanner) element(element string) {
	if rest, ok := cutDevice(element); ok {
		element = rest
	}
	element = trimMarks(element)
	user := strings.LastIndexByte(element, '@')
	element = element[user+1:]
	address, below, hasPath := strings.Cut(element, "/")
	if strings.ContainsAny(below, ":@") || strings.HasSuffix(element, ":") {
		return // an image with its tag or digest
	}
	host, port, ok := hostPort(address)
	switch {
	case !ok && isOpen(address) && openPort(address) != 0:
		s.tell(mention{open: true, port: openPort(address)})
	case !ok:
	case port != 0:
		s.tell(mention{host: host, port: port, sure: isClusterName(host)})
	case isClusterName(host) && !hasPath && user < 0 && !strings.Contains(host, "_"):
		s.tell(mention{host: host, port: s.port, sure: true})
	}
}

// cutDevice cuts /dev/tcp/host/port, as bash has it.
func cutDevice(element string) (string, bool) {
	for _, device := range []string{"/dev/tcp/", "/dev/udp/"} {
		if _, behind, found := strings.Cut(element, device); found {
			host, port, ok := strings.Cut(behind, "/")
			return host + ":" + port, ok
		}
	}
	return "", false
}

// trimMarks takes brackets and marks of a sentence from around an address, and leaves templates as
// they are, which are none.
func trimMarks(element string) string {
	element = strings.TrimRight(element, ".!")
	if strings.Contains(element, "${") || strings.Contains(element, "{{") || strings.HasPrefix(element, "[") && strings.Contains(element, "]") {
		return element
	}
	return strings.Trim(element, "[]{}*")
}

// isClusterName tells the full names of Services and of pods behind them.
func isClusterName(host string) bool {
	labels := strings.Split(host, ".")
	for i, label := range labels {
		if label == "svc" && i >= 2 {
			rest := strings.Join(labels[i+1:], ".")
			return rest == "" || rest == clusterDomain
		}
	}
	return false
}

// clusterDomain is that of nearly all clusters.
const clusterDomain = "cluster.local"
