package rbac

import (
	"slices"
	"strings"
)

// Words of the catalog, for rules that meet it.
func Words() (verbs, groups, resources []string) {
	for _, r := range newCatalog().rows {
		groups, resources = append(groups, r.group), append(resources, r.resource)
		if _, subresource, found := strings.Cut(r.resource, "/"); found {
			resources = append(resources, "*/"+subresource)
		}
	}
	verbs = slices.DeleteFunc(verbSet(verbsAll).names(), func(verb string) bool { return strings.HasSuffix(verb, ":") })
	for _, mode := range []string{"user-info", "serviceaccount", "arbitrary-node", "associated-node"} {
		verbs = append(verbs, "impersonate-on:"+mode+":get", "impersonate-on:"+mode+":create")
	}
	slices.Sort(groups)
	return verbs, slices.Compact(groups), append(resources, "userextras/scopes", "pods/*")
}
