// Package source opens what a user names as a source of observations: files, folders and the
// standard input, with compression read through.
package source

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Stdin is the name of the standard input.
const Stdin = "-"

// File is one input that can be opened once.
type File struct {
	// Name is as the user gave it, or that of the folder with the way from there.
	Name string
	// Listed is set for what was found in a folder: the user did not name it.
	Listed bool
	// Live is set for what may grow while it is read: all such files want to be read at once.
	Live bool

	open func() (io.ReadCloser, error)
}

// Find lists what the names stand for: a file, every regular file below a folder, or with "-"
// what stdin holds. Links in a folder are followed to files, never to folders. Each file comes
// once, sorted by name in its folder. It fails for a name that is not there, and where stdin
// is named twice.
func Find(stdin io.Reader, names ...string) ([]File, error) {
	var files []File
	seen := map[string]bool{}
	for _, name := range names {
		found, err := find(stdin, name)
		if err != nil {
			return nil, err
		}
		for _, f := range found {
			id := f.identity()
			if f.Name == Stdin && seen[id] {
				return nil, errors.New("the standard input (-) can be read once")
			}
			if !seen[id] {
				seen[id] = true
				files = append(files, f)
			}
		}
	}
	return files, nil
}

func find(stdin io.Reader, name string) ([]File, error) {
	if name == Stdin {
		return []File{{Name: Stdin, open: func() (io.ReadCloser, error) { return io.NopCloser(stdin), nil }}}, nil
	}
	if strings.Contains(name, "://") {
		return nil, fmt.Errorf("%s: no address is read: download it, or give it on the standard input (-)", name)
	}
	info, err := os.Stat(name)
	if err != nil {
		return nil, fmt.Errorf("read source: %w", err)
	}
	if !info.IsDir() {
		return []File{onDisk(name, false)}, nil
	}
	return below(name)
}

// below lists a folder. The folder itself may be a link: it was named.
func below(folder string) ([]File, error) {
	var files, links []File
	err := filepath.WalkDir(folder+string(filepath.Separator), func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		switch {
		case entry.Type().IsRegular():
			files = append(files, onDisk(path, true))
		case entry.Type()&fs.ModeSymlink != 0:
			if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
				links = append(links, onDisk(path, true))
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read source: %w", err)
	}
	// A link beside the file that it leads to is the same file: the file's own name counts.
	files = append(files, links...)
	seen := map[string]bool{}
	files = slices.DeleteFunc(files, func(f File) bool {
		id := f.identity()
		again := seen[id]
		seen[id] = true
		return again
	})
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	return files, nil
}

func onDisk(path string, listed bool) File {
	return File{Name: filepath.Clean(path), Listed: listed, open: func() (io.ReadCloser, error) { return os.Open(path) }}
}

// identity is equal for two names of one file.
func (f File) identity() string {
	if f.Name == Stdin && !f.Listed {
		return Stdin
	}
	path := f.Name
	if resolved, err := filepath.EvalSymlinks(path); err == nil {
		path = resolved
	}
	if absolute, err := filepath.Abs(path); err == nil {
		path = absolute
	}
	return path
}
