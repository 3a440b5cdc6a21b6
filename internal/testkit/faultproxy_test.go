package testkit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// podPages is an API server that knows lists of Pods in two pages.
func podPages(w http.ResponseWriter, r *http.Request) {
	token := `"next"`
	if r.URL.Query().Get("continue") != "" {
		token = `""`
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = fmt.Fprintf(w, `{"kind":"PodList","apiVersion":"v1","metadata":{"continue":%s},"items":[{"metadata":{"name":"a"}}]}`, token)
}

// listPods reads all pages with client-go, as the plugin would.
func listPods(ctx context.Context, config *rest.Config) (int, error) {
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return 0, err
	}
	pods := 0
	for token := ""; ; {
		page, err := client.CoreV1().Pods("").List(ctx, metav1.ListOptions{Continue: token})
		if err != nil {
			return pods, err
		}
		pods += len(page.Items)
		if token = page.Continue; token == "" {
			return pods, nil
		}
	}
}

func TestFaultProxyPassesOn(t *testing.T) {
	proxy := NewFaultProxy(t, http.HandlerFunc(podPages))
	config, err := clientcmd.BuildConfigFromFlags("", proxy.Kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	if pods, err := listPods(t.Context(), config); pods != 2 || err != nil {
		t.Errorf("%d pods, want 2 (error %v)", pods, err)
	}
	requests := proxy.Requests()
	if len(requests) != 2 || requests[0].Path != "/api/v1/pods" || requests[1].Query.Get("continue") != "next" || requests[0].Fault != "" {
		t.Errorf("the proxy saw %+v", requests)
	}
}

func TestFaultProxyStatus(t *testing.T) {
	tests := map[int]func(error) bool{
		400: apierrors.IsBadRequest, 401: apierrors.IsUnauthorized, 403: apierrors.IsForbidden,
		404: apierrors.IsNotFound, 405: apierrors.IsMethodNotSupported, 406: apierrors.IsNotAcceptable,
		409: apierrors.IsConflict, 410: apierrors.IsResourceExpired, 429: apierrors.IsTooManyRequests,
		500: apierrors.IsInternalError, 503: apierrors.IsServiceUnavailable, 504: apierrors.IsTimeout,
	}
	for code, is := range tests {
		t.Run(http.StatusText(code), func(t *testing.T) {
			proxy := NewFaultProxy(t, http.HandlerFunc(podPages))
			rule := proxy.On(Match{Method: "GET", Path: "/api/v1/pods"}, Status(code))
			if _, err := listPods(t.Context(), proxy.RESTConfig()); !is(err) {
				t.Errorf("client got %v", err)
			}
			if hits, seen := proxy.Hits(rule), proxy.Requests(); hits != 1 || len(seen) != 1 || seen[0].Fault != fmt.Sprintf("status %d", code) {
				t.Errorf("%d hits, requests %+v", hits, seen)
			}
		})
	}
}

func TestFaultProxyContinueOnly(t *testing.T) {
	proxy := NewFaultProxy(t, http.HandlerFunc(podPages))
	proxy.On(Match{Continue: true}, Status(410))
	if pods, err := listPods(t.Context(), proxy.RESTConfig()); pods != 1 || !apierrors.IsResourceExpired(err) {
		t.Errorf("%d pods, want the first page (error %v)", pods, err)
	}
}

func TestFaultProxyRetryAfter(t *testing.T) {
	proxy := NewFaultProxy(t, http.HandlerFunc(podPages))
	rule := proxy.On(Match{Times: 2}, StatusRetryAfter(429, 0))
	if pods, err := listPods(t.Context(), proxy.RESTConfig()); pods != 2 || err != nil {
		t.Errorf("%d pods, want 2 (error %v)", pods, err)
	}
	if hits := proxy.Hits(rule); hits != 2 {
		t.Errorf("%d hits, want 2", hits)
	}
}

func TestFaultProxyCutBody(t *testing.T) {
	for _, n := range []int{0, 10, 1 << 20} {
		proxy := NewFaultProxy(t, http.HandlerFunc(podPages))
		proxy.On(Match{}, CutBody(n))
		body, err := get(t, proxy)
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("cut after %d: client got %v", n, err)
		}
		if n < 100 && len(body) != n || n > 100 && !json.Valid(body) {
			t.Errorf("cut after %d: client got %d bytes: %s", n, len(body), body)
		}
	}
}

func TestFaultProxyStall(t *testing.T) {
	for name, fault := range map[string]Fault{"header": Stall(), "body": StallBody(5)} {
		t.Run(name, func(t *testing.T) {
			proxy := NewFaultProxy(t, http.HandlerFunc(podPages))
			proxy.On(Match{}, fault)
			config := proxy.RESTConfig()
			config.Timeout = 100 * time.Millisecond
			if _, err := listPods(t.Context(), config); err == nil ||
				!errors.Is(err, context.DeadlineExceeded) && !strings.Contains(err.Error(), "Client.Timeout") {
				t.Errorf("client got %v", err)
			}
		})
	}
}

func TestFaultProxyRefuse(t *testing.T) {
	proxy := NewFaultProxy(t, http.HandlerFunc(podPages))
	proxy.On(Match{}, Refuse())
	if _, err := get(t, proxy); err == nil {
		t.Error("client got an answer")
	}
	proxy.Close()
	if _, err := get(t, proxy); err == nil || !strings.Contains(err.Error(), "refused") {
		t.Errorf("client of a closed proxy got %v", err)
	}
}

func TestFaultProxyExpired(t *testing.T) {
	proxy := NewExpiredProxy(t, http.HandlerFunc(podPages))
	if _, err := get(t, proxy); err == nil || !strings.Contains(err.Error(), "expired") {
		t.Errorf("client got %v", err)
	}
	if seen := proxy.Requests(); len(seen) != 0 {
		t.Errorf("requests came through: %+v", seen)
	}
}

func TestFaultProxyLastRuleDecides(t *testing.T) {
	proxy := NewFaultProxy(t, http.HandlerFunc(podPages))
	proxy.On(Match{Optional: true}, Status(500))
	proxy.On(Match{Path: "/api/v1/.*"}, Answer(http.HandlerFunc(podPages)))
	if pods, err := listPods(t.Context(), proxy.RESTConfig()); pods != 2 || err != nil {
		t.Errorf("%d pods, want 2 (error %v)", pods, err)
	}
}

func TestFaultProxyReportsUnusedRule(t *testing.T) {
	failed := record(t, func(tb testing.TB) {
		proxy := NewFaultProxy(tb, http.HandlerFunc(podPages))
		proxy.On(Match{Path: "/api/v1/pod"}, Status(403)) // no part of a path matches
		if _, err := get(t, proxy); err != nil {
			t.Error(err)
		}
	})
	if !strings.Contains(failed, "never happened") || !strings.Contains(failed, "/api/v1/pods") {
		t.Errorf("reported %q", failed)
	}
	failed = record(t, func(tb testing.TB) {
		NewFaultProxy(tb, http.HandlerFunc(podPages)).On(Match{Path: "("}, Status(403))
	})
	if !strings.Contains(failed, "missing closing )") {
		t.Errorf("reported %q", failed)
	}
}

// get reads one page without the retries of client-go.
func get(t *testing.T, proxy *FaultProxy) ([]byte, error) {
	t.Helper()
	client, err := rest.HTTPClientFor(proxy.RESTConfig())
	if err != nil {
		t.Fatal(err)
	}
	response, err := client.Get(proxy.URL + "/api/v1/pods")
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	return io.ReadAll(response.Body)
}
