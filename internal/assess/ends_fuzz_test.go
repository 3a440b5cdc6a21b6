package assess

import (
	"strings"
	"testing"
)

// FuzzParseEnd: no end panics, and one that is read has a port exactly where one is written.
func FuzzParseEnd(f *testing.F) {
	for _, text := range []string{"deploy/a:80", "10.0.0.1:53/UDP", "[::1]:80/UDP", "10.0.0.0/8:443", "[fd00::/8]:1", "internet:1", "::", "[]:1", "svc/a:", "fe80::1%x:1"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e, err := ParseEnd(text)
		if err != nil {
			return
		}
		if e.Port != "" && !strings.HasSuffix(text, ":"+e.Port) {
			t.Errorf("%q has port %q", text, e.Port)
		}
		if e.Prefix.IsValid() == (e.Type != "" || e.Text == internet) {
			t.Errorf("%q is %+v", text, e)
		}
	})
}
