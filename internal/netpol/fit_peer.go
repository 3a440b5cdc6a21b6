package netpol

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// fitPeer is somebody that rules can name.
type fitPeer struct {
	// key is unique for the peers of a subject, and their order.
	key, words string
	// anybody is everybody everywhere; else there are blocks, or a selector in a namespace.
	anybody   bool
	blocks    []netip.Prefix
	sort      blockSort
	namespace string
	selector  *metav1.LabelSelector
	// workload is the one that is meant, pod one with its labels where it is not there.
	workload *fitWorkload
	pod      *corev1.Pod
	// all tells that whatever the selector selects is meant.
	all bool
	// named are entities of Cilium, and names those of DNS: then blocks are what they were
	// observed as.
	named, names []string
	// shared tells one that is the same for all subjects of a namespace.
	shared bool
	// entry is what elementKey is of a selector, entries what written is of it.
	entry   string
	entries []networkingv1.NetworkPolicyPeer
}

// blockSort tells blocks apart that are not written in one rule.
type blockSort int

const (
	outsideBlocks blockSort = iota
	anyBlocks
	serverBlocks
	dnsBlocks
	callerBlocks
)

// The first letters of keys, in the order of the rules.
const (
	keyNear    = "1"
	keyFar     = "2"
	keyServer  = "3"
	keyAddress = "4"
	keyAnybody = "5"
)

func anybodyPeer() *fitPeer { return &fitPeer{key: keyAnybody, words: "anybody", anybody: true} }

// blocksPeer is a peer of addresses. Words name it.
func blocksPeer(sort blockSort, blocks []netip.Prefix, words string) *fitPeer {
	blocks = slices.Clone(blocks)
	slices.SortFunc(blocks, comparePrefixes)
	blocks = slices.Compact(blocks)
	var texts []string
	for _, b := range blocks {
		texts = append(texts, b.String())
	}
	key := keyAddress
	if sort == serverBlocks {
		key = keyServer
	}
	for _, b := range blocks { // in the order of addresses
		a := b.Addr().As16()
		key += fmt.Sprintf(" %x/%03d", a, b.Bits())
	}
	if words == "" {
		words = strings.Join(texts, ", ")
	}
	return &fitPeer{key: key + " " + strconv.Itoa(int(sort)), words: words, blocks: blocks, sort: sort}
}

func comparePrefixes(a, b netip.Prefix) int {
	if n := a.Addr().Compare(b.Addr()); n != 0 {
		return n
	}
	return a.Bits() - b.Bits()
}

func single(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	return netip.PrefixFrom(a, a.BitLen())
}

// podsPeer is a peer of pods, seen from a namespace.
func podsPeer(from string, ref api.Ref, selector *metav1.LabelSelector) *fitPeer {
	key := keyFar
	if ref.Namespace == from {
		key = keyNear
	}
	words := ref.ShortFrom(from)
	return &fitPeer{
		key: strings.Join([]string{key, words, ref.APIVersion, selectorKey(selector)}, "\x00"), words: words,
		entry: entryOf(ref.Namespace, selector), namespace: ref.Namespace, selector: selector,
	}
}

func entryOf(namespace string, selector *metav1.LabelSelector) string {
	return "pods\x00" + namespace + "\x00" + selectorKey(selector)
}

// selects tells a selector that does not select everything.
func selects(s *metav1.LabelSelector) bool {
	return s != nil && len(s.MatchLabels)+len(s.MatchExpressions) > 0
}

func selectorWords(s *metav1.LabelSelector) string { return metav1.FormatLabelSelector(s) }

// alsoSelected are the other workloads of the namespace that a selector of one selects.
func (f *fitter) alsoSelected(ref api.Ref, selector *metav1.LabelSelector) []*fitWorkload {
	return slices.DeleteFunc(slices.Clone(f.selected(ref.Namespace, selector)), func(w *fitWorkload) bool { return w.Ref == ref })
}

// selected are the workloads that a selector selects some pod of.
func (f *fitter) selected(namespace string, by *metav1.LabelSelector) []*fitWorkload {
	return f.selectedAs(entryOf(namespace, by), namespace, by)
}

// selectedAs is selected where its entryOf is known.
func (f *fitter) selectedAs(entry, namespace string, by *metav1.LabelSelector) []*fitWorkload {
	return f.selections.Of(entry, func() []*fitWorkload {
		read := (&builder{network: &Network{keys: map[string]bool{}}, selectors: map[string]*selector{}}).selector(by)
		var all []*fitWorkload
		for _, w := range f.byNamespace[namespace] {
			if !w.HostNetwork && slices.ContainsFunc(w.pods, func(p *corev1.Pod) bool { return read.matchPod(p.Labels) == surely }) {
				all = append(all, w)
			}
		}
		return all
	})
}

// written are the peer's entries in a rule, seen from a namespace. They may be those of others.
func (p *fitPeer) written(from string) []networkingv1.NetworkPolicyPeer {
	switch {
	case p.entries != nil:
		return p.entries
	case p.selector != nil:
		return podsEntries(from, p.namespace, p.selector.DeepCopy())
	}
	if p.names != nil {
		return nil
	}
	return blockPeers(p.blocks)
}

func podsEntries(from, namespace string, pods *metav1.LabelSelector) []networkingv1.NetworkPolicyPeer {
	peer := networkingv1.NetworkPolicyPeer{PodSelector: pods}
	if namespace != from {
		peer.NamespaceSelector = &metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelMetadataName: namespace}}
	}
	return []networkingv1.NetworkPolicyPeer{peer}
}

// entriesOf are the same for all subjects of the namespace, or of all others.
func (f *fitter) entriesOf(from, namespace string, pods *metav1.LabelSelector) []networkingv1.NetworkPolicyPeer {
	return f.entries.Of(entryKey{pods, from == namespace, namespace}, func() []networkingv1.NetworkPolicyPeer {
		return podsEntries(from, namespace, pods.DeepCopy())
	})
}

// entryKey is a selector of the Situation, and whether a policy is in its namespace.
type entryKey struct {
	pods      *metav1.LabelSelector
	near      bool
	namespace string
}

func blockPeers(blocks []netip.Prefix) []networkingv1.NetworkPolicyPeer {
	var peers []networkingv1.NetworkPolicyPeer
	for _, b := range blocks {
		peers = append(peers, networkingv1.NetworkPolicyPeer{IPBlock: &networkingv1.IPBlock{CIDR: b.String()}})
	}
	return peers
}

// someWorkloads names up to three.
func someWorkloads(all []*fitWorkload, from string) string {
	var names []string
	for _, w := range all {
		names = append(names, w.Ref.ShortFrom(from))
	}
	slices.Sort(names)
	return some(names, ", ")
}

// some joins the first of a list, and says how many more there are.
func some(list []string, separator string) string {
	if more := len(list) - mostReasons; more > 0 {
		list = append(slices.Clone(list[:mostReasons]), fmt.Sprintf("%s more", thousands(more)))
	}
	return strings.Join(list, separator)
}
