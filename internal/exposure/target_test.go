package exposure

import (
	"strings"
	"testing"
)

func TestPrivateRanges(t *testing.T) {
	for text, want := range map[string]bool{
		"": false, "10.0.0.0/8": true, "10.1.2.3": true, "192.168.0.0/16 172.16.3.0/24": true, "fd00::/8": true, "100.64.0.0/12": true,
		"10.0.0.0/7": false, "0.0.0.0/0": false, "::/0": false, "192.168.0.0/15": false, "10.0.0.0/8 8.8.8.8/32": false, "nonsense": false, "172.0.0.0/8": false,
	} {
		if got := privateRanges(strings.Fields(text)); got != want {
			t.Errorf("%q: %t", text, got)
		}
	}
}
