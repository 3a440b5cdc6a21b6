package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// numbered are n different texts.
func numbered(n int, text string) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("%s %04d", text, i)
	}
	return out
}

// TestManyNotesAreBounded: text and Markdown tell some and how many more; JSON has all.
func TestManyNotesAreBounded(t *testing.T) {
	const many = 3000
	item := onNetwork("many", api.Network{
		Ingress: isolated(1), Egress: isolated(1), Services: []api.ServicePort{}, Exposed: []api.Exposure{},
		Unknown: numbered(many, "refused"), Notes: numbered(many, "odd"), MayExpose: numbered(many, "doubt"),
	})
	report := page1(item, "v1.36.3")
	page := api.Page{Type: "service", Namespace: "shop", Name: "web", Summary: "ClusterIP"}
	for _, id := range []string{"reach", "note"} {
		for _, title := range numbered(many, id) {
			page.Rows = append(page.Rows, api.Row{ID: id, Title: title, Status: "yes", Evidence: []string{"how", "by"}})
		}
	}
	report.Pages = []api.Page{page}
	for _, opts := range []Options{{Width: 80}, {Width: 80, Sections: []string{"network"}}, {Width: 120, Format: "wide"}, {Format: "markdown"}} {
		out := printed(t, report, opts)
		if lines := strings.Count(out, "\n"); lines > 400 {
			t.Errorf("%+v: %d lines", opts, lines)
		}
		for _, want := range []string{"and 2,990 more", "-o json"} {
			if !strings.Contains(out, want) {
				t.Errorf("%+v: %q is missing", opts, want)
			}
		}
	}
	var back api.Report
	all, _ := streams(t, report, Options{Format: "json"})
	if err := json.Unmarshal([]byte(all), &back); err != nil {
		t.Fatal(err)
	}
	if n := back.Items[0].Network; len(n.Notes) != many || len(n.Unknown) != many || len(n.MayExpose) != many || len(back.Pages[0].Rows) != 2*many {
		t.Errorf("JSON has %d notes", len(n.Notes))
	}
}

func TestManyDecisionsAreBounded(t *testing.T) {
	r := &api.Reachability{
		From: "a", To: "b", Ports: "any port", Allowed: "no",
		Egress: numbered(3000, "policy"), Ingress: numbered(3000, "policy"), Notes: numbered(3000, "note"), Unknown: numbered(3000, "list"),
	}
	var b bytes.Buffer
	if err := Reachability(&b, r, Options{Width: 80}); err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(b.String(), "\n"); lines > 60 || strings.Count(b.String(), "and 2,990 more") != 4 {
		t.Errorf("%d lines:\n%s", lines, b.String())
	}
}

func TestBounded(t *testing.T) {
	for n, want := range map[int]int{0: 0, 9: 9, 10: 10, 11: 11, 12: 11} {
		all := numbered(n, "x")
		if got := notes(all); len(got) != want || n == 12 && got[10] != "and 2 more (-o json)" {
			t.Errorf("%d: %q", n, got)
		}
		if n > mostNotes && all[mostNotes] != fmt.Sprintf("x %04d", mostNotes) {
			t.Errorf("%d: the texts themselves are changed", n)
		}
	}
}
