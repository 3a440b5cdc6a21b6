package main

import (
	"net/http"
	"net/url"

	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apiserver/pkg/endpoints/request"
)

// sent is a request as it arrives: its method, and the URI of its first line.
type sent struct {
	Method string `json:"method"`
	URI    string `json:"uri"`
}

// asked is what the authorizer is asked for it, and the URI that the audit log has; Refused is
// set where the API server goes no further.
type asked struct {
	Verb      string `json:"verb"`
	Group     string `json:"group"`
	Resource  string `json:"resource"`
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	Path      string `json:"path"`
	URI       string `json:"uri"`
	Refused   bool   `json:"refused"`
}

func (s sent) asked() asked {
	parsed, err := url.ParseRequestURI(s.URI)
	if err != nil {
		return asked{Refused: true}
	}
	factory := request.RequestInfoFactory{APIPrefixes: sets.NewString("api", "apis"), GrouplessAPIPrefixes: sets.NewString("api")}
	info, err := factory.NewRequestInfo(&http.Request{Method: s.Method, URL: parsed})
	if err != nil {
		return asked{URI: parsed.RequestURI(), Refused: true}
	}
	a := asked{Verb: info.Verb, URI: parsed.RequestURI()}
	if !info.IsResourceRequest {
		a.Path = info.Path
		return a
	}
	a.Group, a.Resource, a.Namespace, a.Name = info.APIGroup, info.Resource, info.Namespace, info.Name
	if info.Subresource != "" {
		a.Resource += "/" + info.Subresource
	}
	return a
}
