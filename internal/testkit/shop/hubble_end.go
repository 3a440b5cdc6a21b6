package shop

import (
	"net/netip"
	"slices"
	"strings"
	"time"
)

// end is message Endpoint of flow.proto. Some records have labels and no name of a pod.
func (o *observer) end(e end) fields {
	reserved := func(identity int, names ...string) fields { return fields{"identity": identity, "labels": names} }
	switch {
	case e.name == APIServer:
		return reserved(7, "reserved:kube-apiserver", "reserved:remote-node")
	case e.workload == nil && strings.HasPrefix(e.name, "node-"):
		return reserved(1, "reserved:host")
	case e.workload == nil:
		return reserved(2, "reserved:world")
	}
	labels := []string{
		"k8s:app.kubernetes.io/version=1.2.3", "k8s:io.cilium.k8s.namespace.labels.kubernetes.io/metadata.name=" + e.workload.Namespace,
		"k8s:io.cilium.k8s.policy.cluster=default", "k8s:io.cilium.k8s.policy.serviceaccount=default", "k8s:io.kubernetes.pod.namespace=" + e.workload.Namespace,
	}
	for key, value := range e.workload.Labels {
		labels = append(labels, "k8s:"+key+"="+value)
	}
	slices.Sort(labels)
	identity := 1000
	for _, c := range []byte(e.workload.Name) {
		identity = (identity*31 + int(c)) % 60000
	}
	out := fields{"ID": identity % 4000, "identity": identity, "cluster_name": "default", "namespace": e.workload.Namespace, "labels": labels}
	if o.random.IntN(5) > 0 {
		out["pod_name"] = e.pod.Name
		out["workloads"] = []fields{{"name": e.workload.Name, "kind": e.workload.Kind}}
	}
	return out
}

// noise is what is no traffic of the shop's: health checks, pings, and what Hubble says of itself.
func (o *observer) noise(at time.Time) {
	node := o.shop.Nodes[o.random.IntN(len(o.shop.Nodes))]
	health := node.Pods4.Addr().As4()
	health[3] = 250
	other := o.shop.Nodes[0]
	check := &connection{
		edge:   Edge{Protocol: "TCP", Port: 4240},
		client: end{name: other.Name, addr: other.Address}, server: end{name: "health", addr: netip.AddrFrom4(health)}, at: at,
		from: netip.AddrPortFrom(other.Address, uint16(40000+o.random.IntN(1000))), to: netip.AddrPortFrom(netip.AddrFrom4(health), 4240),
	}
	f := o.flow(check, check.from, check.to)
	f["source"], f["destination"] = fields{"identity": 6, "labels": []string{"reserved:remote-node"}}, fields{"identity": 4, "labels": []string{"reserved:health"}}
	f["traffic_direction"], f["is_reply"], f["trace_observation_point"] = "INGRESS", false, "TO_ENDPOINT"
	o.write(f)

	checkout := o.shop.ends("checkout", false)[0]
	ping := &connection{
		edge: Edge{Protocol: "ICMPv4"}, client: checkout, server: end{name: Payments1, addr: netip.MustParseAddr(Payments1)}, at: at,
		from: netip.AddrPortFrom(checkout.addr, 0), to: netip.AddrPortFrom(netip.MustParseAddr(Payments1), 0),
	}
	f = o.flow(ping, ping.from, ping.to)
	f["source"], f["destination"], f["l4"] = o.end(checkout), o.end(ping.server), fields{"ICMPv4": fields{"type": 8}}
	f["traffic_direction"], f["is_reply"], f["trace_observation_point"] = "EGRESS", false, "TO_STACK"
	o.write(f)

	agent := o.shop.Workload("node-agent").Pods[1]
	asks := &connection{
		edge: Edge{Protocol: "TCP"}, client: end{name: agent.Node.Name, addr: agent.Node.Address, pod: agent}, server: o.shop.ends(APIServer, false)[0], at: at,
		from: netip.AddrPortFrom(agent.Node.Address, uint16(50000+o.random.IntN(1000))), to: o.shop.APIServer,
	}
	f = o.flow(asks, asks.from, asks.to)
	f["source"], f["destination"] = fields{"identity": 1, "labels": []string{"reserved:host"}}, o.end(asks.server)
	f["traffic_direction"], f["is_reply"], f["trace_observation_point"] = "EGRESS", false, "TO_NETWORK"
	o.write(f)

	o.raw(fields{"lost_events": fields{"source": "HUBBLE_RING_BUFFER", "num_events_lost": "3"}, "node_name": node.Name, "time": at.Format(time.RFC3339Nano)})
	o.raw(fields{"node_status": fields{"state_change": "NODE_CONNECTED", "node_names": []string{node.Name}}, "node_name": node.Name, "time": at.Format(time.RFC3339Nano)})
}
