package source

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/rest"

	"golang.org/x/sync/errgroup"
)

// PollInterval is how often the log of an API server is asked for more.
const PollInterval = 2 * time.Second

// AuditOptions are which part of audit logs is read.
type AuditOptions struct {
	// Follow is set for what is written from now on alone.
	Follow bool
	// Since leaves out rotated logs that are older by more than a day; zero for none.
	Since time.Time
	// Poll is how often a log is asked for more; 0 for PollInterval.
	Poll time.Duration
}

// AuditLog is the audit log of one API server, on its node.
type AuditLog struct {
	Pod, Node string
	// Path is that on the node; empty where it is not known.
	Path string
	// Fault says in a few words why the log cannot be read; empty where it can.
	Fault string
	// Rotated counts the logs beside the current one that are read too.
	Rotated int

	kubelet *kubelet
	known   rotated
	offset  int64
	events  atomic.Int64
	broken  atomic.Pointer[string]
}

// Name is that of the source.
func (l *AuditLog) Name() string { return "audit of " + l.Pod }

// Events are how many were read so far.
func (l *AuditLog) Events() int64 { return l.events.Load() }

// Broken says in a few words why not all of the log was read; empty where it was.
func (l *AuditLog) Broken() string {
	if reason := l.broken.Load(); reason != nil {
		return *reason
	}
	return l.Fault
}

// errNoServer says what to do where API servers are no pods.
var errNoServer = errors.New("no pod of " + serverComponent + " is to be seen in " + serverNamespace +
	": where the control plane is managed (EKS, GKE, AKS) or no pod (k3s), export its audit log, and give the file with --from FILE")

// FindAuditLogs finds the API servers of a cluster, and looks at their audit logs through the
// log endpoints of the kubelets. What cannot be read has a Fault; the error is for servers that
// cannot be found.
func FindAuditLogs(ctx context.Context, config *rest.Config, opts AuditOptions) ([]*AuditLog, error) {
	k, err := newKubelet(config, cmp.Or(opts.Poll, PollInterval))
	if err != nil {
		return nil, err
	}
	pods, err := k.servers(ctx)
	if err != nil {
		return nil, err
	}
	if len(pods) == 0 {
		return nil, errNoServer
	}
	slices.SortFunc(pods, func(a, b corev1.Pod) int { return strings.Compare(a.Name, b.Name) })
	var logs []*AuditLog
	seen := map[[2]string]bool{}
	for i := range pods {
		l := &AuditLog{Pod: pods[i].Name, Node: pods[i].Spec.NodeName, kubelet: k}
		l.Path, l.Fault = auditPath(&pods[i])
		if at := [2]string{l.Node, l.Path}; l.Fault != "" || !seen[at] {
			seen[at] = true
			logs = append(logs, l)
		}
	}
	group, inner := errgroup.WithContext(ctx)
	for _, l := range logs {
		if l.Fault == "" {
			group.Go(func() error { l.look(inner, opts); return inner.Err() })
		}
	}
	if err := group.Wait(); err != nil {
		return nil, fmt.Errorf("look at audit logs: %w", err)
	}
	return logs, nil
}

// look finds out whether a log can be read, and from where on.
func (l *AuditLog) look(ctx context.Context, opts AuditOptions) {
	all, size, err := l.kubelet.position(ctx, l.Node, l.below())
	switch {
	case err != nil:
		l.Fault = reasonOf(err)
	case opts.Follow:
		l.known, l.offset = all, size
	default:
		l.known = all.before(l.Path, opts.Since)
		l.Rotated = len(all) - len(l.known)
	}
}

// below is the path as the log endpoint has it.
func (l *AuditLog) below() string { return strings.TrimPrefix(l.Path, logFolder) }

// File is the log, to be read once: until where it ends when the window does, which may be
// over already. The contexts are for all of the reading.
func (l *AuditLog) File(ctx, window context.Context) File {
	return File{Name: l.Name(), Listed: true, Live: true, open: func() (io.ReadCloser, error) {
		t := &tail{ctx: ctx, window: window, kubelet: l.kubelet, node: l.Node, log: l.below(), known: l.known, offset: l.offset, events: &l.events, broken: &l.broken}
		return t.start(), nil
	}}
}
