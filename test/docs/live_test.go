package main

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestShellCommandsOfDocs runs the commands of sh blocks, with the example application in place of
// the cluster and what was observed of it in place of files that a reader has.
func TestShellCommandsOfDocs(t *testing.T) {
	ran := 0
	for _, path := range pages(t) {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		blocks, _, err := readMarkdown(string(raw))
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range blocks {
			if b.language != "sh" {
				continue
			}
			for _, words := range pluginWords(strings.Join(b.lines, "\n")) {
				if needsServer(words) {
					continue
				}
				ran++
				t.Run(strings.TrimPrefix(filepath.ToSlash(path), root+"/")+" "+strings.Join(words, " "), func(t *testing.T) {
					t.Parallel()
					runFurnished(t, words)
				})
			}
		}
	}
	if ran < 100 {
		t.Errorf("%d commands ran", ran)
	}
}

// needsServer tells what stands for no file: test/apiserver runs the like on a real server.
func needsServer(words []string) bool {
	line := " " + strings.Join(words, " ") + " "
	for _, live := range []string{
		" --from audit ", " --duration ", " --baseline revision:", " --baseline context:", " --baseline live ", " --baseline last-applied ", " --baseline template ", " --verify ", " --secrets ",
	} {
		if strings.Contains(line, live) {
			return true
		}
	}
	return words[0] == "snapshot" || words[0] == "diff" && strings.Contains(line, " -f ") && !strings.Contains(line, " --baseline ")
}

// runFurnished runs a command in a folder that has what it names.
func runFurnished(t *testing.T, words []string) {
	t.Helper()
	c := newTerminal(t)
	f := furnished{t: t, terminal: c, command: words[0], subject: "--serviceaccount shop:checkout"}
	if words[0] == "gen" {
		f.command = strings.Join(words[:min(2, len(words))], " ")
	}
	if slices.ContainsFunc(words, func(w string) bool { return slices.Contains([]string{"--serviceaccount", "--user", "--group"}, w) }) {
		f.subject = "--user jane"
	}
	args := f.arguments(words)
	var quoted []string
	for _, a := range args {
		quoted = append(quoted, "'"+strings.ReplaceAll(a, "'", `'\''`)+"'")
	}
	f.write("standard-input", f.shop())
	output, err := c.run(t, displayName+" "+strings.Join(quoted, " ")+" < standard-input")
	if err != nil && c.status != 1 {
		t.Errorf("%s: %v\n%s", strings.Join(args, " "), err, strings.Join(output[max(0, len(output)-6):], "\n"))
	}
}

// furnished makes the files that a command names.
type furnished struct {
	t        *testing.T
	terminal *terminal
	command  string
	// subject is for whom a Role is made that is proved for somebody, without bindings, or for the
	// accounts of the log.
	subject string
}

// besides are objects that the docs name beside those of the example application.
const besides = `
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: shop}
spec: {selector: {matchLabels: {app: agent}}, template: {metadata: {labels: {app: agent}}, spec: {hostNetwork: true, containers: [{name: agent, image: agent}]}}}
---
apiVersion: v1
kind: Pod
metadata: {name: web-0, namespace: shop}
spec: {containers: [{name: web, image: web}]}
status: {phase: Running, podIP: 10.0.9.9, podIPs: [{ip: 10.0.9.9}]}
---
apiVersion: v1
kind: Service
metadata: {name: api, namespace: payments}
spec: {selector: {app: api}, ports: [{port: 80}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: payments}
spec: {selector: {matchLabels: {app: api}}, template: {metadata: {labels: {app: api}}, spec: {containers: [{name: api, image: api, ports: [{containerPort: 80}]}]}}}
`

// arguments are those of a command that asks a cluster, of one that reads it from files.
func (f *furnished) arguments(words []string) []string {
	args := slices.Clone(words)
	files, namespaced := false, false
	for i, word := range args {
		name, value, joined := strings.Cut(word, "=")
		if !joined && i+1 < len(args) {
			value = args[i+1]
		}
		switch name {
		case "-f", "--filename":
			files = true
			f.manifest(value)
		case "-k", "--kustomize":
			files = true
			f.kustomization(value)
		case "--from":
			f.source(value)
		case "--baseline", "--update":
			f.baseline(value)
		case "--output-file", "--proof":
			f.write(filepath.Join(filepath.Dir(value), "made"), nil)
		case "-n", "--namespace", "-A", "--all-namespaces":
			namespaced = true
		}
	}
	if !slices.Contains([]string{"explain", "can-reach", "gen", "prove", "observe", "snapshot", "diff"}, args[0]) || slices.Contains(args, "--help") || strings.Contains(strings.Join(args, " "), "--self") {
		return args
	}
	local := slices.Contains(args, "--local")
	if !files || !local && f.command == "prove" && strings.Contains(strings.Join(args, " "), "netpol") {
		f.write("cluster", f.shop())
		args = append(args, "-f", "cluster")
	}
	if !local {
		args = append(args, "--local")
	}
	if !namespaced && (!files || args[0] == "can-reach") {
		args = append(args, "-n", "shop")
	}
	return args
}

func (f *furnished) write(name string, content []byte) {
	f.t.Helper()
	path := filepath.Join(f.terminal.folder, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		f.t.Fatal(err)
	}
	if strings.HasSuffix(name, ".gz") {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = z.Write(content)
		_ = z.Close()
		content = b.Bytes()
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		f.t.Fatal(err)
	}
}

// shop are all objects of the example application, with what is around it.
func (f *furnished) shop() []byte {
	f.t.Helper()
	paths, err := filepath.Glob(filepath.Join(root, "examples/shop/*.yaml"))
	if err != nil {
		f.t.Fatal(err)
	}
	all := [][]byte{[]byte(besides)}
	for _, path := range append(paths, filepath.Join(root, "examples/shop-observed/cluster.yaml")) {
		all = append(all, f.read(path))
	}
	return bytes.Join(all, []byte("\n---\n"))
}

func (f *furnished) read(path string) []byte {
	f.t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		f.t.Fatal(err)
	}
	return raw
}

func (f *furnished) there(name string) bool {
	_, err := os.Stat(filepath.Join(f.terminal.folder, name))
	return err == nil
}

func (f *furnished) manifest(name string) {
	switch {
	case name == "-" || f.there(name):
	case f.command == "prove" && strings.Contains(name, "netpol"):
		f.made(name, "gen netpol deploy/checkout -n shop -f examples/shop -f examples/shop-observed/cluster.yaml --local --from examples/shop-observed/flows.jsonl")
	case f.command == "prove" && filepath.Ext(name) == ".yaml":
		f.write("all.log", f.observed("audit.log"))
		f.made(name, "gen role --local --from all.log "+f.subject)
	case f.command == "gen patch":
		f.write(name, f.read(filepath.Join(root, "examples/shop/checkout.yaml")))
	case filepath.Ext(name) == "":
		f.write(filepath.Join(name, "all.yaml"), f.shop())
	default:
		f.write(name, f.shop())
	}
}

func (f *furnished) kustomization(name string) {
	f.write(filepath.Join(name, "all.yaml"), f.shop())
	f.write(filepath.Join(name, "kustomization.yaml"), []byte("resources: [all.yaml]\n"))
}

func (f *furnished) source(name string) {
	if slices.Contains([]string{"static", "auto", "-"}, name) || f.there(name) {
		return
	}
	path := "audit.log"
	if f.command == "gen netpol" || !strings.HasPrefix(f.command, "gen") && (strings.Contains(name, "flow") || strings.Contains(name, "event")) {
		path = "flows.jsonl"
	}
	content := f.observed(path)
	if filepath.Ext(name) == "" {
		name = filepath.Join(name, path)
	}
	f.write(name, content)
}

// observed is what was observed; of checkout also as of others that the docs name.
func (f *furnished) observed(path string) []byte {
	f.t.Helper()
	content := f.read(filepath.Join(root, "examples/shop-observed", path))
	all := slices.Clone(content)
	for _, user := range []string{"jane", "system:serviceaccount:shop:cart"} {
		all = append(all, bytes.ReplaceAll(content, []byte("system:serviceaccount:shop:checkout"), []byte(user))...)
	}
	return all
}

func (f *furnished) baseline(name string) {
	if !strings.Contains(name, ":") && !f.there(name) {
		f.made(name, "gen baseline -f examples/shop --local")
	}
}

// made is what another command prints.
func (f *furnished) made(name, command string) {
	f.t.Helper()
	f.write(name, nil)
	if _, err := f.terminal.run(f.t, displayName+" "+command+" > "+name+" 2> /dev/null"); err != nil {
		f.t.Fatal(err)
	}
}
