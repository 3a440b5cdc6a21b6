package render

import (
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// TestAcceptanceWords: the day of an acceptance is the last on which it holds.
func TestAcceptanceWords(t *testing.T) {
	for want, a := range map[string]*api.Acceptance{
		"":                                      nil,
		"legacy, by shop (annotation)":          {Reason: "legacy", Owner: "shop", Origin: "annotation"},
		"legacy, until 2027-01-31 (annotation)": {Reason: "legacy", Expires: "2027-01-31", Origin: "annotation"},
		"no longer, until 2027-01-31 it was: old": {Reason: "old", Expires: "2027-01-31", Origin: "annotation", Expired: true},
	} {
		if got := acceptanceWords(a); got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
}
