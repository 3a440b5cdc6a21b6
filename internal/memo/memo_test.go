package memo_test

import (
	"sync"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/memo"
)

// TestTable: all who ask for a key at once get one value, and who asks later the same.
func TestTable(t *testing.T) {
	var table memo.Table[string, *int]
	got := make([]*int, 20)
	var all sync.WaitGroup
	for i := range got {
		all.Go(func() { got[i] = table.Of("a", func() *int { return new(i) }) })
	}
	all.Wait()
	for _, value := range got {
		if value == nil || value != got[0] {
			t.Errorf("%p beside %p", value, got[0])
		}
	}
	if again := table.Of("a", func() *int { t.Error("worked out again"); return nil }); again != got[0] {
		t.Errorf("%p, not %p", again, got[0])
	}
	if other := table.Of("b", func() *int { return nil }); other != nil {
		t.Errorf("%p of another key", other)
	}
}
