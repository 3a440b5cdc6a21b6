package testkit

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// pidFile is the variable that makes TestProcessEndsWithParent the parent which
// is killed, and names the file into which it writes its child's ID.
const pidFile = "TESTKIT_PID_FILE"

func TestProcessEndsWithParent(t *testing.T) {
	if path := os.Getenv(pidFile); path != "" {
		actAsParent(t, path)
		return
	}
	path := filepath.Join(t.TempDir(), "pid")
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestProcessEndsWithParent$")
	cmd.Env = append(os.Environ(), pidFile+"="+path)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var child int
	WaitFor(t, "the start of the child", func() error {
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		child, err = strconv.Atoi(string(text))
		return err
	})
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed
	WaitFor(t, "the end of the child", func() error {
		if err := syscall.Kill(child, 0); !errors.Is(err, syscall.ESRCH) && !zombie(child) {
			return fmt.Errorf("process %d is there, signal: %w", child, err)
		}
		return nil
	})
}

// actAsParent starts a child, tells its process ID, and waits to be killed.
func actAsParent(t *testing.T, path string) {
	t.Helper()
	p, err := startProcess(filepath.Dir(path), "/bin/sh", "-c", "exec tail -f /dev/null")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(strconv.Itoa(p.cmd.Process.Pid)), 0o600); err != nil {
		t.Fatal(err)
	}
	<-p.done
}

// zombie reports a process that has ended, but whose new parent did not ask.
func zombie(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && strings.Contains(string(stat), ") Z ")
}

func TestProcessTellsItsEnd(t *testing.T) {
	p, err := startProcess(t.TempDir(), "/bin/sh", "-c", "echo no such flag >&2; exit 3")
	if err != nil {
		t.Fatal(err)
	}
	<-p.done
	if err := p.ended(); err == nil || !strings.Contains(err.Error(), "exit status 3") || !strings.Contains(err.Error(), "no such flag") {
		t.Errorf("the end is told as %v", err)
	}
	p.kill() // of a process that has ended does nothing
	if _, err := startProcess(t.TempDir(), "/no/such/program"); err == nil {
		t.Error("a program that does not exist was started")
	}
}
