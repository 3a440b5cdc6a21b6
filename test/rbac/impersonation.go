package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	"k8s.io/apiserver/pkg/endpoints/filters/impersonation"
	"k8s.io/apiserver/pkg/endpoints/request"
)

// attempt is a request as another user, by one with or without the rights of constrained
// impersonation.
type attempt struct {
	sent
	User    identity            `json:"user"`
	Legacy  bool                `json:"legacy"`
	Headers map[string][]string `json:"headers"`
}

type identity struct {
	Name   string              `json:"name"`
	UID    string              `json:"uid"`
	Groups []string            `json:"groups"`
	Extra  map[string][]string `json:"extra"`
}

// became is whom the request was let through as, in which mode, and what was asked for that.
type became struct {
	User       identity `json:"user"`
	Constraint string   `json:"constraint"`
	Asked      []asked  `json:"asked"`
}

func (a attempt) became() (became, error) {
	req, err := http.NewRequest(a.Method, "https://x"+a.URI, http.NoBody)
	if err != nil {
		return became{}, fmt.Errorf("make a request: %w", err)
	}
	for name, values := range a.Headers {
		for _, v := range values {
			req.Header.Add(name, v)
		}
	}
	factory := request.RequestInfoFactory{APIPrefixes: sets.NewString("api", "apis"), GrouplessAPIPrefixes: sets.NewString("api")}
	info, err := factory.NewRequestInfo(req)
	if err != nil {
		return became{}, fmt.Errorf("read a request: %w", err)
	}
	sender := &user.DefaultInfo{Name: a.User.Name, UID: a.User.UID, Groups: a.User.Groups, Extra: a.User.Extra}
	ctx := request.WithUser(request.WithRequestInfo(context.Background(), info), sender)
	var out became
	handler := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		u, _ := request.UserFrom(r.Context())
		out.User = identity{u.GetName(), u.GetUID(), u.GetGroups(), u.GetExtra()}
	})
	record := authorizer.AuthorizerFunc(func(_ context.Context, at authorizer.Attributes) (authorizer.Decision, string, error) {
		legacy := at.GetVerb() == "impersonate"
		// Nobody may become all groups or extras, so that each is asked for.
		if legacy != a.Legacy || at.GetName() == "*" && at.GetResource() != "nodes" {
			return authorizer.DecisionNoOpinion, "", nil
		}
		if strings.HasPrefix(at.GetVerb(), "impersonate:") {
			out.Constraint = at.GetVerb()
		}
		out.Asked = append(out.Asked, attributesAsked(at))
		return authorizer.DecisionAllow, "", nil
	})
	impersonation.WithConstrainedImpersonation(handler, record, nil).ServeHTTP(nil, req.WithContext(ctx))
	return out, nil
}

func attributesAsked(at authorizer.Attributes) asked {
	if !at.IsResourceRequest() {
		return asked{Verb: at.GetVerb(), Path: at.GetPath()}
	}
	a := asked{Verb: at.GetVerb(), Group: at.GetAPIGroup(), Resource: at.GetResource(), Namespace: at.GetNamespace(), Name: at.GetName()}
	if sub := at.GetSubresource(); sub != "" {
		a.Resource += "/" + sub
	}
	return a
}
