package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestFlagsOfDocs: what stands as code within a line, and is no whole command, names flags that
// some command has. docs/cli has all of them.
func TestFlagsOfDocs(t *testing.T) {
	known := map[string]bool{}
	for _, text := range textsOf(t, "docs/cli/*.md") {
		for _, found := range listedFlag.FindAllStringSubmatch(text, -1) {
			known[found[1]] = true
		}
	}
	seen := 0
	for _, pattern := range []string{"*.md", "docs/*.md", "krew/*.md", "examples/*/*.md"} {
		for path, text := range textsOf(t, pattern) {
			_, code, err := readMarkdown(text)
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			for _, c := range code {
				if !ours.MatchString(c.text) || slices.Contains(ofOthers(), c.text) {
					continue
				}
				for _, flag := range longFlag.FindAllString(c.text, -1) {
					seen++
					if !known[flag] {
						t.Errorf("%s:%d: `%s`: no command has %s", path, c.line, c.text, flag)
					}
				}
			}
		}
	}
	if seen < 100 {
		t.Errorf("%d flags were seen in the docs", seen)
	}
}

var (
	listedFlag = regexp.MustCompile(`(?m)^ +(?:-\w, )?(--[a-z-]+)=`)
	longFlag   = regexp.MustCompile(`--[a-z][a-z-]*`)
	ours       = regexp.MustCompile(`^(--|kubectl harden |(can-reach|diff|explain|gen|observe|prove|snapshot) )`)
)

// ofOthers are flags of krew, goreleaser and hubble.
func ofOthers() []string { return []string{"--archive=FILE", "--snapshot", "--last"} }

// textsOf are the files of a pattern below the root, by their names there.
func textsOf(t *testing.T, pattern string) map[string]string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(root, pattern))
	if err != nil || len(paths) == 0 {
		t.Fatalf("%s: %q, %v", pattern, paths, err)
	}
	out := map[string]string{}
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		out[strings.TrimPrefix(filepath.ToSlash(path), root+"/")] = string(raw)
	}
	return out
}
