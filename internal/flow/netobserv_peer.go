package flow

import "cmp"

// netobservEnd is what a record of NetObserv says of an end.
type netobservEnd struct {
	cluster, kind, namespace, name string
	ownerKind, owner               string
}

func (r *netobservRecord) source() netobservEnd {
	return netobservEnd{
		r.Cluster, r.SrcKind, cmp.Or(r.SrcNamespace, r.OldSrcNamespace), cmp.Or(r.SrcName, r.OldSrcPod),
		cmp.Or(r.SrcOwnerKind, r.OldSrcWorkloadKind), cmp.Or(r.SrcOwner, r.OldSrcWorkload),
	}.of(r.OldSrcPod)
}

func (r *netobservRecord) destination() netobservEnd {
	return netobservEnd{
		r.Cluster, r.DstKind, cmp.Or(r.DstNamespace, r.OldDstNamespace), cmp.Or(r.DstName, r.OldDstPod),
		cmp.Or(r.DstOwnerKind, r.OldDstWorkloadKind), cmp.Or(r.DstOwner, r.OldDstWorkload),
	}.of(r.OldDstPod)
}

// The kinds of ends.
const (
	netobservPod     = "Pod"
	netobservService = "Service"
	netobservNode    = "Node"
)

// of finds the kind of an end that an older record has: it tells pods by a member of their own.
func (e netobservEnd) of(pod string) netobservEnd {
	switch {
	case e.kind != "":
	case pod != "":
		e.kind = netobservPod
	case e.ownerKind == netobservService:
		e.kind, e.name = netobservService, e.owner
	}
	return e
}

// peer is what is known of an end, nil for nothing.
func (n *netobserv) peer(e netobservEnd) *Peer {
	p, ok := n.peers[e]
	if !ok {
		p = n.peers.keep(e, e.peer())
	}
	return p
}

func (e netobservEnd) peer() *Peer {
	switch e.kind {
	case netobservPod:
		if e.name == "" || e.namespace == "" {
			return nil
		}
		p := &Peer{Cluster: e.cluster, Namespace: e.namespace, Pod: e.name}
		// A pod without an owner is its own; one of a kubelet's files is its node's.
		if e.owner != "" && e.ownerKind != "" && e.ownerKind != netobservPod && e.ownerKind != netobservNode {
			p.Workloads = []Workload{{Kind: e.ownerKind, Namespace: e.namespace, Name: e.owner}}
		}
		return p
	case netobservService:
		if e.name == "" || e.namespace == "" {
			return nil
		}
		return &Peer{Cluster: e.cluster, Service: Workload{Kind: netobservService, Namespace: e.namespace, Name: e.name}}
	case netobservNode:
		return &Peer{Cluster: e.cluster, Reserved: []string{reservedNode}}
	}
	return nil
}

// Names of Cilium's reserved identities that other sources are read to as well: see Peer.
const (
	reservedNode = "remote-node"
	reservedHost = "host"
)
