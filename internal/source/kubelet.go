package source

import (
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
)

const (
	// requestTimeout bounds a request where --request-timeout does not.
	requestTimeout = 30 * time.Second
	// chunk is how much of a log one request asks for, in bytes.
	chunk = 4 << 20
	// maxListing is how long the listing of a folder may be, in bytes.
	maxListing = 4 << 20
	// tries is how often a request that may succeed later is made.
	tries = 3
	// longestPause is the most that a Retry-After makes a request wait.
	longestPause = 10 * time.Second
)

// kubelet reads what is below /var/log of nodes: the API server passes GET requests on to the
// kubelet's log endpoint, a file server. It knows no other verb.
type kubelet struct {
	http *http.Client
	core *rest.RESTClient
	// poll is the time between two looks at a log that does not grow, and before a request is
	// made again.
	poll time.Duration
}

func newKubelet(config *rest.Config, poll time.Duration) (*kubelet, error) {
	config = rest.CopyConfig(config)
	if config.Timeout == 0 {
		config.Timeout = requestTimeout
	}
	config.QPS = -1
	config.GroupVersion, config.APIPath = &schema.GroupVersion{Version: "v1"}, "/api"
	config.NegotiatedSerializer = scheme.Codecs.WithoutConversion()
	shared, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, fmt.Errorf("set up the connection: %w", err)
	}
	// What a kubelet answers must not lead to another server, with the user's credentials.
	client := &http.Client{Transport: shared.Transport, Timeout: shared.Timeout, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
	core, err := rest.RESTClientForConfigAndClient(config, client)
	if err != nil {
		return nil, fmt.Errorf("set up the connection: %w", err)
	}
	return &kubelet{http: client, core: core, poll: poll}, nil
}

// list are the names of what is in a folder of a node.
func (k *kubelet) list(ctx context.Context, node, folder string) ([]string, error) {
	body, _, err := k.get(ctx, node, folder+"/", 0, 0)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, match := range regexp.MustCompile(`<a href="([^"]*)"`).FindAllSubmatch(body, -1) {
		if to, err := url.Parse(html.UnescapeString(string(match[1]))); err == nil {
			names = append(names, path.Base(to.Path))
		}
	}
	return names, nil
}

// size is that of a file of a node, in bytes.
func (k *kubelet) size(ctx context.Context, node, name string) (int64, error) {
	_, size, err := k.get(ctx, node, name, 0, 1)
	return size, err
}

// part is what a file holds from one offset until another, less where it ends before, and the
// size of the file.
func (k *kubelet) part(ctx context.Context, node, name string, from, to int64) ([]byte, int64, error) {
	return k.get(ctx, node, name, from, to)
}

// get reads a part of a file and the size of the whole, or with to = 0 the listing of a folder.
func (k *kubelet) get(ctx context.Context, node, name string, from, to int64) ([]byte, int64, error) {
	for try := 1; ; try++ {
		body, size, err := k.once(ctx, node, name, from, to)
		if err == nil || ctx.Err() != nil {
			return body, size, errors.Join(err, ctx.Err())
		}
		var unread *unreadError
		if again := errors.As(err, &unread) && unread.again; try == tries || !again {
			return nil, 0, err
		}
		pause(max(k.poll, min(unread.after, longestPause)), ctx.Done())
	}
}

func (k *kubelet) once(ctx context.Context, node, name string, from, to int64) ([]byte, int64, error) {
	address := k.core.Get().AbsPath("/api/v1/nodes/" + node + "/proxy/logs/" + name).URL().String()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return nil, 0, fmt.Errorf("read %s of node %s: %w", name, node, err)
	}
	request.Header.Set("Accept-Encoding", "identity")
	if to > 0 {
		request.Header.Set("Range", fmt.Sprintf("bytes=%d-%d", from, to-1))
	}
	response, err := k.http.Do(request)
	if err != nil {
		return nil, 0, unreachable(err)
	}
	defer response.Body.Close()
	whole, size := response.StatusCode == http.StatusOK, response.ContentLength
	switch {
	case response.StatusCode == http.StatusPartialContent, response.StatusCode == http.StatusRequestedRangeNotSatisfiable:
		size = sizeIn(response.Header.Get("Content-Range"))
	case !whole:
		return nil, 0, refusal(response)
	case to > 0 && size != 0: // an empty file has no ranges
		return nil, 0, &unreadError{reason: "the log endpoint does not serve parts of files"}
	}
	if response.StatusCode == http.StatusRequestedRangeNotSatisfiable {
		return nil, size, nil
	}
	most := to - from
	if to == 0 {
		most = maxListing
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, most))
	if err != nil {
		return nil, 0, cutShort(err)
	}
	return body, size, nil
}

// sizeIn is the size in a Content-Range, such as: bytes 0-99/4096. It is 0 where there is none.
func sizeIn(contentRange string) int64 {
	_, text, _ := strings.Cut(contentRange, "/")
	size, _ := strconv.ParseInt(text, 10, 64)
	return size
}

// pause waits, until one of the others is done at most.
func pause(d time.Duration, done ...<-chan struct{}) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	done = append(done, nil) // never
	select {
	case <-timer.C:
	case <-done[0]:
	case <-done[1]:
	}
}
