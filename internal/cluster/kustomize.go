package cluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// readKustomization builds a kustomization as kubectl -k does and reads what came out. It is
// looked through first: see checkKustomization.
func (l *loader) readKustomization(ctx context.Context, folder string) {
	f := l.file(folder)
	built, err := buildKustomization(filesys.MakeFsOnDisk(), folder)
	if err != nil {
		if p, ok := errors.AsType[*kustomizationError](err); ok {
			f.results = append(f.results, &loadResult{problems: []Problem{{File: p.file, Err: p.err}}})
			return
		}
		f.fail(0, 0, err)
		return
	}
	before := len(f.results)
	if err := l.readStream(ctx, f, bytes.NewReader(built)); err != nil {
		return
	}
	l.wait()
	for _, r := range f.results[before:] {
		r.forgetLines()
	}
}

// forgetLines drops places in a text that nobody has seen.
func (r *loadResult) forgetLines() {
	for i := range r.objects {
		r.objects[i].Source.Line, r.objects[i].Source.LineOf = 0, nil
	}
	for i := range r.problems {
		r.problems[i].Line = 0
	}
}

// buildKustomization gives the YAML of a kustomization, as cli-runtime builds it.
func buildKustomization(disk filesys.FileSystem, folder string) (built []byte, err error) {
	root, err := filepath.Abs(folder)
	if err != nil {
		return nil, fmt.Errorf("find kustomization: %w", err)
	}
	checked := newCheckedFiles(disk)
	if err := checkKustomization(checked, root, folder); err != nil {
		return nil, err
	}
	defer func() {
		// kustomize panics on some inputs, such as an empty file among its crds.
		if r := recover(); r != nil {
			built, err = nil, fmt.Errorf("build kustomization: %v", r)
		}
	}()
	options := krusty.MakeDefaultOptions()
	options.Reorder = krusty.ReorderOptionLegacy
	resources, err := krusty.MakeKustomizer(options).Run(checked, root)
	if err != nil {
		return nil, fmt.Errorf("build kustomization: %w", kustomizeCause(err))
	}
	built, err = resources.AsYaml()
	if err != nil {
		return nil, fmt.Errorf("write kustomization: %w", kustomizeCause(err))
	}
	return built, nil
}
