package rbac

import (
	"maps"
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// Place names a rule of a role, which counts from 1, for a reader.
type Place func(role api.Ref, rule int) string

// JudgeOptions are what a judge knows beside the roles.
type JudgeOptions struct {
	// Live is the policy in force, nil where it is not known: what Kubernetes grants to
	// everybody counts as granted, as long as it does.
	Live  *Policy
	Where Place
}

// Judged is how well roles that somebody wrote fit what a subject was seen to do.
type Judged struct {
	// Proof lists in Refused the uses that were observed and would be refused, then those that
	// servers ask for without a trace in the log, and would refuse. Inexpressible are uses that
	// cannot be judged, which Observed does not count.
	Proof api.SubjectProof
	// Unseen counts the latter among Proof.Refused.
	Unseen int
	// Likely are not granted and were not observed, but may be needed besides.
	Likely []api.ReasonedUse
	// Refused are the questions to which the policy says no.
	Refused []Asked
}

// Asked is who asked for what.
type Asked struct {
	Identity Identity
	Action   api.Action
}

// Actor is who made requests: the user with the groups of the requests. A ServiceAccount has
// those that every token of it has, though the log may tell fewer.
func Actor(access *api.Access) Identity {
	id := User(access.User)
	_, account := id.Account()
	if len(access.Groups) == 0 || account && !slices.ContainsFunc(access.Groups, func(g string) bool { return !slices.Contains(id.Groups, g) }) {
		return id
	}
	return Identity{User: access.User, Groups: access.Groups}
}

// Judge asks a policy about everything that a subject was seen to do: each request as the user
// and with the groups that made it. Proof.Refused says of each use that it does not allow which
// rule comes nearest, and Proof.Excess what the subject's rules grant that was never seen.
func Judge(policy *Policy, id Identity, access []api.Access, opts JudgeOptions) *Judged {
	j := &judge{
		policy: policy, opts: opts, id: id, fit: newFit(id, FitOptions{Live: opts.Live}),
		seen: map[api.Action][]asker{}, hidden: map[api.Action][]asker{},
	}
	for i := range access {
		j.observe(&access[i])
	}
	j.fit.id, j.fit.hidden = id, nil
	j.fit.add()
	j.out.Proof = j.fit.proof()
	p := &j.out.Proof
	p.Added, p.Inexpressible, p.Observed, p.Granted = []api.ReasonedUse{}, []api.ReasonedUse{}, 0, 0
	for _, a := range slices.SortedFunc(maps.Keys(j.seen), api.Action.Compare) {
		j.judgeSeen(a)
	}
	for _, a := range slices.SortedFunc(maps.Keys(j.hidden), api.Action.Compare) {
		j.judgeHidden(a)
	}
	for _, a := range slices.SortedFunc(maps.Keys(j.fit.needs), api.Action.Compare) {
		j.judgeLikely(a)
	}
	p.Coverage = 1
	if p.Observed > 0 {
		p.Coverage = float64(p.Covered) / float64(p.Observed)
	}
	j.excess()
	return &j.out
}

// judge is the work on one subject.
type judge struct {
	policy *Policy
	opts   JudgeOptions
	id     Identity
	// fit knows what is granted to everybody, and what is likely to be needed.
	fit *fit
	// seen are the uses to judge, hidden those that are needed without having been seen.
	seen, hidden map[api.Action][]asker
	out          Judged
}

// asker is who did something.
type asker struct {
	id  Identity
	use *api.Use
}

func timesOf(askers []asker) int64 {
	var times int64
	for _, by := range askers {
		times += by.use.Times()
	}
	return times
}

// anyPath stands for more paths than are kept: a rule allows it where it allows every path.
const anyPath = "/\x00"

func (j *judge) observe(access *api.Access) {
	who := Actor(access)
	j.fit.id = who
	j.fit.observe(access)
	for i := range access.Uses {
		use := &access.Uses[i]
		a := use.Action
		if use.AnyName && a.Resource == "" {
			a.Path = anyPath
		}
		into := j.seen
		if use.Hidden != "" {
			into = j.hidden
		}
		if _, granted := j.fit.toEverybody(a); use.AnyName || !granted || inexpressible(a) != "" {
			into[a] = append(into[a], asker{who, use})
		}
	}
}

// words are a use for a reader.
func (j *judge) words(a api.Action, wide bool) string {
	if a.Path == anyPath {
		a.Path = ""
	}
	return j.fit.words.use(a, wide)
}

func (j *judge) allows(id Identity, a api.Action) bool {
	_, allowed := j.policy.Allows(id, RequestOf(a))
	return allowed
}

// refusing are the askers whom the policy refuses an action.
func (j *judge) refusing(askers []asker, a api.Action) []asker {
	return slices.DeleteFunc(slices.Clone(askers), func(by asker) bool { return j.allows(by.id, a) })
}

func (j *judge) judgeSeen(a api.Action) {
	p, refused := &j.out.Proof, j.refusing(j.seen[a], a)
	if why := j.unjudged(a, refused); why != "" {
		p.Inexpressible = append(p.Inexpressible, api.ReasonedUse{Use: j.words(a, false), Reason: why})
		return
	}
	p.Observed++
	if len(refused) == 0 {
		p.Covered++
		return
	}
	j.refuse(a, refused, nearest(j.policy, refused[0].id, a, j.opts.Where))
}

func (j *judge) refuse(a api.Action, askers []asker, by string) {
	j.out.Proof.Refused = append(j.out.Proof.Refused, api.CountedUse{Use: j.words(a, false), Count: timesOf(askers), By: by})
	for _, asked := range askers {
		j.out.Refused = append(j.out.Refused, Asked{asked.id, a})
	}
}

// unjudged is why it cannot be told whether the policy refuses a use, empty where it can: the
// paths or names were too many to keep, and rules may allow all of them by name.
func (j *judge) unjudged(a api.Action, refused []asker) string {
	refused = slices.DeleteFunc(slices.Clone(refused), func(by asker) bool { return !by.use.AnyName })
	switch {
	case len(refused) == 0:
	case a.Path != "":
		return "more than 1,024 paths were seen, too many to keep, and no rule allows every path"
	case slices.ContainsFunc(refused, func(by asker) bool { return names(j.policy, by.id, a) }):
		return "more than 1,024 names were seen, too many to keep, and the rules are limited to names"
	}
	return ""
}

// names tells whether rules of an identity allow an action for some names.
func names(policy *Policy, id Identity, a api.Action) bool {
	for right := range policy.Rights(id) {
		rule := *right.Rule
		rule.ResourceNames = nil
		if (Right{right.Namespace, &rule, right.Grant}).Allows(RequestOf(a)) {
			return true
		}
	}
	return false
}

// judgeHidden looks at what a server asks for without a trace in the log: it is refused as an
// observed use is, but for what other rights make needless, and for what only a plugin of
// admission asks for.
func (j *judge) judgeHidden(a api.Action) {
	if _, seen := j.seen[a]; seen {
		return
	}
	refused := j.refusing(j.hidden[a], a)
	needed := slices.DeleteFunc(slices.Clone(refused), func(by asker) bool { return j.needless(by) })
	reason := j.hidden[a][0].use.Hidden
	switch {
	case len(refused) == 0:
		j.out.Proof.Added = append(j.out.Proof.Added, api.ReasonedUse{Use: j.words(a, true), Reason: reason})
	case len(needed) == 0:
	case strings.HasSuffix(a.Resource, "/finalizers"):
		j.out.Likely = append(j.out.Likely, api.ReasonedUse{Use: j.words(a, true), Reason: reason})
	default:
		j.out.Unseen++
		j.refuse(a, needed, reason+"; "+nearest(j.policy, needed[0].id, a, j.opts.Where))
	}
}

// needless tells a hidden use that whoever has the rules of the policy is not asked for: it
// writes, or binds, a role with rights that it holds.
func (j *judge) needless(by asker) bool {
	wanted := pointersTo(by.use.Unless)
	if by.use.Verb == "bind" {
		wanted = j.boundRules(by.use.Action)
	}
	if len(wanted) == 0 || by.use.MoreUnless {
		return false
	}
	covered, err := Covers(j.policy.RulesFor(by.id, by.use.Namespace), wanted)
	return covered && err == nil
}

// boundRules are those of the role that was bound, none where it is not known.
func (j *judge) boundRules(bind api.Action) []*rbacv1.PolicyRule {
	key := roleKey{bind.Namespace, bind.Name}
	if bind.Resource == "clusterroles" {
		key.namespace = ""
	}
	for _, policy := range []*Policy{j.policy, j.opts.Live} {
		if policy != nil && policy.roles[key] != nil {
			return policy.roles[key].rules
		}
	}
	return nil
}

// judgeLikely looks at what was added to the observed uses: granted, it is no excess.
func (j *judge) judgeLikely(a api.Action) {
	reason := j.fit.needs[a].reason
	_, seen := j.seen[a]
	if _, hidden := j.hidden[a]; seen || hidden || reason == "" {
		return
	}
	use := api.ReasonedUse{Use: j.words(a, true), Reason: reason}
	if slices.ContainsFunc(j.concerned(a), func(id Identity) bool { return !j.allows(id, a) }) {
		j.out.Likely = append(j.out.Likely, use)
	} else {
		j.out.Proof.Added = append(j.out.Proof.Added, use)
	}
}

// concerned are who would do what was added: who did the same to other objects, or watches what
// is to be listed.
func (j *judge) concerned(a api.Action) []Identity {
	var out []Identity
	for seen, askers := range j.seen {
		if seen.Group != a.Group || seen.Resource != a.Resource || seen.Verb != a.Verb && (seen.Verb != "watch" || a.Verb != "list") {
			continue
		}
		for _, by := range askers {
			out = append(out, by.id)
		}
	}
	if len(out) == 0 {
		return []Identity{j.id}
	}
	return out
}
