package rbac

import (
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
)

// verbSet is a set of the verbs that powers are made of.
type verbSet uint32

// The verbs, in the order of their names. The last four stand for any verb that begins so:
// what may be done in a mode of constrained impersonation.
const (
	verbApprove verbSet = 1 << iota
	verbBind
	verbCreate
	verbDel
	verbDeletecollection
	verbEscalate
	verbGet
	verbImpersonate
	verbImpersonateArbitraryNode
	verbImpersonateAssociatedNode
	verbImpersonateAccount
	verbImpersonateUserInfo
	verbList
	verbPatch
	verbSign
	verbUpdate
	verbUse
	verbWatch
	verbOnArbitraryNode
	verbOnAssociatedNode
	verbOnAccount
	verbOnUserInfo

	verbsAll       = 1<<iota - 1
	verbsWrite     = verbCreate | verbPatch | verbUpdate
	verbsChange    = verbPatch | verbUpdate
	verbsGuard     = verbsWrite | verbsRemoval // of what forbids: to remove it is as good as to change it
	verbsRemoval   = verbDel | verbDeletecollection
	verbsRead      = verbGet | verbList | verbWatch
	verbsProxied   = verbCreate | verbDel | verbGet | verbPatch | verbUpdate
	verbsNameless  = verbCreate | verbDeletecollection | verbList | verbWatch // their requests may carry no name
	verbsOnAnyMode = verbOnArbitraryNode | verbOnAssociatedNode | verbOnAccount | verbOnUserInfo
)

func verbNames() [22]string {
	return [...]string{
		"approve", "bind", "create", "delete", "deletecollection", "escalate", "get",
		"impersonate", "impersonate:arbitrary-node", "impersonate:associated-node",
		"impersonate:serviceaccount", "impersonate:user-info",
		"list", "patch", "sign", "update", "use", "watch",
		"impersonate-on:arbitrary-node:", "impersonate-on:associated-node:",
		"impersonate-on:serviceaccount:", "impersonate-on:user-info:",
	}
}

// names of the verbs, sorted.
func (s verbSet) names() []string {
	var names []string
	for i, name := range verbNames() {
		if s&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return names
}

// verbsOf reads the verbs of a rule.
func verbsOf(rule *rbacv1.PolicyRule) verbSet {
	var set verbSet
	for _, verb := range rule.Verbs {
		set |= verbOf(verb)
	}
	return set
}

func verbOf(verb string) verbSet {
	if verb == rbacv1.VerbAll {
		return verbsAll
	}
	for i, name := range verbNames() {
		bit := verbSet(1) << i
		if bit&verbsOnAnyMode == 0 && verb == name || bit&verbsOnAnyMode != 0 && strings.HasPrefix(verb, name) {
			return bit
		}
	}
	return 0
}
