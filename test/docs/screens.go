package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-harden/kubectl-harden/pkg/plugin"
)

// screenColumns is the width of the terminal of every screen.
const screenColumns = 100

// screen is a picture of a command and what it prints.
type screen struct {
	file, title, about string
	// command is the line as it is typed; standard output that it sends into a file is not shown.
	command string
	// baseline is a file that holds the posture from before edits; empty for none.
	baseline string
	edits    []edit
}

// edit is a change of a file of the examples.
type edit struct{ file, from, to string }

// screens are those of the README. What they show is from the examples.
func screens() []screen {
	return []screen{
		{
			file: "explain.svg", title: "kubectl harden explain deploy/checkout",
			about:   "A workload in full: each setting with who set it, its rights with the Role that grants them, what code in it would get, and what to fix first.",
			command: "kubectl harden explain deploy/checkout -f examples/shop --local \\\n    --show containers,identity,network,outcomes,fix",
		},
		{
			file: "namespace.svg", title: "kubectl harden explain",
			about:   "A table of eight workloads, the worst first, with the Pod Security level, the number of findings by severity and the worst finding of each.",
			command: "kubectl harden explain -f examples/shop --local",
		},
		{
			file: "role.svg", title: "kubectl harden gen role deploy/checkout",
			about:   "The proof of a generated Role: all nine observed uses are allowed, one is added with its reason, nothing is in excess; what was denied, what is still in force, and what the audit log cannot show.",
			command: "kubectl harden gen role deploy/checkout -f examples/shop --local \\\n    --from examples/shop-observed/audit.log > role.yaml",
		},
		{
			file: "diff.svg", title: "kubectl harden diff",
			about:   "What a change of manifests does to the posture: a new critical right and a new finding in red, resolved findings in green, and what stays accepted.",
			command: "kubectl harden diff -f examples/shop --local --baseline shop-baseline.yaml", baseline: "shop-baseline.yaml",
			edits: []edit{
				{"checkout.yaml", "resources: [secrets]\n  verbs: [get, list, watch]", "resources: [secrets]\n  verbs: [get, list, watch, create]"},
				{"cart.yaml", "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false"},
				{"mail.yaml", "shop/mail:latest", "shop/mail@sha256:" + strings.Repeat("4f", 32)},
				{"redis.yaml", "        ports:\n", "        securityContext: {runAsNonRoot: true, runAsUser: 999, readOnlyRootFilesystem: true}\n        ports:\n"},
			},
		},
	}
}

// writeScreens draws every screen into docs/screens.
func writeScreens() error {
	here, err := os.Getwd()
	if err != nil {
		return err
	}
	folder := filepath.Join(here, "docs", "screens")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for _, s := range screens() {
		drawn, err := s.draw(here)
		if err != nil {
			return fmt.Errorf("screen %s: %w", s.file, err)
		}
		if err := os.WriteFile(filepath.Join(folder, s.file), drawn, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// draw runs the command in a folder with a copy of the examples, which are below root.
func (s screen) draw(root string) ([]byte, error) {
	dir, err := os.MkdirTemp("", "kubectl-harden-screen")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := os.CopyFS(filepath.Join(dir, "examples"), os.DirFS(filepath.Join(root, "examples"))); err != nil {
		return nil, err
	}
	here, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	if err := os.Chdir(dir); err != nil {
		return nil, err
	}
	defer func() { _ = os.Chdir(here) }()
	if err := s.prepare(); err != nil {
		return nil, err
	}
	lines, err := s.lines()
	if err != nil {
		return nil, err
	}
	return window{title: s.title, about: s.about, columns: screenColumns, lines: lines}.svg()
}

// prepare writes the baseline and makes the edits.
func (s screen) prepare() error {
	if s.baseline == "" {
		return nil
	}
	var out, errOut bytes.Buffer
	if code := runPlugin([]string{"gen", "baseline", "-f", "examples/shop", "--local"}, 0, &out, &errOut); code != 0 {
		return fmt.Errorf("write the baseline: exit %d: %s", code, errOut.String())
	}
	if err := os.WriteFile(s.baseline, out.Bytes(), 0o600); err != nil {
		return err
	}
	for _, e := range s.edits {
		file := filepath.Join("examples", "shop", e.file)
		raw, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if strings.Count(string(raw), e.from) != 1 {
			return fmt.Errorf("%s does not hold %q once", file, e.from)
		}
		if err := os.WriteFile(file, []byte(strings.Replace(string(raw), e.from, e.to, 1)), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// lines are what the terminal shows: the command as it is typed, and what it prints.
func (s screen) lines() ([]string, error) {
	var out bytes.Buffer
	stdout := io.Writer(&out)
	if strings.Contains(s.command, " > ") {
		stdout = io.Discard
	}
	if code := runPlugin(pluginWords(s.command)[0], screenColumns, stdout, &out); code > 1 {
		return nil, fmt.Errorf("exit %d: %s", code, out.String())
	}
	var lines []string
	for i, line := range strings.Split(s.command, "\n") {
		if i == 0 {
			line = "\x1b[32m$\x1b[0m \x1b[1m" + line + "\x1b[0m"
		} else {
			line = "\x1b[1m" + line + "\x1b[0m"
		}
		lines = append(lines, line)
	}
	return append(lines, strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")...), nil
}

// runPlugin runs the plugin as on a terminal of so many columns, or with 0 as behind a pipe.
func runPlugin(args []string, columns int, out, errOut io.Writer) int {
	return plugin.Main(context.Background(), plugin.Process{
		Args:    append([]string{program}, args...),
		Streams: genericiooptions.IOStreams{In: strings.NewReader(""), Out: out, ErrOut: errOut},
		LookupEnv: func(name string) (string, bool) {
			value, set := map[string]string{"LANG": "C.UTF-8"}[name]
			return value, set
		},
		Now:     docsTime,
		Columns: columns,
	})
}
