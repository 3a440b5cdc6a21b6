package plugin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/observation"
	"github.com/kubectl-harden/kubectl-harden/internal/render"
	"github.com/kubectl-harden/kubectl-harden/internal/source"
)

// auditWord stands for the audit logs of the API servers, in --from.
const auditWord = "audit"

// liveWords are sources that are no files; a file of such a name is ./NAME.
func liveWords() []string {
	return append(flowWords(), auditWord, staticWord, autoWord)
}

// flowWords are those of flows.
func flowWords() []string { return []string{"hubble", "sockets", "conntrack"} }

// liveFlags say how a live source is read.
type liveFlags struct {
	plan bool
	// duration counts where timed is set.
	duration time.Duration
	timed    bool
}

func (f *liveFlags) addFlags(flags *pflag.FlagSet) {
	flags.BoolVar(&f.plan, "plan", false, "With --from audit: print what would be read, where and with which rights, and end.")
}

// liveOptions are how the cluster itself is read; logs are those found.
type liveOptions struct {
	liveFlags
	audit bool
	logs  []*source.AuditLog
}

// split tells live sources from files.
func (f *liveFlags) split(from []string) (liveOptions, []string, error) {
	out := liveOptions{liveFlags: *f}
	var files []string
	for _, name := range from {
		switch {
		case name == auditWord:
			out.audit = true
		case slices.Contains(liveWords(), name):
			return out, nil, fmt.Errorf("--from %s is no source for API access, which --from audit is; a file of that name is ./%[1]s", name)
		default:
			files = append(files, name)
		}
	}
	switch {
	case f.plan && !out.audit:
		return out, nil, errors.New("--plan goes with a live source, which --from audit is")
	case f.timed && !out.audit:
		return out, nil, errors.New("--duration goes with a live source, which --from audit is")
	case f.timed && f.duration <= 0:
		return out, nil, fmt.Errorf("--duration %s is no time to wait", f.duration)
	}
	return out, files, nil
}

// offline is the error of a live source that a cluster must not be asked for.
func (o *liveOptions) offline(local bool) error {
	if o.audit && local {
		return errors.New("--from audit asks the cluster, which --local forbids; give the logs as files")
	}
	return nil
}

// needs are the rights that live sources use.
func (o *liveOptions) needs() []cluster.Need {
	if o.audit {
		return cluster.AuditNeeds()
	}
	return nil
}

// begin finds the live sources and says what will be read of them. Done is set where no more
// than that was asked for.
func (o *sourceOptions) begin(ctx context.Context) (done bool, err error) {
	if !o.live.audit {
		return false, nil
	}
	conn, err := o.connect(0)
	if errors.Is(err, errNoContext) {
		return false, errors.New("--from audit needs a cluster, and no kubeconfig context is set; or give the logs with --from FILE")
	}
	if err != nil {
		return false, err
	}
	o.live.logs, err = source.FindAuditLogs(ctx, conn.Config, source.AuditOptions{Follow: o.live.timed, Since: o.since})
	if err != nil {
		return false, fmt.Errorf("--from audit: %w", err)
	}
	out := o.process.Streams.ErrOut
	if o.live.plan {
		out = o.process.Streams.Out
	}
	opts, err := o.optionsFor(out, "text")
	if err == nil {
		err = render.Plan(out, o.live.describe(conn.Context), opts)
	}
	if err != nil {
		return false, err
	}
	return o.live.plan, o.live.unreadable()
}

// unreadable is the error for logs of which none can be read.
func (o *liveOptions) unreadable() error {
	var reasons []string
	for _, l := range o.logs {
		if l.Fault == "" {
			return nil
		}
		reasons = append(reasons, l.Pod+": "+l.Fault)
	}
	return errors.New(render.Printable("--from audit: no audit log can be read: " + strings.Join(reasons, "; ")))
}

// files are the logs that can be read, until the window ends.
func (o *liveOptions) files(ctx, window context.Context) []source.File {
	var files []source.File
	for _, l := range o.logs {
		if l.Fault == "" {
			files = append(files, l.File(ctx, window))
		}
	}
	return files
}

// unread adds the logs that could not be looked at to the sources.
func (o *liveOptions) unread(set *observation.Set) {
	for _, l := range o.logs {
		if l.Fault != "" {
			set.AddSource(api.ObservedSource{Name: l.Name(), Format: api.FormatUnread, Faults: []api.Fault{{Reason: l.Fault, Count: 1}}})
		}
	}
}

// warn tells what is missing of live sources, and notes it in the document.
func (o *sourceOptions) warn(doc *api.Observations) {
	for _, l := range o.live.logs {
		broken := l.Broken()
		if broken == "" {
			continue
		}
		read := "was not read"
		for i := range doc.Sources {
			s := &doc.Sources[i]
			if s.Name == l.Name() && s.Format != api.FormatUnread {
				read = "was not read to its end"
				s.Broken = broken
			}
		}
		_, _ = fmt.Fprintf(o.process.Streams.ErrOut, "warning: the audit log of %s on node %s %s, 1 of %d API servers: %s\n",
			render.Printable(l.Pod), render.Printable(l.Node), read, len(o.live.logs), render.Printable(broken))
		_, _ = fmt.Fprintf(o.process.Streams.ErrOut, "warning: what it alone was asked for is missing\n")
	}
}
