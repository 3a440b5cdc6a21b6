//go:build unix

package plugin

import (
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestWritePrivateKeepsPipes: what is no file, such as /dev/null, is written to and not replaced.
func TestWritePrivateKeepsPipes(t *testing.T) {
	name := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Fatal(err)
	}
	got := make(chan string, 1)
	go func() {
		data, _ := os.ReadFile(name)
		got <- string(data)
	}()
	err := writePrivate(name, func(w io.Writer) error {
		_, err := io.WriteString(w, "text")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if text := <-got; text != "text" {
		t.Errorf("got %q", text)
	}
	if info, err := os.Stat(name); err != nil || info.Mode().Type() != os.ModeNamedPipe {
		t.Errorf("%v %v", info, err)
	}
}
