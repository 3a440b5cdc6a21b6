package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPluginWords(t *testing.T) {
	for text, want := range map[string][][]string{
		"kubectl harden explain -n shop":                                {{"explain", "-n", "shop"}},
		"kubectl harden explain # every workload, kubectl harden x":     {{"explain"}},
		"helm template . | kubectl harden explain -f - --local":         {{"explain", "-f", "-", "--local"}},
		"kubectl harden gen role a > role.yaml 2>&1":                    {{"gen", "role", "a"}},
		"kubectl harden gen role a >>role.yaml 2>/dev/null <in b":       {{"gen", "role", "a", "b"}},
		"kubectl harden explain \\\n  -n shop":                          {{"explain", "-n", "shop"}},
		"for x in a b; do kubectl harden checks $x; done":               {{"checks", "$x"}},
		"source <(kubectl harden completion bash)":                      {{"completion", "bash"}},
		`kubectl harden gen role --self="explain -n shop" --user 'a b'`: {{"gen", "role", "--self=explain -n shop", "--user", "a b"}},
		"kubectl harden a && kubectl harden b; kubectl-harden c &":      {{"a"}, {"b"}, {"c"}},
		"kubectl harden a\nkubectl harden b":                            {{"a"}, {"b"}},
		"sudo ln -s kubectl-harden x; sudo kubectl-harden y":            {{"y"}},
		"kubectl get pods; echo 'kubectl harden a'":                     nil,
		`kubectl harden --exclude-edge 'a->b'`:                          {{"--exclude-edge", "a->b"}},
	} {
		if diff := cmp.Diff(want, pluginWords(text)); diff != "" {
			t.Errorf("%s:\n%s", text, diff)
		}
	}
}

func TestShows(t *testing.T) {
	for _, test := range []struct {
		shown, output string
		want          bool
	}{
		{"", "", true}, {"", "a", false}, {"a", "", false}, {"a b", "a b", true}, {"a c", "a b c", false},
		{"...", "", true}, {"...", "a b", true}, {"a ... c", "a b c", true}, {"a ... c", "a c", true}, {"... c", "a b", false},
		{"... b ... d", "a b c b d", true}, {"a ...", "b a", false},
	} {
		if got := shows(strings.Fields(test.shown), strings.Fields(test.output)); got != test.want {
			t.Errorf("%q shows %q: %v", test.shown, test.output, got)
		}
	}
}

func TestReadMarkdown(t *testing.T) {
	blocks, code, err := readMarkdown("a `kubectl harden x` b\n1. c\n\n   ```console\n   $ one \\\n     two\n   out\n   $ three\n   ```\n\n```sh\nfour\n```\n")
	if err != nil {
		t.Fatal(err)
	}
	if len(code) != 1 || code[0] != (inline{"kubectl harden x", 1}) || len(blocks) != 2 || blocks[1].language != "sh" {
		t.Errorf("%+v %+v", blocks, code)
	}
	steps, err := blocks[0].steps()
	want := []step{{"one \\\n  two", 5, []string{"out"}}, {"three", 8, nil}}
	if diff := cmp.Diff(want, steps, cmp.AllowUnexported(step{})); diff != "" || err != nil {
		t.Error(err, diff)
	}
	if _, err := (block{lines: []string{"kubectl harden explain"}}).steps(); err == nil {
		t.Error("a block without a command is a console")
	}
	if _, _, err := readMarkdown("```sh\n"); err == nil {
		t.Error("a block without an end is none")
	}
}

// TestTerminal: what differs from what is shown is found, and what fails unseen.
func TestTerminal(t *testing.T) {
	c := newTerminal(t)
	if out, err := c.run(t, "kubectl harden explian"); err == nil || len(out) != 1 || !strings.Contains(out[0], "did you mean kubectl harden explain?") {
		t.Errorf("%v %q", err, out)
	}
	if out, err := c.run(t, "echo $?"); err != nil || len(out) != 1 || out[0] != "2" {
		t.Errorf("%v %q", err, out)
	}
}
