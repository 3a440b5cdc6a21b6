package patch

import "bytes"

// jsonLength is that of a JSON object at the head of a text, with what is blank before it; 0 for
// anything else. A quoted first key tells it from YAML.
func jsonLength(text []byte) int {
	at := 0
	for {
		for at < len(text) && isBlank(text[at]) {
			at++
		}
		end := bytes.IndexByte(text[at:], '\n')
		if end < 0 || string(bytes.TrimRight(text[at:at+end], " \t\r")) != "---" {
			break
		}
		at += end
	}
	inside, found := bytes.CutPrefix(text[at:], []byte("{"))
	inside = bytes.TrimLeft(inside, " \t\r\n")
	if !found || len(inside) == 0 || inside[0] != '"' && inside[0] != '}' {
		return 0
	}
	j := &jsonSpans{text: text, at: at}
	if _, err := j.value(0); err != nil {
		return 0
	}
	return j.at
}

// documentLength is that of the first document of YAML, up to the marker of the next. One that a
// marker begins may hold comments alone; comments before the first marker are of its document.
func documentLength(text []byte) int {
	seen, marked := false, false
	for at := 0; at < len(text); {
		end := at + lineLength(text[at:])
		line := text[at:end]
		switch {
		case isMarker(line, "..."):
			return end
		case isMarker(line, "---"):
			if seen || marked {
				return at
			}
			marked, seen = true, len(bytes.TrimSpace(line[len("---"):])) > 0
		case len(bytes.TrimSpace(line)) > 0 && bytes.TrimSpace(line)[0] != '#':
			seen = true
		}
		at = end
	}
	return len(text)
}

func lineLength(text []byte) int {
	if i := bytes.IndexByte(text, '\n'); i >= 0 {
		return i + 1
	}
	return len(text)
}

func isMarker(line []byte, marker string) bool {
	rest, found := bytes.CutPrefix(line, []byte(marker))
	return found && (len(rest) == 0 || isBlank(rest[0]))
}
