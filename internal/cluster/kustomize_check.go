package cluster

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"sigs.k8s.io/kustomize/api/konfig"
	"sigs.k8s.io/kustomize/api/types"
)

// maxBases is how deep kustomizations may stand on others.
const maxBases = 100

// kustomizationError is a fault of one file of a kustomization.
type kustomizationError struct {
	file string
	err  error
}

func (e *kustomizationError) Error() string { return e.file + ": " + e.err.Error() }
func (e *kustomizationError) Unwrap() error { return e.err }

// kustomizationCheck walks a kustomization and all it stands on before kustomize does, and
// refuses what would be fetched or run.
type kustomizationCheck struct {
	files *checkedFiles
	seen  map[checkedFolder]bool
}

// checkedFolder is a folder in the part it plays: what stands in generators, transformers and
// validators tells kustomize what else to load.
type checkedFolder struct {
	path   string
	plugin bool
}

// checkKustomization refuses a kustomization with anything remote in it; folder is root as
// the user named it.
func checkKustomization(files *checkedFiles, root, folder string) error {
	c := &kustomizationCheck{files: files, seen: map[checkedFolder]bool{}}
	clean, _, err := files.CleanedAbs(root)
	if err != nil || !files.IsDir(root) {
		return &kustomizationError{folder, errors.New("no such folder")}
	}
	return c.folder(checkedFolder{path: clean.String()}, folder, 0)
}

// folder checks the kustomization of a folder, which messages call name.
func (c *kustomizationCheck) folder(folder checkedFolder, name string, depth int) error {
	if c.seen[folder] {
		return nil
	}
	c.seen[folder] = true
	if depth > maxBases {
		return &kustomizationError{name, fmt.Errorf("kustomizations stand over %d deep on each other", maxBases)}
	}
	file, content, err := c.read(folder.path)
	if err != nil {
		return &kustomizationError{name, err}
	}
	name = filepath.Join(name, file)
	var k types.Kustomization
	if err := k.Unmarshal(content); err != nil {
		return &kustomizationError{name, err}
	}
	k.FixKustomization()
	if err := refuse(&k, folder.plugin); err != nil {
		return &kustomizationError{name, err}
	}
	return c.below(&k, folder, filepath.Dir(name), depth)
}

// read gives the one kustomization file of a folder.
func (c *kustomizationCheck) read(folder string) (name string, content []byte, err error) {
	for _, candidate := range konfig.RecognizedKustomizationFileNames() {
		path := filepath.Join(folder, candidate)
		if !c.files.Exists(path) {
			continue
		}
		if name != "" {
			return "", nil, fmt.Errorf("has both %s and %s", name, candidate)
		}
		name = candidate
		if content, err = c.files.check(path); err != nil {
			return "", nil, fmt.Errorf("%s: %w", candidate, cause(err))
		}
	}
	if name == "" {
		return "", nil, errors.New("holds no kustomization.yaml")
	}
	return name, content, nil
}

// refuse judges what one kustomization file names.
func refuse(k *types.Kustomization, plugin bool) error {
	if len(k.HelmCharts) > 0 || k.HelmGlobals != nil || len(k.HelmChartInflationGenerator) > 0 {
		return errors.New("helm charts are refused: render them with helm template and use -f")
	}
	if path, found := anyRemote(paths(k)); found {
		return fmt.Errorf("%s: %w", quoteShort(withoutCredentials(path)), errRemote)
	}
	if plugin && !onlyResources(k) {
		return errors.New("a folder of generators, transformers or validators may have resources alone: they must not be made by others")
	}
	return nil
}

// below checks the folders and plugin files that a kustomization names.
func (c *kustomizationCheck) below(k *types.Kustomization, folder checkedFolder, name string, depth int) error {
	for _, path := range slices.Concat(k.Resources, k.Components) {
		if err := c.path(path, folder, name, folder.plugin, depth); err != nil {
			return err
		}
	}
	for _, plugins := range [][]string{k.Generators, k.Transformers, k.Validators} {
		for _, path := range plugins {
			if err := c.plugin([]byte(path), name); err != nil {
				return err
			}
			if err := c.path(path, folder, name, true, depth); err != nil {
				return err
			}
		}
	}
	return nil
}

// path checks what stands at a path: a folder, or a file with the settings of plugins.
func (c *kustomizationCheck) path(path string, folder checkedFolder, name string, plugin bool, depth int) error {
	full := filepath.Join(folder.path, path)
	if filepath.IsAbs(path) {
		full = path
	}
	switch {
	case c.files.IsDir(full):
		clean, _, err := c.files.CleanedAbs(full)
		if err != nil {
			return &kustomizationError{filepath.Join(name, path), cause(err)}
		}
		return c.folder(checkedFolder{clean.String(), plugin}, filepath.Join(name, path), depth+1)
	case plugin && c.files.Exists(full):
		content, err := c.files.check(full)
		if err != nil {
			return &kustomizationError{filepath.Join(name, path), cause(err)}
		}
		return c.plugin(content, filepath.Join(name, path))
	}
	// What is missing, or written in place of a path, is kustomize's to judge.
	return nil
}
