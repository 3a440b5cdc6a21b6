package testkit

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// runTimeout is far beyond what any command of a test takes.
const runTimeout = 5 * time.Minute

// RunOptions say how a command is run.
type RunOptions struct {
	// Kubectl is the kubectl to run, such as ControlPlane.KubectlPath. Run
	// without it starts the plugin itself.
	Kubectl string
	// Kubeconfig is the file to use; none if empty, whatever the user has.
	Kubeconfig string
	// Dir is the working folder; the test's if empty.
	Dir string
	// Env is added to an environment of nothing but PATH, KUBECONFIG and an
	// empty HOME, as KEY=VALUE.
	Env []string
	// Stdin is empty if nil.
	Stdin io.Reader
}

// Result is what a command did.
type Result struct {
	Stdout string
	Stderr string
	// Code is the exit code; -1 after a signal.
	Code int
}

// Run runs `kubectl harden ARGS…` with the plugin's folder first in PATH, or
// `kubectl-harden ARGS…` if no kubectl is given. It builds the plugin. Any exit
// code is a Result; what ends the test is a program that cannot start, or that
// runs for more than five minutes.
func Run(tb testing.TB, opts RunOptions, args ...string) Result {
	tb.Helper()
	plugin := BuildPlugin(tb)
	if opts.Kubectl == "" {
		return run(tb, opts, plugin, args)
	}
	path := filepath.Dir(plugin) + string(os.PathListSeparator) + os.Getenv("PATH")
	opts.Env = append([]string{"PATH=" + path}, opts.Env...)
	return run(tb, opts, opts.Kubectl, append([]string{"harden"}, args...))
}

// Kubectl runs `kubectl ARGS…` as Run does; opts.Kubectl must be given.
func Kubectl(tb testing.TB, opts RunOptions, args ...string) Result {
	tb.Helper()
	return run(tb, opts, opts.Kubectl, args)
}

// Kubectl runs kubectl as the admin with a manifest or nothing on its standard
// input, ends the test unless it succeeds, and returns its output.
func (c *ControlPlane) Kubectl(tb testing.TB, stdin string, args ...string) string {
	tb.Helper()
	opts := RunOptions{Kubectl: c.KubectlPath, Kubeconfig: c.AdminKubeconfig, Stdin: bytes.NewBufferString(stdin)}
	result := Kubectl(tb, opts, args...)
	if result.Code != 0 {
		tb.Fatalf("kubectl %q: exit code %d\n%s", args, result.Code, result.Stderr)
	}
	return result.Stdout
}

func run(tb testing.TB, opts RunOptions, path string, args []string) Result {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), runTimeout)
	defer cancel()
	runtime.LockOSThread() // as in startProcess
	defer runtime.UnlockOSThread()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir = opts.Dir
	cmd.Stdin = opts.Stdin
	cmd.Stdout = &stdout
	cmd.Stderr = &stderr
	cmd.SysProcAttr = endWithParent()
	cmd.WaitDelay = 10 * time.Second // a grandchild may hold the streams
	// The last of several values counts.
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + tb.TempDir(), "KUBECONFIG=" + opts.Kubeconfig}, opts.Env...)
	err := cmd.Run()
	var exit *exec.ExitError
	if ctx.Err() != nil || err != nil && !errors.As(err, &exit) {
		tb.Fatalf("run %s %q: %v\n%s%s", filepath.Base(path), args, errors.Join(ctx.Err(), err), &stdout, &stderr)
	}
	return Result{Stdout: stdout.String(), Stderr: stderr.String(), Code: cmd.ProcessState.ExitCode()}
}
