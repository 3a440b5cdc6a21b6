package flow

import "strings"

// Numbers of IANA of what else Hubble names.
const (
	igmp Protocol = 2
	vrrp Protocol = 112
)

// layer4 reads protocol and ports; it returns those of TCP, UDP and SCTP.
func (f *Flow) layer4(l4 *hubbleL4) (ports *hubblePorts, fault string) {
	icmp := l4.ICMPv4
	switch {
	case l4.TCP != nil:
		f.Protocol, ports = TCP, l4.TCP
	case l4.UDP != nil:
		f.Protocol, ports = UDP, l4.UDP
	case l4.SCTP != nil:
		f.Protocol, ports = SCTP, l4.SCTP
	case l4.ICMPv4 != nil:
		f.Protocol = ICMP
	case l4.ICMPv6 != nil:
		f.Protocol, icmp = ICMPv6, l4.ICMPv6
	case l4.VRRP != nil:
		f.Protocol = vrrp
		return nil, ""
	case l4.IGMP != nil:
		f.Protocol = igmp
		return nil, ""
	default:
		return nil, faultProtocol
	}
	if ports == nil {
		f.ICMPType, f.ICMPCode = icmp.Type, icmp.Code
		return nil, ""
	}
	if !isPort(ports.Source) || !isPort(ports.Destination) {
		return nil, faultPort
	}
	f.Client.Port, f.Server.Port = uint16(ports.Source), uint16(ports.Destination)
	return ports, ""
}

func isPort(n int64) bool { return n >= 0 && n <= 65535 }

// verdict is enum Verdict of flow.proto. What was forwarded in audit mode would have been denied.
func (b *hubbleBody) verdict() (v Verdict, reason string) {
	switch b.Verdict {
	case "FORWARDED", "REDIRECTED":
		return VerdictAllowed, ""
	case "AUDIT":
		return VerdictAllowed, b.Verdict
	case "DROPPED":
		return VerdictDenied, b.DropWord
	case "ERROR":
		return VerdictUnknown, b.Verdict
	}
	return VerdictUnknown, ""
}

// point tells on which side the flow was seen: TrafficDirection is that of the connection.
func (b *hubbleBody) point(f *Flow) {
	switch b.Side {
	case "EGRESS":
		f.Point.Side = SideClient
	case "INGRESS":
		f.Point.Side = SideServer
	}
	if f.Point.At == "" {
		f.Point.At = b.FlowType
	}
}

// answer is a DNS answer; nil for none.
func (l *hubbleL7) answer() *Answer {
	if l.DNS == nil {
		return nil
	}
	a := &Answer{Query: strings.TrimSuffix(l.DNS.Query, "."), CNAMEs: l.DNS.CNAMEs, Code: l.DNS.Code}
	for _, text := range l.DNS.IPs {
		if addr, ok := address(text); ok {
			a.Addrs = append(a.Addrs, addr)
		}
	}
	return a
}
