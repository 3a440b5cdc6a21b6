package plugin

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

// observing is an observe command that runs.
type observing struct {
	signals chan os.Signal
	out     bytes.Buffer
	errOut  locked
	code    chan int
}

// locked is written to and read at the same time.
type locked struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *locked) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// observe starts one, and returns when it looks at what is written from then on.
func (c *controlNodes) observe(t *testing.T, args ...string) *observing {
	t.Helper()
	o := &observing{signals: make(chan os.Signal, 2), code: make(chan int, 1)}
	go func() {
		o.code <- Main(t.Context(), Process{
			Args:      append([]string{"kubectl-harden", "observe", "--kubeconfig", c.proxy.Kubeconfig}, args...),
			Streams:   genericiooptions.IOStreams{In: strings.NewReader(""), Out: &o.out, ErrOut: &o.errOut},
			LookupEnv: func(string) (string, bool) { return "", false },
			Now:       time.Now,
			Signals:   o.signals,
		})
	}()
	testkit.WaitFor(t, "the plan", func() error {
		if !strings.Contains(o.errOut.String(), "stays ") {
			return fmt.Errorf("stderr is %q", o.errOut.String())
		}
		return nil
	})
	return o
}

func TestObserveDuration(t *testing.T) {
	for name, signals := range map[string]int{"to its end": 0, "a signal": 1} {
		t.Run(name, func(t *testing.T) {
			c := newControlNodes(t, 2)
			before := event{user: "before", verb: "list", uri: "/api/v1/pods", at: "2026-11-20T09:00:00Z"}
			c.put(t, 0, "audit.log", before)
			c.put(t, 1, "audit.log", before)
			duration := "1h"
			if signals == 0 {
				duration = "1500ms"
			}
			o := c.observe(t, "--duration", duration)
			for i := range c.dirs {
				c.put(t, i, "audit.log", event{user: fmt.Sprintf("user-%d", i), verb: "list", uri: "/api/v1/pods", at: "2026-11-20T10:00:00Z"})
			}
			for range signals {
				o.signals <- os.Interrupt
			}
			code := <-o.code
			out := o.out.String()
			if code != 0 || strings.Contains(out, `"before"`) || !strings.Contains(out, `"user-0"`) || !strings.Contains(out, `"user-1"`) {
				t.Errorf("exit %d\n%s%s", code, out, o.errOut.String())
			}
			if !strings.HasPrefix(o.errOut.String(), "Plan: ") || !strings.Contains(o.errOut.String(), "2 events, 2 users, ") {
				t.Errorf("%q", o.errOut.String())
			}
		})
	}
}

// TestObserveTwoSignals: the second ends it while the first is not done.
func TestObserveTwoSignals(t *testing.T) {
	c := newControlNodes(t, 1)
	c.put(t, 0, "audit.log", checkoutEvents()...)
	o := c.observe(t, "--duration", "1h")
	stalled := c.proxy.On(testkit.Match{Path: "/api/v1/nodes/.*"}, testkit.Stall())
	testkit.WaitFor(t, "a request", func() error {
		if c.proxy.Hits(stalled) == 0 {
			return fmt.Errorf("none stalls")
		}
		return nil
	})
	o.signals <- os.Interrupt
	o.signals <- os.Interrupt
	if code := <-o.code; code != 130 || o.out.Len() > 0 {
		t.Errorf("exit %d\n%s", code, o.out.String())
	}
}

func TestObserveNothing(t *testing.T) {
	c := newControlNodes(t, 1)
	c.put(t, 0, "audit.log", checkoutEvents()...)
	if got := c.run(t, "observe", "--duration", "10ms"); got.code != 2 || !strings.Contains(got.stderr, "nothing was observed") {
		t.Errorf("%+v", got)
	}
}

func TestProgressLine(t *testing.T) {
	o := liveOptions{liveFlags: liveFlags{duration: 2 * time.Minute}}
	if got, want := o.progressLine(80*time.Second), "observing API access  1m20s of 2m  0 of 0 API servers  0 events  (ctrl-c ends and writes)"; got != want {
		t.Errorf("%q", got)
	}
	for text, want := range map[string]string{"2h": "2h", "90m": "1h30m", "61s": "1m1s", "1500ms": "1.5s", "10s": "10s"} {
		if d, err := time.ParseDuration(text); err != nil || short(d) != want {
			t.Errorf("%s: %q", text, short(d))
		}
	}
}
