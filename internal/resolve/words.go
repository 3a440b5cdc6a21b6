package resolve

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/flow"
)

// word is what a source says of an end: it knows better than the address, whose pod may be
// another one by now.
type word struct {
	// drop is why nothing is made of it; else empty.
	drop string
	// end is who it is; nil where the address has to tell.
	end *api.EdgeEnd
	// node is where the pod runs; empty where that is not known.
	node string
	// read tells that the inventory has the pod or the workload.
	read    bool
	cluster string
	// isNode tells a node, isHost the one at which it was seen, isServer the API server.
	isNode, isHost, isServer bool
	// isWorld tells what is outside, as far as the source knows.
	isWorld bool
	// otherwise is the reason for an end that the address does not tell either.
	otherwise string
	// labels are set where neither pod nor workload is named: then a pod that has the address
	// and all of these is the one.
	namespace string
	labels    map[string]string
}

// How many words are remembered, by their pointer and by what they say.
const (
	maxPointers = 1 << 13
	maxWords    = 1 << 16
)

// wordOf is what a peer says, nil for nothing.
func (r *Resolver) wordOf(p *flow.Peer) *word {
	if p == nil {
		return nil
	}
	if w, ok := r.pointers[p]; ok {
		return w
	}
	return keep(r.pointers, maxPointers, p, r.wordFor(p))
}

// wordFor gives one word for all peers that say the same.
func (r *Resolver) wordFor(p *flow.Peer) *word {
	if h := r.pods[podName{p.Namespace, p.Pod}]; h != nil && p.Pod != "" && len(p.Reserved) == 0 {
		key := wordKey{cluster: p.Cluster, pod: podName{p.Namespace, p.Pod}}
		return r.word(key, func() *word {
			return &word{end: h.end, node: h.node, read: true, cluster: p.Cluster, isNode: h.end == r.node}
		})
	}
	return r.word(wordKey{cluster: p.Cluster, text: textOf(p)}, func() *word { return r.readWord(p) })
}

// wordKey is what a word says; text is set where it is more than the name of a pod.
type wordKey struct {
	cluster string
	pod     podName
	text    string
}

// word is that of a key, read where it is new.
func (r *Resolver) word(key wordKey, read func() *word) *word {
	if w, ok := r.words[key]; ok {
		return w
	}
	return keep(r.words, maxWords, key, read())
}

// textOf is what is read of a peer, as one string.
func textOf(p *flow.Peer) string {
	var b strings.Builder
	add := func(text string) { b.WriteString(strconv.Quote(text)) }
	add(p.Namespace)
	add(p.Pod)
	for _, name := range p.Reserved {
		add(name)
	}
	b.WriteByte('/')
	for _, w := range p.Workloads {
		add(w.Kind)
		add(w.Namespace)
		add(w.Name)
	}
	b.WriteByte('/')
	for _, key := range slices.Sorted(maps.Keys(p.Labels)) {
		add(key)
		add(p.Labels[key])
	}
	return b.String()
}

func (r *Resolver) readWord(p *flow.Peer) *word {
	w := &word{cluster: p.Cluster, namespace: p.Namespace}
	if len(p.Reserved) > 0 {
		return r.reserved(w, p)
	}
	if p.Namespace == "" {
		return nil
	}
	stable := api.StableLabels(p.Labels)
	ref, known := r.workloadNamed(p)
	if !known {
		if by, ok := r.selectedBy(p); ok {
			ref, known = by, true
		}
	}
	switch {
	case known && r.hosts[ref]:
		w.end, w.isNode, w.read = r.node, true, true
	case known:
		w.end, w.read = r.end(ref), true
	case len(stable) > 0 && ref.Name == "":
		// Pods without a name or a workload are called by their labels, which are no name.
		ref = api.Ref{APIVersion: "v1", Kind: "Pod", Namespace: p.Namespace, Name: joined(stable)}
		w.end = &api.EdgeEnd{Kind: api.EndWorkload, Workload: &ref, Labels: stable}
	case len(stable) > 0:
		w.end = &api.EdgeEnd{Kind: api.EndWorkload, Workload: &ref, Labels: stable}
	case p.Pod != "" || len(p.Workloads) > 0:
		w.otherwise = podUnread
		return w
	default:
		return nil // a namespace alone says nothing that the address does not
	}
	if p.Pod == "" && len(p.Workloads) == 0 {
		w.labels = p.Labels
	}
	return w
}

func joined(labels map[string]string) string {
	var pairs []string
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		pairs = append(pairs, key+"="+labels[key])
	}
	return strings.Join(pairs, ",")
}

// reserved reads the names of Cilium's reserved identities (pkg/identity/reserved.go and
// numericidentity.go of cilium/cilium). A node that the API server runs on has two.
func (r *Resolver) reserved(w *word, p *flow.Peer) *word {
	for _, name := range p.Reserved {
		switch name {
		case "host":
			w.isNode, w.isHost = true, true
		case "remote-node":
			w.isNode = true
		case "kube-apiserver":
			w.isServer = true
		case "world", "world-ipv4", "world-ipv6":
			w.isWorld = true
		case "health":
			w.drop = HealthCheck
		case "ingress":
			w.otherwise = ciliumIngress
		case "unmanaged":
			w.otherwise = ciliumAlien
		case "init":
			w.otherwise = ciliumInit
		default:
			w.otherwise = ciliumUnknown
		}
	}
	if h := r.pods[podName{p.Namespace, p.Pod}]; h != nil && p.Pod != "" && w.otherwise != "" {
		w.end, w.node, w.read, w.isNode = h.end, h.node, true, h.end == r.node
	}
	return w
}

// agrees tells whether a pod is the one that has the labels.
func (w *word) agrees(h *holder) bool {
	if h == nil || h.end == nil || h.namespace != w.namespace {
		return false
	}
	for key, value := range w.labels {
		if got, found := h.labels[key]; !found || got != value {
			return false
		}
	}
	return true
}
