package render

// symbols are the marks in front of words, and the signs between them.
type symbols struct {
	bad, medium, low, unknown, pass, accepted, from, to, more text
}

func newSymbols(ascii bool) symbols {
	if ascii {
		return symbols{
			bad: "x", medium: "!", low: ".", unknown: "?", pass: "v", accepted: "=",
			from: "<-", to: "->", more: "...",
		}
	}
	return symbols{
		bad: "×", medium: "!", low: "·", unknown: "?", pass: "✓", accepted: "=",
		from: "←", to: "→", more: "…",
	}
}

// all lists the symbols in one order for both sets.
func (s symbols) all() []text {
	return []text{s.bad, s.medium, s.low, s.unknown, s.pass, s.accepted, s.from, s.to, s.more}
}
