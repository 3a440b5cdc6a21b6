package plugin

import "runtime/debug"

// leanPercent lets the heap grow to two and a half times of what is kept between collections:
// of a log little is kept.
const leanPercent = 150

// lean saves memory until the function it returns is called. Who sets GOGC knows better.
func (p Process) lean() func() {
	if _, set := p.LookupEnv("GOGC"); set {
		return func() {}
	}
	before := debug.SetGCPercent(leanPercent)
	return func() { debug.SetGCPercent(before) }
}
