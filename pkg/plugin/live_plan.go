package plugin

import (
	"fmt"
	"strings"
	"time"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/source"
)

// describe is the plan for the logs that were found.
func (o *liveOptions) describe(context string) *api.Plan {
	var servers, unread []string
	for _, l := range o.logs {
		switch {
		case l.Fault != "":
			unread = append(unread, strings.TrimSuffix(l.Pod+" on "+l.Node, " on ")+": "+l.Fault)
		case o.timed:
			servers = append(servers, fmt.Sprintf("%s on %s: %s", l.Pod, l.Node, l.Path))
		default:
			servers = append(servers, fmt.Sprintf("%s on %s: %s and %d rotated", l.Pod, l.Node, l.Path, l.Rotated))
		}
	}
	extent, allowed, cannot := "all that is there", "", "what was rotated and removed"
	if o.timed {
		extent = fmt.Sprintf("from now on for %s, every %s", short(o.duration), short(source.PollInterval))
		cannot = "what was asked for before"
	}
	if len(servers) > 0 {
		allowed = ": allowed"
	}
	return &api.Plan{
		What: fmt.Sprintf("read the audit logs of %d of %d API servers of %s, %s", len(servers), len(o.logs), context, extent),
		Rows: []api.PlanRow{
			{Label: "servers", Texts: servers},
			{Label: "not read", Texts: unread},
			{Label: "through", Texts: []string{"GET /api/v1/nodes/NODE/proxy/logs/: the API server passes it on to the kubelet of the node"}},
			{Label: "cannot", Texts: []string{"see " + cannot + ", and what the audit policy leaves out"}},
			{Label: "needs", Texts: []string{
				"list pods in kube-system, get nodes/proxy" + allowed,
				"whoever may get nodes/proxy can run code in every pod of the node",
			}},
			{Label: "stays", Texts: []string{"nothing in the cluster; the requests are in the API server's audit log"}},
		},
	}
}

// short is a duration without parts that are 0: 30m, 1m20s.
func short(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
