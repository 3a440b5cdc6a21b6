package flow

import (
	"bytes"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// ssFormat is what ss of iproute2 prints of TCP and UDP sockets with -n, with or without its
// header and columns after the peer (misc/ss.c).
func ssFormat() format {
	return format{name: api.FormatSS, is: isSS, delimiter: "\n", ordered: true, decoder: newSS}
}

func isSS(line []byte) bool {
	if ssHeader(line) {
		return true
	}
	_, what := ssRow(line, false)
	return what == ""
}

func ssHeader(line []byte) bool {
	return bytes.Contains(line, []byte("Recv-Q")) && bytes.Contains(line, []byte("Local Address:Port"))
}

// What a line is that shows no connection of TCP or UDP, and is as it should be.
const ssOther = "another socket"

type ss struct{ sockets }

func newSS(*Options) decoder { return &ss{} }

func (s *ss) end(out *batch) { s.flush(out) }

func (s *ss) record(out *batch, line []byte, cut bool) string {
	// What begins with white space goes on about the row before it.
	if bytes.IndexByte([]byte(" \t\r\n"), line[0]) >= 0 {
		return ""
	}
	if ssHeader(line) {
		if len(s.rows) > 0 {
			s.flush(out)
			s.whole = false
		}
		return ""
	}
	row, what := ssRow(line, cut)
	switch what {
	case "":
	case ssOther:
		return ""
	default:
		return what
	}
	// Without -a there are connections alone, and nothing follows of what does not listen.
	s.whole = s.whole || row.state == stateListening
	s.add(out, row)
	return ""
}

// ssRow reads a row: [Netid] State Recv-Q Send-Q Local:Port Peer:Port and more.
func ssRow(line []byte, cut bool) (socket, string) {
	fields := strings.Fields(string(line[:min(len(line), 1024)]))
	var s socket
	if len(fields) > 0 && !slices.Contains(ssStates(), fields[0]) {
		protocol, known := ssProtocol(fields[0])
		if !known {
			return s, faultNotSocket
		}
		s.protocol = protocol
		fields = fields[1:]
	}
	if len(fields) < 3 || !slices.Contains(ssStates(), fields[0]) || !isNumber(fields[1]) || !isNumber(fields[2]) {
		if cut {
			return s, faultCut
		}
		return s, faultNotSocket
	}
	switch {
	case s.protocol == protocolOther:
		return s, ssOther
	case cut && (len(fields) < 5 || len(fields) == 5 && line[len(line)-1] > ' '):
		return s, faultCut
	case len(fields) < 5:
		return s, faultNotSocket
	}
	s.word = fields[0]
	s.state = wordState(s.word)
	var fault string
	if s.local, fault = ssAddress(fields[3]); fault != "" {
		return s, fault
	}
	if s.remote, fault = ssAddress(fields[4]); fault != "" {
		return s, fault
	}
	if s.state != stateListening && s.remote.Addr().IsUnspecified() {
		return s, ssOther
	}
	return s, ""
}

func isNumber(text string) bool {
	_, err := strconv.ParseUint(text, 10, 64)
	return err == nil
}

func ssStates() []string {
	return []string{
		"ESTAB", "LISTEN", "UNCONN", "TIME-WAIT", "SYN-SENT", "SYN-RECV", "FIN-WAIT-1", "FIN-WAIT-2", "CLOSE-WAIT",
		"LAST-ACK", "CLOSING", "UNKNOWN", "NEW-SYN-RECV", "BOUND-INACTIVE",
	}
}

// protocolOther is of a socket without ports: it is that of hop-by-hop options, and none of
// a connection.
const protocolOther Protocol = 0xff

// ssProtocol is the first column.
func ssProtocol(text string) (p Protocol, known bool) {
	switch text {
	case "tcp", "mptcp":
		return TCP, true
	case "udp":
		return UDP, true
	case "sctp":
		return SCTP, true
	case "dccp", "raw", "icmp6", "nl", "p_raw", "p_dgr", "u_str", "u_dgr", "u_seq", "v_str", "v_dgr", "tipc", "ti_rd", "ti_sq", "ti_st", "ti_dg", "xdp":
		return protocolOther, true
	}
	return 0, false
}

// ssAddress reads an address with a port, such as 10.0.0.1:80, [::1%lo]:80, [fe80::1]%eth0:80, *:*.
func ssAddress(text string) (netip.AddrPort, string) {
	colon := strings.LastIndexByte(text, ':')
	if colon < 0 {
		return netip.AddrPort{}, faultAddress
	}
	host, _, _ := strings.Cut(strings.NewReplacer("[", "", "]", "").Replace(text[:colon]), "%")
	addr := netip.IPv6Unspecified()
	if host != "*" {
		var ok bool
		if addr, ok = address(host); !ok {
			return netip.AddrPort{}, faultAddress
		}
	}
	if text = text[colon+1:]; text == "*" {
		return netip.AddrPortFrom(addr, 0), ""
	}
	port, err := strconv.ParseUint(text, 10, 64)
	switch {
	case err != nil && isNumberLike(text), err == nil && port > 65535:
		return netip.AddrPort{}, faultPort
	case err != nil:
		return netip.AddrPort{}, faultPortName
	}
	return netip.AddrPortFrom(addr, uint16(port)), ""
}

// isNumberLike tells a number, however wrong, from a name.
func isNumberLike(text string) bool { return text == "" || strings.Trim(text, "-0123456789") == "" }
