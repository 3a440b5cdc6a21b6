package shop

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// fields are those of a JSON object.
type fields map[string]any

// observer writes what Hubble prints.
type observer struct {
	shop   *Shop
	random *rand.Rand
	lines  []string
}

// Hubble are the lines of "hubble observe -o json", by time, wrapped and bare.
func (s *Shop) Hubble(seed uint64) string {
	o := &observer{shop: s, random: dice(seed + 3)}
	events := append(s.connections(seed), s.probes(seed)...)
	slices.SortStableFunc(events, func(a, b *connection) int { return a.at.Compare(b.at) })
	for i, c := range events {
		o.connection(c)
		if i%40 == 0 {
			o.noise(c.at)
		}
	}
	return strings.Join(o.lines, "\n") + "\n"
}

// connection is all that is seen of one.
func (o *observer) connection(c *connection) {
	switch {
	case c.denied:
		o.denied(c)
		return
	case c.client.name == c.server.node().name():
		o.trace(c, fields{"trace_observation_point": "TO_ENDPOINT", "traffic_direction": "INGRESS", "is_reply": false, "trace_reason": "NEW"})
		return
	}
	if c.dialled != c.to && o.random.IntN(3) == 0 {
		o.socket(c)
	}
	proxied := c.edge.Protocol == "TCP" && c.edge.Port == 8080
	o.verdict(c, proxied)
	if proxied {
		o.trace(c, fields{"trace_observation_point": "TO_PROXY", "traffic_direction": "EGRESS", "is_reply": false})
		o.http(c)
	}
	if c.edge.Port == 53 && c.server.name == "coredns" {
		o.names(c)
	}
	if c.client.node() != nil {
		o.trace(c, fields{"trace_observation_point": "TO_STACK", "traffic_direction": "EGRESS", "is_reply": false, "trace_reason": "ESTABLISHED"})
	}
	if c.client.node() != c.server.node() && c.client.pod != nil && c.server.pod != nil {
		o.overlay(c)
	}
	if c.server.pod != nil {
		o.trace(c, fields{"trace_observation_point": "TO_ENDPOINT", "traffic_direction": "INGRESS", "is_reply": false})
	}
	if !c.edge.Silent {
		o.replies(c)
	}
}

func (n *Node) name() string {
	if n == nil {
		return ""
	}
	return n.Name
}

// write adds a line: most wrapped, some bare, as older versions do.
func (o *observer) write(flow fields) {
	line := flow
	if o.random.IntN(5) > 0 {
		line = fields{"flow": flow, "node_name": flow["node_name"], "time": flow["time"]}
	}
	o.raw(line)
}

func (o *observer) raw(line fields) {
	text, err := json.Marshal(line)
	if err != nil {
		panic(err) // of fields that have no form in JSON
	}
	o.lines = append(o.lines, string(text))
}

// flow is what all records of a connection have.
func (o *observer) flow(c *connection, from, to netip.AddrPort) fields {
	o.random.Uint64()
	version := "IPv4"
	if from.Addr().Is6() {
		version = "IPv6"
	}
	ports := fields{"source_port": from.Port(), "destination_port": to.Port()}
	if c.edge.Protocol == "TCP" {
		ports["flags"] = fields{"ACK": true, "PSH": true}
	}
	node := c.server.node().name()
	if c.client.pod != nil {
		node = c.client.pod.Node.Name
	}
	return fields{
		"time": c.at.Format(time.RFC3339Nano), "verdict": "FORWARDED", "Type": "L3_L4", "node_name": node,
		"IP": fields{"source": from.Addr().String(), "destination": to.Addr().String(), "ipVersion": version},
		"l4": fields{string(c.edge.Protocol): ports}, "event_type": fields{"type": 4, "sub_type": 3}, "Summary": string(c.edge.Protocol),
		"uuid": fmt.Sprintf("%08x-0000-4000-8000-%012x", o.random.Uint32(), o.random.Uint64()>>16),
	}
}

// trace is a packet on its way.
func (o *observer) trace(c *connection, more fields) {
	f := o.flow(c, c.from, c.to)
	f["source"], f["destination"] = o.end(c.client), o.end(c.server)
	maps.Copy(f, more)
	if c.server.name == Payments1 && o.random.IntN(2) == 0 {
		f["destination_names"] = []string{PaymentsName}
	}
	o.write(f)
}

// replies are seen on both sides.
func (o *observer) replies(c *connection) {
	for i, pod := range []*Pod{c.client.pod, c.server.pod} {
		if pod == nil {
			continue // nobody looks there
		}
		side := [...]string{"EGRESS", "INGRESS"}[i]
		f := o.flow(c, c.to, c.from)
		f["source"], f["destination"], f["traffic_direction"] = o.end(c.server), o.end(c.client), side
		f["is_reply"], f["reply"], f["trace_observation_point"] = true, true, "TO_ENDPOINT"
		o.write(f)
	}
}

// overlay is a packet between nodes: without pods, direction, and whether it is a reply.
func (o *observer) overlay(c *connection) {
	from, to := c.from, c.to
	if o.random.IntN(2) == 0 && !c.edge.Silent {
		from, to = to, from
	}
	f := o.flow(c, from, to)
	f["source"], f["destination"] = fields{"identity": 4711}, fields{"identity": 4712}
	f["trace_observation_point"], f["traffic_direction"], f["is_reply"] = "TO_OVERLAY", "TRAFFIC_DIRECTION_UNKNOWN", nil
	o.write(f)
}

// socket is a connection before its address is translated.
func (o *observer) socket(c *connection) {
	if c.client.pod == nil {
		return
	}
	f := o.flow(c, c.from, c.dialled)
	f["source"], f["destination"] = o.end(c.client), fields{}
	f["Type"], f["verdict"], f["sock_xlate_point"], f["event_type"] = "SOCK", "TRACED", "SOCK_XLATE_POINT_PRE_DIRECTION_FWD", fields{"type": 255}
	if service := o.shop.Service(c.edge.Service); service != nil {
		f["destination_service"] = fields{"name": service.Name, "namespace": service.To.Namespace}
	}
	o.write(f)
}

// verdict is that of a policy, on the packet that opens.
func (o *observer) verdict(c *connection, proxied bool) {
	f := o.flow(c, c.from, c.to)
	f["source"], f["destination"], f["event_type"] = o.end(c.client), o.end(c.server), fields{"type": 5}
	f["is_reply"] = false
	f["traffic_direction"] = "INGRESS"
	if c.client.pod != nil {
		f["traffic_direction"] = "EGRESS"
	}
	if proxied {
		f["verdict"] = "REDIRECTED"
	}
	if c.edge.Protocol == "TCP" {
		f["l4"] = fields{"TCP": fields{"source_port": c.from.Port(), "destination_port": c.to.Port(), "flags": fields{"SYN": true}}}
	}
	o.write(f)
}

// http is a request and its response, seen by the proxy.
func (o *observer) http(c *connection) {
	for _, sort := range []string{"REQUEST", "RESPONSE"} {
		from, to, client, server := c.from, c.to, c.client, c.server
		if sort == "RESPONSE" {
			from, to, client, server = to, from, server, client
		}
		f := o.flow(c, from, to)
		f["source"], f["destination"], f["event_type"], f["Type"] = o.end(client), o.end(server), fields{"type": 129}, "L7"
		f["traffic_direction"], f["is_reply"] = "INGRESS", sort == "RESPONSE"
		f["l7"] = fields{"type": sort, "http": fields{"method": "GET", "url": "http://shop.example/", "protocol": "HTTP/1.1"}}
		o.write(f)
	}
}

// names is a question for a name and the answer.
func (o *observer) names(c *connection) {
	query, addresses := "kubernetes.default.svc.cluster.local.", []string{kubernetesAddress}
	switch c.client.name {
	case "payment":
		query, addresses = PaymentsName+".", []string{Payments1, Payments2}
	case "mail":
		query, addresses = SMTPName+".", []string{SMTP}
	}
	question := o.flow(c, c.from, c.to)
	question["source"], question["destination"], question["is_reply"] = o.end(c.client), o.end(c.server), false
	question["l7"] = fields{"type": "REQUEST", "dns": fields{"query": query, "observation_source": "proxy", "qtypes": []string{"A"}}}
	answer := o.flow(c, c.to, c.from)
	answer["source"], answer["destination"], answer["is_reply"] = o.end(c.server), o.end(c.client), true
	answer["l7"] = fields{"type": "RESPONSE", "dns": fields{"query": query, "ips": addresses, "ttl": 30, "observation_source": "proxy", "qtypes": []string{"A"}}}
	for _, f := range []fields{question, answer} {
		f["Type"], f["event_type"], f["traffic_direction"] = "L7", fields{"type": 129}, "EGRESS"
		o.write(f)
	}
}

// denied is dropped by a policy, before anybody answers.
func (o *observer) denied(c *connection) {
	for _, event := range []int{1, 5} {
		f := o.flow(c, c.from, c.to)
		f["source"], f["destination"], f["event_type"] = o.end(c.client), o.end(c.server), fields{"type": event, "sub_type": 133}
		f["verdict"], f["drop_reason"], f["drop_reason_desc"], f["traffic_direction"] = "DROPPED", 133, "POLICY_DENIED", "EGRESS"
		f["l4"] = fields{"TCP": fields{"source_port": c.from.Port(), "destination_port": c.to.Port(), "flags": fields{"SYN": true}}}
		o.write(f)
	}
}
