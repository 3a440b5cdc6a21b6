package testkit

import (
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// FaultProxy stands between a client and an API server, on a loopback port
// with TLS. It passes requests on, but for those that a rule matches:
//
//	proxy := testkit.NewFaultProxy(t, testkit.Upstream(t, control.AdminKubeconfig))
//	proxy.On(testkit.Match{Method: "GET", Path: "/api/v1/pods", Continue: true}, testkit.Status(410))
//	… run a client with proxy.Kubeconfig or proxy.RESTConfig() …
//	for _, request := range proxy.Requests() { … }
//
// The last rule that matches decides, so a test may lay a special rule over a
// general one. The client needs no credentials of its own: requests reach the
// API server with those of the upstream. Its methods may be called at any time.
type FaultProxy struct {
	// URL is the proxy's https address.
	URL string
	// Kubeconfig is the path of a kubeconfig for the proxy.
	Kubeconfig string

	tb       testing.TB
	caPEM    []byte
	upstream http.Handler
	server   *httptest.Server
	done     chan struct{} // closed when the proxy closes
	close    sync.Once

	mu       sync.Mutex
	rules    []*FaultRule
	requests []ProxyRequest
}

// ProxyRequest is a request that a FaultProxy saw.
type ProxyRequest struct {
	Method string
	Path   string
	Query  url.Values
	Header http.Header
	// Fault says what was done to it; empty if it was passed on.
	Fault string
}

// NewFaultProxy starts a proxy before an upstream, which may be any handler: a
// real API server by Upstream, or a test's own. It closes with the test, and
// fails the test if a rule that is not optional never matched.
func NewFaultProxy(tb testing.TB, upstream http.Handler) *FaultProxy {
	tb.Helper()
	return newFaultProxy(tb, upstream, false)
}

// NewExpiredProxy is NewFaultProxy with a serving certificate that has expired:
// every client that verifies it fails in the TLS handshake.
func NewExpiredProxy(tb testing.TB, upstream http.Handler) *FaultProxy {
	tb.Helper()
	return newFaultProxy(tb, upstream, true)
}

func newFaultProxy(tb testing.TB, upstream http.Handler, expired bool) *FaultProxy {
	tb.Helper()
	ca, err := newAuthority("fault-proxy-ca")
	if err != nil {
		tb.Fatal(err)
	}
	pair, err := ca.server(expired)
	if err != nil {
		tb.Fatal(err)
	}
	certificate, err := tls.X509KeyPair(pair.cert, pair.key)
	if err != nil {
		tb.Fatal(err)
	}
	p := &FaultProxy{tb: tb, caPEM: ca.cert, upstream: upstream, done: make(chan struct{})}
	p.server = httptest.NewUnstartedServer(http.HandlerFunc(p.serve))
	p.server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	p.server.Config.ErrorLog = log.New(io.Discard, "", 0) // faults make errors on purpose
	p.server.StartTLS()
	tb.Cleanup(p.finish)
	p.URL = p.server.URL
	if p.Kubeconfig, err = writeKubeconfig(tb.TempDir(), p.URL, p.caPEM, keyPair{}); err != nil {
		tb.Fatal(err)
	}
	return p
}

// Upstream passes requests on to the API server of a kubeconfig's current
// context, with its credentials. Watches are passed on as they come, and exec
// and other upgrades work.
func Upstream(tb testing.TB, kubeconfig string) http.Handler {
	tb.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		tb.Fatalf("read kubeconfig: %v", err)
	}
	config.NextProtos = []string{"http/1.1"} // HTTP/2 cannot upgrade
	transport, err := rest.TransportFor(config)
	if err != nil {
		tb.Fatalf("make transport: %v", err)
	}
	target, err := url.Parse(config.Host)
	if err != nil {
		tb.Fatalf("parse server: %v", err)
	}
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Header.Del("Authorization") // the client's token has no meaning
		},
		Transport:     transport,
		FlushInterval: -1,
		ErrorLog:      log.New(io.Discard, "", 0),
	}
}

// On adds a rule. It fails the test at its end if no request matched, unless
// the match is optional.
func (p *FaultProxy) On(match Match, fault Fault) *FaultRule {
	p.tb.Helper()
	rule, err := newFaultRule(match, fault)
	if err != nil {
		p.tb.Fatalf("add fault %s: %v", fault.name, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rules = append(p.rules, rule)
	return rule
}

// Hits says how often a rule was used.
func (p *FaultProxy) Hits(rule *FaultRule) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return rule.hits
}

// Requests returns the requests so far, in the order in which they came.
func (p *FaultProxy) Requests() []ProxyRequest {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.requests)
}

// RESTConfig is the client configuration of Kubeconfig, without a limit of
// requests per second.
func (p *FaultProxy) RESTConfig() *rest.Config {
	return &rest.Config{Host: p.URL, TLSClientConfig: rest.TLSClientConfig{CAData: p.caPEM}, QPS: -1}
}

// Waits tells that a rule so far is one that clients wait for until their time is up.
func (p *FaultProxy) Waits() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.ContainsFunc(p.rules, (*FaultRule).waits)
}

// Close ends what stalls and stops listening: from then on connections are
// refused.
func (p *FaultProxy) Close() {
	p.close.Do(func() {
		close(p.done)
		p.server.CloseClientConnections()
		p.server.Close()
	})
}

func (p *FaultProxy) finish() {
	p.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, rule := range p.rules {
		if rule.hits == 0 && !rule.match.Optional {
			p.tb.Errorf("fault %s never happened: no request matched %+v of these:%s", rule.fault.name, rule.match, p.seen())
		}
	}
}

// seen lists the requests; p.mu is held.
func (p *FaultProxy) seen() string {
	var list strings.Builder
	for _, r := range p.requests {
		fmt.Fprintf(&list, "\n  %s %s?%s", r.Method, r.Path, r.Query.Encode())
	}
	return list.String()
}

func (p *FaultProxy) serve(w http.ResponseWriter, r *http.Request) {
	rule := p.record(r)
	if rule == nil {
		p.upstream.ServeHTTP(w, r)
		return
	}
	rule.fault.serve(p, p.upstream, w, r)
}

// record notes the request and returns the rule that decides over it, or nil.
func (p *FaultProxy) record(r *http.Request) *FaultRule {
	p.mu.Lock()
	defer p.mu.Unlock()
	request := ProxyRequest{Method: r.Method, Path: r.URL.Path, Query: r.URL.Query(), Header: r.Header.Clone()}
	var decides *FaultRule
	for _, rule := range slices.Backward(p.rules) {
		if rule.matches(r) {
			decides = rule
			rule.hits++
			request.Fault = rule.fault.name
			break
		}
	}
	p.requests = append(p.requests, request)
	return decides
}

func (p *FaultProxy) stall(r *http.Request) {
	select {
	case <-r.Context().Done():
	case <-p.done:
	}
	panic(http.ErrAbortHandler)
}
