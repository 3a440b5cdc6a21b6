package observation

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"time"

	kjson "sigs.k8s.io/json"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// Parse reads a document of Observations, as YAML or JSON. Unknown fields are errors: a
// document of a later version may mean something else.
func Parse(data []byte) (*api.Observations, error) {
	doc := &api.Observations{}
	if err := decode(data, doc); err != nil {
		return nil, fmt.Errorf("read Observations: %w", err)
	}
	if doc.APIVersion != api.Version || doc.Kind != api.KindObservations {
		return nil, fmt.Errorf("is %s %s, not %s %s", doc.APIVersion, doc.Kind, api.Version, api.KindObservations)
	}
	return doc, nil
}

// decode is strict; JSON, which the plugin writes, takes a tenth of the time of YAML.
func decode(data []byte, doc *api.Observations) error {
	if !bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")) || !json.Valid(data) {
		return yaml.UnmarshalStrict(data, doc)
	}
	odd, err := kjson.UnmarshalStrict(data, doc)
	if err == nil && len(odd) > 0 {
		err = odd[0]
	}
	return err
}

// Merge adds a document, so that the Set is as if it had seen all events of both. Of a
// document with a span it takes the days within, and all names of addresses; of users that are not wanted the requests
// alone; nil stands for all. The error is for what makes no sense, such as times that are none,
// and then the Set is not changed.
func (s *Set) Merge(doc *api.Observations, span Span, wanted func(user string, groups []string) bool) error {
	if err := check(doc); err != nil {
		return err
	}
	for i := range doc.Access {
		a := &doc.Access[i]
		if wanted != nil && !wanted(a.User, a.Groups) {
			s.User(a.User, a.Groups).requests += a.Requests
			continue
		}
		s.mergeAccess(a, span)
	}
	for i := range doc.Edges {
		s.mergeEdge(&doc.Edges[i], span)
	}
	for i := range doc.Names {
		s.mergeNames(&doc.Names[i])
	}
	s.named.more = s.named.more || doc.MoreNames
	for _, pod := range doc.StartedPods {
		s.started.add(pod)
	}
	if doc.MoreStartedPods {
		s.started.overflow()
	}
	for i := range doc.Sources {
		s.sources = append(s.sources, span.ofSource(doc.Sources[i]))
	}
	if span == (Span{}) {
		s.extend(unix(doc.Window.From))
		s.extend(unix(doc.Window.To))
	}
	return nil
}

func (s *Set) mergeAccess(a *api.Access, span Span) {
	u := s.User(a.User, a.Groups)
	if span == (Span{}) {
		u.requests += a.Requests
		for _, pod := range a.Pods {
			u.pods.add(pod)
		}
	}
	if a.MorePods || span != (Span{}) { // of which day a pod was is not kept
		u.pods.overflow()
	}
	for i := range a.Uses {
		s.mergeUse(u, &a.Uses[i], false, span)
	}
	for i := range a.Denied {
		s.mergeUse(u, &a.Denied[i], true, span)
	}
}

func (s *Set) mergeUse(u *User, use *api.Use, denied bool, span Span) {
	from, keep := span.cut(entryOf(use))
	if !keep {
		return
	}
	if span != (Span{}) {
		u.requests += max(from.count, from.started)
	}
	p := place{use.Verb, use.Group, use.Resource, use.Namespace, use.Hidden, denied}
	if use.AnyName {
		u.anyEntry(s, p).merge(from)
	} else {
		u.entry(s, p, use.Name+use.Path).merge(from)
	}
	s.extend(from.first)
	s.extend(from.last)
}

// anyEntry is that of all names of a place.
func (u *User) anyEntry(s *Set, p place) *Entry {
	at := u.at(s, p)
	if at.any == nil {
		at.gather()
	}
	return at.any
}

// entryOf is the evidence that a use in a document holds.
func entryOf(use *api.Use) *Entry {
	e := &Entry{times: timesOf(use.Count, use.First, use.Last, use.Days), started: use.Started}
	for _, a := range use.Agents {
		e.agents.add(a)
	}
	for _, g := range use.Grants {
		e.grants.add(g)
	}
	if len(use.Via)+len(use.Created)+len(use.Unless) == 0 && !use.Applied && !use.Unnamed && !use.MoreCreated && !use.MoreUnless {
		return e
	}
	d := e.detail()
	for _, v := range use.Via {
		d.via.add(v)
	}
	for _, name := range use.Created {
		d.created.add(name)
	}
	if use.MoreCreated {
		d.created.overflow()
	}
	d.applied, d.unnamed, d.many = use.Applied, use.Unnamed, use.MoreUnless
	d.addRules(use.Unless)
	return e
}

// unix is a time of a document in seconds, 0 for none.
func unix(text string) int64 {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return 0
	}
	return t.Unix()
}

// Claims tells by the beginning of a file whether it is a document of Observations.
func Claims(head []byte) bool {
	return bytes.Contains(head, []byte(api.Version)) && regexp.MustCompile(`(?m)(^|[{,\s])"?kind"?\s*:\s*"?`+api.KindObservations+`\b`).Match(head)
}
