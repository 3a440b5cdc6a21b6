package static

import (
	"net/netip"
	"strings"
)

// mention is an address that a text holds.
type mention struct {
	// host is a name in lower case without the last dot, or an address.
	host string
	// port is the one written, 0 for none; usual is the one that the scheme stands for.
	port, usual int32
	// protocol is TCP or UDP where the text says so, else empty.
	protocol string
	// sure tells that the text speaks of a host here: as a URL, or by what it is named.
	sure bool
	// inside is set where nothing but the cluster's own names count.
	inside bool
	// open is set where the host is a variable whose value is not known; the host is then empty.
	open bool
	// srv tells that the hosts stand in a record of the host, and have other names.
	srv bool
	// peers is set where nothing counts but the name of a pod's own peers.
	peers bool
	// maybe tells a word that may be the name of a Service, one of the list.
	maybe bool
	list  string
}

const maxPort = 65535

// isHost tells what may be a name of DNS: labels of letters, digits, dashes and underscores.
func isHost(s string) bool {
	const longest, longestLabel = 253, 63
	if s == "" || len(s) > longest {
		return false
	}
	letter := false
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > longestLabel || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for i := range len(label) {
			switch c := label[i]; {
			case isLetter(c):
				letter = true
			case c >= '0' && c <= '9', c == '-', c == '_':
			default:
				return false
			}
		}
	}
	return letter
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// portOf is a number from 1 to 65535; 0 for anything else.
func portOf(s string) int32 {
	if s == "" || len(s) > len("65535") {
		return 0
	}
	n := int32(0)
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0
		}
		n = n*10 + int32(s[i]-'0')
	}
	if n > maxPort {
		return 0
	}
	return n
}

// addressOf is an address that may be another's: none of loopback, and none that stands for all.
func addressOf(s string) (addr netip.Addr, ok bool) {
	addr, err := netip.ParseAddr(s)
	if err != nil {
		return addr, false
	}
	addr = addr.Unmap().WithZone("")
	all := addr.IsUnspecified() || addr.IsMulticast() || addr == netip.AddrFrom4([4]byte{255, 255, 255, 255})
	return addr, !all && !addr.IsLoopback()
}

// isHardware tells the address of a network card, of six or eight bytes: the longer ones look like
// those of IPv6.
func isHardware(s string) bool {
	parts := strings.Split(s, ":")
	if len(parts) != 6 && len(parts) != 8 {
		return false
	}
	for _, part := range parts {
		if len(part) != 2 {
			return false
		}
	}
	return true
}

// hostPort cuts an address with or without a port; ok is false for what is none.
func hostPort(s string) (host string, port int32, ok bool) {
	if inner, found := strings.CutPrefix(s, "["); found {
		host, rest, closed := strings.Cut(inner, "]")
		if _, valid := addressOf(host); !closed || !valid {
			return "", 0, false
		}
		if rest == "" {
			return host, 0, true
		}
		port = portOf(strings.TrimPrefix(rest, ":"))
		return host, port, port != 0 && rest[0] == ':'
	}
	if strings.Count(s, ":") > 1 {
		_, valid := addressOf(s)
		return strings.ToLower(s), 0, valid && !isHardware(s)
	}
	host, number, written := strings.Cut(s, ":")
	if port = portOf(number); written && port == 0 {
		return "", 0, false
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if _, err := netip.ParseAddr(host); err == nil {
		_, valid := addressOf(host)
		return host, port, valid
	}
	return host, port, isHost(host) && !isLocal(host)
}

// isLocal tells the names that every machine has for itself.
func isLocal(host string) bool {
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || host == "localhost.localdomain" ||
		host == "ip6-localhost" || host == "ip6-loopback" || host == "broadcasthost"
}
