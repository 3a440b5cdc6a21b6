package plugin

import "runtime/debug"

// While a log is read the heap may grow to leanLimit bytes before it is collected as soon as
// it has grown by leanPercent: of a log little is kept, and a heap of that size costs little.
const (
	leanPercent = 400
	leanLimit   = 44 << 20
)

// lean saves memory until the function it returns is called. Who sets GOGC or GOMEMLIMIT knows
// better.
func (p Process) lean() func() {
	for _, name := range []string{"GOGC", "GOMEMLIMIT"} {
		if _, set := p.LookupEnv(name); set {
			return func() {}
		}
	}
	percent, limit := debug.SetGCPercent(leanPercent), debug.SetMemoryLimit(leanLimit)
	return func() {
		debug.SetGCPercent(percent)
		debug.SetMemoryLimit(limit)
	}
}
