package cluster

import (
	"context"
	"errors"
	"runtime"

	"golang.org/x/sync/errgroup"
)

// loader parses documents in parallel and keeps the order of the input.
type loader struct {
	group errgroup.Group
	files []*inputFile
}

// inputFile is one file of the input with what its documents gave, in their order.
type inputFile struct {
	name string
	// documents counts those that are not empty.
	documents int
	results   []*loadResult
}

// loadResult is what one document, or one item of a JSON list, gave.
type loadResult struct {
	objects  []Object
	problems []Problem
	// answered tells an empty list from an empty document.
	answered bool
	// pending is set for an item without a kind of its own whose list's kind comes after it.
	pending func() loadResult
}

func newLoader() *loader {
	l := &loader{}
	l.group.SetLimit(runtime.GOMAXPROCS(0))
	return l
}

func (l *loader) file(name string) *inputFile {
	f := &inputFile{name: name}
	l.files = append(l.files, f)
	return f
}

// do runs job beside others; its result takes the next place in f.
func (l *loader) do(ctx context.Context, f *inputFile, job func() loadResult) {
	r := &loadResult{}
	f.results = append(f.results, r)
	l.group.Go(func() error {
		if ctx.Err() == nil {
			*r = job()
		}
		return nil
	})
}

// fail adds a problem at the next place in f; document and line are 0 for the whole file.
func (f *inputFile) fail(document, line int, err error) {
	f.results = append(f.results, &loadResult{problems: []Problem{f.problem(document, line, err)}})
}

func (f *inputFile) problem(document, line int, err error) Problem {
	return Problem{File: f.name, Document: document, Line: line, Err: err}
}

func (l *loader) wait() {
	// The jobs return no error: what they find is in their results.
	_ = l.group.Wait()
}

// collect puts the results of all files in order, once no job is running.
func (l *loader) collect() (objects []Object, problems []Problem) {
	for _, f := range l.files {
		answered := false
		for _, r := range f.results {
			if r.pending != nil {
				*r = r.pending()
			}
			answered = answered || r.answered || len(r.objects)+len(r.problems) > 0
			objects = append(objects, r.objects...)
			for _, p := range r.problems {
				p.oneOfMany = f.documents > 1
				problems = append(problems, p)
			}
		}
		if !answered {
			problems = append(problems, f.problem(0, 0, errNoObjects))
		}
	}
	return objects, problems
}

var (
	errNoObjects = errors.New("holds no objects")
	errNotObject = errors.New("not a Kubernetes object")
)
