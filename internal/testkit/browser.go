package testkit

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// browserTimeout bounds one call of a browser, and its start and end.
const browserTimeout = time.Minute

// Browser is a Chromium without a window, driven by the DevTools protocol
// (https://chromedevtools.github.io/devtools-protocol/) over two pipes. It
// resolves no name, and reaches nothing but files and the loopback interface.
type Browser struct {
	wire *browserWire
	done chan struct{}
}

// StartBrowser starts the Chromium of the machine, which ends with the test.
// It skips the test with -short, and where none is installed: .ci/run installs
// it as the package chromium.
func StartBrowser(tb testing.TB) *Browser {
	tb.Helper()
	if testing.Short() {
		tb.Skip("needs Chromium: run without -short")
	}
	path, found := findBrowser()
	if !found {
		tb.Skip("needs Chromium, and no chromium, chromium-browser or google-chrome is in PATH: install the package chromium")
	}
	dir, err := os.MkdirTemp("", "kubectl-harden-browser-") //nolint:usetesting // a process of Chromium that ends late may still write there, which is no failure
	if err != nil {
		tb.Fatal(err)
	}
	b, err := launchBrowser(path, dir)
	if err != nil {
		_ = os.RemoveAll(dir) // the start has failed already
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		b.end()
		if err := os.RemoveAll(dir); err != nil {
			tb.Logf("remove the profile of Chromium: %v", err)
		}
	})
	return b
}

func findBrowser() (string, bool) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, true
		}
	}
	return "", false
}

// browserCommand has the two pipes as descriptors 3 and 4.
func browserCommand(path, dir string) *exec.Cmd {
	args := []string{
		"--headless=new", "--remote-debugging-pipe", "--user-data-dir=" + dir,
		"--no-first-run", "--no-default-browser-check", "--disable-background-networking", "--disable-component-update",
		"--disable-sync", "--disable-extensions", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
		"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--allow-file-access-from-files",
	}
	if os.Geteuid() == 0 {
		args = append(args, "--no-sandbox") // which Chromium refuses to run with as root
	}
	cmd := exec.Command(path, append(args, "about:blank")...)
	cmd.Dir = dir
	cmd.Env = append(cmd.Environ(), "HOME="+dir, "XDG_CONFIG_HOME="+filepath.Join(dir, "config"), "XDG_CACHE_HOME="+filepath.Join(dir, "cache"))
	cmd.SysProcAttr = endWithParent()
	return cmd
}

func launchBrowser(path, dir string) (*Browser, error) {
	theirIn, ourOut, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("start Chromium: %w", err)
	}
	ourIn, theirOut, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("start Chromium: %w", err)
	}
	cmd := browserCommand(path, dir)
	cmd.ExtraFiles = []*os.File{theirIn, theirOut}
	b := &Browser{done: make(chan struct{})}
	started := make(chan error)
	go func() {
		runtime.LockOSThread() // as in startProcess
		defer close(b.done)
		err := cmd.Start()
		_, _ = theirIn.Close(), theirOut.Close() // the child has its own
		started <- err
		if err == nil {
			_ = cmd.Wait() // how it ended is of no matter
		}
	}()
	if err := <-started; err != nil {
		_, _ = ourIn.Close(), ourOut.Close()
		return nil, fmt.Errorf("start Chromium: %w", err)
	}
	b.wire = newBrowserWire(ourIn, ourOut, func() { _ = cmd.Process.Kill() })
	return b, nil
}

// end asks the browser to end, and kills it where it does not.
func (b *Browser) end() {
	_ = b.wire.call("", "Browser.close", nil, nil) // the pipe may break before the answer
	select {
	case <-b.done:
	case <-time.After(browserTimeout):
		b.wire.kill()
		<-b.done
	}
	b.wire.close()
}
