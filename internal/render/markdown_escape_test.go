package render

import "testing"

// TestProse: ordinary words stay as they are, and what GitHub makes a link or a mention of is
// code, in which it makes none.
func TestProse(t *testing.T) {
	tests := map[string]string{
		"added a facade, dead or beaded; 100 of 4096 pods": "added a facade, dead or beaded; 100 of 4096 pods",
		"(read-only) don't stop.":                          "(read-only) don't stop.",
		"deadbeef":                                         "`deadbeef`",
		"see deadbeef, then go":                            "see `deadbeef`, then go",
		"DEADBEEF (deadbeef) x-deadbeef":                   "`DEADBEEF (deadbeef) x-deadbeef`",
		"1234567 or 123456":                                "`1234567` or 123456",
		"a3f5d2c":                                          "`a3f5d2c`",
		"@org/team by @user":                               "`@org/team` by `@user`",
		"#1 GH-1 gh-1 owner/repo#1 JIRA-12":                "`#1 GH-1 gh-1 owner/repo#1 JIRA-12`",
		"http://x.example www.x.example x@y.example":       "`http://x.example www.x.example x@y.example`",
		"[a](b) ![a](b) <b> *a* _b_ ~c~":                   "<code>&#91;a&#93;&#40;b&#41; &#33;&#91;a&#93;&#40;b&#41; &#60;b&#62; &#42;a&#42; &#95;b&#95; &#126;c&#126;</code>",
		"javascript:alert mailto:x":                        "`javascript:alert mailto:x`",
		"owner/repo@deadbeef a...b":                        "`owner/repo@deadbeef a...b`",
	}
	for sentence, want := range tests {
		if got := string(mdProse(sentence)); got != want {
			t.Errorf("%q:\n got %s\nwant %s", sentence, got, want)
		}
	}
}
