package testkit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/lockedfile"
)

// builtPlugin remembers the plugin of this test process.
var builtPlugin = sync.OnceValues(buildPlugin)

// BuildPlugin builds the plugin from this working copy as a release is built,
// once per test process, and returns its path. The file is named
// kubectl-harden and lies in a folder of its own, which can be put in PATH.
func BuildPlugin(tb testing.TB) string {
	tb.Helper()
	path, err := builtPlugin()
	if err != nil {
		tb.Fatal(err)
	}
	return path
}

// buildPlugin keeps one plugin per working copy, so that go build finds it up
// to date when nothing has changed.
func buildPlugin() (string, error) {
	root, err := moduleRoot()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(root))
	dir, err := cacheDir("plugin-" + hex.EncodeToString(sum[:6]))
	if err != nil {
		return "", err
	}
	unlock, err := lockedfile.MutexAt(dir + ".lock").Lock()
	if err != nil {
		return "", fmt.Errorf("build the plugin: %w", err)
	}
	defer unlock()
	path := filepath.Join(dir, executable("kubectl-harden"))
	return path, goBuild(context.Background(), root, path, "./cmd/kubectl-harden", "-s -w")
}
