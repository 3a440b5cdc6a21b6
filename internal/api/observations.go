package api

import (
	"cmp"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
)

// KindObservations is the kind of a document of what was seen in use.
const KindObservations = "Observations"

// Observations is what was seen in use: of API access, and of flows. Documents of several
// windows and shards add up; internal/observation merges them.
type Observations struct {
	APIVersion string           `json:"apiVersion"`
	Kind       string           `json:"kind"`
	Window     Window           `json:"window"`
	Sources    []ObservedSource `json:"sources"`
	// Access comes sorted by user.
	Access []Access `json:"access"`
	// Edges come sorted by client, server, protocol, port and whether they were denied.
	Edges []Edge `json:"edges"`
	// Names come sorted by address. They are those of the edges, and of other addresses that
	// were asked for: the edges may be in another document.
	Names []AddressNames `json:"names,omitempty"`
	// MoreNames is set where there were too many addresses to keep the names of all.
	MoreNames bool `json:"moreNames,omitempty"`
	// StartedPods are the pods, as namespace/name, that a scheduler bound in the window.
	StartedPods []string `json:"startedPods"`
	// MoreStartedPods is set where there were too many to name.
	MoreStartedPods bool `json:"moreStartedPods,omitempty"`
}

// AddressNames are the names of an address outside the cluster, by what DNS servers answered.
type AddressNames struct {
	Address string `json:"address"`
	// Names are at most three, the smallest, in lower case and without the last dot.
	Names []string `json:"names"`
}

// Window is a span of time; RFC 3339 in UTC to the second, empty where nothing has a time.
type Window struct {
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
}

// Words are the window for a reader.
func (w Window) Words() string {
	switch w.From {
	case "":
		return "no time known"
	case w.To:
		return w.From
	}
	return w.From + " to " + w.To
}

// ObservedSource is a file or a live source, and how well it could be read.
type ObservedSource struct {
	Name   string `json:"name"`
	Format string `json:"format"`
	Window Window `json:"window"`
	// Parsed counts the events that were read, Skipped what could not be, Undecided the events
	// without a decision of the authorizer, Undated those without a credible time.
	Parsed    int64 `json:"parsed"`
	Skipped   int64 `json:"skipped"`
	Undecided int64 `json:"undecided,omitempty"`
	Undated   int64 `json:"undated,omitempty"`
	// Filtered counts the good events outside of --since and --until.
	Filtered int64 `json:"filtered,omitempty"`
	// Lost is how many events the source says it lost; nil where it cannot say.
	Lost *int64 `json:"lost"`
	// Faults are the reasons of what was skipped, sorted by reason.
	Faults []Fault `json:"faults,omitempty"`
	// Unclear counts, by what they are, the requests of which the log does not tell all rights,
	// and the flows that no edge is made of, such as UnclearDirection; beside these, UnclearAudited
	// and UnclearAlone.
	Unclear map[string]int64 `json:"unclear,omitempty"`
	// Days counts the events of each day of UTC.
	Days map[string]int64 `json:"days,omitempty"`
	// Levels counts the events of each audit level.
	Levels map[string]int64 `json:"levels,omitempty"`
	// Reads tells that some event is a get, list or watch; EventObjects that some event is
	// about Event objects: where neither is, the log is likely not to hold them.
	Reads        bool `json:"reads"`
	EventObjects bool `json:"eventObjects"`
	// Broken says in a few words why a live source was not read to its end; empty where it was.
	Broken string `json:"broken,omitempty"`
	// Blind is what the source cannot show, in words; only a proof has it.
	Blind []string `json:"blind,omitempty"`
}

// Fault is a reason why parts of a source were skipped.
type Fault struct {
	Reason string `json:"reason"`
	Count  int64  `json:"count"`
	// Offset is where the first of them begins, in bytes of what was decompressed.
	Offset int64 `json:"offset"`
}

// The names of formats of observed flows. That of an audit log is none of them.
const (
	FormatHubble       = "flows of Hubble, JSON lines"
	FormatProc         = "sockets of /proc/net"
	FormatSS           = "sockets, ss"
	FormatConntrack    = "conntrack entries, text"
	FormatConntrackXML = "conntrack entries, XML"
	FormatTrace        = "a trace of Inspektor Gadget"
	FormatAWS          = "flows of the AWS VPC CNI"
	FormatNetObserv    = "flows of NetObserv"
	FormatEnvoy        = "an access log of Istio"
	FormatWhisker      = "flows of Calico's Whisker"
	FormatNeighborhood = "NetworkNeighborhoods of Kubescape"
)

// Faults of FormatNeighborhood that skip nothing: they count the objects that do not hold all that
// their workload does.
const (
	FaultWatchedInPart = "a workload that was not watched from its start"
	FaultStillWatched  = "a workload whose watching has not ended"
)

// UnclearDirection is the word in Unclear for flows of which it never became known who began them.
const UnclearDirection = "unknown direction"

// Notes on flows that edges are made of, as Unclear has them.
const (
	// UnclearAudited are those that a policy in audit mode let pass.
	UnclearAudited = "let pass in audit mode, which a policy would have denied"
	// UnclearAlone are those that could not wait for others of their connection.
	UnclearAlone = "taken alone: too many connections at once"
)

// FormatUnread is the Format of a source of which nothing could be read; its Faults say why.
const FormatUnread = "not read"

// Access is what one user did in requests with the same groups; of a user there may be several.
type Access struct {
	// User is the name that the API server knows the user by.
	User string `json:"user"`
	// Groups come sorted.
	Groups []string `json:"groups"`
	// Requests counts the requests, not their stages.
	Requests int64 `json:"requests"`
	// Pods are those that the requests came from, as namespace/name.
	Pods []string `json:"pods"`
	// MorePods is set where there were too many to name.
	MorePods bool `json:"morePods,omitempty"`
	// Uses were allowed, Denied were not; sorted by action.
	Uses   []Use `json:"uses"`
	Denied []Use `json:"denied"`
}

// Action is one thing that an authorizer is asked about: Verb on a resource, or on a path.
type Action struct {
	Verb string `json:"verb"`
	// Group is empty for the core group. Resource has its subresource behind a slash.
	Group    string `json:"group,omitempty"`
	Resource string `json:"resource,omitempty"`
	// Namespace is empty for what is not in one, and for requests of all namespaces.
	Namespace string `json:"namespace,omitempty"`
	// Name is as the authorizer saw it: empty for create, and mostly for list, watch and
	// deletecollection.
	Name string `json:"name,omitempty"`
	// Path is that of a URL that is no resource, without its query.
	Path string `json:"path,omitempty"`
}

// Compare orders by namespace, group, resource, name, path and verb.
func (a Action) Compare(o Action) int {
	return cmp.Or(
		strings.Compare(a.Namespace, o.Namespace), strings.Compare(a.Group, o.Group), strings.Compare(a.Resource, o.Resource),
		strings.Compare(a.Name, o.Name), strings.Compare(a.Path, o.Path), strings.Compare(a.Verb, o.Verb),
	)
}

// Use is an action with the evidence for it.
type Use struct {
	Action `json:",inline"`
	// AnyName is set where the names were too many to keep: Name is then empty.
	AnyName bool `json:"anyName,omitempty"`
	// Count is that of requests that ended, Started that of long-running ones, such as a watch,
	// that began: the log may hold either event of one or both.
	Count   int64 `json:"count"`
	Started int64 `json:"started,omitempty"`
	// First and Last are times as in Window; Days counts the requests that ended
	// on each day of UTC, and holds every day with a request.
	First string           `json:"first,omitempty"`
	Last  string           `json:"last,omitempty"`
	Days  map[string]int64 `json:"days,omitempty"`
	// Agents and Grants are at most three each, the smallest: user agents, and the grants that
	// the authorizer named, such as: ClusterRoleBinding "b" of ClusterRole "r".
	Agents []string `json:"agents,omitempty"`
	Grants []string `json:"grants,omitempty"`
	// Hidden says how the use is known where no request shows that it was checked: it is
	// then needed, and no observation.
	Hidden string `json:"hidden,omitempty"`
	// Via says how the check is known where it is not that of the request itself, such as
	// SubjectAccessReview by system:node:a.
	Via []string `json:"via,omitempty"`
	// Created are the names of the objects that these creates made, as far as the log holds
	// them; MoreCreated is set where there were too many.
	Created     []string `json:"created,omitempty"`
	MoreCreated bool     `json:"moreCreated,omitempty"`
	// Unnamed is set where a create made an object whose name the log does not hold, as with
	// generateName.
	Unnamed bool `json:"unnamed,omitempty"`
	// Applied is set for a patch that may have been a server-side apply.
	Applied bool `json:"applied,omitempty"`
	// Unless are rules that make a hidden use needless for a subject that holds them all.
	// MoreUnless is set where there were too many: then none are kept.
	Unless     []rbacv1.PolicyRule `json:"unless,omitempty"`
	MoreUnless bool                `json:"moreUnless,omitempty"`
}

// Compare orders by action and how it is known; any name comes behind the others.
func (u *Use) Compare(o *Use) int {
	return cmp.Or(u.Action.Compare(o.Action), strings.Compare(u.Hidden, o.Hidden), compareBool(u.AnyName, o.AnyName))
}

// Times is how often the use was seen.
func (u *Use) Times() int64 { return max(u.Count, u.Started) }
