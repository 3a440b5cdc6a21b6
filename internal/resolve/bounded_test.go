package resolve

import (
	"maps"
	"math/rand/v2"
	"testing"
)

func TestBoundedDoesNotDependOnTheOrder(t *testing.T) {
	dice := rand.New(rand.NewPCG(1, 1))
	keys := make([]uint64, 5000)
	for i := range keys {
		keys[i] = uint64(i % 4000) // some twice
	}
	var first map[uint64]int
	for range 5 {
		dice.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
		given, refused := map[uint64]int{}, map[uint64]int{}
		b := newBounded[uint64, int](100, func(k uint64) uint64 { return mix(7, k) })
		b.gone = func(k uint64, n int) { refused[k] += n }
		for _, k := range keys {
			given[k]++
			if !b.put(k, b.all[k]+1) {
				refused[k]++
			}
		}
		if len(b.all) > 100 || len(b.all) < 25 {
			t.Errorf("%d keys are held", len(b.all))
		}
		for k, n := range given {
			if b.all[k]+refused[k] != n {
				t.Fatalf("key %d: %d held and %d refused of %d", k, b.all[k], refused[k], n)
			}
			if b.holds(k) != (b.all[k] > 0) {
				t.Fatalf("key %d: holds says %v", k, b.holds(k))
			}
		}
		if first == nil {
			first = maps.Clone(b.all)
		}
		if !maps.Equal(first, b.all) {
			t.Fatal("another order holds other keys")
		}
	}
}

func TestBoundedKeysOfOneHash(t *testing.T) {
	b := newBounded[int, int](2, func(int) uint64 { return 1 << 63 })
	for i := range 5 {
		b.put(i, i)
	}
	if len(b.all) != 0 {
		t.Errorf("%v is held", b.all)
	}
}
