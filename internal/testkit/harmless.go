package testkit

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// colourSequence is what an output in colour may have of control sequences.
var colourSequence = regexp.MustCompile(`\x1b\[[0-9;]*m`)

// CheckHarmless fails the test if an output carries a string of HostileStrings
// in a form that does harm. In every format that is:
//
//   - a control, bidirectional or invisible character other than newline and tab;
//   - invalid UTF-8;
//   - a line that a hostile string has begun.
//
// Formats "html" and "markdown" must also not have its markup, where Markdown's
// code spans are left out, and format "yaml" none of its aliases. Format "ansi"
// is a terminal with colours: SGR sequences may occur, but not those of a
// hostile string. Any other name ("text", "json", "sarif" …) only stands in the
// message.
func CheckHarmless(tb testing.TB, format, output string) {
	tb.Helper()
	for _, problem := range harms(format, output) {
		tb.Errorf("%s output is not safe: %s", format, problem)
	}
}

func harms(format, output string) []string {
	var problems []string
	text := output
	if format == "markdown" {
		text = dropCodeSpans(output)
		if at := strings.Index(output, " | "+forged+" | "); at >= 0 { // splits a cell in a code span too
			problems = append(problems, "a table cell in "+around(output, at))
		}
	}
	for _, p := range forbidden(format) {
		if found := p.FindStringIndex(text); found != nil {
			problems = append(problems, fmt.Sprintf("%q in %s", text[found[0]:found[1]], around(text, found[0])))
		}
	}
	if format == "ansi" {
		output = colourSequence.ReplaceAllString(output, "")
	}
	seen := map[rune]bool{}
	for at, r := range output {
		invalid := false
		if r == utf8.RuneError {
			_, size := utf8.DecodeRuneInString(output[at:])
			invalid = size == 1
		}
		if (invalid || dangerous(r)) && !seen[r] {
			seen[r] = true
			problems = append(problems, fmt.Sprintf("%U in %s", r, around(output, at)))
		}
	}
	return problems
}

// dangerous reports characters that move the cursor, reorder or hide text.
func dangerous(r rune) bool {
	return r != '\n' && r != '\t' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}

// forbidden is what hostile strings leave where they were not escaped.
func forbidden(format string) []*regexp.Regexp {
	expressions := []string{`(?m)^` + forged}
	switch format {
	case "html":
		expressions = append(expressions, htmlForged, `(?i)(?:href|src)\s*=\s*["']?\s*javascript:`)
	case "markdown":
		expressions = append(expressions, htmlForged,
			`(?:^|[^\\])\[`+forged+`\]\(`, "(?m)^```\n"+forged, `(?m)^#+ `+forged)
	case "yaml":
		expressions = append(expressions, `(?m)^[^#"'\n]*[:-] \*`+forged)
	case "ansi":
		expressions = append(expressions, `\x1b\[5;41m`)
	}
	var all []*regexp.Regexp
	for _, e := range expressions {
		all = append(all, regexp.MustCompile(e))
	}
	return all
}

// htmlForged is a tag, attribute or script of a hostile string.
const htmlForged = `<script>(?:` + forged + `)|<img src=x|<h1>` + forged + `|<b>` + forged +
	`|["'] onmouseover='` + forged + `|["']><img|</summary></details><h1>`

// around quotes the neighbourhood of a byte of an output.
func around(output string, at int) string {
	return fmt.Sprintf("%q", strings.ToValidUTF8(output[max(0, at-30):min(len(output), at+30)], "\uFFFD"))
}

// dropCodeSpans removes the code spans of each line of Markdown: what stands
// between two equally long runs of backticks.
func dropCodeSpans(markdown string) string {
	var kept strings.Builder
	for line := range strings.Lines(markdown) {
		for {
			start := strings.IndexByte(line, '`')
			if start < 0 {
				break
			}
			inner := strings.TrimLeft(line[start:], "`")
			length, found := closingRun(inner, len(line)-start-len(inner))
			if !found {
				break
			}
			kept.WriteString(line[:start])
			line = inner[length:]
		}
		kept.WriteString(line)
	}
	return kept.String()
}

// closingRun is the offset behind the first run of exactly n backticks.
func closingRun(text string, n int) (int, bool) {
	for at := 0; ; {
		next := strings.IndexByte(text[at:], '`')
		if next < 0 {
			return 0, false
		}
		at += next
		run := len(text[at:]) - len(strings.TrimLeft(text[at:], "`"))
		at += run
		if run == n {
			return at, true
		}
	}
}
