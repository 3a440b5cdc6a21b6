package source

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

func TestAuditLogWhole(t *testing.T) {
	n := newNode(t)
	var want strings.Builder
	for range 4 {
		want.WriteString(n.more(50))
		n.rotate()
	}
	n.put("audit-notes.log", "of another sort\n")
	n.put("other-2023-11-14T22-13-20.000.log", "of another sort\n")
	want.WriteString(n.more(3000)) // more than one request
	l := n.find(AuditOptions{})
	if l.Rotated != 4 || l.Fault != "" || l.Node != "cp" || l.Path != "/var/log/audit/audit.log" {
		t.Errorf("%d rotated, %q", l.Rotated, l.Fault)
	}
	got, reason := all(over(t), t, l)
	same(t, got, want.String())
	if lines := int64(n.lines); reason != "" || l.Events() != lines {
		t.Errorf("%q, %d events", reason, l.Events())
	}
	since := time.Unix(1700000000, 0).Add(3 * 24 * time.Hour)
	if l := n.find(AuditOptions{Since: since}); l.Rotated != 0 {
		t.Errorf("%d rotated since %s", l.Rotated, since)
	}
}

// TestAuditLogFollow writes and rotates while it is read: nothing is lost, and nothing twice.
func TestAuditLogFollow(t *testing.T) {
	for name, test := range map[string]struct {
		before, after int
		often         int
	}{
		"no rotation":        {100, 2000, 0},
		"from nothing":       {0, 500, 0},
		"some rotations":     {20, 1000, 4},
		"many rotations":     {20, 400, 2},
		"rotated at once":    {1, 60, 1},
		"nothing is written": {10, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			n := newNode(t)
			n.put("audit.log", "")
			n.more(test.before)
			l := n.find(AuditOptions{Follow: true})
			window, end := context.WithCancel(t.Context())
			type outcome struct{ content, reason string }
			read := make(chan outcome)
			go func() {
				content, reason := all(window, t, l)
				read <- outcome{content, reason}
			}()
			var want strings.Builder
			for n.lines < test.before+test.after {
				want.WriteString(n.more(10))
				if test.often > 0 && rand.IntN(test.often) == 0 {
					n.rotate()
				}
				if at := l.Events(); rand.IntN(4) == 0 && at > 0 {
					testkit.WaitFor(t, "more to be read", func() error {
						if l.Events() < int64(n.lines-test.before) && l.Events() == at {
							return errors.New("nothing is read")
						}
						return nil
					})
				}
			}
			end()
			got := <-read
			same(t, got.content, want.String())
			if got.reason != "" {
				t.Error(got.reason)
			}
		})
	}
}

// TestAuditLogEndsWithTheWindow: what is written later is not read, nor is part of a line.
func TestAuditLogEndsWithTheWindow(t *testing.T) {
	n := newNode(t)
	n.put("audit.log", "old\nhalf of a l")
	l := n.find(AuditOptions{Follow: true})
	window, end := context.WithCancel(t.Context())
	stream := l.File(t.Context(), window)
	n.put("audit.log", "old\nhalf of a line\nnew\nhal")
	looks := 0
	ask := n.proxy.On(testkit.Match{Path: logsOfNode + "audit/", Optional: true}, testkit.Answer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.StripPrefix(logsOfNode, http.FileServer(http.Dir(n.dir))).ServeHTTP(w, r)
		if looks++; looks == 2 { // the end is known by now
			n.put("audit.log", "old\nhalf of a line\nnew\nhalf\nlate\n")
		}
	})))
	end()
	opened, err := stream.Open()
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(opened)
	if err != nil || string(got) != "new\nhalf\n" || n.proxy.Hits(ask) == 0 {
		t.Errorf("%q, error %v", got, err)
	}
}

func TestAuditLogTruncated(t *testing.T) {
	n := newNode(t)
	n.put("audit.log", strings.Repeat("an old line\n", 100))
	l := n.find(AuditOptions{Follow: true})
	n.put("audit.log", "new\n")
	if got, reason := all(over(t), t, l); got != "new\n" || reason != "the log was truncated while it was read" {
		t.Errorf("%q, %q", got, reason)
	}
}

// TestAuditLogAtTheTop: the folder of the log is all that the kubelet serves.
func TestAuditLogAtTheTop(t *testing.T) {
	pod := serverPod("cp", "--audit-log-path=/var/log/audit/kube audit%.log")
	pod.Spec.Volumes[0].HostPath.Path = "/var/log"
	n := newNode(t, pod)
	for name, content := range map[string]string{"kube audit%-2026-11-20T09-00-00.000.log": "one\n", "kube audit%.log": "two\n"} {
		if err := os.WriteFile(filepath.Join(n.dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got, reason := all(over(t), t, n.find(AuditOptions{})); got != "one\ntwo\n" || reason != "" {
		t.Errorf("%q, %q", got, reason)
	}
}

func TestAuditLogOfRemovedRotated(t *testing.T) {
	n := newNode(t)
	n.more(5)
	n.rotate()
	want := n.more(5)
	n.proxy.On(testkit.Match{Path: logsOfNode + "audit/audit-.*"}, testkit.Status(404))
	if got, reason := all(over(t), t, n.find(AuditOptions{})); strings.TrimPrefix(got, "\n") != want || !strings.HasPrefix(reason, "HTTP 404 ") {
		t.Errorf("%q, %q", got, reason)
	}
}

// TestRedirectIsNotFollowed: it could lead to another server.
func TestRedirectIsNotFollowed(t *testing.T) {
	n := newNode(t)
	elsewhere := testkit.NewFaultProxy(t, http.NotFoundHandler())
	n.proxy.On(testkit.Match{Path: logsOfNode + ".*"}, testkit.Answer(http.RedirectHandler(elsewhere.URL, http.StatusFound)))
	if l := n.find(AuditOptions{}); l.Fault != "HTTP 302 Found" || len(elsewhere.Requests()) > 0 {
		t.Errorf("%q, %d requests", l.Fault, len(elsewhere.Requests()))
	}
}
