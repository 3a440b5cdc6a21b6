// Command docs writes docs/checks.md and docs/cli from what the built plugin says of itself,
// docs/permissions.md from what its reads declare, docs/schema from the types of documents, and
// docs/screens from what commands print about the examples.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "docs:", err)
		os.Exit(1)
	}
}

func run() error {
	dir, err := os.MkdirTemp("", "kubectl-harden-docs")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	plugin := filepath.Join(dir, "kubectl-harden")
	if out, err := exec.Command("go", "build", "-o", plugin, "./cmd/kubectl-harden").CombinedOutput(); err != nil {
		return fmt.Errorf("build the plugin: %w\n%s", err, out)
	}
	if err := writeChecks(plugin); err != nil {
		return err
	}
	if err := writePermissions(); err != nil {
		return err
	}
	if err := writeSchemas(); err != nil {
		return err
	}
	if err := writeScreens(); err != nil {
		return err
	}
	return writeCommands(plugin)
}

func output(plugin string, args ...string) ([]byte, error) {
	cmd := exec.Command(plugin, args...)
	cmd.Env = []string{"HOME=/home/user", "LANG=C.UTF-8"}
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", strings.Join(args, " "), err)
	}
	return out, nil
}

func writeChecks(plugin string) error {
	out, err := output(plugin, "checks", "-o", "json")
	if err != nil {
		return err
	}
	var docs []api.CheckDoc
	if err := json.Unmarshal(out, &docs); err != nil {
		return fmt.Errorf("read the checks: %w", err)
	}
	var b strings.Builder
	b.WriteString("# Checks\n\nWritten by `make docs`. The severity is the default; the outcome in a workload may change it.\n\n")
	b.WriteString("| check | severity | finds |\n| --- | --- | --- |\n")
	for _, d := range docs {
		fmt.Fprintf(&b, "| [%s](#%s) | %s | %s |\n", d.ID, d.ID, d.Severity, d.Title)
	}
	for _, d := range docs {
		writeCheck(&b, d)
	}
	return os.WriteFile("docs/checks.md", []byte(b.String()), 0o644)
}

func writeCheck(b *strings.Builder, d api.CheckDoc) {
	fmt.Fprintf(b, "\n## %s\n\n%s. Severity %s.\n\n%s\n\nFix: %s\n", d.ID, d.Title, d.Severity, d.Doc, d.Fix)
	if d.MayBreak != "" {
		fmt.Fprintf(b, "\nMay break: %s\n", d.MayBreak)
	}
	if len(d.Standards) > 0 {
		fmt.Fprintf(b, "\nStandards: %s\n", strings.Join(d.Standards, ", "))
	}
	if len(d.ImpliedBy) > 0 {
		fmt.Fprintf(b, "\nNot repeated beside: %s\n", strings.Join(d.ImpliedBy, ", "))
	}
}
