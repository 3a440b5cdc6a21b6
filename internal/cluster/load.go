package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// Object is one Kubernetes object of the input.
type Object struct {
	// Object is typed for the kinds of client-go's scheme
	// (k8s.io/client-go/kubernetes/scheme) and *unstructured.Unstructured for all others.
	runtime.Object
	GVK schema.GroupVersionKind
	// Source has Line 0 and no LineOf for what kustomize built, and File is its folder.
	Source workload.Source
	// Refused says of a NetworkPolicy why strict validation refuses it, with file and line, where
	// that does not show in the object: fields that it does not have.
	Refused []string
}

// Problem is one document or file that could not be used.
type Problem struct {
	// File as the user named it, "-" for standard input.
	File string
	// Document counts the documents of the file that are not empty, from 1; 0 is the whole file.
	Document int
	// Line in the file, from 1; 0 where it is not known.
	Line int
	Err  error

	// oneOfMany tells that the file has more than one document.
	oneOfMany bool
}

// Error names the place and the cause on one line free of control characters.
func (p Problem) Error() string {
	place := printable(p.File)
	if p.Line > 0 {
		place = fmt.Sprintf("%s:%d", place, p.Line)
	}
	if p.Document > 0 && p.oneOfMany {
		return fmt.Sprintf("%s: document %d: %s", place, p.Document, printable(p.Err.Error()))
	}
	return fmt.Sprintf("%s: %s", place, printable(p.Err.Error()))
}

// Unwrap returns Err.
func (p Problem) Unwrap() error { return p.Err }

// LoadOptions say what Load reads.
type LoadOptions struct {
	// Filenames are files, folders or "-", as after -f.
	Filenames []string
	// Kustomize is a folder with a kustomization, as after -k; empty for none.
	Kustomize string
	// Recursive reads the subfolders of folders too, as -R does.
	Recursive bool
	// Stdin is what "-" reads.
	Stdin io.Reader
}

// Load reads manifests, in the order of the input; files of a folder come sorted. Objects of
// good documents are returned beside the problems of bad ones. The error is for what makes
// nothing loadable: ctx ended, or a URL was named.
func Load(ctx context.Context, opts LoadOptions) ([]Object, []Problem, error) {
	for _, name := range opts.Filenames {
		if isURL(name) {
			return nil, nil, fmt.Errorf("read %s: %w", printable(withoutCredentials(name)), errURL)
		}
	}
	if opts.Kustomize != "" && isRemote(opts.Kustomize) {
		return nil, nil, fmt.Errorf("read %s: %w", printable(withoutCredentials(opts.Kustomize)), errRemote)
	}
	l := newLoader()
	for _, name := range opts.Filenames {
		if err := l.readName(ctx, name, opts); err != nil {
			l.wait()
			return nil, nil, err
		}
	}
	if opts.Kustomize != "" {
		l.readKustomization(ctx, opts.Kustomize)
	}
	l.wait()
	if err := ctx.Err(); err != nil {
		return nil, nil, fmt.Errorf("read manifests: %w", err)
	}
	objects, problems := l.collect()
	return objects, problems, nil
}

var (
	errURL    = errors.New("URLs are refused: kubectl-harden talks to API servers alone; download it first")
	errRemote = errors.New("remote kustomizations are refused: kubectl-harden talks to API servers alone; download it first")

	urlScheme = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*://`)
)

func isURL(name string) bool { return urlScheme.MatchString(name) }
