package rbac

import (
	"fmt"
	"maps"
	"slices"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// FitOptions say how far roles may go beyond what was observed, and what they may leave out.
type FitOptions struct {
	// Exact grants what was observed and nothing else, although it may not be enough.
	Exact bool
	// AnyName grants any name where more than ten were seen, or one that looks generated.
	AnyName bool
	// AnyNamespace grants in all namespaces what was seen in more than one.
	AnyNamespace bool
	// Events grants to create and patch events: some logs do not hold those requests.
	Events bool
	// Finalizers grants what OwnerReferencesPermissionEnforcement asks for.
	Finalizers bool
	// Denied grants also what was refused.
	Denied bool
	// Live is the policy in force, nil where it is not known: what it does not grant to
	// everybody is not left out.
	Live *Policy
}

// Fitted are roles for one subject, and how well they fit.
type Fitted struct {
	// Roles come sorted by namespace, that of the cluster first; none where all that was
	// observed is granted to everybody.
	Roles []api.RoleDraft
	Proof api.SubjectProof
	// Blank lists applies of objects that were not seen to be created, in words: to create
	// them was not observed.
	Blank []string
	// Made are namespaces of Roles that the subject made itself: the Roles can be applied once
	// these are there, and go with them.
	Made []string
}

// Fit makes the narrowest roles for what a subject was seen to do, by one or, for a group,
// several users. The error is for roles that the evaluator finds to allow less than what was
// observed, or more than it and what is said to be added; then there are none.
func Fit(id Identity, access []api.Access, opts FitOptions) (*Fitted, error) {
	f := newFit(id, opts)
	for i := range access {
		f.observe(&access[i])
	}
	if !opts.Exact {
		f.add()
	}
	out := &Fitted{Proof: f.proof(), Blank: f.blank()}
	kept := f.kept()
	if len(kept) > 0 {
		out.Roles = draftRoles(kept, func([]api.Action) string { return "" }, f.reason)
	}
	if err := prove(out.Roles, f.needs); err != nil {
		return nil, fmt.Errorf("%s: %w", out.Proof.Subject, err)
	}
	out.Proof.Covered = out.Proof.Observed
	out.Made = f.made(out.Roles)
	return out, nil
}

// fit is the work on one subject.
type fit struct {
	id        Identity
	opts      FitOptions
	everybody []everybodysRole
	// needs are what the roles must grant, hidden what may be needed besides.
	needs  map[api.Action]*need
	hidden []*api.Use
	// created are the names that the subject gave to objects, by their kind of object.
	created map[api.Action]*createdNames

	leftOut       map[api.Action]*need
	denied        map[api.Action]*need
	inexpressible map[api.Action]string
	words         words
	// within are the observed needs that each kept one grants; made by kept.
	within map[api.Action][]api.Action
}

// need is why an action is granted.
type need struct {
	uses []*api.Use
	// reason is set for what was added.
	reason string
	by     string
}

func (n *need) times() int64 {
	var times int64
	for _, use := range n.uses {
		times += use.Times()
	}
	return times
}

type createdNames struct {
	names map[string]bool
	// more is set where there were too many to keep, unnamed where the log has a create without
	// the name.
	more, unnamed bool
}

func newFit(id Identity, opts FitOptions) *fit {
	return &fit{
		id: id, opts: opts, everybody: everybodysRoles(), words: words{},
		needs: map[api.Action]*need{}, created: map[api.Action]*createdNames{},
		leftOut: map[api.Action]*need{}, denied: map[api.Action]*need{}, inexpressible: map[api.Action]string{},
	}
}

// observe sorts the uses of one user.
func (f *fit) observe(access *api.Access) {
	for i := range access.Uses {
		use := &access.Uses[i]
		f.words.note(use.Action)
		f.noteCreated(use)
		switch why := inexpressible(use.Action); {
		case why != "":
			f.inexpressible[use.Action] = why
		case use.Hidden != "":
			f.hidden = append(f.hidden, use)
		case use.AnyName && use.Resource == "":
			f.inexpressible[use.Action] = "more than 1,024 paths were seen"
		case use.AnyName:
			n := f.want(use.Action, "more than 1,024 names were seen")
			n.uses = append(n.uses, use)
		default:
			f.observeUse(use)
		}
	}
	for i := range access.Denied {
		f.observeDenied(&access.Denied[i])
	}
}

func (f *fit) observeUse(use *api.Use) {
	if by, granted := f.toEverybody(use.Action); granted {
		n := f.leftOut[use.Action]
		if n == nil {
			n = &need{by: by}
			f.leftOut[use.Action] = n
		}
		n.uses = append(n.uses, use)
		return
	}
	n := f.want(use.Action, "")
	n.uses, n.reason = append(n.uses, use), ""
}

func (f *fit) observeDenied(use *api.Use) {
	f.words.note(use.Action)
	if use.Hidden != "" {
		return
	}
	if f.opts.Denied && !f.opts.Exact && inexpressible(use.Action) == "" && (!use.AnyName || use.Resource != "") {
		n := f.want(use.Action, "denied when it was tried")
		n.uses = append(n.uses, use)
		return
	}
	n := f.denied[use.Action]
	if n == nil {
		n = &need{}
		f.denied[use.Action] = n
	}
	n.uses = append(n.uses, use)
}

// want is the need for an action; one that is new has the reason.
func (f *fit) want(a api.Action, reason string) *need {
	n := f.needs[a]
	if n == nil {
		n = &need{reason: reason}
		f.needs[a] = n
		f.words.note(a)
	}
	return n
}

// toEverybody tells whether an action is granted to every subject of this kind, and by which
// role.
func (f *fit) toEverybody(a api.Action) (by string, granted bool) {
	groups := []string{Authenticated}
	if _, ok := f.id.Account(); ok {
		groups = append(groups, AllAccounts)
	}
	if f.id.User == Anonymous || slices.Contains(f.id.Groups, Unauthenticated) {
		groups = []string{Unauthenticated}
	}
	request := RequestOf(a)
	role, granted := delivered(f.everybody, groups, &request)
	if !granted || f.opts.Live == nil {
		return kindClusterRole + " " + role, granted
	}
	grant, granted := f.opts.Live.Allows(Identity{Groups: groups}, request)
	return grant.Role.Kind + " " + grant.Role.Name, granted
}

// kept are the needs that no wider one includes.
func (f *fit) kept() []api.Action {
	f.within = map[api.Action][]api.Action{}
	for a := range f.needs {
		wide := widest(a, f.needs)
		f.within[wide] = append(f.within[wide], a)
	}
	return slices.Collect(maps.Keys(f.within))
}
