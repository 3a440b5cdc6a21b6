package rbac

import (
	"slices"

	rbacv1 "k8s.io/api/rbac/v1"
)

// risk is what the rules of a role touch of the catalog, whoever holds them and wherever.
type risk struct {
	// everything are the rules that allow whatever is asked of resources.
	everything []int
	// rows that are touched, in their order.
	rows []touchedRow
	// named are the rules that touch a row for some names alone.
	named []int
}

type touchedRow struct {
	row     int
	touches []touch
}

// touch is one rule's effect on a row.
type touch struct {
	rule  int32
	verbs verbSet
}

// riskOf is worked out once for a role; nil where it touches nothing.
func (r *role) riskOf(c *catalog) *risk {
	r.once.Do(func() { r.risk = c.riskOf(r.rules) })
	return r.risk
}

func (c *catalog) riskOf(rules []*rbacv1.PolicyRule) *risk {
	touches := map[int][]touch{}
	var found risk
	for i, rule := range rules {
		verbs := verbsOf(rule)
		if verbs == 0 {
			continue
		}
		if isEverything(rule) {
			found.everything = append(found.everything, i)
		}
		touched := false
		for _, row := range c.touched(rule) {
			if of := verbs & c.rows[row].interest(); of != 0 {
				touches[row] = append(touches[row], touch{int32(i), of})
				touched = true
			}
		}
		if touched && len(rule.ResourceNames) > 0 {
			found.named = append(found.named, i)
		}
	}
	if len(touches) == 0 {
		return nil
	}
	for i := range c.rows {
		if len(touches[i]) > 0 {
			found.rows = append(found.rows, touchedRow{i, touches[i]})
		}
	}
	return &found
}

// of are the touches of a row.
func (r *risk) of(row int) []touch {
	i, found := slices.BinarySearchFunc(r.rows, row, func(t touchedRow, row int) int { return t.row - row })
	if !found {
		return nil
	}
	return r.rows[i].touches
}

// isEverything tells whether a rule allows any verb on any resource of any group and name.
func isEverything(rule *rbacv1.PolicyRule) bool {
	return len(rule.ResourceNames) == 0 && slices.Contains(rule.Verbs, rbacv1.VerbAll) &&
		slices.Contains(rule.APIGroups, rbacv1.APIGroupAll) && slices.Contains(rule.Resources, rbacv1.ResourceAll)
}
