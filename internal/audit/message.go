package audit

import (
	"strconv"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// refusal reads what an authorizer refused from the message of a 403, which is, with or
// without a name (responsewriters/errors.go of k8s.io/apiserver, NewForbidden of apimachinery):
//
//	pods "p" is forbidden: User "u" cannot get resource "pods" in API group "" in the namespace "n"
//	forbidden: User "u" cannot get path "/metrics"
func refusal(message string) (action api.Action, ok bool) {
	head, text, ok := strings.Cut(message, "forbidden: User ")
	if !ok {
		return api.Action{}, false
	}
	_, text, ok = quoted(text)
	if !ok || !strings.HasPrefix(text, " cannot ") {
		return api.Action{}, false
	}
	action.Verb, text, _ = strings.Cut(strings.TrimPrefix(text, " cannot "), " ")
	if path, isPath := strings.CutPrefix(text, "path "); isPath {
		action.Path, _, ok = quoted(path)
		return action, ok && head == ""
	}
	if text, ok = strings.CutPrefix(text, "resource "); !ok {
		return api.Action{}, false
	}
	if action.Resource, text, ok = quoted(text); !ok {
		return api.Action{}, false
	}
	if text, ok = strings.CutPrefix(text, " in API group "); !ok {
		return api.Action{}, false
	}
	if action.Group, text, ok = quoted(text); !ok {
		return api.Action{}, false
	}
	if namespace, is := strings.CutPrefix(text, " in the namespace "); is {
		action.Namespace, _, ok = quoted(namespace)
	}
	if !ok {
		return api.Action{}, false
	}
	action.Name, ok = refused(head, action)
	return action, ok
}

// refused is the name in the beginning of the message about a resource.
func refused(head string, action api.Action) (name string, ok bool) {
	resource, _, _ := strings.Cut(action.Resource, "/")
	if action.Group != "" {
		resource += "." + action.Group
	}
	rest, ok := strings.CutPrefix(head, resource+" ")
	if !ok || rest == "is " {
		return "", ok
	}
	name, rest, ok = quoted(rest)
	return name, ok && rest == " is "
}

// quoted cuts a quoted text off, in which the API server wrote <, > and & in HTML's way.
func quoted(text string) (value, rest string, ok bool) {
	prefix, err := strconv.QuotedPrefix(text)
	if err != nil || text[0] != '"' {
		return "", text, false
	}
	value, err = strconv.Unquote(prefix)
	if err != nil {
		return "", text, false
	}
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(value), text[len(prefix):], true
}
