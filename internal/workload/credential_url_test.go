package workload

import (
	"slices"
	"testing"
)

// TestURLBehindUserFlag: a URL without user info behind -u is no user with a password.
func TestURLBehindUserFlag(t *testing.T) {
	for word, want := range map[string]string{"http://svc:8080": "http://svc:8080", "me:hunter2hunter2": "me:" + Redacted, "http:hunter2hunter2": "http:" + Redacted} {
		if got := RedactWords([]string{"app", "--user", word}); !slices.Equal(got, []string{"app", "--user", want}) {
			t.Errorf("%s: %q", word, got)
		}
	}
	if got := RedactWords([]string{"app", "-u", "http://me:hunter2hunter2@svc"}); slices.Contains(got, "http://me:hunter2hunter2@svc") {
		t.Errorf("%q", got)
	}
}
