package assess

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// End is one end of a connection, as it is written.
type End struct {
	// Text is the end without its port.
	Text string
	// Type and Name of an object; empty for addresses and the internet.
	Type, Name string
	// Prefix of an address, or of a block of them.
	Prefix netip.Prefix
	// Port as it is written: a number, a name, either with /TCP, /UDP or /SCTP; empty for any.
	Port string
}

// internet is the word for all addresses of it.
const internet = "internet"

// ParseEnd reads TYPE/NAME, namespace/NAME, service/NAME, an address, a block or the word
// internet, each with a port behind a colon.
func ParseEnd(text string) (End, error) {
	e := End{Text: text}
	if address, port, ok := addressEnd(text); ok {
		e.Text, e.Prefix, e.Port = address.String(), address, port
		if address.IsSingleIP() {
			e.Text = address.Addr().String()
		}
		return e, nil
	}
	if name, port, found := strings.Cut(text, ":"); found {
		e.Text, e.Port = name, port
		if port == "" {
			return e, fmt.Errorf("%q has no port behind the colon", text)
		}
	}
	if e.Text == internet {
		return e, nil
	}
	var found bool
	if e.Type, e.Name, found = strings.Cut(e.Text, "/"); !found || e.Type == "" || e.Name == "" || strings.Contains(e.Name, "/") {
		return e, fmt.Errorf("%q is neither TYPE/NAME, an address, nor the word internet", text)
	}
	e.Type = strings.ToLower(e.Type)
	return e, nil
}

// addressEnd reads 10.0.0.1, 10.0.0.0/8, fd00::1 and fd00::/8, and with a port 10.0.0.1:53/UDP,
// 10.0.0.0/8:80, [fd00::1]:80 and [fd00::/8]:80.
func addressEnd(text string) (address netip.Prefix, port string, ok bool) {
	if address, ok = addresses(text); ok {
		return address, "", true
	}
	host, port, _ := strings.Cut(text, ":")
	if inside, v6 := strings.CutPrefix(text, "["); v6 {
		host, port, _ = strings.Cut(inside, "]:")
	}
	address, ok = addresses(host)
	return address, port, ok && port != ""
}

// addresses are one, or a block of them.
func addresses(text string) (netip.Prefix, bool) {
	if at, err := netip.ParseAddr(text); err == nil {
		return netip.PrefixFrom(at.WithZone(""), at.BitLen()), true
	}
	at, err := netip.ParsePrefix(text)
	return at.Masked(), err == nil
}

// isService and isPod tell the types of ends that are no workloads.
func (e End) isService() bool { return slices.Contains([]string{"service", "services", "svc"}, e.Type) }

// IsNamespace tells an end that is all pods of a namespace.
func (e End) IsNamespace() bool {
	return slices.Contains([]string{"namespace", "namespaces", "ns"}, e.Type)
}
func (e End) isPod() bool { return slices.Contains([]string{"pod", "pods", "po"}, e.Type) }
