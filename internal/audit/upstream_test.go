package audit_test

import (
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/audit"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

// The requests that a run compares with the API server's own reading of them.
const (
	batches          = 40
	requestsPerBatch = 1_000
)

type sent struct {
	Method string `json:"method"`
	URI    string `json:"uri"`
}

type askedUpstream struct {
	api.Action
	URI     string `json:"uri"`
	Refused bool   `json:"refused"`
}

// TestAskedAgreesWithUpstream compares both ways to ask: by method and the URI as it was sent,
// and by the verb and the URI of the audit log.
func TestAskedAgreesWithUpstream(t *testing.T) {
	upstream := testkit.StartEngine(t, "rbac")
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	seen := map[string]int{}
	for range batches {
		var question struct {
			Requests []sent `json:"requests"`
		}
		for range requestsPerBatch {
			question.Requests = append(question.Requests, sent{oneOf(random, methods()...), drawURI(random)})
		}
		var answer struct {
			Asked []askedUpstream `json:"asked"`
		}
		upstream.Ask(t, question, &answer)
		for i, r := range question.Requests {
			compare(t, r, answer.Asked[i])
			seen[sort(answer.Asked[i])]++
		}
	}
	t.Logf("%v", seen)
	for _, sort := range []string{"refused", "path", "get", "list", "list named", "watch named", "watch", "create", "deletecollection", "proxy", "subresource", "decoded"} {
		if 500*seen[sort] < batches*requestsPerBatch {
			t.Errorf("%d of %d requests are of the sort %q", seen[sort], batches*requestsPerBatch, sort)
		}
	}
}

func compare(t *testing.T, r sent, want askedUpstream) {
	t.Helper()
	got, ok := audit.Asked(r.Method, r.URI)
	if ok == want.Refused || ok && got != want.Action {
		t.Fatalf("%s %q:\nupstream %+v\nhere     %+v %t", r.Method, r.URI, want, got, ok)
	}
	if want.Refused {
		return
	}
	if got, ok = audit.Asked(want.Verb, want.URI); !ok || got != want.Action {
		t.Fatalf("%s %q as %s %q:\nupstream %+v\nhere     %+v %t", r.Method, r.URI, want.Verb, want.URI, want, got, ok)
	}
}

// sort says what a request tests.
func sort(a askedUpstream) string {
	_, _, subresource := strings.Cut(a.Resource, "/")
	switch {
	case a.Refused:
		return "refused"
	case a.Path != "":
		return "path"
	case (a.Verb == "list" || a.Verb == "watch") && a.Name != "":
		return a.Verb + " named"
	case subresource:
		return "subresource"
	case strings.ContainsAny(a.Name+a.Namespace, "% ?é"):
		return "decoded"
	}
	return a.Verb
}

func methods() []string {
	return []string{"GET", "GET", "GET", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
}

func oneOf(random *rand.Rand, of ...string) string { return of[random.IntN(len(of))] }

// drawURI makes a URI near those that clients send.
func drawURI(random *rand.Rand) string {
	if random.IntN(8) == 0 {
		return oneOf(random, "/api/v1/pods", "/apis/apps/v1/namespaces/a/b", "/api/v1/namespaces") + "?" + drawQuery(random)
	}
	parts := []string{oneOf(random, "/api/v1", "/api/v1", "/api/v1", "/apis/apps/v1", "/apis/apps/v1", "/apis/apps/v1", "/api", "/apis", "/apis/apps", "/healthz", "/logs/a", "//api/v1", "/API/v1", "")}
	if random.IntN(12) == 0 {
		parts = append(parts, oneOf(random, "watch", "proxy"))
	}
	if random.IntN(2) == 0 {
		parts = append(parts, "namespaces")
	}
	for range random.IntN(5) {
		parts = append(parts, oneOf(random, "a", "b", "pods", "namespaces", "status", "finalize", "exec", "watch", "proxy", "", "a%20b", "a%2Fb", "%25", "a%3Fb", "caf%C3%A9", "a;b", "*", "."))
	}
	uri := strings.Join(parts, "/")
	if random.IntN(10) == 0 {
		uri += oneOf(random, "/", "//", "%", "%zz", "#a")
	}
	if random.IntN(3) > 0 {
		uri += "?" + drawQuery(random)
	}
	return uri
}

func drawQuery(random *rand.Rand) string {
	if random.IntN(3) == 0 {
		return drawSelector(random) + oneOf(random, "", "&limit=500", "&labelSelector=a", "&watch=0", "&watch=true")
	}
	var pairs []string
	for range random.IntN(4) {
		pairs = append(pairs, oneOf(random, drawSelector(random), drawSelector(random), drawSelector(random),
			"watch=true", "watch=1", "watch", "watch=False", "watch=0", "w%61tch=yes", "watch=%zz", "watch=a;b",
			"limit=500", "limit=", "limit=x", "limit=99999999999999999999", "timeoutSeconds=5", "timeoutSeconds=5s",
			"labelSelector=app%3Da", "labelSelector=app+in+(a,b)", "labelSelector=%3D%3D", "labelSelector=a%20b",
			"resourceVersion=0", "sendInitialEvents=maybe", "allowWatchBookmarks=", "limit=1", "=", "", "a", "fieldManager=x"))
	}
	return strings.Join(pairs, "&")
}

// drawSelector makes a field selector that asks for a name, often.
func drawSelector(random *rand.Rand) string {
	var terms []string
	for range 1 + random.IntN(2)*random.IntN(3) {
		terms = append(terms, oneOf(random, "metadata.name", "metadata.name", "metadata.name", "spec.nodeName", "a")+
			oneOf(random, "=", "=", "==", "!=", "")+oneOf(random, "x", "y", "x.y", "", ".", "..", "a/b", "a%b", `a\,b`, `a\=b`, `a\`, "a=b", " x"))
	}
	text := strings.Join(terms, ",")
	if random.IntN(2) == 0 {
		text = url.QueryEscape(text)
	}
	return "fieldSelector=" + text
}
