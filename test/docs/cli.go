package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// commands are those that have a page in docs/cli, as words behind the name of the plugin.
func commands() []string {
	return []string{
		"", "explain", "diff", "can-reach", "gen", "gen baseline", "gen netpol", "gen patch", "gen role",
		"prove", "observe", "snapshot", "checks", "version", "completion", "options",
	}
}

// writeCommands writes the help of every command as a page.
func writeCommands(plugin string) error {
	if err := os.MkdirAll("docs/cli", 0o755); err != nil {
		return err
	}
	for _, command := range commands() {
		help, err := output(plugin, append(strings.Fields(command), "--help")...)
		if err != nil {
			return err
		}
		name := strings.TrimSpace("kubectl harden " + command)
		file := filepath.Join("docs/cli", strings.ReplaceAll(name, " ", "-")+".md")
		if err := os.WriteFile(file, []byte(commandPage(name, string(help))), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// commandPage makes Markdown of a page of help: what the command does as text, its examples as
// lines for a shell, all else as it is printed.
func commandPage(name, help string) string {
	about, rest, _ := strings.Cut(strings.TrimSpace(blankLine.ReplaceAllString(help, "")), "\n\nExamples:\n")
	examples, rest, _ := strings.Cut(rest, "\n\n")
	for {
		more, below, found := strings.Cut(rest, "\n\n")
		if !found || !strings.HasPrefix(rest, "  ") {
			break
		}
		examples, rest = examples+"\n\n"+more, below
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n%s", name, prose(about))
	fmt.Fprintf(&b, "## Examples\n\n```sh\n%s\n```\n\n", unindented(examples, "  "))
	fmt.Fprintf(&b, "## Usage\n\n```text\n%s\n```\n", strings.TrimSpace(rest))
	return b.String()
}

var blankLine = regexp.MustCompile(`(?m)^[ \t]+$`)

// prose writes paragraphs; one that is indented stays as it is.
func prose(text string) string {
	var b strings.Builder
	for paragraph := range strings.SplitSeq(text, "\n\n") {
		if strings.HasPrefix(paragraph, "    ") {
			fmt.Fprintf(&b, "```text\n%s\n```\n\n", unindented(paragraph, "        "))
			continue
		}
		fmt.Fprintf(&b, "%s\n\n", strings.NewReplacer("<", `\<`, "*", `\*`, "`", "\\`").Replace(strings.TrimSpace(paragraph)))
	}
	return b.String()
}

func unindented(text, indent string) string {
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		lines = append(lines, strings.TrimRight(strings.TrimPrefix(line, indent), " "))
	}
	return strings.Join(lines, "\n")
}
