package observation

import (
	"maps"
	"slices"
)

// names are distinct ones up to a limit; above it all are forgotten and more is set.
type names struct {
	limit int
	set   map[string]struct{}
	more  bool
}

func newNames(limit int) names { return names{limit: limit, set: map[string]struct{}{}} }

func (n *names) add(name string) {
	if n.more {
		return
	}
	if _, known := n.set[name]; known {
		return
	}
	n.set[string([]byte(name))] = struct{}{}
	if len(n.set) > n.limit {
		n.overflow()
	}
}

func (n *names) overflow() {
	n.more = true
	clear(n.set)
}

func (n *names) merge(o names) {
	if o.more {
		n.overflow()
		return
	}
	for name := range o.set {
		n.add(name)
	}
}

// sorted is never nil.
func (n *names) sorted() []string {
	if len(n.set) == 0 {
		return []string{}
	}
	return slices.Sorted(maps.Keys(n.set))
}
