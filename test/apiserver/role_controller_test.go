package apiserver_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"
)

// fleet are the names of one run of the controller; those of two runs differ in the tag alone,
// so that roles for one become roles for another by its replacement.
type fleet struct{ tag string }

// home is the namespace of the account, work that of what it looks after, strict one in which
// Pod Security refuses its pods, and made one that it creates itself.
func (f fleet) home() string   { return f.tag + "-home" }
func (f fleet) work() string   { return f.tag + "-work" }
func (f fleet) strict() string { return f.tag + "-strict" }
func (f fleet) made() string   { return f.tag + "-made-x7k2p" }

// guest is a user that the controller impersonates.
func (f fleet) guest() string { return f.tag + "-guest" }

func (f fleet) user(account string) string {
	return "system:serviceaccount:" + f.home() + ":" + account
}

// fleetNode is the node of all runs.
const fleetNode = "fleet-node"

// controller is a client that does what controllers do.
type controller struct {
	fleet

	config  *rest.Config
	client  kubernetes.Interface
	dynamic dynamic.Interface
	// streams has no HTTP/2, which knows no change of protocol.
	streams *http.Client
	// refuse ends the run.
	refuse context.CancelFunc

	mu      sync.Mutex
	refused []string
	seen    map[string]bool
}

// step is a part of what the controller does.
type step struct {
	name string
	do   func(*controller, context.Context) error
}

// controllerSteps come in the order of a start; what the second half does, nothing in the
// first half needs the rights for.
func controllerSteps() (first, second []step) {
	return []step{
			{"discovery", (*controller).discover},
			{"streaming informers", (*controller).inform},
			{"listing informers", (*controller).informByList},
			{"deprecated watch", (*controller).watchOldWay},
			{"leader election", (*controller).elect},
			{"core events", (*controller).recordCore},
			{"events", (*controller).record},
			{"apply", (*controller).apply},
			{"dry run", (*controller).pretend},
			{"update that creates", (*controller).put},
			{"patches", (*controller).patch},
			{"create what is not found", (*controller).ensure},
			{"generated names", (*controller).generate},
			{"finalizers", (*controller).finalize},
		}, []step{
			{"metrics", (*controller).scrape},
			{"subject access reviews", (*controller).review},
			{"pods", (*controller).runPods},
			{"status and scale", (*controller).scale},
			{"token", (*controller).mint},
			{"streams", (*controller).stream},
			{"proxies", (*controller).proxy},
			{"custom resources", (*controller).customize},
			{"owners", (*controller).own},
			{"cluster-scoped objects", (*controller).clusterScoped},
			{"a namespace", (*controller).makeNamespace},
			{"roles", (*controller).grantRoles},
			{"certificates", (*controller).approve},
			{"admission", (*controller).admission},
			{"impersonation", (*controller).impersonate},
		}
}

// runController runs steps until the first refusal, and returns what was refused and what else
// went wrong; what a refusal leads to is not told.
func runController(ctx context.Context, config *rest.Config, f fleet, steps []step) (refused []string, err error) {
	ctx, cancel := context.WithCancel(klog.NewContext(ctx, klog.Logger{})) // client-go would log every refusal
	defer cancel()
	c := &controller{fleet: f, refuse: cancel, seen: map[string]bool{}}
	if err := c.connect(config); err != nil {
		return nil, err
	}
	for _, s := range steps {
		err := s.do(c, ctx)
		if refused := c.refusals(); len(refused) > 0 {
			return refused, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return c.refusals(), nil
}

func (c *controller) connect(config *rest.Config) error {
	c.config = rest.CopyConfig(config)
	c.config.QPS = -1
	c.config.UserAgent = "operator/v1.2.3 (linux/amd64)"
	c.config.Wrap(func(next http.RoundTripper) http.RoundTripper { return witness{next, c} })
	streams := rest.CopyConfig(c.config)
	streams.NextProtos = []string{"http/1.1"}
	var errs [3]error
	c.client, errs[0] = kubernetes.NewForConfig(c.config)
	c.dynamic, errs[1] = dynamic.NewForConfig(c.config)
	c.streams, errs[2] = rest.HTTPClientFor(streams)
	return errors.Join(errs[:]...)
}

func (c *controller) refusals() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.refused)
}

// witness sees every answer.
type witness struct {
	next http.RoundTripper
	c    *controller
}

func (w witness) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := w.next.RoundTrip(request)
	if err != nil {
		return response, err
	}
	what := request.Method + " " + request.URL.Path
	if query := request.URL.Query(); query.Get("watch") != "" {
		what = "WATCH " + request.URL.Path
	}
	if response.StatusCode == http.StatusForbidden {
		body, err := io.ReadAll(response.Body)
		if err != nil {
			return nil, err
		}
		response.Body = io.NopCloser(bytes.NewReader(body))
		if !strings.Contains(string(body), podSecurityRefusal) {
			w.c.note(what, response.Status+" "+string(body))
			w.c.refuse()
		}
	}
	w.c.note(what, "")
	return response, nil
}

// podSecurityRefusal is in the 403 of an admission that the controller runs into on purpose.
const podSecurityRefusal = "violates PodSecurity"

func (c *controller) note(what, refusal string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen[what] = true
	if refusal != "" {
		c.refused = append(c.refused, what+": "+refusal)
	}
}

// await waits until there is an answer to a request with a path that begins so.
func (c *controller) await(ctx context.Context, what string) error {
	err := wait.PollUntilContextCancel(ctx, 2*time.Millisecond, true, func(context.Context) (bool, error) {
		c.mu.Lock()
		defer c.mu.Unlock()
		for seen := range c.seen {
			if strings.HasPrefix(seen, what) {
				return true, nil
			}
		}
		return false, nil
	})
	if err != nil {
		return fmt.Errorf("wait for %s: %w", what, err)
	}
	return nil
}

// during runs something in the background until done returns.
func during(ctx context.Context, run func(context.Context), done func(context.Context) error) error {
	inner, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() { run(inner) })
	err := done(ctx)
	cancel()
	running.Wait()
	return err
}

// all does one after another until something fails.
func all(actions ...func() error) error {
	for _, do := range actions {
		if err := do(); err != nil {
			return err
		}
	}
	return nil
}
