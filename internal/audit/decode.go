package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// What a line is that is no event.
var (
	errNotJSON  = errors.New("not JSON")
	errNotEvent = errors.New("not an audit event")
)

// Annotations that tell what the authorizer said.
const (
	decisionKey = "authorization.k8s.io/decision"
	reasonKey   = "authorization.k8s.io/reason"
)

// object is a JSON object by its exact keys; of equal ones the last counts.
type object map[string]json.RawMessage

// decode reads one event. It defines what an event is; scan is the same, faster. Unlike
// encoding/json it tells keys apart by case, and takes null for absent.
func decode(line []byte) (Event, error) {
	var o object
	if err := json.Unmarshal(line, &o); err != nil {
		if json.Valid(line) {
			return Event{}, errNotEvent
		}
		return Event{}, errNotJSON
	}
	var e Event
	var kind string
	var status, annotations, authentication object
	err := errors.Join(
		o.into("kind", &kind), o.into("level", &e.Level), o.into("auditID", &e.ID), o.into("stage", &e.Stage),
		o.into("requestURI", &e.URI), o.into("verb", &e.Verb), o.into("userAgent", &e.Agent),
		o.into("responseStatus", &status), status.into("code", &e.Code), status.into("message", &e.Message),
		o.into("annotations", &annotations), annotations.into(decisionKey, &e.Decision), annotations.into(reasonKey, &e.Reason),
		o.into("authenticationMetadata", &authentication), authentication.into("impersonationConstraint", &e.Constraint),
		o.user(&e), o.impersonated(&e), o.about(&e), o.received(&e),
	)
	switch {
	case err != nil, e.ID == "", e.Stage == "", kind != "" && kind != "Event", kind == "" && e.Level == "":
		return Event{}, errNotEvent
	}
	e.Request, e.Response = o.body("requestObject"), o.body("responseObject")
	return e, nil
}

// has tells whether there is a value other than null.
func (o object) has(key string) bool { return len(o[key]) > 0 && !bytes.Equal(o[key], []byte("null")) }

// into decodes a value, and leaves what is absent as it is.
func (o object) into(key string, value any) error {
	if !o.has(key) {
		return nil
	}
	return json.Unmarshal(o[key], value)
}

func (o object) body(key string) []byte {
	if !o.has(key) {
		return nil
	}
	return o[key]
}

// list decodes an array of strings; a null in it is absent too.
func (o object) list(key string) ([]string, error) {
	var elements []*string
	if err := o.into(key, &elements); err != nil {
		return nil, err
	}
	var list []string
	for _, s := range elements {
		if s != nil {
			list = append(list, *s)
		}
	}
	return list, nil
}

func (o object) user(e *Event) (err error) {
	if o.has("user") {
		e.User, err = decodeUser(o["user"])
	}
	return err
}

func (o object) impersonated(e *Event) error {
	if !o.has("impersonatedUser") {
		return nil
	}
	u, err := decodeUser(o["impersonatedUser"])
	e.Impersonated = &u
	return err
}

func decodeUser(raw []byte) (User, error) {
	var o object
	if err := json.Unmarshal(raw, &o); err != nil {
		return User{}, err
	}
	var u User
	if err := errors.Join(o.into("username", &u.Name), o.into("uid", &u.UID)); err != nil {
		return User{}, err
	}
	var err error
	if u.Groups, err = o.list("groups"); err != nil || !o.has("extra") {
		return u, err
	}
	u.Extra, err = decodeExtra(o["extra"])
	return u, err
}

// decodeExtra is nil for what holds nothing.
func decodeExtra(raw []byte) (map[string][]string, error) {
	var o object
	if err := json.Unmarshal(raw, &o); err != nil {
		return nil, err
	}
	var extra map[string][]string
	for key := range o {
		list, err := o.list(key)
		if err != nil {
			return nil, fmt.Errorf("extra: %w", err)
		}
		if extra == nil {
			extra = map[string][]string{}
		}
		extra[key] = list
	}
	return extra, nil
}

func (o object) about(e *Event) error {
	if !o.has("objectRef") {
		return nil
	}
	var ref object
	if err := o.into("objectRef", &ref); err != nil {
		return err
	}
	e.Object = &Object{}
	return errors.Join(
		ref.into("apiGroup", &e.Object.Group), ref.into("resource", &e.Object.Resource), ref.into("subresource", &e.Object.Subresource),
		ref.into("namespace", &e.Object.Namespace), ref.into("name", &e.Object.Name),
	)
}

// received takes the time from where the version of the event has it. What is a string and no
// time leaves the event without one.
func (o object) received(e *Event) error {
	var text string
	if err := o.into("requestReceivedTimestamp", &text); err != nil {
		return err
	}
	if !o.has("requestReceivedTimestamp") { // v1beta1 and v1alpha1
		var metadata object
		if err := errors.Join(o.into("metadata", &metadata), metadata.into("creationTimestamp", &text), o.into("timestamp", &text)); err != nil {
			return err
		}
	}
	if at, err := time.Parse(time.RFC3339Nano, text); err == nil {
		e.Received = at.UTC()
	}
	return nil
}
