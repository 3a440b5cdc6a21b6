package main

import (
	"fmt"
	"regexp"
	"strings"
)

// block is a fenced block of a Markdown file.
type block struct {
	language string
	// line of the first line within, from 1 on.
	line  int
	lines []string
}

// inline is a piece of code within a paragraph.
type inline struct {
	text string
	line int
}

// readMarkdown finds the blocks of a text, and the code in what is around them.
func readMarkdown(text string) (blocks []block, code []inline, err error) {
	var open *block
	indent := ""
	for i, line := range strings.Split(text, "\n") {
		fence := strings.TrimLeft(line, " ")
		switch {
		case open == nil && strings.HasPrefix(fence, "```"):
			indent = line[:len(line)-len(fence)]
			open = &block{language: strings.TrimPrefix(fence, "```"), line: i + 2}
		case open == nil:
			for _, found := range codeSpan.FindAllStringSubmatch(line, -1) {
				code = append(code, inline{found[1], i + 1})
			}
		case strings.TrimPrefix(line, indent) == "```":
			blocks = append(blocks, *open)
			open = nil
		default:
			open.lines = append(open.lines, strings.TrimPrefix(line, indent))
		}
	}
	if open != nil {
		return nil, nil, fmt.Errorf("line %d: the block does not end", open.line)
	}
	return blocks, code, nil
}

var codeSpan = regexp.MustCompile("`([^`]+)`")

// step is a command of a console block, with the output that is shown under it.
type step struct {
	command string
	line    int
	output  []string
}

const prompt = "$ "

// steps of a console block: a line that begins with a prompt is a command, which goes on behind
// a backslash at its end.
func (b block) steps() ([]step, error) {
	var out []step
	for i := 0; i < len(b.lines); i++ {
		command, isCommand := strings.CutPrefix(b.lines[i], prompt)
		if !isCommand {
			if len(out) == 0 {
				return nil, fmt.Errorf("line %d: a console block begins with a command behind %q; where nothing is to be run, it is a block of sh", b.line+i, prompt)
			}
			last := &out[len(out)-1]
			last.output = append(last.output, b.lines[i])
			continue
		}
		next := step{line: b.line + i, command: command}
		for strings.HasSuffix(next.command, `\`) && i+1 < len(b.lines) {
			i++
			next.command += "\n" + b.lines[i]
		}
		out = append(out, next)
	}
	return out, nil
}

// leftOut stands for lines that are not shown.
const leftOut = "..."

// shows tells whether lines are those of the output, but for those left out.
func shows(shown, output []string) bool {
	for i, line := range shown {
		if line == leftOut {
			for skipped := range len(output) + 1 {
				if shows(shown[i+1:], output[skipped:]) {
					return true
				}
			}
			return false
		}
		if len(output) == 0 || output[0] != line {
			return false
		}
		output = output[1:]
	}
	return len(output) == 0
}
