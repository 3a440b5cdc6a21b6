package rbac

import (
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
)

// where a row holds.
type where int

const (
	inCluster     where = iota // a resource of the cluster; RoleBindings say nothing of it
	anywhere                   // a resource of namespaces
	inKubeSystem               // a resource of that namespace
	clusterOrHome              // a Namespace object, whose requests carry its own name as theirs
)

// part is something that powers need beside their own row. The powers of a namespace need it
// there or in the cluster, but those of partsElsewhere anywhere at all.
type part uint16

const (
	writesRoleBindings part = 1 << iota
	writesClusterRoleBindings
	requestsCertificates
	approvesCertificates
	readsCertificates // sees the requests, in which the certificates are
	impersonates      // some user or account
	impersonatesUsers // some user, in constrained impersonation
	actsAsArbitraryNode
	actsAsAssociatedNode
	actsAsAccount
	actsAsUser

	partsElsewhere = impersonates | impersonatesUsers | actsAsArbitraryNode | actsAsAssociatedNode | actsAsAccount | actsAsUser
)

// row says that verbs on a resource are a power.
type row struct {
	// kind is empty for what is only part of powers.
	kind            PowerKind
	group, resource string
	where           where
	// verbs of which one is enough.
	verbs verbSet
	// with are verbs of which one is needed beside; withName those for names alone, where
	// they are others.
	with, withName verbSet
	// needs are all needed beside; gives is what the row is for others.
	needs, gives part
	// counts tells of a name whether the row is about it; nil for all names. A row that holds
	// for any name is about these.
	counts func(name string) bool
	// named rows do not hold for any name: another row does.
	named bool
	// since and until are the first and last minor versions with the row, or 0.
	since, until int
}

// interest are the verbs that say whether and how the row holds.
func (r *row) interest() verbSet {
	set := r.verbs | r.with
	if set&verbCreate != 0 {
		set |= verbPatch // which makes objects of a name, by server-side apply
	}
	return set
}

// topLevel tells whether requests to create carry no name.
func (r *row) topLevel() bool { return !strings.Contains(r.resource, "/") }

func (r *row) in(s Server) bool {
	return s.has(r.since) && (r.until == 0 || s.Minor != 0 && s.Minor <= r.until)
}

// holdsIn tells whether rights of a namespace say anything of the row.
func (r *row) holdsIn(namespace string) bool {
	switch r.where {
	case inCluster:
		return namespace == ""
	case inKubeSystem:
		return namespace == "" || namespace == "kube-system"
	}
	return true
}

// catalog are all rows, found by what rules write as their resources.
type catalog struct {
	rows []row
	// byResource has rows by their resource, those of subresources also as "*/exec".
	byResource map[string][]int
	// ofAny are rows that any resource is about; extras are those of any subresource.
	ofAny, extras []int
}

const (
	anyResource = "*"
	extras      = "userextras"
)

func newCatalog() *catalog {
	c := &catalog{byResource: map[string][]int{}}
	c.rows = slices.Concat(rowsOfAccess(), rowsOfCertificates(), rowsOfImpersonation(), rowsOfPods(), rowsOfNodes(), rowsOfSecrets(), rowsOfGuards(), rowsOfControllers(), rowsOfDeletion())
	for i := range c.rows {
		resource := c.rows[i].resource
		switch resource {
		case anyResource:
			c.ofAny = append(c.ofAny, i)
			continue
		case extras:
			c.extras = append(c.extras, i)
			continue
		}
		c.byResource[resource] = append(c.byResource[resource], i)
		if _, subresource, found := strings.Cut(resource, "/"); found {
			c.byResource["*/"+subresource] = append(c.byResource["*/"+subresource], i)
		}
	}
	return c
}

// touched are the rows that a rule's groups and resources match, each once, in their order.
func (c *catalog) touched(rule *rbacv1.PolicyRule) []int {
	if len(rule.APIGroups) == 0 || len(rule.Resources) == 0 {
		return nil
	}
	found := slices.Clone(c.ofAny)
	for _, written := range rule.Resources {
		if written == rbacv1.ResourceAll {
			return c.inGroups(rule.APIGroups, nil)
		}
		found = append(found, c.byResource[written]...)
		if strings.HasPrefix(written, extras+"/") {
			found = append(found, c.extras...)
		}
	}
	slices.Sort(found)
	return c.inGroups(rule.APIGroups, slices.Compact(found))
}

// inGroups are those of the rows, or of all for nil, in the API groups.
func (c *catalog) inGroups(groups []string, rows []int) []int {
	if rows == nil {
		for i := range c.rows {
			rows = append(rows, i)
		}
	}
	known := map[string]bool{}
	return slices.DeleteFunc(rows, func(i int) bool {
		group := c.rows[i].group
		if c.rows[i].resource == anyResource {
			return false
		}
		in, done := known[group]
		if !done {
			in = hasOrAll(groups, group)
			known[group] = in
		}
		return !in
	})
}
