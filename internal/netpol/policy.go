package netpol

import (
	"fmt"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

const (
	ingress = iota
	egress
)

// directionTypes are the API's names of the directions.
func directionTypes() [2]networkingv1.PolicyType {
	return [2]networkingv1.PolicyType{networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress}
}

func directionIndex(d networkingv1.PolicyType) int {
	if d == networkingv1.PolicyTypeEgress {
		return egress
	}
	return ingress
}

// Rule is a rule of a policy.
type Rule struct {
	Policy    api.Ref
	Direction networkingv1.PolicyType
	// Number counts the rules of the direction from 1; 0 is the policy itself.
	Number int
}

// String is such as "policy shop/redis ingress rule 1".
func (r Rule) String() string {
	s := fmt.Sprintf("policy %s/%s", r.Policy.Namespace, r.Policy.Name)
	if r.Number > 0 {
		s += fmt.Sprintf(" %s rule %d", strings.ToLower(string(r.Direction)), r.Number)
	}
	return s
}

// policy is a NetworkPolicy that was read.
type policy struct {
	ref       api.Ref
	namespace *namespace
	pods      *selector
	// directions are those that it isolates its pods in, and rules what it then allows.
	directions [2]bool
	rules      [2][]rule
	// index is nil where there are few rules.
	index [2]*ruleIndex
	// refused tells that the API server would not let it in, so that whether it is in force is
	// not known.
	refused bool
	// lookups tells one of Cilium with a rule that reads the answers of DNS.
	lookups bool
	// chosen are the groups that it selects.
	chosen []*group
}

// rule is one that was read. Without peers it allows everybody.
type rule struct {
	number int
	peers  []*rulePeer
	*rulePorts
}

// rulePorts are those of a rule. Equal ones are the same.
type rulePorts struct {
	// ports are the numbers, names the names that some pod gives them.
	ports Ports
	names []portName
	// namesText are the names as "TCP http", and text is all ports; both are for printing.
	namesText []string
	text      string
	// refused tells that some port cannot be read, and may be any.
	refused bool
}

// rulePeer has a block or selectors: namespaces is nil for the policy's own. Those of equal
// selectors in the policies of one namespace are the same.
type rulePeer struct {
	namespaces, pods *selector
	block            *block
	// cilium is set for what NetworkPolicies do not have.
	cilium *ciliumPeer
	who    Who
	// refused tells that it cannot be read, and may be anybody.
	refused bool
}

// block is an ipBlock without its exceptions.
type block struct{ addresses addresses }

func (p *policy) rule(d, number int) Rule { return Rule{p.ref, directionTypes()[d], number} }
