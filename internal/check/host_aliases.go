package check

import (
	"fmt"
	"net/netip"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// HostAliases finds pods that resolve names past the cluster's DNS.
func HostAliases() Check {
	return Check{
		ID:        "host-aliases",
		Title:     "Names are resolved past the cluster's DNS",
		Severity:  api.SeverityLow,
		Standards: []string{"owasp-2025:K05"},
		Doc: "hostAliases writes names into /etc/hosts, which are then not asked of DNS: a name leads " +
			"where the pod's author says, whatever DNS and its log say. A nameserver of dnsConfig at a " +
			"public address learns the names that the pod asks for, answers them as it likes, and is " +
			"a way for data to leave. Nameservers at private, loopback and link-local addresses are " +
			"taken for the cluster's own or the network's.",
		Fix:      "a Service without selector, or an entry in the cluster's DNS; nameservers inside",
		MayBreak: "names that no DNS knows",
		Eval: func(s Subject) []Violation {
			var out []Violation
			if list := s.Spec.HostAliases; len(list) > 0 {
				n := 0
				for _, a := range list {
					n += len(a.Hostnames)
				}
				out = append(out, Violation{
					Path: s.Join("spec.hostAliases"), Got: workload.Plural(n, "name"), Want: "unset", Key: "hostAliases",
					Message: fmt.Sprintf("/etc/hosts gives %s an address past DNS", workload.Plural(n, "name")),
				})
			}
			if v, found := outsideNameserver(s); found {
				out = append(out, v)
			}
			return out
		},
	}
}

// outsideNameserver reports the first nameserver at a public address, for all of them.
func outsideNameserver(s Subject) (v Violation, found bool) {
	if s.Spec.DNSConfig == nil {
		return v, false
	}
	for i, text := range s.Spec.DNSConfig.Nameservers {
		address, err := netip.ParseAddr(text)
		if err != nil || !public(address) {
			continue
		}
		return Violation{
			Path: s.Join(fmt.Sprintf("spec.dnsConfig.nameservers[%d]", i)), Got: text, Want: "unset", Key: "nameservers",
			Message: fmt.Sprintf("names are asked of %s, outside", text),
		}, true
	}
	return v, false
}

// public leaves out what is not routed on the internet, and what providers share (RFC 6598).
func public(a netip.Addr) bool {
	a = a.Unmap()
	shared := netip.PrefixFrom(netip.AddrFrom4([4]byte{100, 64}), 10)
	return a.IsGlobalUnicast() && !a.IsPrivate() && !shared.Contains(a)
}
