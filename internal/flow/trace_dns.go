package flow

import (
	"encoding/json"
	"slices"
	"strings"
)

// What "qr" has: a question or an answer.
const (
	dnsQuery    = "Q"
	dnsResponse = "R"
)

// dns reads an event of a packet of DNS.
func (r *traceRecord) dns(f *Flow) (fault string) {
	if f.Client, fault = r.Src.endpoint(); fault != "" {
		return fault
	}
	if f.Server, fault = r.Dst.endpoint(); fault != "" {
		return fault
	}
	if f.Protocol = Protocol(r.Dst.protocol()); f.Protocol == 0 {
		return faultProtocol
	}
	f.Point.At, f.Point.Side, f.Direction = r.PktType, r.side(), DirectionFlag
	switch f.Point.Side {
	case SideClient:
		f.Client.Peer = r.local(f.Client.Peer)
	case SideServer:
		f.Server.Peer = r.local(f.Server.Peer)
	}
	if r.QR == dnsResponse {
		f.turn()
		f.Answer = r.answer()
	}
	return ""
}

// answer is what a DNS server said: "addresses" has commas between, and nothing for what is
// no address.
func (r *traceRecord) answer() *Answer {
	a := &Answer{Query: strings.TrimSuffix(r.Name, "."), Code: r.code()}
	var list []string
	var text string
	if json.Unmarshal(r.Addresses, &text) == nil {
		list = strings.Split(text, ",")
	} else if json.Unmarshal(r.Addresses, &list) != nil {
		list = nil
	}
	for _, text := range list {
		if addr, ok := address(text); ok {
			a.Addrs = append(a.Addrs, addr)
		}
	}
	return a
}

// dnsUnnamed stands for an error that has no number here.
const dnsUnnamed = 0xffff

// code is the RCODE, by its number or its name (gadgets/trace_dns/go/program.go).
func (r *traceRecord) code() uint32 {
	if r.Code != nil {
		return *r.Code
	}
	names := []string{"Success", "FormatError", "ServerFailure", "NameError", "NotImplemented", "Refused"}
	if n := slices.Index(names, r.CodeName); n >= 0 {
		return uint32(n)
	}
	return dnsUnnamed
}
