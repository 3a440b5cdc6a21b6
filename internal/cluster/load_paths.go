package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// readName reads one argument of -f. The error is of ctx alone.
func (l *loader) readName(ctx context.Context, name string, opts LoadOptions) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("read manifests: %w", err)
	}
	if name == "-" {
		return l.readStdin(ctx, opts.Stdin)
	}
	info, err := os.Stat(name)
	switch {
	case err != nil:
		l.file(name).fail(0, 0, cause(err))
		return nil
	case info.IsDir():
		return l.readFolder(ctx, name, opts.Recursive)
	default:
		return l.readFile(ctx, name)
	}
}

func (l *loader) readStdin(ctx context.Context, stdin io.Reader) error {
	f := l.file("-")
	if stdin == nil {
		f.fail(0, 0, errors.New("there is no standard input"))
		return nil
	}
	return l.readStream(ctx, f, stdin)
}

func (l *loader) readFile(ctx context.Context, name string) error {
	f := l.file(name)
	file, err := os.Open(name)
	if err != nil {
		f.fail(0, 0, cause(err))
		return nil
	}
	// Nothing was written: a failing close loses nothing.
	defer func() { _ = file.Close() }()
	return l.readStream(ctx, f, file)
}

// readFolder reads the manifests of a folder, sorted by name, as kubectl does.
func (l *loader) readFolder(ctx context.Context, folder string, recursive bool) error {
	found, subfolders := false, false
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			found = true
			l.file(path).fail(0, 0, cause(err))
			return nil
		case entry.IsDir() && path != folder && !recursive:
			subfolders = true
			return filepath.SkipDir
		case entry.IsDir() || !slices.Contains([]string{".json", ".yaml", ".yml"}, filepath.Ext(path)):
			return ctx.Err()
		}
		found = true
		return l.readFile(ctx, path)
	})
	if err != nil {
		return fmt.Errorf("read folder %s: %w", printable(folder), err)
	}
	if !found {
		hint := ""
		if subfolders {
			hint = "; -R reads its subfolders"
		}
		l.file(folder).fail(0, 0, fmt.Errorf("holds no .yaml, .yml or .json file%s", hint))
	}
	return nil
}

// cause is err without the path that a Problem names by itself.
func cause(err error) error {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		return pe.Err
	}
	return err
}
