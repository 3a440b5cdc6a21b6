package source

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

// faults are what can happen to a request, with what is said of it.
func faults() map[string]struct {
	fault testkit.Fault
	says  string
} {
	return map[string]struct {
		fault testkit.Fault
		says  string
	}{
		"401":     {testkit.Status(401), "HTTP 401 Unauthorized"},
		"403":     {testkit.Status(403), "HTTP 403 Forbidden: get nodes/proxy is missing"},
		"404":     {testkit.Status(404), "HTTP 404 Not Found: no such log"},
		"405":     {testkit.Status(405), "HTTP 405 Method Not Allowed: the kubelet serves no logs"},
		"410":     {testkit.Status(410), "HTTP 410 Gone"},
		"429":     {testkit.StatusRetryAfter(429, 0), "HTTP 429 Too Many Requests"},
		"500":     {testkit.Status(500), "HTTP 500 Internal Server Error"},
		"503":     {testkit.Status(503), "HTTP 503 Service Unavailable: the API server does not reach the kubelet"},
		"cut":     {testkit.CutBody(0), "the answer ends early"},
		"stall":   {testkit.Stall(), "no answer in time"},
		"stalls":  {testkit.StallBody(0), "the answer stalls"},
		"refused": {testkit.Refuse(), "no connection"},
	}
}

// lists are the requests for a folder, reads those for a log.
const (
	lists = logsOfNode + "audit/"
	reads = logsOfNode + "audit/audit.log"
)

// findFor finds the logs with a timeout that waits for no answer in vain for long, if that is
// to happen.
func (n *node) findFor(fault string, opts AuditOptions) ([]*AuditLog, error) {
	config := n.proxy.RESTConfig()
	if strings.HasPrefix(fault, "stall") {
		config.Timeout = time.Second
	}
	opts.Poll = time.Millisecond
	return FindAuditLogs(n.Context(), config, opts)
}

func TestLookFaults(t *testing.T) {
	for name, test := range faults() {
		for _, path := range []string{lists, reads} {
			t.Run(name+" "+path, func(t *testing.T) {
				t.Parallel()
				n := newNode(t)
				n.more(3)
				n.proxy.On(testkit.Match{Path: path}, test.fault)
				logs, err := n.findFor(name, AuditOptions{})
				if err != nil || !strings.HasPrefix(logs[0].Fault, test.says) {
					t.Errorf("%q, want %q (error %v)", logs[0].Fault, test.says, err)
				}
			})
		}
	}
}

// TestReadFaults: what fails when the log is read is told behind what was read.
func TestReadFaults(t *testing.T) {
	for name, test := range faults() {
		for _, path := range []string{lists, reads} {
			t.Run(name+" "+path, func(t *testing.T) {
				t.Parallel()
				n := newNode(t)
				n.more(3)
				logs, err := n.findFor(name, AuditOptions{})
				if err != nil || logs[0].Fault != "" {
					t.Fatal(err, logs[0].Fault)
				}
				n.proxy.On(testkit.Match{Path: path}, test.fault)
				if got, reason := all(over(t), t, logs[0]); got != "" || !strings.HasPrefix(reason, test.says) {
					t.Errorf("%d bytes, %q, want %q", len(got), reason, test.says)
				}
			})
		}
	}
}

// TestPassingFaults: what happens once or twice costs nothing.
func TestPassingFaults(t *testing.T) {
	for name, test := range faults() {
		passes := slices.Contains([]string{"429", "500", "503", "cut", "refused"}, name)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newNode(t)
			want := n.more(3)
			n.proxy.On(testkit.Match{Path: reads, Times: tries - 1}, test.fault)
			logs, err := n.findFor(name, AuditOptions{})
			if err != nil || (logs[0].Fault == "") != passes {
				t.Fatal(err, logs[0].Fault)
			}
			if !passes {
				return
			}
			if got, reason := all(over(t), t, logs[0]); got != want || reason != "" {
				t.Errorf("%d bytes, %q", len(got), reason)
			}
		})
	}
}

// TestFollowFaults: while the window is open, a log that cannot be read may come back.
func TestFollowFaults(t *testing.T) {
	for name, test := range faults() {
		for _, path := range []string{lists, reads} {
			t.Run(name+" "+path, func(t *testing.T) {
				t.Parallel()
				n := newNode(t)
				n.more(3)
				logs, err := n.findFor(name, AuditOptions{Follow: true})
				if err != nil {
					t.Fatal(err)
				}
				times := 2 * tries
				if strings.HasPrefix(name, "stall") { // which is not tried again at once
					times = 1
				}
				rule := n.proxy.On(testkit.Match{Path: path, Times: times}, test.fault)
				want := n.more(3)
				window, end := context.WithCancel(t.Context())
				go func() {
					defer end()
					for n.proxy.Hits(rule) < times && t.Context().Err() == nil {
						time.Sleep(time.Millisecond)
					}
				}()
				if got, reason := all(window, t, logs[0]); got != want || reason != "" {
					t.Errorf("%d bytes, %q", len(got), reason)
				}
			})
		}
	}
}

func TestServersFaults(t *testing.T) {
	const pods = "/api/v1/namespaces/kube-system/pods"
	for name, test := range faults() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newNode(t)
			n.proxy.On(testkit.Match{Path: pods}, test.fault)
			if logs, err := n.findFor(name, AuditOptions{}); err == nil || !strings.Contains(err.Error(), "list pods in kube-system") {
				t.Errorf("%d logs, error %v", len(logs), err)
			}
		})
	}
	t.Run("410 while paging", func(t *testing.T) {
		t.Parallel()
		n := newNode(t, serverPod("cp"), serverPod("cp-2"), serverPod("cp-3"))
		n.proxy.On(testkit.Match{Path: pods, Continue: true}, testkit.Status(410))
		if logs, err := n.findFor("", AuditOptions{}); err != nil || len(logs) != 3 {
			t.Errorf("%d logs, error %v", len(logs), err)
		}
	})
	t.Run("closed", func(t *testing.T) {
		t.Parallel()
		n := newNode(t)
		n.proxy.Close()
		if _, err := n.findFor("", AuditOptions{}); err == nil {
			t.Error("no error")
		}
	})
}

// TestInterrupted: the end of the context is the end of everything, whatever is waited for.
func TestInterrupted(t *testing.T) {
	n := newNode(t)
	n.more(1)
	config := n.proxy.RESTConfig()
	logs, err := FindAuditLogs(t.Context(), config, AuditOptions{Follow: true, Poll: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	asked := len(n.proxy.Requests())
	go func() {
		for len(n.proxy.Requests()) < asked+2 && t.Context().Err() == nil {
			time.Sleep(time.Millisecond)
		}
		cancel()
	}()
	if _, err := logs[0].File(ctx, t.Context()).Open(); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}
