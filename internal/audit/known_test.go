package audit

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

func TestGrant(t *testing.T) {
	for reason, want := range map[string]string{
		"": "",
		`RBAC: allowed by ClusterRoleBinding "b" of ClusterRole "r" to ServiceAccount "s/n"`:   `ClusterRoleBinding "b" of ClusterRole "r"`,
		`RBAC: allowed by RoleBinding "b/n" of Role "r" to Group "system:serviceaccounts"`:     `RoleBinding "b/n" of Role "r"`,
		`RBAC: allowed by ClusterRoleBinding "b\" to User \"x" of ClusterRole "r" to User "u"`: `ClusterRoleBinding "b\" to User \"x" of ClusterRole "r"`,
		`RBAC: allowed by something new`: `something new`,
		`EKS Access Policy: allowed by ClusterRoleBinding "b" of ClusterRole "r" to User "u"`: `EKS Access Policy: allowed by ClusterRoleBinding "b" of ClusterRole "r" to User "u"`,
		`access granted by IAM permissions.`:                                                  `access granted by IAM permissions.`,
	} {
		if got := grant(&Event{Decision: "allow", Reason: reason}); got != want {
			t.Errorf("%s: %s, want %s", reason, got, want)
		}
		if got := grant(&Event{Decision: "forbid", Reason: reason}); got != "" {
			t.Errorf("%s refused: %s", reason, got)
		}
	}
}

// accountEvent is an event of a ServiceAccount in a pod.
func accountEvent(stage, verb, uri, object, members string) string {
	return `{"kind":"Event","level":"Metadata","auditID":"i","stage":"` + stage + `","requestURI":"` + uri + `","verb":"` + verb + `",` +
		`"user":{"username":"system:serviceaccount:n:s","groups":["g"],"extra":{"authentication.kubernetes.io/pod-name":["p-1"]}},` +
		`"userAgent":"a","objectRef":` + object + `,"annotations":{"authorization.k8s.io/decision":"allow"}` + members + `}`
}

func TestReadRequests(t *testing.T) {
	pods := `{"resource":"pods","namespace":"n","apiVersion":"v1"}`
	bindings := `{"resource":"pods","subresource":"binding","namespace":"m","name":"web-1","apiVersion":"v1"}`
	const code, created = `,"responseStatus":{"code":200}`, `,"responseStatus":{"code":201}`
	text := strings.Join([]string{
		accountEvent("RequestReceived", "list", "/api/v1/namespaces/n/pods", pods, ""),
		accountEvent("ResponseComplete", "list", "/api/v1/namespaces/n/pods", pods, code),
		accountEvent("ResponseComplete", "list", "/api/v1/namespaces/n/pods", pods, code),
		accountEvent("ResponseStarted", "watch", "/api/v1/namespaces/n/pods?watch=true", pods, code),
		accountEvent("ResponseComplete", "create", "/api/v1/namespaces/m/pods/web-1/binding", bindings, created),
		accountEvent("ResponseComplete", "create", "/api/v1/namespaces/m/pods/web-2/binding", strings.Replace(bindings, "web-1", "web-2", 1), `,"responseStatus":{"code":409}`),
		accountEvent("ResponseComplete", "list", "/api/v1/namespaces/n/pods", pods, code+`,"impersonatedUser":{"username":"boss","groups":["h"]}`),
	}, "\n")
	doc := readText(t, text, Options{})
	if want := []string{"m/web-1"}; !slices.Equal(doc.StartedPods, want) {
		t.Errorf("started %s, want %s", doc.StartedPods, want)
	}
	who := func(doc *api.Observations) (users []string) {
		for _, a := range doc.Access {
			users = append(users, a.User)
		}
		return users
	}
	if got := who(doc); !slices.Equal(got, []string{"boss", "system:serviceaccount:n:s"}) {
		t.Fatalf("users %s", got)
	}
	boss, account := doc.Access[0], doc.Access[1]
	if boss.Requests != 1 || len(boss.Pods) > 0 || account.Requests != 5 || !slices.Equal(account.Pods, []string{"n/p-1"}) {
		t.Errorf("boss %+v\naccount %+v", boss, account)
	}
	if s := doc.Sources[0]; s.Parsed != 7 || s.Levels["Metadata"] != 6 || !s.Reads || s.EventObjects {
		t.Errorf("source %+v", s)
	}
	alone := readText(t, text, Options{Wanted: func(user string, groups []string) bool { return user == "boss" && slices.Equal(groups, []string{"h"}) }})
	// Of others it is known that they were there.
	others := api.Access{User: account.User, Groups: account.Groups, Requests: account.Requests, Pods: []string{}, Uses: []api.Use{}, Denied: []api.Use{}}
	if diff := cmp.Diff([]api.Access{boss, others}, alone.Access); diff != "" {
		t.Errorf("boss alone (-of all +alone):\n%s", diff)
	}
}
