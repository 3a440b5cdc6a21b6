package netpol

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// FitDropping makes policies and leaves out each of their rules in turn. It counts the rules, and
// returns those without which all that is to be let through still would be.
func FitDropping(in *Situation, edges []api.Edge, subjects []api.Ref, opts FitOptions) (rules int, needless []string) {
	stays := map[api.Ref]string{}
	f := newFitter(in, edges, subjects, opts, stays)
	for f.draftAll(stays) {
		f = newFitter(in, edges, subjects, opts, stays)
	}
	for _, s := range f.subjects {
		for d := range s.sides {
			s.sides[d].unfold()
		}
		whole := s.draft
		if whole == nil {
			continue
		}
		for d, list := range [][]api.PolicyRuleDraft{whole.Ingress, whole.Egress} {
			for i := range list {
				less := *whole
				rest := slices.Concat(list[:i], list[i+1:])
				if d == ingress {
					less.Ingress = rest
				} else {
					less.Egress = rest
				}
				s.draft = &less
				rules++
				if f.letsAll(s) {
					needless = append(needless, fmt.Sprintf("%s: %s rule %d", s.ref.Short(), directionTypes()[d], i+1))
				}
			}
		}
		if s.draft = whole; !f.letsAll(s) {
			needless = append(needless, s.ref.Short()+" refuses something with all of its rules")
		}
	}
	return rules, needless
}

// letsAll tells whether the own end of a subject lets all through that its policy is to.
func (f *fitter) letsAll(s *fitSubject) bool {
	n := f.together(nil)
	for d := range s.sides {
		for use, need := range s.sides[d].needs {
			owns, peers := f.endsOf(n, s.workload), f.peerEnds(n, s, use.peer)
			for i := range owns {
				for j := range peers {
					if need.kept && !sideSure(d, &owns[i], &peers[j], use.ports()).Covers(use.ports()) {
						return false
					}
				}
			}
		}
	}
	return true
}

// Asked is an end that no pod is: an entity, or an address with names, or names alone.
type Asked struct {
	Entities []string
	Address  string
	Names    []string
}

// Decide says what the policies of a pod decide about an end.
func (n *Network) Decide(pod *corev1.Pod, direction networkingv1.PolicyType, whom Asked, ports Ports) Verdict {
	own := n.endpoints(Pods(pod))[0]
	e := endpoint{names: whom.Names}
	for _, text := range whom.Entities {
		e.entity |= entityOf(text)
	}
	if whom.Address != "" {
		e.addresses = prefixRanges(whom.Address)
	}
	q := newSide(directionIndex(direction), own.group, [...]*group{own.group, nil}[directionIndex(direction)], ports)
	o := q.decide(&own, &e)
	return verdict(o.sure.Covers(ports), !o.sure.Empty(), !o.maybe.Empty())
}
