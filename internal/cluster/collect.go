package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// maxRounds bounds how far owners are followed; a workload takes two or three rounds.
const maxRounds = 10

// maxHops is how often what was reached is looked at for what is reached from there.
const maxHops = 2

// maxConcurrentReads is how many requests are under way at once.
const maxConcurrentReads = 8

// Connection is an API server that may be asked.
type Connection struct {
	Config *rest.Config
	// Mapper reads discovery, when a kind is asked for that is not built in.
	// Mapper must be safe for concurrent use.
	Mapper func() (meta.RESTMapper, error)
	// Context is the name of the kubeconfig context, for messages.
	Context string
	// ChunkSize is the page size of lists; 0 asks for whole lists.
	ChunkSize int64
}

// Query says which workloads to read.
type Query struct {
	// Namespace is empty for all namespaces.
	Namespace string
	// Selector is a label selector on the workloads themselves.
	Selector string
	// Targets are the objects named; none means every workload.
	Targets []Target
	// Traffic reads what decides who reaches whom, and nothing else of accounts and nodes.
	Traffic bool
	// Flows reads what observed flows are resolved against and policies are written with, of all
	// namespaces, or of that of the query where no more is allowed. The namespace, the targets and
	// the selector say what is selected.
	Flows bool
	// Callers reads besides what Flows alone needs: who is called by configuration.
	Callers bool
	// Configured reads besides the ConfigMaps that the workloads of the namespace refer to, each by its
	// name.
	Configured bool
	// Rights reads who may do what, the targets, and with any the workloads of the namespace:
	// those may act as the same accounts.
	Rights bool
	// Alone reads the targets with their owners and their pods, and nothing around them.
	Alone bool
	// Revisions reads besides the pod templates that workloads had.
	Revisions bool
	// Applied keeps in a snapshot besides what kubectl apply noted in objects.
	Applied bool
	// Custom are custom objects that are read besides, each by its name.
	Custom []api.Ref
	// Secrets reads the names, types, numbers of keys and times of the namespace's Secrets.
	Secrets bool
	// Reach says from what was read where the rights of the accounts lead; it may be nil. It is
	// asked again once that was read.
	Reach func(*Inventory) Reach
}

// Target is a TYPE/NAME argument; without a name it stands for all of the type.
type Target struct{ Type, Name string }

// Collected is what Collect read.
type Collected struct {
	*Inventory
	// Selected are the top owners of what the query named; nil stands for all.
	Selected []api.Ref
	// Problems are the targets that could not be read.
	Problems []error
	// Pages are the targets that are no workloads.
	Pages Pages
}

// collector reads in rounds: what one round finds tells the next what to read.
type collector struct {
	client reader
	conn   Connection
	query  Query

	mu       sync.Mutex
	inv      *Inventory
	problems []error
	// answered is set once the server gave any answer; firstErr is the first failure that
	// was none.
	answered bool
	firstErr error
	tried    map[string]bool
	// pages are the targets that are no workloads; any workload may have to do with them.
	pages []Target
	// chain are the objects on the way from the targets to their top owners.
	chain []ownerKey
	// deep follows every owner of everything read: a custom object was asked for, and what it
	// owns may stand several owners below.
	deep bool
	// change is made once the workloads are known; nil for none.
	change Change
}

// Collect reads what the query asks for from an API server. What cannot be read is noted in
// the inventory; the error is for a server that gives no answer at all.
func Collect(ctx context.Context, conn Connection, query Query) (*Collected, error) {
	c, err := newCollector(conn, query)
	if err != nil {
		return nil, err
	}
	return c.collect(ctx)
}

// collect reads round after round until nothing is left to read.
func (c *collector) collect(ctx context.Context) (*Collected, error) {
	c.query.Targets, c.pages = splitTargets(c.query.Targets)
	c.run(ctx, c.first())
	if err := c.unreachable(ctx); err != nil {
		return nil, err
	}
	slices.SortFunc(c.chain, compareKeys)
	targets := len(c.chain)
	c.rounds(ctx)
	if c.change != nil {
		c.change(c.inv)
		c.rounds(ctx)
	}
	if !c.query.Traffic && !c.query.Rights && !c.query.Flows && !c.query.Alone {
		c.run(ctx, slices.Concat(c.nodes(), c.around(), c.neighbours(), c.reached()))
		for range maxHops {
			c.run(ctx, c.reached())
		}
	}
	c.run(ctx, c.configTexts())
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	c.inv.sortUnread()
	c.missingNamespace()
	pages, missing := c.inv.pages(c.pages, c.query.Namespace)
	c.problems = append(c.problems, missing...)
	// They come in the order of the answers.
	slices.SortFunc(c.problems, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return &Collected{c.inv, c.selected(targets), c.problems, pages}, nil
}

// rounds reads until what was found tells of nothing else to read.
func (c *collector) rounds(ctx context.Context) {
	for range maxRounds {
		next := c.next()
		if len(next) == 0 {
			break
		}
		c.run(ctx, next)
	}
}

// CollectFacts reads what is to be known of a cluster for judging files: its version and the
// kubelet's defaults.
func CollectFacts(ctx context.Context, conn Connection, inv *Inventory) error {
	c, err := newCollector(conn, Query{})
	if err != nil {
		return err
	}
	c.inv = inv
	c.run(ctx, c.facts())
	c.inv.sortUnread()
	return c.unreachable(ctx)
}

func newCollector(conn Connection, query Query) (*collector, error) {
	cl, err := newClient(conn.Config, conn.ChunkSize)
	if err != nil {
		return nil, fmt.Errorf("context %s: %w", conn.Context, err)
	}
	return &collector{client: &server{cl, conn.Mapper}, conn: conn, query: query, inv: inventoryFor(query), tried: map[string]bool{}}, nil
}

// read is one step of a round.
type read func(ctx context.Context)

func (c *collector) run(ctx context.Context, reads []read) {
	var g errgroup.Group
	g.SetLimit(maxConcurrentReads)
	for _, r := range reads {
		g.Go(func() error {
			r(ctx)
			return nil
		})
	}
	_ = g.Wait()
}

// unreachable is the error of a server that answered nothing, or refuses the credentials.
func (c *collector) unreachable(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if c.answered || c.firstErr == nil {
		return nil
	}
	if apierrors.IsUnauthorized(c.firstErr) {
		return fmt.Errorf("context %s: unauthorized: the API server refused the credentials", c.conn.Context)
	}
	return fmt.Errorf("context %s: %s; try -f FILE --local", c.conn.Context, lastCause(c.firstErr))
}

// note keeps whether the server answers.
func (c *collector) note(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var status apierrors.APIStatus
	isStatus := errors.As(err, &status)
	switch {
	case err == nil, isStatus && !apierrors.IsUnauthorized(err):
		c.answered = true
	case c.firstErr == nil:
		c.firstErr = err
	}
}

// fail notes a read that failed.
func (c *collector) fail(what string, u api.Unread, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.inv.fail(what, u, err)
}

// add puts an object into the inventory. An object that cannot be judged is a problem.
func (c *collector) add(k kind) func(runtime.Object) error {
	return func(obj runtime.Object) error {
		c.mu.Lock()
		defer c.mu.Unlock()
		if err := c.inv.Add(obj, itemKind(obj, k.gvk), workload.Source{}); err != nil {
			c.problems = append(c.problems, err)
		}
		return nil
	}
}

// first is what is read before anything is known.
func (c *collector) first() []read {
	if c.query.Alone {
		return append([]read{c.readVersion}, c.targets()...)
	}
	if c.query.Rights {
		reads := slices.Concat([]read{c.readVersion}, c.targets(), c.access())
		if len(c.query.Targets) > 0 {
			reads = append(reads, c.builtins(c.query.Namespace)...)
		}
		return reads
	}
	reads := append(c.facts(), c.targets()...)
	if c.query.Flows {
		return append(reads, c.flows()...)
	}
	if len(c.query.Targets) == 0 || len(c.pages) > 0 {
		reads = append(reads, c.everything(c.query.Namespace)...)
	}
	reads = slices.Concat(reads, c.revisions(), c.customs(), c.network())
	if c.query.Traffic {
		return append(reads, c.listOnce("Namespace", "")...)
	}
	if c.query.Callers {
		reads = append(reads, c.callers()...)
	}
	return slices.Concat(reads, c.surroundings(), c.access(), c.secrets())
}
