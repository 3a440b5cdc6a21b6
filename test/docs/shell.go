package main

import (
	"slices"
	"strings"
)

// program is the name of the plugin's program.
const program = "kubectl-harden"

// pluginWords are the words behind the name of the plugin, for each time that it is called in
// lines of a shell. Nothing is expanded; a redirection and its file are left out.
func pluginWords(lines string) [][]string {
	var found [][]string
	for _, words := range shellCommands(lines) {
		for i, word := range words {
			switch {
			case word == program && (i == 0 || slices.Contains([]string{"do", "then", "sudo", "xargs"}, words[i-1])):
				found = append(found, words[i+1:])
			case word == "kubectl" && i+1 < len(words) && words[i+1] == "harden":
				found = append(found, words[i+2:])
			}
		}
	}
	return found
}

// shellCommands takes lines apart into commands, and these into words.
func shellCommands(lines string) [][]string {
	s := &shellReader{}
	lines = strings.ReplaceAll(lines, "\\\n", " ")
	for i := 0; i < len(lines); i++ {
		c := lines[i]
		switch {
		case s.comment:
			s.comment = c != '\n'
			if !s.comment {
				s.endCommand()
			}
		case s.quote != 0:
			s.quoted(c)
		case c == '\\' && i+1 < len(lines):
			i++
			s.add(lines[i])
		case c == '\'' || c == '"':
			s.quote, s.inWord = c, true
		case c == '#' && !s.inWord:
			s.comment = true
		default:
			s.plain(c)
		}
	}
	s.endCommand()
	return s.commands
}

type shellReader struct {
	commands [][]string
	words    []string
	word     strings.Builder
	inWord   bool
	// file is set where the next word is that of a redirection.
	file    bool
	comment bool
	quote   byte
}

func (s *shellReader) add(c byte) {
	s.inWord = true
	s.word.WriteByte(c)
}

func (s *shellReader) quoted(c byte) {
	if c == s.quote {
		s.quote = 0
		return
	}
	s.add(c)
}

func (s *shellReader) plain(c byte) {
	switch {
	case c == ' ' || c == '\t':
		s.endWord()
	case c == '>' || c == '<':
		if slices.Contains([]string{"1", "2"}, s.word.String()) {
			s.word.Reset()
			s.inWord = false
		}
		s.endWord()
		s.file = true
	case c == '&' && s.file:
		s.add(c)
	case strings.IndexByte("|&;()\n`", c) >= 0:
		s.endCommand()
	default:
		s.add(c)
	}
}

func (s *shellReader) endWord() {
	if s.inWord && !s.file {
		s.words = append(s.words, s.word.String())
	}
	if s.inWord {
		s.file = false
	}
	s.inWord = false
	s.word.Reset()
}

func (s *shellReader) endCommand() {
	s.endWord()
	s.file = false
	if len(s.words) > 0 {
		s.commands = append(s.commands, s.words)
	}
	s.words = nil
}
