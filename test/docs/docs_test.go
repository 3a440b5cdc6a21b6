package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-harden/kubectl-harden/pkg/plugin"
)

const root = "../.."

// pages are the Markdown files whose commands are run or parsed. Decisions tell of their day.
func pages(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, place := range []string{"README.md", "CONTRIBUTING.md", "SECURITY.md", "docs", "krew", "examples"} {
		err := filepath.WalkDir(filepath.Join(root, place), func(path string, entry fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case entry.IsDir() && entry.Name() == "decisions":
				return fs.SkipDir
			case filepath.Ext(path) == ".md":
				out = append(out, path)
			}
			return nil
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
	}
	return out
}

// TestCommandsOfDocs runs what console blocks show, and compares its output; other commands of
// the plugin in the docs must be ones that it knows. CONTRIBUTING.md says how to write them.
func TestCommandsOfDocs(t *testing.T) {
	for _, path := range pages(t) {
		t.Run(strings.TrimPrefix(filepath.ToSlash(path), root+"/"), func(t *testing.T) {
			t.Parallel()
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			checkPage(t, string(raw))
		})
	}
}

func checkPage(t *testing.T, text string) {
	blocks, code, err := readMarkdown(text)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range code {
		if strings.HasPrefix(c.text, displayName+" ") && !placeholder.MatchString(c.text) {
			parseLines(t, c.line, c.text)
		}
	}
	var console *terminal
	for _, b := range blocks {
		switch b.language {
		case "sh":
			parseLines(t, b.line, strings.Join(b.lines, "\n"))
		case "console":
			if console == nil {
				console = newTerminal(t)
			}
			console.play(t, b)
		case "", "bash", "shell", "zsh":
			t.Errorf("line %d: a block of %q; commands are console or sh, and what is none is text", b.line, b.language)
		}
	}
}

const displayName = "kubectl harden"

// placeholder is what keeps a piece of code from being a whole command.
var placeholder = regexp.MustCompile(`\b[A-Z]{2,}|[<>…]|\.\.\.`)

// parseLines parses every command of the plugin in lines of a shell.
func parseLines(t *testing.T, line int, lines string) {
	t.Helper()
	for _, words := range pluginWords(lines) {
		if err := plugin.Parse(plugin.Process{Args: []string{program}}, words); err != nil {
			t.Errorf("line %d: %s %s: %v", line, displayName, strings.Join(words, " "), err)
		}
	}
}

// terminal is where the console blocks of a page are played, one after the other.
type terminal struct {
	folder string
	env    []string
	status int
}

// newTerminal is in a folder with a copy of the examples, and without a cluster.
func newTerminal(t *testing.T) *terminal {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("console blocks are for a shell of Unix")
	}
	bin, folder := t.TempDir(), t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, filepath.Join(bin, program)); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(folder, "examples"), os.DirFS(filepath.Join(root, "examples"))); err != nil {
		t.Fatal(err)
	}
	return &terminal{folder: folder, env: []string{
		"PATH=" + bin + string(os.PathListSeparator) + os.Getenv("PATH"), "HOME=" + t.TempDir(), "LANG=C.UTF-8", "LC_ALL=C.UTF-8", "TZ=UTC",
	}}
}

// limit is for a command that waits for what never comes.
const limit = 30 * time.Second

// play runs the commands of a block. One that ends with another code than 0 must be followed by
// one that shows it.
func (c *terminal) play(t *testing.T, b block) {
	steps, err := b.steps()
	if err != nil {
		t.Error(err)
		return
	}
	for i, s := range steps {
		shown := i+1 < len(steps) && strings.HasPrefix(steps[i+1].command, "echo $?")
		output, err := c.run(t, s.command)
		if err != nil && !shown {
			t.Errorf("line %d: %s: %v, and no `$ echo $?` behind it", s.line, s.command, err)
		}
		if !shows(s.output, output) {
			t.Errorf("line %d: %s (-shown +printed)\n%s", s.line, s.command, cmp.Diff(s.output, output))
		}
	}
}

// run runs a command, and returns its output and errors in the order of their writing.
func (c *terminal) run(t *testing.T, command string) ([]string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	script := fmt.Sprintf("(exit %d)\n%s", c.status, strings.ReplaceAll(command, displayName+" ", program+" "))
	cmd := exec.CommandContext(ctx, "sh", "-c", script)
	var out bytes.Buffer
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = c.folder, c.env, &out, &out
	err := cmd.Run()
	c.status = max(cmd.ProcessState.ExitCode(), 0)
	if out.Len() == 0 {
		return nil, err
	}
	return strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n"), err
}
