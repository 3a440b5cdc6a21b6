// Command kubectl-harden is the kubectl plugin that runs as "kubectl harden".
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-harden/kubectl-harden/pkg/plugin"
)

// gcPercent lets the heap grow fivefold between collections: a command lives for a second,
// and most of what it reads stays until it ends.
const gcPercent = 400

func main() {
	if _, set := os.LookupEnv("GOGC"); !set {
		debug.SetGCPercent(gcPercent)
	}
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	os.Exit(plugin.Main(context.Background(), plugin.Process{
		Args:      os.Args,
		Streams:   genericiooptions.IOStreams{In: os.Stdin, Out: os.Stdout, ErrOut: os.Stderr},
		LookupEnv: os.LookupEnv,
		Now:       time.Now,
		Signals:   signals,
	}))
}
