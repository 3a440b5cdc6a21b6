package cluster

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"

	"sigs.k8s.io/kustomize/api/konfig"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// checkedFiles is a file system that gives kustomize the very bytes that were checked, and
// no kustomization that was not.
type checkedFiles struct {
	filesys.FileSystem
	// read holds the files that decide what kustomize loads, by their clean path.
	read map[string][]byte
}

func newCheckedFiles(disk filesys.FileSystem) *checkedFiles {
	return &checkedFiles{FileSystem: disk, read: map[string][]byte{}}
}

// ReadFile is called by kustomize with absolute paths free of links.
func (c *checkedFiles) ReadFile(path string) ([]byte, error) {
	if data, known := c.read[path]; known {
		return data, nil
	}
	if isKustomizationName(filepath.Base(path)) {
		if !c.Exists(path) {
			return nil, fmt.Errorf("%s: %w", path, fs.ErrNotExist)
		}
		return nil, fmt.Errorf("%s appeared while it was read: %w", path, fs.ErrPermission)
	}
	data, err := c.FileSystem.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return data, boundedYAML(data)
}

// check reads a file that decides what is loaded and keeps it.
func (c *checkedFiles) check(path string) ([]byte, error) {
	folder, name, err := c.CleanedAbs(path)
	if err != nil {
		return nil, err
	}
	clean := folder.Join(name)
	if data, known := c.read[clean]; known {
		return data, nil
	}
	data, err := c.FileSystem.ReadFile(clean)
	if err != nil {
		return nil, err
	}
	c.read[clean] = data
	return data, nil
}

func isKustomizationName(name string) bool {
	return slices.Contains(konfig.RecognizedKustomizationFileNames(), name)
}
