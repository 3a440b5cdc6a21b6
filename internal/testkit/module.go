package testkit

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
)

const modulePath = "github.com/kubectl-harden/kubectl-harden"

// moduleRoot is the folder of the repository's main module: the nearest one at
// or above the working folder, whatever other modules lie between.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the module root: %w", err)
	}
	declares := regexp.MustCompile(`(?m)^module ` + regexp.QuoteMeta(modulePath) + `\s*$`)
	for {
		data, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		switch {
		case err == nil && declares.Match(data):
			return dir, nil
		case err != nil && !errors.Is(err, os.ErrNotExist):
			return "", fmt.Errorf("find the module root: %w", err)
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", fmt.Errorf("find the module root: no go.mod of %s above the working folder", modulePath)
		}
		dir = parent
	}
}

// requiredVersion reads the version that a go.mod requires of a module.
func requiredVersion(goMod []byte, module string) (string, error) {
	requires := regexp.MustCompile(`(?m)^(?:require)?\s*` + regexp.QuoteMeta(module) + `\s+(v\S+)`)
	found := requires.FindSubmatch(goMod)
	if found == nil {
		return "", fmt.Errorf("read go.mod: it does not require %s", module)
	}
	return string(found[1]), nil
}
