package assess

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// called adds the API server, as the client of webhooks, aggregated APIs and conversions: from
// where it comes no policy can name, so that anybody is let in on that port.
func (b *situationBuilder) called() {
	for _, c := range b.inv.Callbacks() {
		s := b.named[c.Service]
		if s == nil {
			continue
		}
		reason := "the API server calls it for " + c.Kind + " " + c.Name
		found, nowhere := b.leadTo(s, func(p corev1.ServicePort) bool { return p.Port == c.Port })
		for _, l := range found {
			b.call(l.to, l.ports, nil, nil, reason)
		}
		b.tellNowhere(c.Kind+" "+c.Name, nowhere)
	}
	for _, kind := range cluster.CallbackKinds() {
		if b.inv.KindRead(kind) == workload.FactUnknown {
			b.unread("whom the API server calls", unreadWords(b.inv, kind))
		}
	}
}
