package assess

import (
	"cmp"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
)

// AccountUse is a ServiceAccount with the workloads that act as it.
type AccountUse struct {
	Namespace, Name string
	// By are those asked about, Others those besides.
	By, Others []api.Ref
}

// AccountUses are the accounts that workloads act as, by template or live pod, sorted.
func AccountUses(inv *cluster.Inventory, selected []api.Ref) []AccountUse {
	var uses []AccountUse
	for key, users := range usersOf(inv, inv.Workloads()) {
		use := AccountUse{Namespace: key.namespace, Name: key.name}
		for _, ref := range users {
			if slices.Contains(selected, ref) {
				use.By = append(use.By, ref)
			} else {
				use.Others = append(use.Others, ref)
			}
		}
		if len(use.By) > 0 {
			uses = append(uses, use)
		}
	}
	slices.SortFunc(uses, func(a, b AccountUse) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
	return uses
}

// Policy is who may do what by what was read. unread says what could not be known, empty where
// all is.
func Policy(inv *cluster.Inventory) (policy *rbac.Policy, unread string) {
	a := newAccess(inv)
	return a.policy, strings.Join(a.unknowns(""), "; ")
}
