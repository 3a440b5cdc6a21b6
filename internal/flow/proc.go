package flow

import (
	"bytes"
	"encoding/hex"
	"net/netip"
	"strconv"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// procFormat is /proc/net/tcp, tcp6, udp and udp6, also one after another, and again and again
// (Documentation/networking/proc_net_tcp.rst of Linux; the columns are those of
// net/ipv4/tcp_ipv4.c and udp.c).
func procFormat() format {
	return format{name: api.FormatProc, is: isProc, delimiter: "\n", ordered: true, decoder: newProc}
}

func isProc(line []byte) bool {
	if _, ok := procTable(line); ok {
		return true
	}
	_, fault := procRow(line, false)
	return fault == ""
}

// procHeader is the name of a table, as far as its header tells it.
type procHeader struct {
	protocol Protocol
	six      bool
}

// procTable reads the header of a table.
func procTable(line []byte) (procHeader, bool) {
	fields := bytes.Fields(line)
	if len(fields) < 12 || string(fields[0]) != "sl" || string(fields[1]) != "local_address" || string(fields[3]) != "st" {
		return procHeader{}, false
	}
	h := procHeader{protocol: TCP, six: string(fields[2]) == "remote_address"}
	if bytes.Equal(fields[len(fields)-1], []byte("drops")) {
		h.protocol = UDP
	}
	return h, true
}

// proc reads tables of one network namespace. A table that comes again begins another reading.
type proc struct {
	sockets
	header procHeader
	seen   map[procHeader]bool
}

func newProc(*Options) decoder {
	return &proc{seen: map[procHeader]bool{}}
}

func (p *proc) end(out *batch) { p.flush(out) }

func (p *proc) record(out *batch, line []byte, cut bool) string {
	if len(bytes.TrimSpace(line)) == 0 {
		return ""
	}
	if h, ok := procTable(line); ok {
		if p.seen[h] {
			p.flush(out)
			clear(p.seen)
		}
		p.header, p.seen[h] = h, true
		p.whole = true // what was picked from a table has no header
		return ""
	}
	row, fault := procRow(line, cut)
	if fault != "" {
		return fault
	}
	switch columns := len(bytes.Fields(line)); {
	case p.header.protocol != 0:
		row.protocol = p.header.protocol
	case cut && columns != procColumns: // it may have had more, or fewer
		return faultCut
	}
	if row.state == stateListening || !row.remote.Addr().IsUnspecified() {
		p.add(out, row)
	}
	return ""
}

// procColumns are those of a connection of TCP.
const procColumns = 17

// procRow reads a row. Those of UDP have 13 columns, those of TCP 12 or 17.
func procRow(line []byte, cut bool) (socket, string) {
	fields := bytes.Fields(line)
	const least = 10 // up to the inode
	switch {
	case len(fields) < least && cut:
		return socket{}, faultCut
	case len(fields) < least || !bytes.HasSuffix(fields[0], []byte(":")) || len(fields[3]) != 2:
		return socket{}, faultNotSocket
	}
	if _, err := strconv.ParseUint(string(fields[0][:len(fields[0])-1]), 10, 32); err != nil {
		return socket{}, faultNotSocket
	}
	s := socket{protocol: TCP}
	if len(fields) == 13 {
		s.protocol = UDP
	}
	var fault string
	if s.local, fault = procAddress(fields[1]); fault != "" {
		return socket{}, fault
	}
	if s.remote, fault = procAddress(fields[2]); fault != "" {
		return socket{}, fault
	}
	code, err := strconv.ParseUint(string(fields[3]), 16, 8)
	if err != nil {
		return socket{}, faultNotSocket
	}
	s.state, s.word = procState(code)
	return s, ""
}

// procState names a state of include/net/tcp_states.h as ss does.
func procState(code uint64) (socketState, string) {
	words := [...]string{1: "ESTAB", 2: "SYN-SENT", 3: "SYN-RECV", 4: "FIN-WAIT-1", 5: "FIN-WAIT-2", 6: "TIME-WAIT", 7: "UNCONN", 8: "CLOSE-WAIT", 9: "LAST-ACK", 10: "LISTEN", 11: "CLOSING", 12: "SYN-RECV", 13: "UNCONN"}
	if code >= uint64(len(words)) {
		return stateOpen, ""
	}
	return wordState(words[code]), words[code]
}

func wordState(word string) socketState {
	switch word {
	case "LISTEN", "UNCONN":
		return stateListening
	case "SYN-SENT":
		return stateOpening
	case "SYN-RECV":
		return stateOpened
	}
	return stateOpen
}

// procAddress reads an address and port in hexadecimal. An address is written by words of 32
// bits, each as the node's processor has it in memory: little-endian, which all but s390x are.
func procAddress(text []byte) (netip.AddrPort, string) {
	words, port, ok := bytes.Cut(text, []byte(":"))
	if !ok || len(words) != 8 && len(words) != 32 {
		return netip.AddrPort{}, faultAddress
	}
	raw := make([]byte, len(words)/2)
	if _, err := hex.Decode(raw, words); err != nil {
		return netip.AddrPort{}, faultAddress
	}
	for i := 0; i < len(raw); i += 4 {
		raw[i], raw[i+1], raw[i+2], raw[i+3] = raw[i+3], raw[i+2], raw[i+1], raw[i]
	}
	n, err := strconv.ParseUint(string(port), 16, 32)
	if err != nil || n > 65535 {
		return netip.AddrPort{}, faultPort
	}
	addr, _ := netip.AddrFromSlice(raw)
	return netip.AddrPortFrom(addr.Unmap(), uint16(n)), ""
}
