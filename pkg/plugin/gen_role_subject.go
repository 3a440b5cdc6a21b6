package plugin

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/assess"
	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
)

// roleSubject is whom roles are made for.
type roleSubject struct {
	id rbac.Identity
	// account and namespace are those of a ServiceAccount.
	namespace, account string
	// bound is whom bindings name, nobody for roles alone.
	bound          []rbacv1.Subject
	usedBy, others []api.Ref
}

// subjectOf reads a subject as bindings name it. Users and groups are bound where bind is set.
func subjectOf(s rbacv1.Subject, bind bool) roleSubject {
	if s.Kind == rbacv1.GroupKind {
		out := roleSubject{id: rbac.Group(s.Name)}
		if bind {
			out.bound = []rbacv1.Subject{s}
		}
		return out
	}
	if s.Kind == rbacv1.ServiceAccountKind {
		return accountSubject(s.Namespace, s.Name)
	}
	out := roleSubject{id: rbac.User(s.Name)}
	if account, found := out.id.Account(); found {
		return accountSubject(account.Namespace, account.Name)
	}
	if bind {
		out.bound = []rbacv1.Subject{s}
	}
	return out
}

func accountSubject(namespace, name string) roleSubject {
	return roleSubject{
		id: rbac.ServiceAccount(namespace, name), namespace: namespace, account: name,
		bound: []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: namespace, Name: name}},
	}
}

// addSubject adds one that is not there yet.
func addSubject(all []roleSubject, s roleSubject) []roleSubject {
	if slices.ContainsFunc(all, func(o roleSubject) bool { return o.name() == s.name() }) {
		return all
	}
	return append(all, s)
}

func (s *roleSubject) isAccount() bool { return s.account != "" }

// name is the user or the group, as the log has it.
func (s *roleSubject) name() string {
	if s.id.User == "" {
		return "a user of group " + s.id.Groups[0]
	}
	return s.id.User
}

// did tells whether the subject is the one who did what a user with these groups did. A
// ServiceAccount has its own groups: with others it was somebody who impersonated it.
func (s *roleSubject) did(user string, groups []string) bool {
	switch {
	case s.id.User == "":
		return slices.Contains(groups, s.id.Groups[0])
	case user != s.id.User:
		return false
	}
	return !s.isAccount() || !slices.ContainsFunc(groups, func(g string) bool { return !slices.Contains(s.id.Groups, g) })
}

// seen is the identity with the groups that a user was seen with.
func (s *roleSubject) seen(access []api.Access) rbac.Identity {
	id := s.id
	if id.User == "" || s.isAccount() {
		return id
	}
	id.Groups = slices.Clone(id.Groups)
	for _, a := range access {
		id.Groups = append(id.Groups, a.Groups...)
	}
	return id
}

// accessIn is what the subject did; that a user is known is not enough.
func (s *roleSubject) accessIn(doc *api.Observations) []api.Access {
	all := doc.Access
	if s.id.User != "" {
		all = accessOfUser(all, s.id.User)
	}
	var out []api.Access
	for _, a := range all {
		if s.did(a.User, a.Groups) && len(a.Uses)+len(a.Denied) > 0 {
			out = append(out, a)
		}
	}
	return out
}

// accessOfUser is the part of one user, of whom there may be many; all is sorted by user.
func accessOfUser(all []api.Access, user string) []api.Access {
	first, _ := slices.BinarySearchFunc(all, user, func(a api.Access, user string) int { return strings.Compare(a.User, user) })
	end := first
	for end < len(all) && all[end].User == user {
		end++
	}
	return all[first:end]
}

// nameRoles gives each role a name that those of other subjects do not have.
func (s *roleSubject) nameRoles(roles []api.RoleDraft) {
	for i := range roles {
		switch {
		case s.isAccount() && roles[i].Namespace == s.namespace:
			roles[i].Name = s.account
		case s.isAccount():
			roles[i].Name = "sa:" + s.namespace + ":" + s.account
		case s.id.User == "":
			roles[i].Name = objectName("group:" + s.id.Groups[0])
		default:
			roles[i].Name = objectName("user:" + s.id.User)
		}
	}
}

// objectName makes a name of an RBAC object of any text: what may not be in one (see
// k8s.io/apimachinery/pkg/api/validation/path) is replaced, and a hash keeps two apart.
func objectName(text string) string {
	name := strings.Map(func(r rune) rune {
		if r < 0x21 || r > 0x7e || strings.ContainsRune(`/%\"'`, r) {
			return '-'
		}
		return r
	}, text)
	const longest = 200
	if name == text && len(name) <= longest {
		return name
	}
	sum := sha256.Sum256([]byte(text))
	return name[:min(len(name), longest)] + "-" + hex.EncodeToString(sum[:4])
}

// wanted tells whose uses are to be kept.
func (o *observedOptions) wanted() func(user string, groups []string) bool {
	if len(o.subjects) > 0 {
		return func(user string, groups []string) bool {
			return slices.ContainsFunc(o.subjects, func(s roleSubject) bool { return s.did(user, groups) })
		}
	}
	prefix := api.AccountPrefix
	if !o.everywhere() {
		prefix = api.AccountUser(o.namespaceOf(), "")
	}
	return func(user string, _ []string) bool { return strings.HasPrefix(user, prefix) }
}

func (o *observedOptions) everywhere() bool { return o.flags.input.allNamespaces }

func (o *observedOptions) namespaceOf() string {
	if o.input != nil {
		return o.input.namespace
	}
	if *o.config.Namespace != "" {
		return *o.config.Namespace
	}
	return "default"
}

func (o *observedOptions) where() string {
	if o.everywhere() {
		return "any namespace"
	}
	return "namespace " + o.namespaceOf()
}

// accountsIn are the accounts asked about that did something.
func (o *observedOptions) accountsIn(doc *api.Observations) []roleSubject {
	var out []roleSubject
	wanted := o.wanted()
	for _, a := range doc.Access {
		namespace, name, account := api.AccountOf(a.User)
		subject := accountSubject(namespace, name)
		if account && wanted(a.User, nil) && len(subject.accessIn(doc)) > 0 {
			out = addSubject(out, subject)
		}
	}
	return out
}

// liveAccess is what is granted now.
type liveAccess struct {
	policy *rbac.Policy
	unread string
}

func (l *liveAccess) policyInForce() *rbac.Policy {
	if l.unread != "" {
		return nil
	}
	return l.policy
}

// readLive finds the accounts of workloads, and what is granted now. For subjects that flags
// name, a server that does not answer is no error: the log tells what they did.
func (o *observedOptions) readLive(ctx context.Context) (*liveAccess, error) {
	if o.input == nil {
		return notAsked(), nil
	}
	in, err := o.input.read(ctx)
	named := len(o.input.targets) > 0
	if err != nil && !named && ctx.Err() == nil && !o.input.fromFiles() {
		return &liveAccess{unread: err.Error()}, nil
	}
	if err != nil {
		return nil, err
	}
	live, err := accessOf(in)
	if err != nil {
		return nil, err
	}
	if named {
		if o.subjects = accountsOf(in); len(o.subjects) == 0 {
			return nil, fmt.Errorf("%s acts as no ServiceAccount", strings.Join(o.args, ", "))
		}
	}
	return live, nil
}

// accountsOf are the accounts of the workloads that were asked about, and those asked about
// themselves.
func accountsOf(in input) []roleSubject {
	var out []roleSubject
	for _, use := range assess.AccountUses(in.inventory, in.selected) {
		s := accountSubject(use.Namespace, use.Name)
		s.usedBy, s.others = use.By, use.Others
		out = append(out, s)
	}
	for _, ref := range in.pages.Accounts {
		out = append(out, accountSubject(ref.Namespace, ref.Name))
	}
	return out
}

// accessOf is what the objects that were read grant. The error is for objects that cannot be
// judged.
func accessOf(in input) (*liveAccess, error) {
	if len(in.problems) > 0 {
		return nil, in.problem()
	}
	policy, unread := assess.Policy(in.inventory)
	return &liveAccess{policy, unread}, nil
}

// notAsked is what is known where no server may be asked.
func notAsked() *liveAccess { return &liveAccess{unread: "no server was asked (--local)"} }

// describe adds what stays in force beside new roles.
func (l *liveAccess) describe(a *api.RoleAnswer, s roleSubject, id rbac.Identity, roles []api.RoleDraft) {
	a.Unread = l.unread
	if l.policy == nil {
		return
	}
	a.InForce = l.policy.InForce(id, roles, s.bound)
	for _, r := range roles {
		others, found := l.policy.Holders(r.Namespace, r.Name, s.bound)
		switch {
		case !found:
		case len(others) == 0:
			a.Replaced = append(a.Replaced, r.Words())
		default:
			a.Replaced = append(a.Replaced, r.Words()+", which "+strings.Join(others, ", ")+" has too and loses what the new one does not grant")
		}
	}
}
