package netpol

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// unobserved are what a subject is configured to call, and what is configured to call it, of which
// nothing was observed; nil where configuration was not read.
func (f *fitter) unobserved(s *fitSubject) []api.ReasonedUse {
	if f.in.Configured == nil {
		return nil
	}
	out := []api.ReasonedUse{}
	for d := range s.sides {
		for _, e := range f.configured[d][s.ref] {
			if f.countsFor(d, e) && f.tried(s, d, e) == neverTried {
				end, _ := ends(e, d)
				out = append(out, api.ReasonedUse{Use: useWords(s, d, e, end), Reason: strings.Join(e.Configured, ", ")})
			}
		}
	}
	slices.SortFunc(out, compareReasoned)
	return slices.Compact(out)
}

// unconfigured is what a subject was observed to call, and no configuration explains: neither its
// own, nor that of those who call others, nor its asking for names. It is nil for a workload that no
// configuration was found of: that explains nothing.
func (f *fitter) unconfigured(s *fitSubject) []api.ReasonedUse {
	if len(f.configured[egress][s.ref]) == 0 {
		return nil
	}
	counts := map[string]int64{}
	for _, e := range f.clients[s.ref] {
		if refused(e) == "" && f.scanned(e) == nil && !f.explained(s, e) {
			words := useWords(s, egress, e, &e.Server)
			if len(e.Names) > 0 {
				words += " (" + strings.Join(e.Names, ", ") + ")"
			}
			counts[words] += e.Count
		}
	}
	out := []api.ReasonedUse{}
	for words, count := range counts {
		out = append(out, api.ReasonedUse{Use: words, Reason: timesWords(count)})
	}
	slices.SortFunc(out, compareReasoned)
	return out
}

func timesWords(count int64) string {
	if count == 1 {
		return "seen once"
	}
	return fmt.Sprintf("%sx", thousands(int(count)))
}

// explained tells whether something is known to be meant, or is of no kind that is configured.
func (f *fitter) explained(s *fitSubject, e *api.Edge) bool {
	switch e.Server.Kind {
	case api.EndWorkload, api.EndAPIServer, api.EndAddress:
	default:
		return true
	}
	if slices.ContainsFunc(f.configured[egress][s.ref], func(c *api.Edge) bool { return explains(c, e) }) {
		return true
	}
	protocol := protocolIndex(corev1.Protocol(e.Protocol))
	if protocol < 0 || e.AnyPort || !validPort(e.Port) {
		return false
	}
	ports := spanOf(protocol, span{e.Port, e.Port})
	return f.isLookup(s, e, ports) || slices.ContainsFunc(f.callees[s.ref], func(c *Caller) bool {
		return e.Server.Workload != nil && c.To == *e.Server.Workload && rangePorts(c.Ports).Covers(ports)
	})
}

// isLookup tells whether a server is asked for names.
func (f *fitter) isLookup(s *fitSubject, e *api.Edge, ports Ports) bool {
	usual := rangePorts(dnsRanges()).Covers(ports)
	a, err := netip.ParseAddr(e.Server.Address)
	if err != nil {
		w := f.workload(&e.Server)
		return w != nil && slices.ContainsFunc(f.in.DNS, func(server NameServer) bool {
			return (rangePorts(server.Ports).Covers(ports) || usual) && slices.Contains(f.serversOf(&server), w)
		})
	}
	a = a.Unmap().WithZone("")
	own := slices.ContainsFunc(s.pods(), func(pod *corev1.Pod) bool { return slices.Contains(ownServers(pod), single(a)) })
	return usual && (own || len(f.in.DNS) == 0 || a.String() == nodeLocalAddress ||
		slices.ContainsFunc(f.in.DNS, func(server NameServer) bool { return slices.Contains(server.Addresses, a) }))
}
