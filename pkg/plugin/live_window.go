package plugin

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"k8s.io/cli-runtime/pkg/printers"
)

// interrupts are the signals that end a command, or first a window that it reads in.
type interrupts struct {
	mu     sync.Mutex
	window context.CancelFunc
}

// listen makes a context that signals end. A window that is open takes the first one.
func (i *interrupts) listen(ctx context.Context, signals <-chan os.Signal) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		for {
			select {
			case <-signals:
				if !i.endWindow() {
					cancel()
					return
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	return ctx, cancel
}

// endWindow ends the window that is open, and tells whether there was one.
func (i *interrupts) endWindow() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.window == nil {
		return false
	}
	i.window()
	i.window = nil
	return true
}

func (i *interrupts) openWindow(end context.CancelFunc) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.window = end
}

// window is over at once for what is there, and else when the time has passed, or with the
// first signal. The function ends it and what is shown meanwhile.
func (o *sourceOptions) window(ctx context.Context) (context.Context, func()) {
	if !o.live.timed {
		over, cancel := context.WithCancel(ctx)
		cancel()
		return over, func() {}
	}
	began := time.Now()
	window, end := context.WithTimeout(ctx, o.live.duration)
	o.process.interrupts.openWindow(end)
	shown := o.progress(window, began)
	return window, func() {
		end()
		o.process.interrupts.openWindow(nil)
		shown()
	}
}

// Redrawing of the line of progress.
const (
	progressInterval = time.Second
	eraseLine        = "\r\x1b[K"
)

// progress shows on a terminal how far a window is, after a second, until the function is
// called.
func (o *sourceOptions) progress(window context.Context, began time.Time) func() {
	out := o.process.Streams.ErrOut
	if !printers.IsTerminal(out) || o.process.env("TERM") == "dumb" || o.oldConsole() {
		return func() {}
	}
	var shown sync.WaitGroup
	shown.Go(func() {
		ticks := time.NewTicker(progressInterval)
		defer ticks.Stop()
		for {
			select {
			case <-ticks.C:
				line := o.live.progressLine(time.Since(began))
				_, _ = io.WriteString(out, eraseLine+line[:min(len(line), o.width(out)-1)])
			case <-window.Done():
				_, _ = io.WriteString(out, eraseLine)
				return
			}
		}
	})
	return shown.Wait
}

// progressLine is how far a window is, in ASCII.
func (o *liveOptions) progressLine(passed time.Duration) string {
	var events int64
	readable := 0
	for _, l := range o.logs {
		events += l.Events()
		if l.Fault == "" {
			readable++
		}
	}
	return strings.Join([]string{
		"observing API access", short(passed.Round(time.Second)) + " of " + short(o.duration),
		fmt.Sprintf("%d of %d API servers", readable, len(o.logs)), fmt.Sprintf("%d events", events), "(ctrl-c ends and writes)",
	}, "  ")
}
