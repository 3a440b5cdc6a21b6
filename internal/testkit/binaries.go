package testkit

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/lockedfile"
)

// Paths are the programs of a control plane and its client, as absolute paths.
type Paths struct {
	Etcd              string
	APIServer         string
	ControllerManager string
	Kubectl           string
}

// Binaries is BuildBinaries for a test, which it ends on an error.
func Binaries(tb testing.TB) Paths {
	tb.Helper()
	paths, err := BuildBinaries(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	return paths
}

// BuildBinaries returns the programs of test/kubernetes and test/kubectl, and
// builds those that are missing: minutes the first time, nothing afterwards.
// They are kept in the user's cache folder under a name made of their version,
// the Go version and a hash of the go.mod and go.sum they were built from.
// Processes that call it at the same time build once. An error of the compiler
// carries its output.
func BuildBinaries(ctx context.Context) (Paths, error) {
	root, err := moduleRoot()
	if err != nil {
		return Paths{}, err
	}
	var paths Paths
	for _, p := range programs(&paths) {
		if *p.path, err = p.build(ctx, filepath.Join(root, "test", p.module)); err != nil {
			return Paths{}, err
		}
	}
	return paths, nil
}

// program is one program to build, and where its path is wanted.
type program struct {
	name    string
	path    *string
	module  string // folder under test/
	pkg     string
	version string // the module whose version is the program's
}

func programs(paths *Paths) []program {
	const kubernetes = "k8s.io/kubernetes"
	return []program{
		{"etcd", &paths.Etcd, "kubernetes", "go.etcd.io/etcd/server/v3", "go.etcd.io/etcd/server/v3"},
		{"kube-apiserver", &paths.APIServer, "kubernetes", kubernetes + "/cmd/kube-apiserver", kubernetes},
		{"kube-controller-manager", &paths.ControllerManager, "kubernetes", kubernetes + "/cmd/kube-controller-manager", kubernetes},
		{"kubectl", &paths.Kubectl, "kubectl", ".", "k8s.io/kubectl"},
	}
}

func (p program) build(ctx context.Context, moduleDir string) (string, error) {
	goMod, err := os.ReadFile(filepath.Join(moduleDir, "go.mod"))
	if err != nil {
		return "", fmt.Errorf("build %s: %w", p.name, err)
	}
	goSum, err := os.ReadFile(filepath.Join(moduleDir, "go.sum"))
	if err != nil {
		return "", fmt.Errorf("build %s: %w", p.name, err)
	}
	version, err := requiredVersion(goMod, p.version)
	if err != nil {
		return "", fmt.Errorf("build %s: %w", p.name, err)
	}
	flags := linkerFlags(version)
	sum := sha256.Sum256(bytes.Join([][]byte{goMod, goSum, []byte(flags)}, []byte{0}))
	dir, err := cacheDir(fmt.Sprintf("%s-%s-%s-%s", p.name, version, runtime.Version(), hex.EncodeToString(sum[:6])))
	if err != nil {
		return "", fmt.Errorf("build %s: %w", p.name, err)
	}
	target := filepath.Join(dir, executable(p.name))
	unlock, err := lockedfile.MutexAt(filepath.Join(dir, "lock")).Lock()
	if err != nil {
		return "", fmt.Errorf("build %s: %w", p.name, err)
	}
	defer unlock()
	if _, err := os.Stat(target); err == nil || !errors.Is(err, os.ErrNotExist) {
		return target, err
	}
	partial := filepath.Join(dir, executable("partial"))
	if err := goBuild(ctx, moduleDir, partial, p.pkg, flags); err != nil {
		return "", err
	}
	if err := os.Rename(partial, target); err != nil {
		return "", fmt.Errorf("build %s: %w", p.name, err)
	}
	return target, nil
}

// linkerFlags strip the program and set the version it reports: v1.36.3 for
// k8s.io/kubernetes v1.36.3 as for a staging module at v0.36.3. Programs
// without these variables ignore them.
func linkerFlags(version string) string {
	if rest, ok := strings.CutPrefix(version, "v0."); ok {
		version = "v1." + rest
	}
	number := strings.SplitN(strings.TrimPrefix(version, "v"), ".", 3)
	flags := []string{"-s", "-w"}
	for _, pkg := range []string{"k8s.io/component-base/version", "k8s.io/client-go/pkg/version"} {
		flags = append(flags, "-X", pkg+".gitVersion="+version,
			"-X", pkg+".gitMajor="+number[0], "-X", pkg+".gitMinor="+number[1])
	}
	return strings.Join(flags, " ")
}

// goBuild runs go build for this platform, without cgo and without machine
// paths in the result.
func goBuild(ctx context.Context, moduleDir, output, pkg, ldflags string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", ldflags, "-o", output, pkg)
	cmd.Dir = moduleDir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off", "GOOS="+runtime.GOOS, "GOARCH="+runtime.GOARCH)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build %s: %w\n%s", pkg, cmp.Or(ctx.Err(), err), out)
	}
	return nil
}

// cacheDir makes a folder of the user's cache for the tests.
func cacheDir(name string) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find the cache folder: %w", err)
	}
	dir := filepath.Join(cache, "kubectl-harden-test", name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("make the cache folder: %w", err)
	}
	return dir, nil
}

func executable(name string) string {
	if runtime.GOOS == "windows" {
		return name + ".exe"
	}
	return name
}
