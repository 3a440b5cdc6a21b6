package testkit

import (
	"encoding/json"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Engine is a program of a module below test/ that answers each JSON document on its standard
// input with one on its standard output.
type Engine struct {
	encoder *json.Encoder
	decoder *json.Decoder
}

// StartEngine builds and starts the program of test/NAME, which ends with the test. With -short
// it skips the test.
func StartEngine(tb testing.TB, name string) *Engine {
	tb.Helper()
	if testing.Short() {
		tb.Skipf("needs the program of test/%s, which takes a minute to build once: run without -short", name)
	}
	root, err := moduleRoot()
	if err != nil {
		tb.Fatal(err)
	}
	cmd := exec.Command("go", "run", ".") // not until the end of the context, which comes too early
	cmd.Dir = filepath.Join(root, "test", name)
	cmd.Env = append(cmd.Environ(), "GOWORK=off")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = in.Close() // the program ends at the end of its input
		_, _ = io.Copy(io.Discard, out)
		if err := cmd.Wait(); err != nil {
			tb.Errorf("the program of test/%s: %v\n%s", name, err, stderr.String())
		}
	})
	return &Engine{json.NewEncoder(in), json.NewDecoder(out)}
}

// Ask sends a question and reads the answer to it.
func (e *Engine) Ask(tb testing.TB, question, answer any) {
	tb.Helper()
	if err := e.encoder.Encode(question); err != nil {
		tb.Fatal(err)
	}
	if err := e.decoder.Decode(answer); err != nil {
		tb.Fatal(err)
	}
}
