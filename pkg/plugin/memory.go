package plugin

import "runtime/debug"

// heap is how far it may grow: to limit bytes before it is collected as soon as it has grown by
// percent.
type heap struct {
	percent int
	limit   int64
}

// logHeap is for reading audit logs, of which little is kept: a heap of that size costs little.
// flowHeap is for reading flows, edgeHeap for what is made of their edges.
func logHeap() heap  { return heap{400, 44 << 20} }
func flowHeap() heap { return heap{100, 140 << 20} }
func edgeHeap() heap { return heap{100, 158 << 20} }

// bound bounds the heap until the function it returns is called. Who sets GOGC or GOMEMLIMIT
// knows better.
func (p Process) bound(h heap) func() {
	for _, name := range []string{"GOGC", "GOMEMLIMIT"} {
		if _, set := p.LookupEnv(name); set {
			return func() {}
		}
	}
	percent, limit := debug.SetGCPercent(h.percent), debug.SetMemoryLimit(h.limit)
	return func() {
		debug.SetGCPercent(percent)
		debug.SetMemoryLimit(limit)
	}
}
