package audit

import (
	"net/url"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// Asked tells what the authorizer is asked for a request to a URI, path and query, as
// RequestInfoFactory does (k8s.io/apiserver/pkg/endpoints/request/requestinfo.go). The verb is
// that of an audit event or an HTTP method; ok is false where the API server refuses the URI.
func Asked(verb, uri string) (action api.Action, ok bool) {
	path, query, ok := splitURI(uri)
	if !ok {
		return api.Action{}, false
	}
	group, parts := apiParts(path)
	if len(parts) == 0 {
		return api.Action{Verb: strings.ToLower(verb), Path: path}, true
	}
	special := ""
	if parts[0] == "watch" || parts[0] == "proxy" {
		if len(parts) == 1 {
			return api.Action{}, false
		}
		special, parts = parts[0], parts[1:]
	}
	a := api.Action{Group: group}
	a.Namespace, parts = inNamespace(parts)
	a.Resource = parts[0]
	if len(parts) >= 2 {
		a.Name = parts[1]
	}
	if len(parts) >= 3 && parts[2] != "" && special != "proxy" {
		a.Resource += "/" + parts[2]
	}
	if special != "" {
		a.Verb = special
		return a, true
	}
	a.Verb, a.Name = verbAndName(resourceVerb(verb), a.Name, query)
	return a, true
}

// splitURI cuts and decodes as net/url.ParseRequestURI does.
func splitURI(uri string) (path, query string, ok bool) {
	if !strings.HasPrefix(uri, "/") {
		return "", "", false
	}
	path, query, _ = strings.Cut(uri, "?")
	path, err := url.PathUnescape(path)
	return path, query, err == nil
}

// apiParts are the API group of a path and what follows its version, nothing for a path that
// is no resource.
func apiParts(path string) (group string, parts []string) {
	parts = strings.Split(strings.Trim(path, "/"), "/")
	switch {
	case len(parts) >= 3 && parts[0] == "api":
		return "", parts[2:]
	case len(parts) >= 4 && parts[0] == "apis":
		return parts[1], parts[3:]
	}
	return "", nil
}

// inNamespace cuts a namespace off, but not off the Namespace object itself, which is in the
// namespace of its name.
func inNamespace(parts []string) (namespace string, rest []string) {
	if parts[0] != "namespaces" || len(parts) == 1 {
		return "", parts
	}
	if len(parts) > 2 && !slices.Contains([]string{"status", "finalize"}, parts[2]) {
		return parts[1], parts[2:]
	}
	return parts[1], parts
}

// resourceVerb is the verb for an HTTP method; other verbs stay as they are.
func resourceVerb(verb string) string {
	switch method := strings.ToLower(verb); method {
	case "get", "head":
		return "get"
	case "post":
		return "create"
	case "put":
		return "update"
	case "patch", "delete":
		return method
	case "options", "trace", "connect":
		return ""
	}
	return verb
}

// verbAndName makes a verb fit the URL: with a name in it there is no list, and without one no
// get.
func verbAndName(verb, name, query string) (string, string) {
	switch {
	case name != "" && (verb == "list" || verb == "watch"):
		return "get", name
	case name != "" && verb == "deletecollection":
		return "delete", name
	case name != "":
		return verb, name
	case verb == "get" && watches(query):
		return "watch", selectedName(query)
	case verb == "get" || verb == "list":
		return "list", selectedName(query)
	case verb == "watch":
		return verb, selectedName(query)
	case verb == "delete":
		return "deletecollection", ""
	}
	return verb, ""
}

// asked is what the event says that the authorizer was asked, and the query of its URL. The
// objectRef counts where there is no URL alone: what it names may come from the body.
func (e *Event) asked() (action api.Action, query string, ok bool) {
	if e.URI != "" {
		action, ok = Asked(e.Verb, e.URI)
		_, query, _ = strings.Cut(e.URI, "?")
	} else if e.Object != nil {
		action, ok = e.Object.asked(e.Verb), true
	}
	return action, query, ok && sayable(action)
}

// asked is what the authorizer was asked about an object, as far as it can be told without the
// URL.
func (o *Object) asked(verb string) api.Action {
	a := api.Action{Verb: resourceVerb(verb), Group: o.Group, Resource: o.Resource, Namespace: o.Namespace, Name: o.Name}
	if o.Subresource != "" {
		a.Resource += "/" + o.Subresource
	}
	switch a.Verb {
	case "list", "watch", "deletecollection":
		a.Name = ""
	case "create":
		if o.Subresource == "" {
			a.Name = ""
		}
	}
	if o.Resource == "namespaces" && o.Group == "" {
		a.Namespace = a.Name
	}
	return a
}

// sayable tells whether a rule can grant the action and not more. A resource * does not exist,
// and a path cannot end in a *: a rule with these grants everything, or all that begins so.
func sayable(a api.Action) bool {
	resource, _, _ := strings.Cut(a.Resource, "/")
	return a.Verb != "" && a.Verb != "*" && a.Group != "*" && resource != "*" &&
		(resource != "" || a.Path != "") && !strings.HasSuffix(a.Path, "*")
}
