package testkit

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/rogpeppe/go-internal/lockedfile"
)

// ModuleRoot is the folder of the repository.
func ModuleRoot(tb testing.TB) string {
	tb.Helper()
	root, err := moduleRoot()
	if err != nil {
		tb.Fatal(err)
	}
	return root
}

// BuildKubectl is the kubectl of Binaries alone, which takes a minute to build where all of them
// take many.
func BuildKubectl(tb testing.TB) string {
	tb.Helper()
	return BuildTool(tb, "kubectl", "kubectl", ".", "k8s.io/kubectl")
}

// BuildTool builds the package pkg, which the module in test/MODULE has or requires, as a program
// of the given name, once, and keeps it as BuildBinaries does. Its version is that which the
// go.mod there requires of the module versioned.
func BuildTool(tb testing.TB, name, module, pkg, versioned string) string {
	tb.Helper()
	p := program{name: name, module: module, pkg: pkg, version: versioned}
	path, err := p.build(tb.Context(), filepath.Join(ModuleRoot(tb), "test", filepath.FromSlash(module)))
	if err != nil {
		tb.Fatal(err)
	}
	return path
}

// InstallTool is the program of the main package pkg at a version, as "go install" builds it from
// the module proxy, once.
func InstallTool(tb testing.TB, name, pkg, version string) string {
	tb.Helper()
	path, err := install(tb.Context(), name, pkg, version)
	if err != nil {
		tb.Fatal(err)
	}
	return path
}

func install(ctx context.Context, name, pkg, version string) (string, error) {
	dir, err := cacheDir(fmt.Sprintf("%s-%s-%s", name, version, runtime.Version()))
	if err != nil {
		return "", fmt.Errorf("install %s: %w", name, err)
	}
	unlock, err := lockedfile.MutexAt(filepath.Join(dir, "lock")).Lock()
	if err != nil {
		return "", fmt.Errorf("install %s: %w", name, err)
	}
	defer unlock()
	target := filepath.Join(dir, executable(name))
	if _, err := os.Stat(target); err == nil || !errors.Is(err, os.ErrNotExist) {
		return target, err
	}
	partial := filepath.Join(dir, "partial")
	cmd := exec.CommandContext(ctx, "go", "install", pkg+"@"+version)
	cmd.Env = append(os.Environ(), "GOBIN="+partial, "GOWORK=off", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go install %s@%s: %w\n%s", pkg, version, err, out)
	}
	if err := os.Rename(filepath.Join(partial, executable(name)), target); err != nil {
		return "", fmt.Errorf("install %s: %w", name, err)
	}
	return target, os.Remove(partial)
}
