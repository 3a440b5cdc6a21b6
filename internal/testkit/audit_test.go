package testkit

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

const auditLines = `{"auditID":"1","stage":"RequestReceived","verb":"list","requestURI":"/api/v1/pods","user":{"username":"ann"},"objectRef":{"resource":"pods"}}
{"auditID":"2","stage":"ResponseComplete","verb":"get","requestURI":"/version","user":{"username":"bob"},"responseStatus":{"code":200}}
{"auditID":"3","stage":"ResponseStarted","verb":"watch","requestURI":"/api/v1/pods?watch=1","user":{"username":"ann"},"responseStatus":{"code":200}}
`

const auditEnd = `{"auditID":"1","stage":"ResponseComplete","verb":"list","requestURI":"/api/v1/pods","user":{"username":"ann"},"objectRef":{"resource":"pods"},"responseStatus":{"code":403,"message":"no"},"annotations":{"authorization.k8s.io/decision":"forbid"}}
`

func TestParseAudit(t *testing.T) {
	if _, err := parseAudit([]byte(auditLines), "ann"); err == nil {
		t.Error("a request without an end passes for complete")
	}
	got, err := parseAudit([]byte(auditLines+auditEnd+`{"auditID":"4","sta`), "ann")
	if err != nil {
		t.Fatal(err)
	}
	want := []AuditRequest{
		{ID: "1", User: "ann", Verb: "list", RequestURI: "/api/v1/pods", Resource: "pods", Stage: "ResponseComplete", Code: 403, Message: "no", Decision: "forbid"},
		{ID: "3", User: "ann", Verb: "watch", RequestURI: "/api/v1/pods?watch=1", Stage: "ResponseStarted", Code: 200},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("requests differ (-want +got):\n%s", diff)
	}
	if got, err := parseAudit([]byte(auditLines+auditEnd), "ann", "bob"); err != nil || len(got) != 3 {
		t.Errorf("of two users: %+v, %v", got, err)
	}
	if _, err := parseAudit([]byte("not json\n"), "ann"); err == nil {
		t.Error("a line that is not JSON is not reported")
	}
}
