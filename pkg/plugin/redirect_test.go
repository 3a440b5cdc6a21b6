package plugin

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// TestRedirects: an API server, or one behind it that it passes requests on to, cannot send the
// plugin to another host.
func TestRedirects(t *testing.T) {
	var asked atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		http.NotFound(w, r)
	}))
	t.Cleanup(other.Close)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL+r.URL.Path, http.StatusTemporaryRedirect)
	}))
	t.Cleanup(server.Close)
	dir := t.TempDir()
	kubeconfig := filepath.Join(dir, "config")
	text := fmt.Sprintf(`{apiVersion: v1, kind: Config, current-context: a,
contexts: [{name: a, context: {cluster: a, user: a}}], users: [{name: a}], clusters: [{name: a, cluster: {server: "%s"}}]}`, server.URL)
	if err := os.WriteFile(kubeconfig, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"explain", "deploy/x"}, {"explain"}, {"explain", "widgets.example.com/x"}, {"snapshot"}, {"observe", "--from", "audit"}} {
		got := run(t, "", append(args, "--kubeconfig", kubeconfig, "--cache-dir", filepath.Join(dir, "cache"))...)
		if !strings.Contains(got.stdout+got.stderr, "redirects to "+other.URL+", which is not asked") {
			t.Errorf("%s: %+v", strings.Join(args, " "), got)
		}
	}
	if n := asked.Load(); n > 0 {
		t.Errorf("the other host got %d requests", n)
	}
}
