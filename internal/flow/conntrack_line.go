package flow

import (
	"strconv"
	"strings"
	"time"
)

// conntrackEntry reads a line:
//
//	[[time]] [[event]] [family number] protocol number [timeout] [state] tuple [flag] tuple [flag] key=value …
func conntrackEntry(line string) (*entry, string) {
	e := &entry{}
	fields := strings.Fields(line)
	if len(fields) > 0 {
		if at, ok := conntrackTime(fields[0]); ok {
			e.at = at
			fields = fields[1:]
		}
	}
	if len(fields) > 0 && (fields[0] == "[NEW]" || fields[0] == "[UPDATE]" || fields[0] == "[DESTROY]") {
		fields = fields[1:]
	}
	if len(fields) > 1 && (fields[0] == "ipv4" || fields[0] == "ipv6") {
		fields = fields[2:]
	}
	if len(fields) < 4 {
		return e, faultNotEntry
	}
	number, err := strconv.ParseUint(fields[1], 10, 8)
	if err != nil || number == 0 {
		return e, faultNotEntry
	}
	if named, ok := protocolNumber(fields[0]); ok && uint64(named) != number {
		return e, faultNotEntry
	}
	e.protocol = Protocol(number)
	tuples := tuplesOf{entry: e}
	for _, field := range fields[2:] {
		if fault := tuples.field(field); fault != "" {
			return e, fault
		}
	}
	if tuples.seen != 2 {
		return e, faultNotEntry
	}
	return e, ""
}

// conntrackTime reads a time of "-o timestamp": [seconds.microseconds].
func conntrackTime(text string) (time.Time, bool) {
	text, ok := strings.CutPrefix(text, "[")
	if !ok {
		return time.Time{}, false
	}
	text, ok = strings.CutSuffix(text, "]")
	whole, _, dotted := strings.Cut(text, ".")
	sec, err := strconv.ParseInt(whole, 10, 64)
	return time.Unix(sec, 0), ok && dotted && err == nil
}

// tuplesOf reads fields into an entry. A tuple begins with src.
type tuplesOf struct {
	*entry
	seen int
}

func (t *tuplesOf) field(text string) (fault string) {
	key, value, pair := strings.Cut(text, "=")
	into := &t.original
	if t.seen == 2 {
		into = &t.reply
	}
	switch {
	case !pair:
		t.word(text)
	case key == "src":
		t.seen++
		if t.seen > 2 {
			return faultNotEntry
		}
		if t.seen == 2 {
			into = &t.reply
		}
		return parseAddr(&into.src, value)
	case t.seen == 0:
		return faultNotEntry
	case key == "dst":
		return parseAddr(&into.dst, value)
	case key == "sport":
		return parsePort(&into.sport, value)
	case key == "dport":
		return parsePort(&into.dport, value)
	default:
		t.other(key, value)
	}
	return ""
}

// word is the timeout, the state, or a flag in brackets.
func (t *tuplesOf) word(text string) {
	switch {
	case text == "[UNREPLIED]":
		t.unreplied = true
	case strings.HasPrefix(text, "["):
		t.ended = t.seen == 2
	case t.seen == 0 && strings.Trim(text, "0123456789") != "":
		t.state = text
	}
}

// other is what is neither address nor port. Those of ICMP and accounting are in the tuples.
func (t *tuplesOf) other(key, value string) {
	n, err := strconv.ParseUint(value, 10, 64)
	switch key {
	case "type":
		if t.seen == 1 && err == nil && n < 256 {
			t.icmpType = uint8(n)
		}
	case "code":
		if t.seen == 1 && err == nil && n < 256 {
			t.icmpCode = uint8(n)
		}
	case "zone", "zone-orig":
		if err == nil && n < 1<<16 {
			t.zone = uint16(n)
		}
	}
	switch key {
	case "mark", "use", "zone", "secctx", "secmark", "delta-time", "id", "labels":
		// An id of ICMP stands in the tuples, and after the last one is no end.
		t.ended = t.ended || t.seen == 2 && (key != "id" || t.protocol != ICMP && t.protocol != ICMPv6)
	}
}
