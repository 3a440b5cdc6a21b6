package shop

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"strings"
)

// socketRow is a row of a table of sockets.
type socketRow struct {
	udp           bool
	local, remote netip.AddrPort
	state         string // as ss names it
}

// Sockets are the tables of each pod that runs, by the name of a file: as /proc/net shows them,
// of every other pod as ss does.
func (s *Shop) Sockets(seed uint64) map[string]string {
	rows := map[*Pod][]socketRow{}
	for _, c := range append(s.connections(seed), s.probes(seed)...) {
		udp := c.edge.Protocol == "UDP"
		if c.denied || udp && !c.edge.Silent { // a socket that asks for names is closed at once
			continue
		}
		state := "ESTAB"
		if !c.first {
			state = "TIME-WAIT" // on the side that closed first alone
		}
		if c.client.pod != nil && c.client.pod.To.IsZero() {
			rows[c.client.pod] = append(rows[c.client.pod], socketRow{udp, c.from, c.dialled, state})
		}
		if c.server.pod != nil && c.first && !udp && c.client.name != "load" {
			rows[c.server.pod] = append(rows[c.server.pod], socketRow{udp, c.to, c.masked, state})
		}
	}
	out := map[string]string{}
	for _, w := range s.Workloads {
		for i, pod := range w.Pods {
			if w.HostNetwork || !pod.To.IsZero() {
				continue
			}
			all := append(w.listening(), rows[pod]...)
			name := w.Namespace + "_" + pod.Name
			if i%2 == 0 {
				out[name+".proc"] = procNet(all, w.Name == "cart")
			} else {
				out[name+".ss"] = ss(all)
			}
		}
	}
	return out
}

func (w *Workload) listening() []socketRow {
	var out []socketRow
	for _, p := range w.Ports {
		row := socketRow{p.Protocol == "UDP", netip.AddrPortFrom(netip.IPv4Unspecified(), uint16(p.Number)), netip.AddrPortFrom(netip.IPv4Unspecified(), 0), "LISTEN"}
		if row.udp {
			row.state = "UNCONN"
		}
		if w.Six {
			row.local, row.remote = netip.AddrPortFrom(netip.IPv6Unspecified(), row.local.Port()), netip.AddrPortFrom(netip.IPv6Unspecified(), 0)
		}
		out = append(out, row)
	}
	return out
}

// procNet are the four tables one after another. With mapped, addresses of IPv4 stand in those
// of IPv6, as servers have them that listen on both.
func procNet(rows []socketRow, mapped bool) string {
	var out strings.Builder
	for _, table := range []struct{ udp, six bool }{{false, false}, {false, true}, {true, false}, {true, true}} {
		out.WriteString(header(table.udp, table.six))
		n := 0
		for _, row := range rows {
			six := row.local.Addr().Is6() || mapped && !row.udp
			if row.udp != table.udp || six != table.six {
				continue
			}
			out.WriteString(row.proc(n, six))
			n++
		}
	}
	return out.String()
}

func header(udp, six bool) string {
	remote, tail := "rem_address  ", "inode"
	if six {
		remote = "remote_address"
	}
	if udp {
		tail += " ref pointer drops"
	}
	return "  sl  local_address " + remote + " st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout " + tail + "\n"
}

func (r socketRow) proc(n int, six bool) string {
	state := map[string]int{"ESTAB": 1, "TIME-WAIT": 6, "UNCONN": 7, "LISTEN": 10}[r.state]
	tail := "00:00000000 00000000     0        0 61047 1 00000000cb16da1c 20 4 30 11 -1"
	switch {
	case r.udp:
		tail = "00:00000000 00000000     0        0 61754 2 00000000ac98b06d 0"
	case state == 6:
		tail = "03:00000CE4 00000000     0        0 0 3 0000000000000000"
	}
	return fmt.Sprintf("%4d: %s %s %02X 00000000:00000000 %s\n", n, procAddress(r.local, six), procAddress(r.remote, six), state, tail)
}

// procAddress writes words of 32 bits, each in the order of a little-endian processor.
func procAddress(a netip.AddrPort, six bool) string {
	four := a.Addr().As16()
	raw := four[:]
	switch {
	case !six:
		raw = raw[12:]
	case a.Addr().IsUnspecified():
		raw = make([]byte, 16)
	}
	swapped := make([]byte, len(raw))
	for i := range raw {
		swapped[i] = raw[i/4*4+3-i%4]
	}
	return fmt.Sprintf("%s:%04X", strings.ToUpper(hex.EncodeToString(swapped)), a.Port())
}

// ss is what "ss -tanup" prints.
func ss(rows []socketRow) string {
	var out strings.Builder
	out.WriteString("Netid State  Recv-Q Send-Q Local Address:Port  Peer Address:PortProcess\n")
	for _, r := range rows {
		protocol, remote := "tcp", r.remote.String()
		if r.udp {
			protocol = "udp"
		}
		if r.remote.Addr().IsUnspecified() {
			remote = strings.TrimSuffix(remote, ":0") + ":*"
		}
		fmt.Fprintf(&out, "%-5s %-9s 0      0      %s      %s    users:((\"app\",pid=1,fd=7))\n", protocol, r.state, r.local, remote)
	}
	return out.String()
}
