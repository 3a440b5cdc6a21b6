// Package plugin is the command line of kubectl-harden: flags become options, options run.
// It is the only package that knows cobra and kubectl.
package plugin

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	"k8s.io/cli-runtime/pkg/genericiooptions"
)

// Exit codes. On Windows kubectl itself turns every failure of a plugin into 1.
const (
	exitNegative    = 1
	exitNoAnswer    = 2
	exitInterrupted = 130
)

// Process is what the operating system gives a command.
type Process struct {
	// Args begin with the name of the program.
	Args      []string
	Streams   genericiooptions.IOStreams
	LookupEnv func(string) (string, bool)
	Now       func() time.Time
}

func (p Process) env(name string) string {
	value, _ := p.LookupEnv(name)
	return value
}

// errNegative ends a command whose answer is negative: the answer is on stdout already.
var errNegative = errors.New("the answer is negative")

// errReported ends a command that could not answer and has said why.
var errReported = errors.New("reported")

// Main runs the command line and returns the exit code: 0 answered, 1 the answer is
// negative, 2 could not answer, 130 interrupted.
func Main(ctx context.Context, p Process) int {
	root := newRootCommand(p)
	root.SetArgs(p.Args[1:])
	err := root.ExecuteContext(ctx)
	switch {
	case ctx.Err() != nil:
		return exitInterrupted
	case err == nil, errors.Is(err, syscall.EPIPE):
		return 0
	case errors.Is(err, errNegative):
		return exitNegative
	case !errors.Is(err, errReported):
		printError(p, err)
	}
	return exitNoAnswer
}

// printError prints every joined error on a line of its own.
func printError(p Process, err error) {
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) {
		for _, e := range joined.Unwrap() {
			printError(p, e)
		}
		return
	}
	_, _ = fmt.Fprintf(p.Streams.ErrOut, "error: %v\n", err)
}
