package rbac

import (
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
)

// Request is what somebody wants to do: Verb on an object or a collection, or Verb on Path
// when Path is set. All comparisons are of exact bytes. The fields are those of
// authorization.k8s.io/v1 ResourceAttributes and NonResourceAttributes; the API version and
// selectors are no part of it, since RBAC does not look at them.
type Request struct {
	Verb string
	// Group is the API group, empty for the core group.
	Group       string
	Resource    string
	Subresource string
	// Namespace is empty for cluster-scoped resources and for requests of all namespaces. A
	// request for a Namespace object itself has its name here as well.
	Namespace string
	// Name is empty for create, and for list, watch and deletecollection unless a field
	// selector pins metadata.name.
	Name string
	// Path is that of a URL that is no resource, without its query, such as "/metrics".
	// With a path the fields other than Verb do not count.
	Path string
}

// scope is the namespace whose RoleBindings can allow the request, empty for none.
func (r *Request) scope() string {
	if r.Path != "" {
		return ""
	}
	return r.Namespace
}

// Matches tells whether a rule allows a request, wherever it is bound. It is RuleAllows of
// k8s.io/kubernetes plugin/pkg/auth/authorizer/rbac/rbac.go with the helpers of
// pkg/apis/rbac/v1/evaluation_helpers.go.
func Matches(rule *rbacv1.PolicyRule, request Request) bool { return matches(rule, &request) }

func matches(rule *rbacv1.PolicyRule, r *Request) bool {
	if !hasOrAll(rule.Verbs, r.Verb) {
		return false
	}
	if r.Path != "" {
		return slices.ContainsFunc(rule.NonResourceURLs, func(url string) bool { return pathMatches(url, r.Path) })
	}
	return hasOrAll(rule.APIGroups, r.Group) &&
		slices.ContainsFunc(rule.Resources, func(res string) bool { return resourceMatches(res, r.Resource, r.Subresource) }) &&
		(len(rule.ResourceNames) == 0 || slices.Contains(rule.ResourceNames, r.Name))
}

// hasOrAll: VerbAll, APIGroupAll and ResourceAll of rbac/v1 are the same star.
func hasOrAll(set []string, entry string) bool {
	for _, s := range set {
		if s == rbacv1.ResourceAll || s == entry {
			return true
		}
	}
	return false
}

// resourceMatches: "*" is every resource and subresource, "*/scale" that subresource of
// every resource; there is no "pods/*".
func resourceMatches(written, resource, subresource string) bool {
	if written == rbacv1.ResourceAll {
		return true
	}
	if subresource == "" {
		return written == resource
	}
	before, found := strings.CutSuffix(written, subresource)
	if !found {
		return false
	}
	before, found = strings.CutSuffix(before, "/")
	return found && (before == resource || before == rbacv1.ResourceAll)
}

// pathMatches: only stars at the end are a pattern, of any text that follows.
func pathMatches(written, path string) bool {
	if written == path {
		return true
	}
	return strings.HasSuffix(written, "*") && strings.HasPrefix(path, strings.TrimRight(written, "*"))
}
