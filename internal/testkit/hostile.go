package testkit

import (
	"slices"
	"strings"
)

// HostileString is a value that an attacker may put where the plugin reads a
// name, label, annotation, image, message or user agent.
type HostileString struct {
	// Name says what it attacks, fit for a subtest.
	Name  string
	Value string
}

// forged begins what a hostile string would add as a line of its own. The
// checks of CheckHarmless look for it.
const forged = "harden-forged"

// HostileStrings returns values against every output format: the terminal,
// HTML, Markdown, YAML and its comments, and whatever reads names of any
// length. Most are not valid names of objects, but an API server stores them in
// annotations, and a file may have them anywhere.
func HostileStrings() []HostileString {
	return slices.Concat(terminalStrings(), hiddenStrings(), markupStrings(), shapeStrings())
}

// terminalStrings steer a terminal or begin lines of their own.
func terminalStrings() []HostileString {
	return []HostileString{
		{"csi clear screen", "a\x1b[2J\x1b[1;1Hb"},
		{"csi colour", "a\x1b[5;41mred\x1b[0m"},
		{"csi of one byte", "a\u009b31mb"},
		{"osc title", "a\x1b]0;owned\x07b"},
		{"osc 8 link", "\x1b]8;;https://evil.example/\x1b\\click\x1b]8;;\x1b\\"},
		{"osc 52 clipboard", "a\x1b]52;c;cm0gLXJmIC8=\x07b"},
		{"dcs", "a\x1bP+q544e\x1b\\b"},
		{"charset shift", "a\x0e\x0fb"},
		{"carriage return", "critical\r" + forged + " pass"},
		{"backspace", "fail\b\b\b\bpass"},
		{"delete", "fail\x7f\x7f"},
		{"bell", "a\ab"},
		{"nul", "a\x00b"},
		{"vertical tab and form feed", "a\v\fb"},
		{"newline", "a\n" + forged + " pass"},
		{"crlf", "a\r\n" + forged + ": pass\r\n"},
		{"next line", "a\u0085" + forged},
		{"line separator", "a\u2028" + forged + "\u2029" + forged},
	}
}

// hiddenStrings reorder or hide text.
func hiddenStrings() []HostileString {
	return []HostileString{
		{"bidi override", "user\u202egnp.exe\u202c"},
		{"bidi embedding", "a\u202ab\u202bc\u202dd\u202c"},
		{"bidi isolate", "a\u2066b\u2067c\u2068d\u2069"},
		{"bidi marks", "a\u200eb\u200fc\u061cd"},
		{"zero width", "a\u200bd\u200cm\u200di\u2060n\ufeff"},
		{"soft hyphen", "ad\u00admin"},
		{"tag characters", "a\U000e0061\U000e007fb"},
	}
}

// markupStrings leave their place in HTML, Markdown, YAML and templates.
func markupStrings() []HostileString {
	return []HostileString{
		{"html script", "<script>" + forged + "()</script>"},
		{"html attribute", `"><img src=x onerror=` + forged + `() x="`},
		{"html attribute in single quotes", `' onmouseover='` + forged + `()`},
		{"html end of script", "</script><script>" + forged + "()//"},
		{"html end of fold", "</summary></details><h1>" + forged + "</h1>"},
		{"html comment", "--><b>" + forged + "</b><!--"},
		{"javascript link", "javascript:" + forged + "()"},
		{"javascript template", "`;" + forged + "();//${" + forged + "}"},
		{"markdown cell", "a | " + forged + " | b"},
		{"markdown link", "[" + forged + "](https://evil.example)"},
		{"markdown image", "![" + forged + "](https://evil.example/x.png)"},
		{"markdown code", "a`" + forged + "`b"},
		{"markdown end of code", "a`<img src=x onerror=" + forged + "()>`b"},
		{"markdown fence", "a\n```\n" + forged + "\n```\n"},
		{"markdown heading", "a\n\n# " + forged + "\n"},
		{"yaml end of comment", "a\n" + forged + ": true"},
		{"yaml document", "a\n---\n" + forged + ": true\n..."},
		{"yaml flow", `a", "` + forged + `": "b`},
		{"yaml comment", "a # " + forged},
		{"yaml alias", "*" + forged + " &b !!binary"},
		{"yaml end of block", "|\n" + forged + ": true"},
		{"template", "{{ " + forged + " }}{{range}}"},
		{"format verbs", "%s%d%!(EXTRA)%n" + forged},
		{"spreadsheet formula", "=cmd|'/c " + forged + "'!A1"},
		{"path", "../../../../etc/" + forged},
	}
}

// shapeStrings have an unusual length, width or encoding.
func shapeStrings() []HostileString {
	return []HostileString{
		{"longest name", strings.Repeat("a", 253)},
		{"long line", strings.Repeat("0123456789", 2000)},
		{"wide characters", strings.Repeat("漢字", 60)},
		{"combining characters", "a" + strings.Repeat("\u0301", 200)},
		{"invalid utf-8", "a\xff\xfe\xc0\xafb"},
		{"utf-8 surrogate", "a\xed\xa0\x80b"},
		{"utf-8 cut short", "a\xe2\x82"},
		{"spaces", "  a  \t b  "},
		{"empty", ""},
	}
}
