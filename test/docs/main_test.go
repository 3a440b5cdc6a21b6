package main

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-harden/kubectl-harden/pkg/plugin"
)

// TestMain is the plugin itself where the program of the tests is called by its name: commands
// of the docs then run what is tested, at a time that does not change.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) != program {
		os.Exit(m.Run())
	}
	os.Exit(plugin.Main(context.Background(), plugin.Process{
		Args:      os.Args,
		Streams:   genericiooptions.IOStreams{In: os.Stdin, Out: os.Stdout, ErrOut: os.Stderr},
		LookupEnv: os.LookupEnv,
		Now:       docsTime,
	}))
}
