// Command bench measures the figures of the project and prints each beside a yardstick of
// the same run, on the same machine: ratios hold where seconds do not.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	"sigs.k8s.io/yaml"
)

const (
	runs        = 7
	deployments = 1000
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run() error {
	if len(os.Args) == 3 {
		return task(os.Args[1], os.Args[2])
	}
	dir, err := os.MkdirTemp("", "kubectl-harden-bench")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	plugin := filepath.Join(dir, "kubectl-harden")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", plugin, "./cmd/kubectl-harden")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build the plugin: %w\n%s", err, out)
	}
	manifests := filepath.Join(dir, "deployments.yaml")
	text := generate(deployments)
	if err := os.WriteFile(manifests, text, 0o600); err != nil {
		return err
	}
	fmt.Printf("%-44s %10s %10s %8s  %s\n", "FIGURE", "MEASURED", "YARDSTICK", "RATIO", "GOAL")
	if err := start(plugin); err != nil {
		return err
	}
	if err := files(plugin, manifests, text); err != nil {
		return err
	}
	if err := rights(plugin, manifests, dir); err != nil {
		return err
	}
	if err := auditLogs(plugin, dir); err != nil {
		return err
	}
	if err := flows(plugin, dir); err != nil {
		return err
	}
	return size(plugin)
}

// task is what this program does for itself in a process of its own.
func task(name, file string) error {
	tasks := map[string]func(string) error{"audit-decode": decodeAudit, "audit-gunzip": gunzip, "flow-decode": decodeFlows}
	do, ok := tasks[name]
	if !ok {
		return fmt.Errorf("no such task: %s", name)
	}
	return do(file)
}

// start compares the start of the plugin with that of a Go program as large: the go command.
func start(plugin string) error {
	measured, err := command(plugin, "version")
	if err != nil {
		return err
	}
	yardstick, err := command("go", "version")
	if err != nil {
		return err
	}
	row("start: version", measured, yardstick, "60 ms; go version")
	return nil
}

// files compares explaining many manifests with decoding them, one after the other, by the
// library that kubectl uses.
func files(plugin, manifests string, text []byte) error {
	measured, err := command(plugin, "explain", "-f", manifests, "--local")
	if err != nil {
		return err
	}
	var yardsticks []time.Duration
	for range runs {
		begin := time.Now()
		for doc := range strings.SplitSeq(string(text), "\n---\n") {
			if err := yaml.Unmarshal([]byte(doc), &appsv1.Deployment{}); err != nil {
				return err
			}
		}
		yardsticks = append(yardsticks, time.Since(begin))
	}
	row(fmt.Sprintf("explain -f, %d Deployments, %d KB", deployments, len(text)/1000), measured, median(yardsticks), "0.5 s; sigs.k8s.io/yaml alone")
	return nil
}

func size(plugin string) error {
	info, err := os.Stat(plugin)
	if err != nil {
		return err
	}
	fmt.Printf("%-44s %7.1f MB %10s %8s  %s\n", "binary", float64(info.Size())/1e6, "", "", "60 MB")
	return nil
}

func row(name string, measured, yardstick time.Duration, goal string) {
	fmt.Printf("%-44s %7d ms %7d ms %8.2f  %s\n", name, measured.Milliseconds(), yardstick.Milliseconds(),
		measured.Seconds()/yardstick.Seconds(), goal)
}

// command is the median wall time of a whole process, after one run that is not counted.
func command(name string, args ...string) (time.Duration, error) {
	var times []time.Duration
	for i := range runs + 1 {
		begin := time.Now()
		if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
			return 0, fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, out)
		}
		if i > 0 {
			times = append(times, time.Since(begin))
		}
	}
	return median(times), nil
}

func median(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
}
