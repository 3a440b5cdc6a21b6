package flow

// Types of events, pkg/monitor/api of cilium/cilium, and the drop reasons of policies, enum
// DropReason of flow.proto: POLICY_DENIED, POLICY_DENY, AUTH_REQUIRED.
const (
	hubbleDrop          = 1
	hubblePolicyVerdict = 5

	dropPolicyDenied = 133
	dropPolicyDeny   = 181
	dropAuthRequired = 189
)

// direct finds the client, and turns replies.
func (b *hubbleBody) direct(f *Flow, ports *hubblePorts) {
	reply, how := b.reply(ports)
	if f.Direction = how; reply {
		side := f.Point.Side // is that of the connection where the reply is known
		f.turn()
		f.Point.Side = side
	}
	switch b.SocketPoint {
	case "SOCK_XLATE_POINT_PRE_DIRECTION_FWD", "SOCK_XLATE_POINT_POST_DIRECTION_REV":
		return // the address before translation
	case "SOCK_XLATE_POINT_POST_DIRECTION_FWD", "SOCK_XLATE_POINT_PRE_DIRECTION_REV":
		f.Final = true
		return
	}
	f.Final = how.Known() && (f.Point.Side == SideServer || f.Server.Peer.isEndpoint())
}

// reply tells whether the packet is one, and how that is known. is_reply is absent for most that
// is dropped, and for what is seen on the way (decodeIsReply in pkg/hubble/parser/threefour);
// "reply" is never false where it is sure to be.
func (b *hubbleBody) reply(ports *hubblePorts) (reply bool, how Direction) {
	switch {
	case b.IsReply != nil && ports != nil && ports.Flags.SYN && ports.Flags.ACK == *b.IsReply:
		return *b.IsReply, DirectionHandshake
	case b.IsReply != nil:
		return *b.IsReply, DirectionFlag
	case b.Reply, b.TraceReason == "REPLY":
		return true, DirectionFlag
	case b.TraceReason == "NEW", b.TraceReason == "ESTABLISHED":
		return false, DirectionFlag
	}
	switch b.SocketPoint {
	case "SOCK_XLATE_POINT_PRE_DIRECTION_FWD", "SOCK_XLATE_POINT_POST_DIRECTION_FWD":
		return false, DirectionFlag
	case "SOCK_XLATE_POINT_PRE_DIRECTION_REV", "SOCK_XLATE_POINT_POST_DIRECTION_REV":
		return true, DirectionFlag
	}
	if b.L7 != nil && (b.L7.Type == "REQUEST" || b.L7.Type == "RESPONSE") {
		return b.L7.Type == "RESPONSE", DirectionFlag
	}
	if ports != nil && ports.Flags.SYN {
		return ports.Flags.ACK, DirectionHandshake
	}
	if b.Event.Type == hubblePolicyVerdict || b.Event.Type == hubbleDrop && b.deniedByPolicy() {
		return false, DirectionVerdict
	}
	return false, DirectionUnknown
}

// deniedByPolicy tells of a drop that it is of what opens a connection: replies are not put to
// policies.
func (b *hubbleBody) deniedByPolicy() bool {
	switch b.DropWord {
	case "POLICY_DENIED", "POLICY_DENY", "AUTH_REQUIRED":
		return true
	}
	return b.DropReason == dropPolicyDenied || b.DropReason == dropPolicyDeny || b.DropReason == dropAuthRequired
}
