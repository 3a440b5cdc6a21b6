package render

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// tooWide finds a line that a terminal would wrap.
func tooWide(t *testing.T, output string, width int) {
	t.Helper()
	for l := range strings.SplitSeq(ours.ReplaceAllString(output, ""), "\n") {
		if got := text(l).width(); got > width {
			t.Fatalf("a line of %d cells on a terminal of %d: %q", got, width, l)
		}
		if strings.HasSuffix(l, " ") {
			t.Fatalf("trailing blanks: %q", l)
		}
	}
}

// noise makes strings of words of all sizes in letters of all widths.
func noise(r *rand.Rand) string {
	letters := []rune("abc-./:界é\u0301語×\u202e\n")
	var b strings.Builder
	for range r.IntN(12) {
		if r.IntN(3) > 0 {
			b.WriteString(" ")
		}
		for range 1 << r.IntN(9) {
			b.WriteRune(letters[r.IntN(len(letters))])
		}
	}
	return b.String()
}

func scramble(v reflect.Value, r *rand.Rand) {
	switch v.Kind() {
	case reflect.Struct:
		for _, field := range v.Fields() {
			scramble(field, r)
		}
	case reflect.Slice:
		for i := range v.Len() {
			scramble(v.Index(i), r)
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			value := reflect.New(v.Type().Elem()).Elem()
			value.Set(v.MapIndex(key))
			scramble(value, r)
			v.SetMapIndex(key, value)
			v.SetMapIndex(reflect.ValueOf(noise(r)), value)
		}
	case reflect.String:
		if v.Type() == reflect.TypeFor[string]() && r.IntN(2) == 0 {
			v.SetString(noise(r))
		}
	}
}

func TestNoLineIsWiderThanTheTerminal(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for round := range 6 {
		for name, report := range reports() {
			report := report.DeepCopyObject().(*api.Report)
			if round > 0 {
				scramble(reflect.ValueOf(report).Elem(), r)
			}
			for _, width := range []int{80, 99 + r.IntN(3), 119 + r.IntN(3), 80 + r.IntN(150)} {
				out, errOut := streams(t, report, Options{Width: width, Color: round%2 == 0, ASCII: round%3 == 0, Hint: noise(r)})
				t.Run(fmt.Sprint(name, round, width), func(t *testing.T) {
					tooWide(t, out, width)
					tooWide(t, errOut, width)
				})
			}
		}
	}
}

func TestPipesAreNeverCutOrFolded(t *testing.T) {
	report := reports()["longest"]
	out, _ := streams(t, report, Options{})
	if lines := strings.Count(out, "\n"); lines != 1+len(report.Items) {
		t.Errorf("%d lines for a heading and %d workloads", lines, len(report.Items))
	}
	if strings.Contains(out, "…") {
		t.Errorf("cut on a pipe:\n%s", out)
	}
}

func TestNarrowTerminalsAreTreatedAs80(t *testing.T) {
	for name, report := range reports() {
		if got, want := printed(t, report, Options{Width: 40}), printed(t, report, Options{Width: 80}); got != want {
			t.Errorf("%s at 40 columns:\n%s", name, got)
		}
	}
}

func TestFold(t *testing.T) {
	for _, c := range []struct {
		in    line
		width int
		want  []string
	}{
		{line{{plain, ""}}, 5, []string{""}},
		{line{{plain, "one two"}}, 7, []string{"one two"}},
		{line{{plain, "one two"}}, 6, []string{"one", "two"}},
		{line{{plain, "one   two"}}, 9, []string{"one   two"}},
		{line{{plain, "onetwothree"}}, 4, []string{"onet", "woth", "ree"}},
		{line{{plain, "a onetwo b"}}, 4, []string{"a", "onet", "wo b"}},
		{line{{plain, "get,list,watch secrets"}}, 11, []string{"get,list,", "watch", "secrets"}},
		{line{{plain, "a get,list,watch/scale x"}}, 8, []string{"a", "get,", "list,", "watch/", "scale x"}},
		{line{{plain, "a,bcdefghijklmnopq"}}, 9, []string{"a,bcdefgh", "ijklmnopq"}},
		{line{{red, "HIGH:"}, {plain, " a word"}}, 7, []string{"HIGH: a", "word"}},
		{line{{plain, "界界界"}}, 5, []string{"界界", "界"}},
	} {
		var got []string
		for _, l := range c.in.fold(c.width) {
			got = append(got, joined(l))
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%q folded to %d: %q, want %q", joined(c.in), c.width, got, c.want)
		}
	}
}

func joined(l line) string {
	words := ""
	for _, s := range l {
		words += string(s.text)
	}
	return words
}

func TestCut(t *testing.T) {
	for _, c := range []struct {
		in          text
		width       int
		end, middle text
	}{
		{"short", 5, "short", "short"},
		{"deploy/checkout", 9, "deploy/c…", "depl…kout"},
		{"界界界界", 6, "界界…", "界…界"},
		{"äöüäöü", 4, "äöü…", "äö…ü"},
	} {
		if got := (line{{plain, c.in}}).cut(c.width, "…"); got[0].text != c.end {
			t.Errorf("%q cut to %d: %q, want %q", c.in, c.width, got[0].text, c.end)
		}
		if got := c.in.cutMiddle(c.width, "…"); got != c.middle {
			t.Errorf("%q cut to %d in its middle: %q, want %q", c.in, c.width, got, c.middle)
		}
	}
}
