//go:build unix

package main

import (
	"fmt"
	"os"
	"runtime"
	"syscall"
)

// peak is the largest resident memory of a process that ended. Linux counts kilobytes, macOS
// bytes.
func peak(state *os.ProcessState) string {
	usage, ok := state.SysUsage().(*syscall.Rusage)
	if !ok {
		return "unknown"
	}
	unit := 1024.0
	if runtime.GOOS == "darwin" {
		unit = 1
	}
	return fmt.Sprintf("%.0f MB", float64(usage.Maxrss)*unit/1e6)
}
