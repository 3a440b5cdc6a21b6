package testkit

import (
	"testing"
	"time"
)

// waitTimeout is far beyond what any condition of a test takes.
const waitTimeout = 2 * time.Minute

// WaitFor polls a condition until it returns nil. It ends the test with the
// condition's last error when two minutes were not enough.
func WaitFor(tb testing.TB, what string, holds func() error) {
	tb.Helper()
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	deadline := time.NewTimer(waitTimeout)
	defer deadline.Stop()
	for {
		err := holds()
		if err == nil {
			return
		}
		select {
		case <-deadline.C:
			tb.Fatalf("waited %s for %s: %v", waitTimeout, what, err)
		case <-tb.Context().Done():
			tb.Fatalf("wait for %s: %v: %v", what, tb.Context().Err(), err)
		case <-ticker.C:
		}
	}
}
