package render

import "strings"

// fold breaks a line at blanks so that none is wider than width; a word that is wider
// breaks behind a comma or slash, or else where it must.
func (l line) fold(width int) []line {
	var lines []line
	var current line
	used, gap := 0, text("")
	for _, word := range l.words() {
		if strings.TrimSpace(string(word.text)) == "" {
			gap = word.text
			continue
		}
		if len(current) > 0 && used+len(gap)+word.text.width() > width {
			lines, current, used = append(lines, current), nil, 0
		}
		for word.text.width() > width-used && used == 0 {
			head := word.text.head(width).upToSign(width)
			if head == "" {
				break
			}
			lines = append(lines, line{{word.ink, head}})
			word.text = word.text[len(head):]
		}
		if len(current) > 0 && gap != "" {
			current = append(current, span{gapInk(current, word), gap})
			used += len(gap)
		}
		if word.text != "" {
			current = append(current, word)
			used += word.text.width()
		}
		gap = ""
	}
	if len(current) > 0 || len(lines) == 0 {
		lines = append(lines, current)
	}
	return lines
}

// upToSign is the beginning of a word that is to break: as far as its last comma or slash,
// where that leaves no line almost empty.
func (t text) upToSign(width int) text {
	i := strings.LastIndexAny(string(t), ",/;")
	if head := t[:i+1]; i >= 0 && head.width() >= width/3 {
		return head
	}
	return t
}

// gapInk is the ink of a blank between two words: their own where it is the same.
func gapInk(before line, word span) ink {
	if last := before[len(before)-1].ink; last == word.ink {
		return last
	}
	return plain
}

// words splits a line into words and the runs of blanks between them.
func (l line) words() []span {
	var out []span
	for _, s := range l {
		rest := s.text
		for rest != "" {
			n := strings.IndexByte(string(rest), ' ')
			if n == 0 {
				n = len(rest) - len(strings.TrimLeft(string(rest), " "))
			} else if n < 0 {
				n = len(rest)
			}
			out = append(out, span{s.ink, rest[:n]})
			rest = rest[n:]
		}
	}
	return out
}
