package assess

import (
	"fmt"
	"slices"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
)

// Side is an end with the namespace to look for it in, and what was read of it.
type Side struct {
	End
	Namespace string
	Inventory *cluster.Inventory
}

// CanReach tells whether one side reaches another by the NetworkPolicies of both. The error
// is for an end that is not there, and for a port that means nothing.
func CanReach(from, to Side) (*api.Reachability, error) {
	source, err := locate(from.Inventory, from.Namespace, from.End)
	if err != nil {
		return nil, err
	}
	target, err := locate(to.Inventory, to.Namespace, to.End)
	if err != nil {
		return nil, err
	}
	aims, err := aimAt(to.End, target)
	if err != nil {
		return nil, err
	}
	leaving, err := everyPeer(from.Text, source)
	if err != nil {
		return nil, err
	}
	network := networkOf(from.Inventory, to.Inventory)
	answer := network.ReachAll(leaving, aims.targets)
	out := &api.Reachability{
		From: from.Text, To: to.Text, Ports: portText(aims.ports), Allowed: string(answer.Allowed),
		Egress: decisionTexts(answer.Egress), Ingress: decisionTexts(answer.Ingress),
		Enforced: from.Inventory.Enforcer(),
	}
	for _, note := range slices.Concat(source.notes, target.notes, aims.notes, policyNotes(network, answer)) {
		out.Notes = appendNew(out.Notes, note)
	}
	if answer.Parts == 0 {
		return nil, fmt.Errorf("%s or %s has no live pods: there is nobody to judge", from.Text, to.Text)
	}
	out.Unknown = notKnownOf(from, to, source, target)
	if answer.Allowed == netpol.Depends {
		for _, doubt := range doubtsOf(answer) {
			out.Unknown = appendNew(out.Unknown, doubt)
		}
	}
	// One side that denies is enough, where its policies were read.
	denied := allDeny(answer.Egress) && policiesOf(from, source) == "" || allDeny(answer.Ingress) && policiesOf(to, target) == ""
	if len(out.Unknown) > 0 && !denied {
		out.Allowed = unknownWord
	}
	return out, nil
}

// everyPeer is an end that connections come from. A Service opens none; its pods do.
func everyPeer(text string, at located) (netpol.Peer, error) {
	if len(at.endpoints) > 0 {
		return at.peer, fmt.Errorf("%s has no selector, and opens no connections: name the pods or the addresses that it leads to", text)
	}
	return at.peer, nil
}

// policyNotes are about the policies that decide: fields that they do not have, and such.
func policyNotes(network *netpol.Network, answer netpol.Answer) []string {
	decide := map[api.Ref]bool{}
	for _, d := range slices.Concat(answer.Egress, answer.Ingress) {
		decide[d.Rule.Policy] = true
	}
	var out []string
	for _, note := range network.Notes() {
		if decide[note.Object] && slices.Contains([]netpol.NoteKind{netpol.NoteRefused, netpol.NoteOdd, netpol.NoteDead}, note.Kind) {
			out = append(out, fmt.Sprintf("policy %s/%s: %s", note.Object.Namespace, note.Object.Name, note.Message))
		}
	}
	return out
}

// doubtsOf are the decisions that depend on what is not known, rather than on the network plugin.
func doubtsOf(answer netpol.Answer) []string {
	var out []string
	for _, d := range slices.Concat(answer.Egress, answer.Ingress) {
		if slices.Contains([]netpol.Doubt{netpol.DoubtRefused, netpol.DoubtNamespace, netpol.DoubtSameNode, netpol.DoubtSize}, d.Doubt) {
			out = append(out, d.String())
		}
	}
	return out
}

func allDeny(decisions []netpol.Decision) bool {
	return len(decisions) > 0 && !slices.ContainsFunc(decisions, func(d netpol.Decision) bool { return d.Verdict != netpol.No })
}

func decisionTexts(decisions []netpol.Decision) []string {
	var out []string
	for _, d := range decisions {
		out = appendNew(out, d.String())
	}
	return out
}

func portText(ports netpol.Ports) string {
	if ports.All() {
		return anyPort
	}
	return ports.String()
}
