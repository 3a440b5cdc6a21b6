package rbac

import (
	"errors"
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
)

// ErrTooLarge says that a question would take too long to answer.
var ErrTooLarge = errors.New("rules stand for too many combinations to compare")

// maxSteps bounds Covers to about a second; a step compares two strings. A role of 1.5 MiB,
// the most that a server stores, can stand for 10^15 combinations.
const maxSteps = 100_000_000

// Covers tells whether somebody who holds rules may grant the wanted ones to others without
// the verbs bind and escalate: each combination of one verb, group, resource and name, or
// one verb and URL, must be covered by a single held rule. It answers as Covers of
// k8s.io/component-helpers/auth/rbac/validation does, which the API server runs, but
// compares without making a rule of each combination. The error is ErrTooLarge.
func Covers(held, wanted []*rbacv1.PolicyRule) (bool, error) {
	c := comparison{held: held}
	for _, rule := range wanted {
		if !c.covers(rule) {
			return false, c.err()
		}
	}
	return true, c.err()
}

type comparison struct {
	held  []*rbacv1.PolicyRule
	steps int
}

func (c *comparison) err() error {
	if c.steps > maxSteps {
		return ErrTooLarge
	}
	return nil
}

// spend is false when there have been too many steps.
func (c *comparison) spend(steps int) bool {
	c.steps += min(steps, maxSteps+1)
	return c.steps <= maxSteps
}

func (c *comparison) covers(wanted *rbacv1.PolicyRule) bool {
	for _, h := range c.held {
		if !c.spend(stepsOfWhole(h, wanted)) {
			return false
		}
		if coversWhole(h, wanted) {
			return true
		}
	}
	return c.coversResources(wanted) && c.coversPaths(wanted)
}

// coversWhole spares the combinations in the common case.
func coversWhole(held, wanted *rbacv1.PolicyRule) bool {
	return all(wanted.Verbs, func(v string) bool { return hasOrAll(held.Verbs, v) }) &&
		all(wanted.APIGroups, func(g string) bool { return hasOrAll(held.APIGroups, g) }) &&
		all(wanted.Resources, func(r string) bool { return coversResource(held.Resources, r) }) &&
		coversNames(held.ResourceNames, wanted.ResourceNames) &&
		(len(wanted.NonResourceURLs) == 0 || len(held.ResourceNames) == 0) &&
		all(wanted.NonResourceURLs, func(u string) bool { return coversPath(held.NonResourceURLs, u) })
}

func stepsOfWhole(h, w *rbacv1.PolicyRule) int {
	return 1 + len(h.Verbs)*len(w.Verbs) + len(h.APIGroups)*len(w.APIGroups) + len(h.Resources)*len(w.Resources) +
		len(h.ResourceNames)*len(w.ResourceNames) + len(h.NonResourceURLs)*len(w.NonResourceURLs)
}

func (c *comparison) coversResources(wanted *rbacv1.PolicyRule) bool {
	for _, group := range wanted.APIGroups {
		for _, resource := range wanted.Resources {
			for _, verb := range wanted.Verbs {
				for i := range max(1, len(wanted.ResourceNames)) {
					names := wanted.ResourceNames[min(i, len(wanted.ResourceNames)):min(i+1, len(wanted.ResourceNames))]
					if !c.single(func(h *rbacv1.PolicyRule) bool {
						return hasOrAll(h.Verbs, verb) && hasOrAll(h.APIGroups, group) &&
							coversResource(h.Resources, resource) && coversNames(h.ResourceNames, names)
					}) {
						return false
					}
				}
			}
		}
	}
	return true
}

func (c *comparison) coversPaths(wanted *rbacv1.PolicyRule) bool {
	for _, path := range wanted.NonResourceURLs {
		for _, verb := range wanted.Verbs {
			if !c.single(func(h *rbacv1.PolicyRule) bool {
				return len(h.ResourceNames) == 0 && hasOrAll(h.Verbs, verb) && coversPath(h.NonResourceURLs, path)
			}) {
				return false
			}
		}
	}
	return true
}

// single tells whether a single held rule covers a combination.
func (c *comparison) single(covers func(held *rbacv1.PolicyRule) bool) bool {
	for _, h := range c.held {
		if !c.spend(1 + len(h.Verbs) + len(h.APIGroups) + len(h.Resources) + len(h.ResourceNames) + len(h.NonResourceURLs)) {
			return false
		}
		if covers(h) {
			return true
		}
	}
	return false
}

func all(entries []string, holds func(string) bool) bool {
	return !slices.ContainsFunc(entries, func(entry string) bool { return !holds(entry) })
}

// coversResource: what follows the first slash counts as the subresource.
func coversResource(held []string, wanted string) bool {
	if hasOrAll(held, wanted) {
		return true
	}
	_, subresource, found := strings.Cut(wanted, "/")
	return found && slices.ContainsFunc(held, func(h string) bool {
		rest, isAny := strings.CutPrefix(h, "*/")
		return isAny && rest == subresource
	})
}

// coversNames: no names are all names.
func coversNames(held, wanted []string) bool {
	if len(held) == 0 {
		return true
	}
	return len(wanted) > 0 && all(wanted, func(name string) bool { return slices.Contains(held, name) })
}

func coversPath(held []string, wanted string) bool {
	return slices.ContainsFunc(held, func(h string) bool { return pathMatches(h, wanted) })
}
