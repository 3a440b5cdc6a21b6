package audit

import (
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/observation"
)

// known is what all events with one key say. It is small: of it there are many.
type known struct {
	// entry is where the evidence for the first check goes, more for those of the others. They
	// are of a Set, so only looked at in its Do; nil before the first time there.
	entry *observation.Entry
	more  *knownMore
	// who are the users of the event, of whom other tells whether the second counts, and pods whether
	// the pod of the first does.
	who          *users
	agent, grant string
	// count is how many events are not yet in the Set.
	count int32

	decision            Decision
	level               level
	ended               bool
	reads, eventObjects bool
	pods, other         bool
	// unclear is what Unclear says, where it is about somebody wanted.
	unclear string
}

// knownMore is what few events say, or only the first.
type knownMore struct {
	checks  []observation.Check
	entries []*observation.Entry
	// reviewed are those of what was asked about others.
	reviewed []*observation.Entry
	// bound is the pod (namespace/name) that the request bound to a node.
	bound string
}

// level is a level of the audit policy, or another text.
type level uint8

var levelNames = [...]string{"None", "Metadata", "Request", "RequestResponse", "other"}

func levelOf(name string) level {
	for i, known := range levelNames {
		if known == name {
			return level(i)
		}
	}
	return level(len(levelNames) - 1)
}

// learn is what an event says. Bodies count where they can say something alone, so that events
// with the same key say the same.
func learn(e *Event, who *users, wanted func(user string, groups []string) bool) *known {
	if !e.needsBodies() {
		e.Request, e.Response = nil, nil
	}
	k := &known{level: levelOf(e.Level), who: who, agent: e.Agent, grant: grant(e)}
	if e.Object != nil {
		k.reads = e.Verb == "get" || e.Verb == "list" || e.Verb == "watch"
		k.eventObjects = e.Object.Resource == "events"
	}
	switch e.Stage {
	case "ResponseStarted":
	case "ResponseComplete", "Panic":
		k.ended = true
	default:
		k.decision = Undecided
		return k
	}
	checks, decision, unclear := Examine(e)
	if k.decision = decision; decision != Decided {
		return k
	}
	k.more = &knownMore{checks: checks}
	// A review is about somebody else, whom an event that is unclear may not name.
	if who := e.authorized(); wanted == nil || wanted(who.Name, who.Groups) || strings.HasPrefix(unclear, aboutReview) {
		k.unclear = unclear
	}
	k.pods, k.other = true, e.Impersonated != nil && e.Impersonated.Name != e.User.Name
	if wanted != nil {
		if len(checks) > 0 && !wanted(checks[0].User, checks[0].Groups) {
			k.grant = ""
		}
		k.more.checks = slices.DeleteFunc(checks, func(c observation.Check) bool { return !wanted(c.User, c.Groups) })
		k.pods = wanted(e.User.Name, e.User.Groups)
	}
	if k.ended && e.Decision != "forbid" && e.Code == 201 && e.Object != nil {
		k.more.bound = bound(e.Object)
	}
	return k
}

// enter takes the entries of what is new.
func (k *known) enter(set *observation.Set) {
	m := k.more
	if m == nil || m.checks == nil && m.bound == "" {
		return
	}
	for i := range m.checks {
		e := set.Entry(&m.checks[i])
		switch {
		case m.checks[i].Asked:
			m.reviewed = append(m.reviewed, e)
		case k.entry == nil:
			k.entry = e
		default:
			m.entries = append(m.entries, e)
		}
	}
	if m.bound != "" {
		set.Started(m.bound)
	}
	if m.checks, m.bound = nil, ""; m.entries == nil && m.reviewed == nil {
		k.more = nil
	}
}

// authorized is whom a request was authorized as.
func (e *Event) authorized() *User {
	if e.Impersonated != nil {
		return e.Impersonated
	}
	return &e.User
}

// requests counts those of the events that are not yet in the Set.
func (k *known) requests(set *observation.Set) {
	n := int64(k.count)
	k.count = 0
	if !k.ended {
		n = 0
	}
	pod := ""
	if k.pods {
		pod = k.who.pod
	}
	k.who.real(set).Request(pod, n)
	if k.other {
		k.who.other(set).Request("", n)
	}
}

// add adds what an event of a time says.
func (k *known) add(set *observation.Set, at int64) {
	ev := observation.Evidence{At: at, Ended: k.ended, Started: !k.ended, Agent: k.agent, Grant: k.grant}
	if k.entry != nil {
		set.Add(k.entry, ev)
	}
	if k.more == nil {
		return
	}
	ev.Grant = "" // that of the request's own check
	for _, e := range k.more.entries {
		set.Add(e, ev)
	}
	ev.Agent = "" // that of whoever asked
	for _, e := range k.more.reviewed {
		set.Add(e, ev)
	}
}

// bound is the pod that the create of a binding is about.
func bound(o *Object) string {
	binding := o.Resource == "pods" && o.Subresource == "binding" || o.Resource == "bindings" && o.Subresource == ""
	if !binding || o.Group != "" || o.Name == "" || o.Namespace == "" {
		return ""
	}
	return o.Namespace + "/" + o.Name
}

// grant is what RBAC said that granted a request, without to whom, and all of what another
// authorizer said.
func grant(e *Event) string {
	if e.Decision != "allow" {
		return ""
	}
	by, ok := strings.CutPrefix(e.Reason, "RBAC: allowed by ")
	if !ok {
		return e.Reason
	}
	for _, subject := range []string{"ServiceAccount", "User", "Group"} {
		// Names are quoted, so none holds this with its last quote bare.
		if binding, _, ok := strings.Cut(by, `" to `+subject+` "`); ok {
			return binding + `"`
		}
	}
	return by
}
