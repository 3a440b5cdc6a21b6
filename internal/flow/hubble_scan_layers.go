package flow

// addresses reads message IP.
func (h *hubbleScan) addresses() {
	seen := h.seen
	h.seen = 0
	h.open()
	for key, more := h.member(true); more; key, more = h.member(false) {
		switch string(key) {
		case "source":
			h.once(0)
			h.ip.Source = h.text()
		case "destination":
			h.once(1)
			h.ip.Destination = h.text()
		case "source_xlated":
			h.once(2)
			h.ip.Translated = h.text()
		case "ipVersion", "encrypted":
			h.value()
		default:
			h.lose()
		}
	}
	h.body.IP = &h.ip
	h.seen = seen
}

// layer4 reads message Layer4, which has one protocol.
func (h *hubbleScan) layer4() {
	h.open()
	l4 := &h.body.L4
	for key, more := h.member(true); more; key, more = h.member(false) {
		switch string(key) {
		case "TCP":
			l4.TCP = &h.ports
			h.readPorts()
		case "UDP":
			l4.UDP = &h.ports
			h.readPorts()
		case "SCTP":
			l4.SCTP = &h.ports
			h.readPorts()
		case "ICMPv4":
			l4.ICMPv4 = &h.icmp
			h.readICMP()
		case "ICMPv6":
			l4.ICMPv6 = &h.icmp
			h.readICMP()
		default:
			h.lose()
		}
		if h.peek() != '}' {
			h.lose()
		}
	}
}

func (h *hubbleScan) readPorts() {
	seen := h.seen
	h.seen = 0
	h.open()
	for key, more := h.member(true); more; key, more = h.member(false) {
		switch string(key) {
		case "source_port":
			h.once(0)
			h.ports.Source = h.number(1 << 32)
		case "destination_port":
			h.once(1)
			h.ports.Destination = h.number(1 << 32)
		case "flags":
			h.once(2)
			h.readFlags()
		default:
			h.lose()
		}
	}
	h.seen = seen
}

func (h *hubbleScan) readFlags() {
	h.open()
	for key, more := h.member(true); more; key, more = h.member(false) {
		switch string(key) {
		case "SYN":
			h.ports.Flags.SYN = h.boolean()
		case "ACK":
			h.ports.Flags.ACK = h.boolean()
		case "FIN", "RST", "PSH", "URG", "ECE", "CWR", "NS":
			h.boolean()
		default:
			h.lose()
		}
	}
}

func (h *hubbleScan) readICMP() {
	h.open()
	for key, more := h.member(true); more; key, more = h.member(false) {
		switch string(key) {
		case "type":
			h.icmp.Type = uint8(h.number(255))
		case "code":
			h.icmp.Code = uint8(h.number(255))
		default:
			h.lose()
		}
	}
}

// event reads message CiliumEventType.
func (h *hubbleScan) event() {
	h.open()
	for key, more := h.member(true); more; key, more = h.member(false) {
		switch string(key) {
		case "type":
			h.body.Event.Type = int(h.number(1 << 31))
		case "sub_type":
			h.number(1 << 31)
		default:
			h.lose()
		}
	}
}
