package render

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// TestNetworkOutputs shows the network in every form but the page of a terminal.
func TestNetworkOutputs(t *testing.T) {
	for name, opts := range map[string]Options{
		"wide":     {Format: "wide", Width: 80},
		"markdown": {Format: "markdown"},
		"shown":    {Sections: []string{"network"}, Width: 100},
		"ascii":    {Sections: []string{"network"}, Width: 80, ASCII: true},
	} {
		var b strings.Builder
		for _, of := range []string{"net-open", "net-exposed", "net-many", "net-host", "net-unread", "net-files", "net-table", "net-service"} {
			fmt.Fprintf(&b, "=== %s\n", of)
			b.WriteString(printed(t, networks()[of], opts))
		}
		golden(t, "network-"+name, b.String())
	}
}

func TestPortsWords(t *testing.T) {
	for want, ports := range map[string][]string{
		"":                      nil,
		"any port":              {"any port"},
		"53, 53/UDP":            {"53; UDP 53"},
		"53":                    {"TCP 53"},
		"80, 8000-8080, http":   {"80, 8000-8080", "http"},
		"any/TCP, 1/UDP, 2/UDP": {"TCP; UDP 1, 2"},
		"any/SCTP":              {"SCTP"},
		"53/UDP":                {"53/UDP"},
	} {
		if got := portsWords(ports); got != want {
			t.Errorf("%q are %q, want %q", ports, got, want)
		}
	}
}

func reached(t *testing.T, name string, opts Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := Reachability(&b, reachabilities()[name], opts); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestReachability(t *testing.T) {
	var b strings.Builder
	for _, name := range []string{"yes", "no", "partly", "depends", "unread"} {
		for _, opts := range append(variants(), Options{Quiet: true, Width: 80}) {
			out := reached(t, name, opts)
			if opts.Width > 0 {
				tooWide(t, out, opts.Width)
			}
			b.WriteString("=== " + name + "\n" + opts.title() + out)
		}
	}
	golden(t, "can-reach", b.String())
}

func TestHostileReachability(t *testing.T) {
	for _, s := range hostileStrings() {
		for _, r := range reachabilities() {
			for _, allowed := range []string{s, r.Allowed} {
				fill(reflect.ValueOf(r).Elem(), s)
				r.Allowed = allowed
				for _, opts := range []Options{{}, {Width: 80, Color: true}, {Width: 80, ASCII: true}, {Quiet: true}} {
					var b bytes.Buffer
					if err := Reachability(&b, r, opts); err != nil {
						t.Fatal(err)
					}
					harmful(t, b.String())
					if opts.Width > 0 {
						tooWide(t, b.String(), opts.Width)
					}
				}
			}
		}
	}
}
