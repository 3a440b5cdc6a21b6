package rbac

import (
	"math"
	"strconv"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// mostCombinations is how many actions of a rule are looked at one by one. Rules that stand for
// more are short to write: 250 verbs, groups and resources are 15,625,000.
const mostCombinations = 10_000

// expand are the actions that a rule grants in a namespace, as actionsOf has them: none and
// false where they are more than the limit.
func expand(rule *rbacv1.PolicyRule, namespace string, limit int) ([]api.Action, bool) {
	if combinations(rule) > limit {
		return nil, false
	}
	return actionsOf(rule, namespace), true
}

// combinations is how many actions a rule stands for, math.MaxInt for more than that.
func combinations(rule *rbacv1.PolicyRule) int {
	verbs := len(rule.Verbs)
	objects := product(product(len(rule.APIGroups), len(rule.Resources)), max(1, len(rule.ResourceNames)))
	resources, paths := product(verbs, objects), product(verbs, len(rule.NonResourceURLs))
	if resources > math.MaxInt-paths {
		return math.MaxInt
	}
	return resources + paths
}

func product(a, b int) int {
	if b != 0 && a > math.MaxInt/b {
		return math.MaxInt
	}
	return a * b
}

// thousands is a number such as 4,032.
func thousands(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
