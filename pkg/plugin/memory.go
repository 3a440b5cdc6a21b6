package plugin

import "runtime/debug"

// leanPercent lets the heap grow by half between collections: a log is much larger than what
// is kept of it, and reading it makes little garbage.
const leanPercent = 50

// lean saves memory until the function it returns is called. Who sets GOGC knows better.
func (p Process) lean() func() {
	if _, set := p.LookupEnv("GOGC"); set {
		return func() {}
	}
	before := debug.SetGCPercent(leanPercent)
	return func() { debug.SetGCPercent(before) }
}
