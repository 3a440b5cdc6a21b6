package flow

import (
	"bytes"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// conntrackFormat is what "conntrack -L" and "-E" of conntrack-tools print, with and without
// "-o extended" and "-o timestamp" (libnetfilter_conntrack, src/conntrack/snprintf_default.c), and
// /proc/net/nf_conntrack (Linux, net/netfilter/nf_conntrack_standalone.c).
func conntrackFormat() format {
	return format{name: api.FormatConntrack, is: isConntrack, delimiter: "\n", decoder: newConntrack}
}

// isConntrack knows a line by its first tuple; that of an entry is not the last one.
func isConntrack(line []byte) bool {
	e, fault := conntrackEntry(string(line))
	return fault == "" && e.protocol != 0
}

type conntrack struct{ opts *Options }

func newConntrack(opts *Options) decoder { return &conntrack{opts} }

func (*conntrack) end(*batch) {}

func (c *conntrack) record(out *batch, line []byte, cut bool) string {
	text := string(bytes.TrimSpace(line))
	// What "conntrack -L" says at its end.
	if text == "" || strings.HasPrefix(text, "conntrack v") && strings.HasSuffix(text, "have been shown.") {
		return ""
	}
	e, fault := conntrackEntry(text)
	switch {
	case cut && (fault != "" || !e.ended):
		return faultCut
	case fault != "":
		return fault
	}
	return e.add(out, c.opts)
}

// tuple is one direction of an entry.
type tuple struct {
	src, dst     netip.Addr
	sport, dport uint16
}

func (t tuple) from() netip.AddrPort { return netip.AddrPortFrom(t.src, t.sport) }
func (t tuple) to() netip.AddrPort   { return netip.AddrPortFrom(t.dst, t.dport) }

// entry is one of a conntrack table.
type entry struct {
	protocol        Protocol
	original, reply tuple
	state           string
	unreplied       bool
	icmpType        uint8
	icmpCode        uint8
	zone            uint16
	at              time.Time
	// ended is set where something follows the tuples, which are whole then.
	ended bool
}

// add makes a Flow of an entry. The reply's tuple is there from the start, with what NAT does:
// its source is who answers, its destination is who that takes for the client.
func (e *entry) add(out *batch, opts *Options) string {
	if !e.original.src.IsValid() || !e.original.dst.IsValid() || !e.reply.src.IsValid() || !e.reply.dst.IsValid() {
		return faultAddress
	}
	f := Flow{
		Protocol: e.protocol, Count: 1, Direction: DirectionTuple, Final: true, Unanswered: e.unreplied,
		Client:   Endpoint{Addr: e.original.src, Port: e.original.sport},
		Server:   Endpoint{Addr: e.reply.src, Port: e.reply.sport},
		ICMPType: e.icmpType, ICMPCode: e.icmpCode,
		Point: Point{At: e.state, Side: SideBetween, Zone: e.zone},
	}
	if e.original.to() != e.reply.from() {
		f.Dialled = e.original.to()
	}
	if e.original.from() != e.reply.to() {
		f.Masqueraded = e.reply.to()
	}
	if !e.at.IsZero() {
		f.Time = opts.credible(e.at)
	}
	e.doubt(&f)
	out.flow(f)
	return ""
}

// doubt is for entries that an answer made, because the one of its question had run out or was
// flushed: conntrack takes whatever it sees first for the original, but for a SYN.
func (e *entry) doubt(f *Flow) {
	begun := e.protocol == TCP && (!e.unreplied || e.state == "SYN_SENT")
	late := e.unreplied || f.Client.Port < Unprivileged
	if begun || !late || !f.backwards() {
		return
	}
	if f.Final = false; f.Dialled.IsValid() || f.Masqueraded.IsValid() {
		f.Direction = DirectionUnknown
		return
	}
	f.guess()
}

// protocolNumber reads a name of conntrack, or a number.
func protocolNumber(text string) (Protocol, bool) {
	switch text {
	case "tcp":
		return TCP, true
	case "udp":
		return UDP, true
	case "sctp":
		return SCTP, true
	case "icmp":
		return ICMP, true
	case "icmpv6":
		return ICMPv6, true
	}
	n, err := strconv.ParseUint(text, 10, 8)
	return Protocol(n), err == nil && n != 0
}
