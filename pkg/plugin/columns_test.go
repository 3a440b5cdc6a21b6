package plugin

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"k8s.io/cli-runtime/pkg/genericiooptions"
)

// TestColumns: outputs that are taken for a terminal are coloured and folded like one.
func TestColumns(t *testing.T) {
	for columns, terminal := range map[int]bool{0: false, 80: true} {
		var out, errOut bytes.Buffer
		code := Main(t.Context(), Process{
			Args:      []string{"kubectl-harden", "explain", "-f", "-", "--local"},
			Streams:   genericiooptions.IOStreams{In: strings.NewReader(badPod), Out: &out, ErrOut: &errOut},
			LookupEnv: func(string) (string, bool) { return "", false },
			Now:       func() time.Time { return time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC) },
			Columns:   columns,
		})
		wide := false
		for line := range strings.Lines(out.String()) {
			for _, code := range []string{"0", "1", "2", "31", "33", "1;31"} {
				line = strings.ReplaceAll(line, "\x1b["+code+"m", "")
			}
			wide = wide || len(line) > 81
		}
		if code != 0 || strings.Contains(out.String(), "\x1b[") != terminal || wide == terminal {
			t.Errorf("%d: exit %d, %s\n%s", columns, code, errOut.String(), out.String())
		}
	}
}
