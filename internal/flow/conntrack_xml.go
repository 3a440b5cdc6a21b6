package flow

import (
	"bytes"
	"encoding/xml"
	"net/netip"
	"strconv"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// conntrackXMLFormat is "conntrack -L -o xml", and -E (libnetfilter_conntrack,
// src/conntrack/snprintf_xml.c).
func conntrackXMLFormat() format {
	return format{name: api.FormatConntrackXML, is: isConntrackXML, delimiter: "</flow>", decoder: newConntrackXML}
}

func isConntrackXML(line []byte) bool {
	line = bytes.TrimSpace(line)
	return bytes.HasPrefix(line, []byte("<conntrack>")) || bytes.HasPrefix(line, []byte("<flow>")) || bytes.HasPrefix(line, []byte("<flow type="))
}

type xmlFlow struct {
	Meta []struct {
		Direction string `xml:"direction,attr"`
		Layer3    struct {
			Src string `xml:"src"`
			Dst string `xml:"dst"`
		} `xml:"layer3"`
		Layer4 struct {
			Number uint8  `xml:"protonum,attr"`
			Sport  string `xml:"sport"`
			Dport  string `xml:"dport"`
			Type   uint8  `xml:"icmptype"`
			Code   uint8  `xml:"icmpcode"`
			Type2  uint8  `xml:"type"`
			Code2  uint8  `xml:"code"`
		} `xml:"layer4"`
		Zone      uint16    `xml:"zone"`
		State     string    `xml:"state"`
		Unreplied *struct{} `xml:"unreplied"`
	} `xml:"meta"`
}

type conntrackXML struct{ opts *Options }

func newConntrackXML(opts *Options) decoder { return &conntrackXML{opts} }

func (*conntrackXML) end(*batch) {}

func (c *conntrackXML) record(out *batch, text []byte, cut bool) string {
	begin := bytes.LastIndex(text, []byte("<flow"))
	switch {
	case cut && begin < 0:
		if rest := bytes.TrimSpace(text); len(rest) == 0 || bytes.HasSuffix(rest, []byte("</conntrack>")) || bytes.HasSuffix(rest, []byte("<conntrack>")) {
			return ""
		}
		return faultCut
	case cut:
		return faultCut
	case begin < 0:
		return faultNotEntry
	}
	var f xmlFlow
	if err := xml.Unmarshal(text[begin:], &f); err != nil {
		return faultNotEntry
	}
	e, fault := f.entry()
	if fault != "" {
		return fault
	}
	return e.add(out, c.opts)
}

func (f *xmlFlow) entry() (*entry, string) {
	e := &entry{}
	for _, m := range f.Meta {
		into := &e.original
		switch m.Direction {
		case "original":
			e.protocol, e.icmpType, e.icmpCode = Protocol(m.Layer4.Number), m.Layer4.Type|m.Layer4.Type2, m.Layer4.Code|m.Layer4.Code2
		case "reply":
			into = &e.reply
		default:
			e.state, e.unreplied = m.State, m.Unreplied != nil
			e.zone = m.Zone
			continue
		}
		for _, fault := range []string{
			parseAddr(&into.src, m.Layer3.Src), parseAddr(&into.dst, m.Layer3.Dst),
			parsePort(&into.sport, m.Layer4.Sport), parsePort(&into.dport, m.Layer4.Dport),
		} {
			if fault != "" {
				return nil, fault
			}
		}
	}
	if e.protocol == 0 {
		return nil, faultProtocol
	}
	return e, ""
}

func parseAddr(into *netip.Addr, text string) (fault string) {
	var ok bool
	if *into, ok = address(text); !ok {
		return faultAddress
	}
	return ""
}

// parsePort reads a port; there is none in some protocols.
func parsePort(into *uint16, text string) (fault string) {
	if text == "" {
		return ""
	}
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return faultPort
	}
	*into = uint16(n)
	return ""
}
