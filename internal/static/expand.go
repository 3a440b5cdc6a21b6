package static

import "strings"

// maxExpanded is how long a value may become by expansion, in bytes; the rest of it stays as it is.
const maxExpanded = maxText

// expand replaces $(NAME) as Kubernetes does: $$ is an escaped $, and a reference to what is not
// known stays as it is (third_party/forked/golang/expansion/expand.go of k8s.io/kubernetes).
func expand(text string, value func(name string) (string, bool)) string {
	var out strings.Builder
	done, last := 0, strings.LastIndexByte(text, ')')
	for at := 0; at < len(text) && out.Len() < maxExpanded; at++ {
		if text[at] != '$' || at+1 == len(text) || text[at+1] == '(' && at > last {
			continue
		}
		out.WriteString(text[done:at])
		read, length, isName := operator(text[at+1:])
		switch known, ok := value(read); {
		case !isName:
			out.WriteString(read)
		case ok:
			out.WriteString(known)
		default:
			out.WriteString("$(" + read + ")")
		}
		at += length
		done = at + 1
	}
	return out.String() + text[done:]
}

// operator reads what stands behind a $: a name in parentheses, or what it stands for itself.
func operator(text string) (read string, length int, isName bool) {
	switch text[0] {
	case '$':
		return "$", 1, false
	case '(':
		if end := strings.IndexByte(text, ')'); end > 0 {
			return text[1:end], end + 1, true
		}
		return "$(", 1, false
	}
	return "$" + text[:1], 1, false
}

// shellExpand replaces $NAME, ${NAME} and ${NAME:-default} as a shell does, where the name is known
// or a default is given; what is not known stays as it is.
func shellExpand(text string, value func(name string) (string, bool)) string {
	var out strings.Builder
	done := 0
	for at := 0; at < len(text) && out.Len() < maxExpanded; at++ {
		if text[at] != '$' {
			continue
		}
		name, otherwise, length := shellName(text[at+1:])
		if length == 0 {
			continue
		}
		known, ok := value(name)
		if !ok || known == "" {
			known, ok = otherwise, otherwise != ""
		}
		if !ok {
			continue
		}
		out.WriteString(text[done:at])
		out.WriteString(known)
		at += length
		done = at + 1
	}
	return out.String() + text[done:]
}

// shellName reads what stands behind a $; the length is 0 for what is no name. A default stands
// behind :- in a shell, and behind : alone in files of Spring.
func shellName(text string) (name, otherwise string, length int) {
	inner, braced := strings.CutPrefix(text, "{")
	end := 0
	for end < len(inner) && (isLetter(inner[end]) || inner[end] == '_' || end > 0 && (inner[end] >= '0' && inner[end] <= '9' || braced && (inner[end] == '.' || inner[end] == '-'))) {
		end++
	}
	name = inner[:end]
	if name == "" || !braced {
		return name, "", end
	}
	const longest = 1024
	closing := strings.IndexByte(inner[:min(len(inner), longest)], '}')
	if closing < end {
		return "", "", 0
	}
	between := inner[end:closing]
	if between == "" {
		return name, "", closing + 2
	}
	otherwise, ok := strings.CutPrefix(between, ":")
	if !ok || strings.ContainsAny(otherwise, "${") {
		return "", "", 0
	}
	return name, strings.TrimPrefix(otherwise, "-"), closing + 2
}
