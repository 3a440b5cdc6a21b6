package render

import (
	"fmt"
	"io"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// BenchmarkOverview prints the table of 1,000 workloads.
func BenchmarkOverview(b *testing.B) {
	var items []api.Item
	for i := range 1000 {
		item := checkout()
		item.Ref.Name = fmt.Sprint("checkout-", i)
		items = append(items, item)
	}
	report := reportOf("v1.36.3", api.Scope{AllNamespaces: true}, items...)
	for _, opts := range []Options{{}, {Width: 120, Color: true}, {Format: "json"}, {Format: "yaml"}} {
		b.Run(fmt.Sprint(opts.Format, opts.Width), func(b *testing.B) {
			for b.Loop() {
				if err := Report(io.Discard, io.Discard, report, opts); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
