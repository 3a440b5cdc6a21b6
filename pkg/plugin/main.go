// Package plugin is the command line of kubectl-harden: flags become options, options run.
// It is the only package that knows cobra and kubectl.
package plugin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"

	"github.com/spf13/cobra"
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
	// Columns is the width of a terminal that both outputs are taken for; 0 to ask the outputs.
	Columns int
	// Signals gives a value for each request to end; nil for none.
	Signals <-chan os.Signal

	interrupts *interrupts
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
	if p.completes() {
		// What goes wrong must not disturb the line that is typed.
		p.Streams.ErrOut = io.Discard
	}
	if err := logAt(0); err != nil {
		printError(p, err)
		return exitNoAnswer
	}
	p.interrupts = &interrupts{}
	ctx, stop := p.interrupts.listen(ctx, p.Signals)
	defer stop()
	root := newRootCommand(p)
	root.SetArgs(p.arguments())
	err := execute(ctx, root)
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

// grace is how long an interrupted command may take to end by itself: one that reads a
// standard input that nobody writes to never does.
const grace = 500 * time.Millisecond

func execute(ctx context.Context, root *cobra.Command) error {
	done := make(chan error, 1)
	go func() { done <- root.ExecuteContext(ctx) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	select {
	case err := <-done:
		return err
	case <-time.After(grace):
		return ctx.Err()
	}
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
	_, _ = fmt.Fprintf(p.Streams.ErrOut, "error: %s\n", p.naming(err.Error()))
}
