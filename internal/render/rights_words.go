package render

import (
	"slices"
	"strconv"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// resourceWords are what a right is on: resources, those of custom groups with their group,
// or paths of the API server.
func resourceWords(r api.Right) string {
	var words []string
	for _, resource := range r.Resources {
		words = append(words, resourceWord(resource, r.Groups))
	}
	for _, url := range r.NonResourceURLs {
		if url == "*" {
			url = "any path"
		}
		words = append(words, url)
	}
	return strings.Join(distinct(words), " ")
}

func resourceWord(resource string, groups []string) string {
	if resource == "*" {
		if slices.Contains(groups, "*") {
			return "everything"
		}
		return "all of " + list(named(groups))
	}
	if len(groups) == 1 && strings.Contains(groups[0], ".") && !strings.HasSuffix(groups[0], ".k8s.io") {
		return resource + "." + groups[0]
	}
	return resource
}

// named names the groups, of which the core group has an empty name.
func named(groups []string) []string {
	out := slices.Clone(groups)
	for i := range out {
		if out[i] == "" {
			out[i] = "the core group"
		}
	}
	return out
}

// verbWords are the verbs, and the names that they are limited to.
func (p page) verbWords(r api.Right) string {
	words := strings.Join(r.Verbs, " ")
	if slices.Contains(r.Verbs, "*") {
		words = "any verb"
	}
	if len(r.ResourceNames) > 0 {
		names := slices.Clone(r.ResourceNames)
		for i := range names {
			if names[i] == "" {
				names[i] = `""`
			}
		}
		words += " (only " + p.list("identity", names) + ")"
	}
	return words
}

// scopeWords of a right; empty in the namespace of the item.
func (p page) scopeWords(r api.Right) string {
	switch r.Namespace {
	case "":
		return "cluster-wide"
	case p.item.Ref.Namespace:
		return ""
	}
	return "in " + r.Namespace
}

// viaWords are a grant: its role and rules, and the group by which it holds; at length the
// binding too.
func viaWords(v api.Via, rules []int, full bool) string {
	words := v.Role
	if of := ruleWords(rules); of != "" {
		words += " " + of
	}
	if full && v.Binding != "" {
		words += ", " + v.Binding
	}
	if strings.HasPrefix(v.Subject, "Group ") {
		words += ", by " + v.Subject
	}
	return words
}

// ruleWords are numbers of rules, with runs of three and more as their ends.
func ruleWords(rules []int) string {
	sorted := slices.Compact(slices.Sorted(slices.Values(rules)))
	var parts []string
	for i := 0; i < len(sorted); {
		end := i
		for end+1 < len(sorted) && sorted[end+1] == sorted[end]+1 {
			end++
		}
		if end-i < 2 {
			end = i
			parts = append(parts, strconv.Itoa(sorted[i]))
		} else {
			parts = append(parts, strconv.Itoa(sorted[i])+" to "+strconv.Itoa(sorted[end]))
		}
		i = end + 1
	}
	switch len(sorted) {
	case 0:
		return ""
	case 1:
		return "rule " + parts[0]
	}
	return "rules " + list(parts)
}

// rightsCount is how many verbs on resources the rights are; "*" where one is a wildcard.
func rightsCount(rights []api.Right) string {
	n := 0
	for _, r := range rights {
		on := slices.Concat(r.Resources, r.NonResourceURLs)
		if slices.ContainsFunc(slices.Concat(r.Verbs, on), func(w string) bool { return strings.Contains(w, "*") }) {
			return "*"
		}
		n += len(r.Verbs) * len(on)
	}
	return number(n)
}
