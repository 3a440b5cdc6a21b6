package workload

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestCapabilities holds the sum of default, drop and add to what containerd and CRI-O make
// of the same lists.
func TestCapabilities(t *testing.T) {
	defaults := strings.Join(RuntimeOf("containerd").Capabilities, " ")
	without := func(names ...string) string {
		kept := slices.DeleteFunc(strings.Fields(defaults), func(n string) bool { return slices.Contains(names, n) })
		return strings.Join(kept, " ")
	}
	for _, tt := range []struct {
		security string
		runtime  string
		all      bool
		bounding string
		kept     int
	}{
		{security: "", bounding: defaults, kept: 14},
		{security: "{}", bounding: defaults, kept: 14},
		{security: "{capabilities: {}}", bounding: defaults, kept: 14},
		{security: "{privileged: true}", all: true},
		{security: "{privileged: true, capabilities: {drop: [ALL]}}", all: true},
		{security: "{capabilities: {drop: [ALL]}}"},
		{security: "{capabilities: {drop: [all]}}"},
		{security: "{capabilities: {drop: [CAP_ALL]}}", bounding: defaults, kept: 14},
		{security: "{capabilities: {drop: [AUDIT_WRITE, MKNOD]}}", bounding: without("AUDIT_WRITE", "MKNOD"), kept: 12},
		{security: "{capabilities: {drop: [mknod]}}", bounding: without("MKNOD"), kept: 13},
		{security: "{capabilities: {drop: [CAP_MKNOD]}}", bounding: defaults, kept: 14},
		{security: "{capabilities: {drop: [ALL], add: [NET_BIND_SERVICE]}}", bounding: "NET_BIND_SERVICE"},
		{security: "{capabilities: {drop: [ALL, CHOWN], add: [CHOWN, KILL]}}", bounding: "KILL"},
		{security: "{capabilities: {add: [NET_ADMIN], drop: [NET_ADMIN]}}", bounding: defaults, kept: 14},
		{security: "{capabilities: {add: [chown, CHOWN]}}", bounding: defaults, kept: 14},
		{security: "{capabilities: {drop: [ALL], add: [sys_time, CAP_SYS_TIME]}}", bounding: "SYS_TIME"},
		{security: "{capabilities: {add: [ALL]}}", all: true},
		{security: "{capabilities: {add: [ALL], drop: [CHOWN]}}", all: true},
		{security: "{capabilities: {add: [ALL, KILL], drop: [ALL]}}", bounding: "KILL"},
		{security: "{capabilities: {drop: [CAP_CHOWN, NET_RAW]}}", runtime: "cri-o", kept: 8,
			bounding: "DAC_OVERRIDE FOWNER FSETID KILL NET_BIND_SERVICE SETGID SETPCAP SETUID"},
		{security: "{capabilities: {add: [NET_RAW]}}", runtime: "cri-o", kept: 9,
			bounding: "CHOWN DAC_OVERRIDE FOWNER FSETID KILL NET_BIND_SERVICE NET_RAW SETGID SETPCAP SETUID"},
	} {
		shape := shapeOf(t, fmt.Sprintf("{spec: {containers: [{name: a, securityContext: %s}]}}", tt.security))
		for c := range shape.Containers() {
			caps := c.Capabilities(RuntimeOf(tt.runtime))
			if got := strings.Join(caps.Bounding, " "); caps.All != tt.all || got != tt.bounding || len(caps.Kept) != tt.kept {
				t.Errorf("%s: all %v, bounding %q, %d kept; want %v, %q, %d",
					tt.security, caps.All, got, len(caps.Kept), tt.all, tt.bounding, tt.kept)
			}
		}
	}
}

func TestRuntimeDefaultsAreSorted(t *testing.T) {
	for name, n := range map[string]int{"": 14, "containerd": 14, "docker": 14, "cri-o": 9} {
		caps := RuntimeOf(name).Capabilities
		if len(caps) != n || !slices.IsSorted(caps) {
			t.Errorf("%q: %d capabilities, want %d sorted: %v", name, len(caps), n, caps)
		}
	}
}
