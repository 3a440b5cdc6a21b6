package cluster

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"sort"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// maxSearch bounds the text that an error's line is searched in, which parses it again.
const maxSearch = 1 << 20

// lineError is an error with the line it happened on, 0 where that is not known.
type lineError struct {
	line int
	err  error
}

func (e *lineError) Error() string { return e.err.Error() }
func (e *lineError) Unwrap() error { return e.err }

// lineOfError is the line that err knows, or the one given.
func lineOfError(err error, line int) int {
	if le, ok := errors.AsType[*lineError](err); ok && le.line > 0 {
		return le.line
	}
	return line
}

// yamlObjects reads one document of a stream.
func yamlObjects(file *inputFile, number int, text yamlText) (result loadResult) {
	roots, err := parseYAML(text.data)
	if err != nil {
		line := text.line
		if !utf8.Valid(text.data) {
			err = errors.New("is not UTF-8 text")
		} else {
			line, err = explainYAML(text, err)
		}
		result.problems = []Problem{file.problem(number, line, err)}
		return result
	}
	for _, root := range roots {
		w := &yamlWriter{text: text}
		doc, err := w.document(root)
		switch {
		case err != nil:
			line := lineOfError(err, text.line+root.Line-1)
			result.problems = append(result.problems, file.problem(number, line, err))
		case doc != nil:
			doc.file, doc.number = file, number
			result.add(doc.objects())
		}
	}
	return result
}

func (r *loadResult) add(o loadResult) {
	r.objects = append(r.objects, o.objects...)
	r.problems = append(r.problems, o.problems...)
	r.answered = r.answered || o.answered
}

// parseYAML gives the root nodes of the documents in data: one, but for line breaks other
// than \n, which the parser knows and the splitter does not.
func parseYAML(data []byte) (roots []*yaml.Node, err error) {
	defer func() {
		// The parser panics on states that it takes for impossible.
		if r := recover(); r != nil {
			roots, err = nil, fmt.Errorf("is not YAML that can be parsed: %v", r)
		}
	}()
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	for {
		var doc yaml.Node
		if err := decoder.Decode(&doc); err != nil {
			return roots, ignoreEOF(err)
		}
		if len(doc.Content) == 1 {
			roots = append(roots, doc.Content[0])
		}
	}
}

var yamlErrorPrefix = regexp.MustCompile(`^yaml: (line \d+: )?`)

// explainYAML gives the line of a parser's error and says it without the parser's own line,
// which is that of the surrounding block, and one too small for half of the errors.
func explainYAML(text yamlText, err error) (int, error) {
	message := yamlErrorPrefix.ReplaceAllString(err.Error(), "")
	if len(text.data) > maxSearch {
		return text.line, errors.New(message)
	}
	lines := bytes.SplitAfter(text.data, []byte("\n"))
	// The error stands on the last line of the shortest beginning that has it.
	n := sort.Search(len(lines)-1, func(n int) bool {
		_, e := parseYAML(bytes.Join(lines[:n+1], nil))
		return e != nil && e.Error() == err.Error()
	})
	blanks := lines[n][:len(lines[n])-len(bytes.TrimLeft(lines[n], " \t"))]
	if strings.Contains(message, "cannot start any token") && bytes.IndexByte(blanks, '\t') >= 0 {
		message = "a tab indents the line where YAML wants spaces"
	}
	return text.line + n, errors.New(message)
}
