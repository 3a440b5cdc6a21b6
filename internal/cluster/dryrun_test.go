package cluster

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// answering is a connection to a server that gives one answer.
func answering(t *testing.T, asked *[]*http.Request, answer func(w http.ResponseWriter)) Connection {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*asked = append(*asked, r)
		w.Header().Set("Content-Type", "application/json")
		answer(w)
	}))
	t.Cleanup(server.Close)
	return Connection{Config: &rest.Config{Host: server.URL}, Context: "x"}
}

func status(s metav1.Status) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		s.TypeMeta = metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}
		s.Status = metav1.StatusFailure
		w.WriteHeader(int(s.Code))
		_ = json.NewEncoder(w).Encode(s) // a test sees what is missing
	}
}

// TestDryRunFaults: a refusal is told apart from what could not be asked, and no value of the
// object is in the words.
func TestDryRunFaults(t *testing.T) {
	const secret = "pl4nted-s3cret-x"
	ref := api.Ref{APIVersion: "apps/v1", Kind: "Deployment", Namespace: "shop", Name: "web"}
	for name, tt := range map[string]struct {
		answer  func(http.ResponseWriter)
		want    string
		refused bool
	}{
		"no right": {
			status(metav1.Status{Code: 403, Reason: "Forbidden", Message: `deployments.apps "web" is forbidden: User "x" cannot patch resource "deployments" in API group "apps" in the namespace "shop"`}),
			"patch deployments.apps: forbidden", false,
		},
		"admission": {
			status(metav1.Status{Code: 403, Reason: "Forbidden", Message: "admission webhook \"a\" denied the request:\n\x1b[31m no; password=" + secret}),
			`admission webhook "a" denied the request:\n\x1b[31m no; password=REDACTED-CREDENTIAL`, true,
		},
		"webhook with a code of its own": {status(metav1.Status{Code: 400, Reason: "BadRequest", Message: "no"}), "no", true},
		"validation": {
			status(metav1.Status{Code: 422, Reason: "Invalid", Message: "Invalid value: " + secret, Details: &metav1.StatusDetails{Causes: []metav1.StatusCause{
				{Type: "FieldValueInvalid", Field: "spec.template.spec.containers[0].env[0].value", Message: secret},
				{Type: "FieldValueInvalid", Field: "spec.template.spec.containers[0].env[0].value", Message: secret},
			}}}),
			"spec.template.spec.containers[0].env[0].value (FieldValueInvalid)", true,
		},
		"gone":      {status(metav1.Status{Code: 404, Reason: "NotFound", Message: secret}), "patch deployments.apps: not found", false},
		"too many":  {status(metav1.Status{Code: 429, Reason: "TooManyRequests", Message: secret}), "patch deployments.apps: too many requests", false},
		"500":       {status(metav1.Status{Code: 500, Reason: "InternalError", Message: "failed calling webhook: " + secret}), "patch deployments.apps: server error 500", false},
		"cut":       {func(w http.ResponseWriter) { w.Header().Set("Content-Length", "900"); _, _ = w.Write([]byte(`{"kind`)) }, "patch deployments.apps: ", false},
		"not JSON":  {func(w http.ResponseWriter) { _, _ = w.Write([]byte("<html>")) }, "patch deployments.apps: ", false},
		"long word": {status(metav1.Status{Code: 403, Reason: "Forbidden", Message: strings.Repeat("a ", 400)}), "a a a", true},
	} {
		var asked []*http.Request
		conn := answering(t, &asked, tt.answer)
		got, err := DryRun(t.Context(), conn, ref, types.StrategicMergePatchType, []byte(`{}`))
		_, refused := errors.AsType[*Refusal](err)
		if got != nil || err == nil || !strings.HasPrefix(err.Error(), tt.want) || refused != tt.refused || strings.Contains(err.Error(), secret) || len(err.Error()) > 400 {
			t.Errorf("%s: %v, refused %v", name, err, refused)
		}
		for _, r := range asked {
			if r.URL.Query().Get("dryRun") != "All" {
				t.Errorf("%s: %s %s", name, r.Method, r.URL)
			}
		}
	}
	if _, err := DryRun(t.Context(), Connection{Config: &rest.Config{Host: "http://127.0.0.1:1"}}, ref, types.JSONPatchType, []byte(`[]`)); err == nil || err.Error() != "patch deployments.apps: connection refused" {
		t.Errorf("refused: %v", err)
	}
}

// TestDryRunCreate asks under a name of its own, and leaves the manifest as it is.
func TestDryRunCreate(t *testing.T) {
	var asked []*http.Request
	conn := answering(t, &asked, func(w http.ResponseWriter) {
		_, _ = w.Write([]byte(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"y"}}`))
	})
	manifest := map[string]any{"apiVersion": "v1", "kind": "Pod", "metadata": map[string]any{"name": "x"}}
	ref := api.Ref{APIVersion: "v1", Kind: "Pod", Namespace: "shop", Name: "x"}
	got, err := DryRunCreate(t.Context(), conn, ref, manifest)
	if err != nil || got["kind"] != "Pod" || manifest["metadata"].(map[string]any)["name"] != "x" {
		t.Errorf("%v, %v", got, err)
	}
	if len(asked) != 1 || asked[0].Method != http.MethodPost || asked[0].URL.Path != "/api/v1/namespaces/shop/pods" || asked[0].URL.Query().Get("dryRun") != "All" {
		t.Errorf("%+v", asked[0].URL)
	}
	object, err := Read(t.Context(), conn, ref)
	if err != nil || object["kind"] != "Pod" || asked[1].Method != http.MethodGet {
		t.Errorf("%v, %v", object, err)
	}
	gone := answering(t, &asked, status(metav1.Status{Code: 403, Reason: "Forbidden", Message: "no"}))
	if _, err := Read(t.Context(), gone, ref); err == nil || err.Error() != "get Pod shop/x: forbidden" {
		t.Errorf("%v", err)
	}
}
