package testkit

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Match says to which requests a Fault happens. The zero value is every request.
type Match struct {
	// Method is a regular expression of the whole method; empty is any.
	Method string
	// Path is a regular expression of the whole URL path, without the query;
	// empty is any.
	Path string
	// Continue limits it to the second and later pages of a list: to requests
	// with a continue parameter.
	Continue bool
	// Times ends it after so many requests; 0 is no end.
	Times int
	// Optional says that the test does not fail when no request matches.
	Optional bool
}

// Fault is what a FaultProxy does to a request instead of passing it on.
type Fault struct {
	name string
	// serve answers the request; next is the upstream.
	serve func(p *FaultProxy, next http.Handler, w http.ResponseWriter, r *http.Request)
}

// Status answers with an HTTP status and a Kubernetes Status body of the reason
// that an API server gives with it: 403 Forbidden, 404 NotFound, 410 Expired,
// 429 TooManyRequests, 500 InternalError and so on. Without a Retry-After
// header, client-go does not try again.
func Status(code int) Fault {
	return Fault{"status " + strconv.Itoa(code), func(_ *FaultProxy, _ http.Handler, w http.ResponseWriter, r *http.Request) {
		writeStatus(w, r, code)
	}}
}

// StatusRetryAfter is Status with a Retry-After header of so many seconds, upon
// which client-go tries again up to ten times; 0 seconds is at once.
func StatusRetryAfter(code, seconds int) Fault {
	name := fmt.Sprintf("status %d, retry after %d", code, seconds)
	return Fault{name, func(_ *FaultProxy, _ http.Handler, w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", strconv.Itoa(seconds))
		writeStatus(w, r, code)
	}}
}

// CutBody passes the upstream's answer on, and closes the connection after at
// most n bytes of its body. A shorter body arrives whole, but without its end.
func CutBody(n int) Fault {
	return Fault{fmt.Sprintf("cut after %d bytes", n), func(_ *FaultProxy, next http.Handler, w http.ResponseWriter, r *http.Request) {
		servePart(next, w, r, n)
		panic(http.ErrAbortHandler)
	}}
}

// StallBody passes on n bytes of the body of the upstream's answer, and then
// nothing until the client gives up or the proxy closes.
func StallBody(n int) Fault {
	return Fault{fmt.Sprintf("stall after %d bytes", n), func(p *FaultProxy, next http.Handler, w http.ResponseWriter, r *http.Request) {
		servePart(next, w, r, n)
		p.stall(r)
	}}
}

// Stall answers nothing, not even a header, until the client gives up or the
// proxy closes.
func Stall() Fault {
	return Fault{"stall", func(p *FaultProxy, _ http.Handler, _ http.ResponseWriter, r *http.Request) {
		p.stall(r)
	}}
}

// Refuse closes the connection without an answer. For connections that are
// refused from the start, close the proxy and use its kubeconfig.
func Refuse() Fault {
	return Fault{"refuse", func(*FaultProxy, http.Handler, http.ResponseWriter, *http.Request) {
		panic(http.ErrAbortHandler)
	}}
}

// Answer has a handler answer instead of the upstream.
func Answer(handler http.Handler) Fault {
	return Fault{"answer", func(_ *FaultProxy, _ http.Handler, w http.ResponseWriter, r *http.Request) {
		handler.ServeHTTP(w, r)
	}}
}

// FaultRule is a Match with its Fault in a FaultProxy.
type FaultRule struct {
	match        Match
	method, path *regexp.Regexp
	fault        Fault
	hits         int // guarded by FaultProxy.mu
}

// waits tells a fault that ends when the client gives up: client-go tries again where it is refused.
func (r *FaultRule) waits() bool {
	return strings.HasPrefix(r.fault.name, "stall") || r.fault.name == "refuse"
}

func newFaultRule(match Match, fault Fault) (*FaultRule, error) {
	method, err := whole(match.Method)
	if err != nil {
		return nil, err
	}
	path, err := whole(match.Path)
	if err != nil {
		return nil, err
	}
	return &FaultRule{match: match, method: method, path: path, fault: fault}, nil
}

func whole(expression string) (*regexp.Regexp, error) {
	if expression == "" {
		expression = ".*"
	}
	return regexp.Compile("^(?:" + expression + ")$")
}

func (r *FaultRule) matches(request *http.Request) bool {
	return (r.match.Times == 0 || r.hits < r.match.Times) &&
		(!r.match.Continue || request.URL.Query().Get("continue") != "") &&
		r.method.MatchString(request.Method) && r.path.MatchString(request.URL.Path)
}

func writeStatus(w http.ResponseWriter, r *http.Request, code int) {
	body, err := json.Marshal(metav1.Status{
		TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"},
		Status:   metav1.StatusFailure,
		Message:  fmt.Sprintf("injected fault: %s %s: %s", r.Method, r.URL.Path, http.StatusText(code)),
		Reason:   statusReason(code),
		Code:     int32(code),
	})
	if err != nil {
		panic(err) // a Status has no value that JSON cannot hold
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_, _ = w.Write(body) // a client that left has no use for it
}

func statusReason(code int) metav1.StatusReason {
	switch code {
	case http.StatusBadRequest:
		return metav1.StatusReasonBadRequest
	case http.StatusUnauthorized:
		return metav1.StatusReasonUnauthorized
	case http.StatusForbidden:
		return metav1.StatusReasonForbidden
	case http.StatusNotFound:
		return metav1.StatusReasonNotFound
	case http.StatusMethodNotAllowed:
		return metav1.StatusReasonMethodNotAllowed
	case http.StatusNotAcceptable:
		return metav1.StatusReasonNotAcceptable
	case http.StatusConflict:
		return metav1.StatusReasonConflict
	case http.StatusGone:
		return metav1.StatusReasonExpired
	case http.StatusTooManyRequests:
		return metav1.StatusReasonTooManyRequests
	case http.StatusInternalServerError:
		return metav1.StatusReasonInternalError
	case http.StatusServiceUnavailable:
		return metav1.StatusReasonServiceUnavailable
	case http.StatusGatewayTimeout:
		return metav1.StatusReasonTimeout
	default:
		return metav1.StatusReasonUnknown
	}
}
