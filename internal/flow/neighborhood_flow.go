package flow

import (
	"net/netip"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// Labels and annotations of Kubescape (kubescape/k8s-interface, instanceidhandler/v1/helpers).
const (
	labelKind      = "kubescape.io/workload-kind"
	labelName      = "kubescape.io/workload-name"
	labelOf        = "kubescape.io/workload-namespace"
	noteStatus     = "kubescape.io/status"
	noteCompletion = "kubescape.io/completion"
)

// add makes Flows of an object. There is no count in it: each port of a neighbor is one observation.
func (o *neighborhoodObject) add(out *batch, at int64) {
	subject := o.subject()
	if subject == nil {
		out.tally.Fault(faultNoSubject, at)
		return
	}
	if completion := o.Metadata.Annotations[noteCompletion]; completion != "" && completion != "complete" {
		out.tally.Note(api.FaultWatchedInPart, at)
	}
	if status := o.Metadata.Annotations[noteStatus]; status != "" && status != "completed" {
		out.tally.Note(api.FaultStillWatched, at)
	}
	for _, c := range slices.Concat(o.Spec.Containers, o.Spec.Init, o.Spec.Ephemeral) {
		for i := range c.Ingress {
			c.Ingress[i].add(out, at, subject, true)
		}
		for i := range c.Egress {
			c.Egress[i].add(out, at, subject, false)
		}
	}
}

// subject is the workload, nil for none that is named.
func (o *neighborhoodObject) subject() *Peer {
	labels := o.Metadata.Labels
	kind, name, namespace := labels[labelKind], labels[labelName], labels[labelOf]
	if kind == "" || name == "" || namespace == "" {
		return nil
	}
	for _, known := range []string{"Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod", "ReplicationController", "Rollout"} {
		if strings.EqualFold(kind, known) {
			kind = known
		}
	}
	p := &Peer{Namespace: namespace, Workloads: []Workload{{Kind: kind, Namespace: namespace, Name: name}}}
	if len(o.Spec.MatchLabels) > 0 {
		p.Labels = o.Spec.MatchLabels
	}
	return p
}

// add makes a Flow of each port. That of egress may be a Service's: the agent wrote what was dialled
// until its version of September 2026 (kubescape/node-agent#943).
func (n *neighbor) add(out *batch, at int64, subject *Peer, ingress bool) {
	peer := Endpoint{}
	if fault := n.read(&peer, subject); fault != "" {
		out.tally.Fault(fault, at)
		return
	}
	if len(n.Ports) == 0 {
		out.tally.Fault(faultNoPorts, at)
	}
	for _, p := range n.Ports {
		f := Flow{Direction: DirectionFlag, Count: 1, Ageless: true}
		var known bool
		switch f.Protocol, known = protocolNumber(strings.ToLower(p.Protocol)); {
		case !known:
			out.tally.Fault(faultProtocol, at)
			continue
		case p.Port == nil:
			out.tally.Fault(faultNoPorts, at)
			continue
		case !isPort(*p.Port):
			out.tally.Fault(faultPort, at)
			continue
		}
		f.Client, f.Server, f.Point.Side = Endpoint{Peer: subject}, peer, SideClient
		if ingress {
			f.Client, f.Server, f.Point.Side, f.Final = peer, Endpoint{Peer: subject}, SideServer, true
		}
		f.Server.Port = uint16(*p.Port)
		out.flow(f)
	}
}

// Why a neighbor is not known.
const (
	hiddenNeighbor = "Kubescape does not say who it is"
	hiddenSelector = "Kubescape has a selector for it that is not read: only labels are"
)

// read finds who a neighbor is.
func (n *neighbor) read(e *Endpoint, subject *Peer) (fault string) {
	if n.Address != "" {
		addr, ok := address(n.Address)
		if !ok {
			return faultAddress
		}
		e.Addr = addr
	}
	switch {
	case n.isServer():
		e.Peer = &Peer{Reserved: []string{"kube-apiserver"}, Service: Workload{Kind: "Service", Namespace: "default", Name: "kubernetes"}}
	case n.Pods == nil && n.Namespaces == nil && e.Addr.IsValid():
		e.Names = n.names()
	case n.Pods == nil, len(n.Pods.MatchLabels) == 0 && len(n.Pods.MatchExpressions) == 0:
		e.Addr = netip.Addr{}
		e.Peer = &Peer{Undisclosed: hiddenNeighbor}
	case len(n.Pods.MatchExpressions) > 0, n.Namespaces != nil && (len(n.Namespaces.MatchExpressions) > 0 || len(n.Namespaces.MatchLabels) == 0):
		e.Addr = netip.Addr{}
		e.Peer = &Peer{Undisclosed: hiddenSelector}
	default:
		e.Addr = netip.Addr{}
		e.Peer = &Peer{Namespace: subject.Namespace, Labels: n.Pods.MatchLabels}
		e.Peer.inNamespaces(n.Namespaces)
	}
	return ""
}

// inNamespaces sets the namespace, or the labels of one.
func (p *Peer) inNamespaces(by *metav1.LabelSelector) {
	switch {
	case by == nil:
	case by.MatchLabels[labelOfName] != "" && len(by.MatchLabels) == 1:
		p.Namespace = by.MatchLabels[labelOfName]
	default:
		p.Namespace, p.NamespaceLabels = "", by.MatchLabels
	}
}

// labelOfName is that of every namespace (k8s.io/api/core/v1, LabelMetadataName).
const labelOfName = "kubernetes.io/metadata.name"

// isServer knows the API server: the labels are those of its Service, and the address is the one
// that was dialled.
func (n *neighbor) isServer() bool {
	return n.Pods != nil && len(n.Pods.MatchLabels) == 2 && n.Pods.MatchLabels["component"] == "apiserver" && n.Pods.MatchLabels["provider"] == "kubernetes" &&
		(n.Namespaces == nil || n.Namespaces.MatchLabels[labelOfName] == "default")
}

// names are those of its address.
func (n *neighbor) names() []string {
	var names []string
	for _, name := range append(slices.Clone(n.Names), n.DNS) {
		if name = strings.TrimSuffix(name, "."); name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}
