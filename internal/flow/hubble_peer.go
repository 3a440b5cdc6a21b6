package flow

import (
	"encoding/json"
	"strings"
)

// hubbleEndpoint is message Endpoint of flow.proto.
type hubbleEndpoint struct {
	Identity  uint32   `json:"identity"`
	Cluster   string   `json:"cluster_name"`
	Namespace string   `json:"namespace"`
	Labels    []string `json:"labels"`
	Pod       string   `json:"pod_name"`
	Workloads []struct {
		Name string `json:"name"`
		Kind string `json:"kind"`
	} `json:"workloads"`
}

// peer is what a line has of an end, nil for nothing. What is no endpoint counts as nothing.
func (h *hubble) peer(raw json.RawMessage, service *hubbleService) *Peer {
	p, ok := h.peers[string(raw)]
	if !ok {
		var e hubbleEndpoint
		if raw != nil && json.Unmarshal(raw, &e) == nil {
			p = e.peer()
		}
		h.peers.keep(string(raw), p)
	}
	if service == nil || service.Name == "" {
		return p
	}
	with := Peer{}
	if p != nil {
		with = *p
	}
	with.Service = Workload{Kind: "Service", Namespace: service.Namespace, Name: service.Name}
	return &with
}

// Prefixes of labels: of their source, and of what Cilium adds to those of pods
// (Documentation/internals/security-identities.rst and pkg/k8s/apis/cilium.io/const.go).
const (
	labelReserved       = "reserved:"
	labelKubernetes     = "k8s:"
	labelNamespace      = "io.kubernetes.pod.namespace"
	labelOfNamespace    = "io.cilium.k8s.namespace.labels."
	labelCluster        = "io.cilium.k8s.policy.cluster"
	labelServiceAccount = "io.cilium.k8s.policy.serviceaccount"
	labelOther          = "io.cilium.k8s."
)

func (e *hubbleEndpoint) peer() *Peer {
	p := &Peer{Cluster: e.Cluster, Namespace: e.Namespace, Pod: e.Pod, Identity: e.Identity}
	for _, w := range e.Workloads {
		p.Workloads = append(p.Workloads, Workload{Kind: w.Kind, Namespace: e.Namespace, Name: w.Name})
	}
	for _, label := range e.Labels {
		if name, ok := strings.CutPrefix(label, labelReserved); ok {
			p.Reserved = append(p.Reserved, name)
		} else if label, ok := strings.CutPrefix(label, labelKubernetes); ok {
			key, value, _ := strings.Cut(label, "=")
			p.label(key, value)
		}
	}
	if p.empty() {
		return nil
	}
	return p
}

// label adds a label of the source "k8s".
func (p *Peer) label(key, value string) {
	of, isOf := strings.CutPrefix(key, labelOfNamespace)
	switch {
	case isOf:
		if p.NamespaceLabels == nil {
			p.NamespaceLabels = map[string]string{}
		}
		p.NamespaceLabels[of] = value
	case key == labelNamespace:
		if p.Namespace == "" {
			p.Namespace = value
		}
	case key == labelCluster:
		if p.Cluster == "" {
			p.Cluster = value
		}
	case key == labelServiceAccount:
		p.ServiceAccount = value
	case !strings.HasPrefix(key, labelOther):
		if p.Labels == nil {
			p.Labels = map[string]string{}
		}
		p.Labels[key] = value
	}
}

func (p *Peer) empty() bool {
	return p.Cluster == "" && p.Namespace == "" && p.Pod == "" && p.Identity == 0 && p.ServiceAccount == "" &&
		p.Labels == nil && p.NamespaceLabels == nil && p.Workloads == nil && p.Reserved == nil
}

// isEndpoint tells whether an address is a pod's own, and not that of a Service: Cilium gives
// pods' labels to the addresses of pods alone.
func (p *Peer) isEndpoint() bool {
	return p != nil && (p.Pod != "" || p.Labels != nil || p.ServiceAccount != "")
}
