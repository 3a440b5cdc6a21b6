package plugin

import (
	"fmt"
	"net/http"
	"slices"

	"k8s.io/client-go/rest"
)

// refuseRedirects makes an answer that sends the client to another host an error. The clients of
// client-go would go there, and show it the credentials.
func refuseRedirects(config *rest.Config) *rest.Config {
	config.Wrap(func(next http.RoundTripper) http.RoundTripper { return sameHost{next} })
	return config
}

// sameHost asks the host of a request alone.
type sameHost struct{ next http.RoundTripper }

// RoundTrip returns an error in place of a redirect to another host.
func (s sameHost) RoundTrip(request *http.Request) (*http.Response, error) {
	answer, err := s.next.RoundTrip(request)
	if err != nil || !slices.Contains(redirects(), answer.StatusCode) {
		return answer, err
	}
	to, err := answer.Location()
	if err != nil || to.Scheme == request.URL.Scheme && to.Host == request.URL.Host {
		return answer, nil // what has no Location is for the client to judge
	}
	_ = answer.Body.Close() // nothing of it is used
	return nil, fmt.Errorf("%s redirects to %s://%s, which is not asked", request.URL.Host, to.Scheme, to.Host)
}

// WrappedRoundTripper lets client-go find what is below.
func (s sameHost) WrappedRoundTripper() http.RoundTripper { return s.next }

// redirects are the codes that net/http follows.
func redirects() []int {
	return []int{http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect}
}
