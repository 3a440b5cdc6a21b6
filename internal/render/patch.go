package render

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// Patch is the change of an object that mends a finding.
type Patch struct {
	// Fields are what to write, from the object's root; null removes. Nil where there is
	// nothing to write down.
	Fields map[string]any
	// Body is what kubectl patch is given, and Type its --type; empty is a strategic merge.
	Body any
	Type string
	// Removes tells that a field is only taken away.
	Removes bool
}

// yamlLines writes fields as YAML, lists of plain values in one line.
func yamlLines(value any) []string {
	switch v := value.(type) {
	case map[string]any:
		var out []string
		for _, name := range slices.SortedFunc(maps.Keys(v), nameFirst) {
			out = append(out, under(yamlScalar(name)+":", v[name])...)
		}
		return out
	case []any:
		var out []string
		for _, item := range v {
			for i, l := range yamlLines(item) {
				if i == 0 {
					out = append(out, "- "+l)
				} else {
					out = append(out, "  "+l)
				}
			}
		}
		return out
	}
	return []string{yamlScalar(value)}
}

// nameFirst puts the name of an item in front of its other fields.
func nameFirst(a, b string) int {
	if (a == "name") != (b == "name") {
		if a == "name" {
			return -1
		}
		return 1
	}
	return strings.Compare(a, b)
}

// under puts a value behind its key, or below it.
func under(key string, value any) []string {
	switch v := value.(type) {
	case map[string]any:
		if len(v) == 0 {
			return []string{key + " {}"}
		}
		out := []string{key}
		for _, l := range yamlLines(v) {
			out = append(out, "  "+l)
		}
		return out
	case []any:
		if plainList(v) {
			words := make([]string, len(v))
			for i := range v {
				words[i] = yamlScalar(v[i])
			}
			return []string{key + " [" + strings.Join(words, ", ") + "]"}
		}
		return append([]string{key}, yamlLines(v)...)
	}
	return []string{key + " " + yamlScalar(value)}
}

func plainList(list []any) bool {
	return !slices.ContainsFunc(list, func(item any) bool {
		_, isMap := item.(map[string]any)
		return isMap
	})
}

// yamlScalar quotes what YAML would not read as the same string. A JSON string is a YAML one.
func yamlScalar(value any) string {
	s, isString := value.(string)
	plain := s != "" && !strings.ContainsRune("0123456789_./-", rune(s[0])) && onlyHas(s, "_./-")
	if isString && plain && !slices.Contains([]string{"true", "false", "null", "yes", "no", "on", "off", "y", "n"}, strings.ToLower(s)) {
		return s
	}
	return compactJSON(value)
}

// compactJSON is JSON in one line, with a blank behind commas and colons where a line may break.
func compactJSON(value any) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return ""
	}
	var out strings.Builder
	inside, escaped := false, false
	for _, r := range strings.TrimSuffix(b.String(), "\n") {
		out.WriteRune(r)
		switch {
		case escaped:
			escaped = false
		case inside && r == '\\':
			escaped = true
		case r == '"':
			inside = !inside
		case !inside && (r == ',' || r == ':'):
			out.WriteByte(' ')
		}
	}
	return out.String()
}

// apply prints the command that applies a patch to a live object, as a shell takes it: what
// does not fit goes on in further lines, which JSON allows inside the quotes.
func (s *screen) apply(ref api.Ref, p Patch, kubectl string) {
	words := []string{kubectl, "patch", typeName(ref), shellQuote(ref.Name)}
	if ref.Namespace != "" {
		words = append(words, "-n", shellQuote(ref.Namespace))
	}
	if p.Type != "" {
		words = append(words, "--type="+p.Type)
	}
	command := strings.Join(append(words, "--patch"), " ")
	body := shellQuote(compactJSON(p.Body))
	label := line{{plain, "  "}, {dim, "apply"}}
	if one := (line{{plain, s.text(command + " " + body)}}); s.width == 0 || labelAt+one.width() <= s.edge() {
		s.write(label.at(labelAt, one))
		return
	}
	for i, part := range (line{{plain, s.text(command)}}).fold(s.edge() - labelAt - 2) {
		if i > 0 {
			label = nil
		}
		s.write(label.at(labelAt, append(part, span{plain, ` \`})))
	}
	s.hang(nil, labelAt, line{{plain, s.text(body)}})
}

// typeName is a kind as kubectl takes it: with its group where another may have the same.
func typeName(ref api.Ref) string {
	kind, _, _ := strings.Cut(resourceName(ref), "/")
	if group := ref.Group(); group == "apps" || group == "batch" {
		kind = strings.TrimSuffix(kind, "."+group)
	}
	return shellQuote(kind)
}

// shellQuote quotes a word that a shell would take apart.
func shellQuote(word string) string {
	if word != "" && onlyHas(word, "_./:=@%+,-") {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// onlyHas tells whether a string has nothing but letters and digits of ASCII, and some signs.
func onlyHas(s, signs string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune(signs, r)
	})
}
