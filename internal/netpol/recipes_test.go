package netpol_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
)

// TestRecipes holds the answers that the comments of testdata/recipes state: the situations
// that users of NetworkPolicies meet.
func TestRecipes(t *testing.T) {
	holdFiles(t, "testdata/recipes/*.yaml", 20)
}

// TestTruth does the same for what the engines of the cross-test do not know: IPv6, SCTP, the
// host's network, pods that have ended, what is unknown and what is left to the plugin.
func TestTruth(t *testing.T) { holdFiles(t, "testdata/truth/*.yaml", 10) }

func holdFiles(t *testing.T, pattern string, least int) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) < least {
		t.Fatalf("%d files: %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			objects := world(t, string(text))
			if checked := holdsComments(t, objects, string(text)); checked < 2 {
				t.Errorf("%d answers are stated", checked)
			}
		})
	}
}

// holdsComments compares with each comment that asks something, and counts them.
func holdsComments(t *testing.T, objects netpol.Objects, text string) int {
	t.Helper()
	n := netpol.New(objects)
	checked := 0
	for line := range strings.Lines(text) {
		question, found := strings.CutPrefix(strings.TrimSpace(line), "# ")
		i := strings.LastIndex(question, ": ")
		if !found || !strings.Contains(question, " > ") {
			continue
		}
		wantedWhy := ""
		if head, why, stated := strings.Cut(question, "; "); stated {
			question, wantedWhy = head, why
			i = strings.LastIndex(question, ": ")
		}
		question, want := question[:i], question[i+2:]
		verdict, why := ask(t, n, objects, question)
		if verdict != want || wantedWhy != "" && why != wantedWhy {
			t.Errorf("%s: want %s, %s\ngot %s, %s", question, want, wantedWhy, verdict, why)
		}
		checked++
	}
	return checked
}
