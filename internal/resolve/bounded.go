package resolve

import (
	"encoding/binary"
	"math/bits"
	"net/netip"
)

// bounded is a table of at most max keys. Which keys it holds in the end does not depend on
// their order: when they are too many, it gives up those whose hash begins with a bit more.
type bounded[K comparable, V any] struct {
	max  int
	hash func(K) uint64
	// gone is told of what was given up; nil for not.
	gone  func(K, V)
	shift uint
	all   map[K]V
}

func newBounded[K comparable, V any](limit int, hash func(K) uint64) *bounded[K, V] {
	return &bounded[K, V]{max: limit, hash: hash, all: map[K]V{}}
}

// holds tells whether the table would hold a key.
func (b *bounded[K, V]) holds(key K) bool { return b.hash(key)>>(64-b.shift) == 0 }

// put sets the value of a key, and tells whether the table took it: it may still give it up.
func (b *bounded[K, V]) put(key K, value V) bool {
	if b.shift > 0 && !b.holds(key) {
		return false
	}
	b.all[key] = value
	for len(b.all) > b.max && b.shift < 64 {
		b.shift++
		for k, v := range b.all {
			if b.holds(k) {
				continue
			}
			delete(b.all, k)
			if b.gone != nil {
				b.gone(k, v)
			}
		}
	}
	return true
}

// keep puts a value into a table of what can be made again. It forgets rather than grow beyond a
// limit.
func keep[K comparable, V any](table map[K]V, limit int, key K, value V) V {
	if len(table) >= limit {
		clear(table)
	}
	table[key] = value
	return value
}

// mix adds a number to a hash. It is the same in every process, as the maps of Go are not.
func mix(hash, v uint64) uint64 {
	hi, lo := bits.Mul64(hash^0x9e3779b97f4a7c15, v^0xbf58476d1ce4e5b9)
	return hi ^ lo
}

func mixAddr(hash uint64, a netip.Addr) uint64 {
	b := a.As16()
	return mix(mix(hash, binary.BigEndian.Uint64(b[:8])), binary.BigEndian.Uint64(b[8:]))
}

func mixAddrPort(hash uint64, a netip.AddrPort) uint64 {
	return mix(mixAddr(hash, a.Addr()), uint64(a.Port()))
}
