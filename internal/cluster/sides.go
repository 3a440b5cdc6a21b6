package cluster

import (
	"context"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// Change makes of what was read what one side of a comparison stands for. It runs once the workloads
// are known, and before what surrounds them is read: what it adds has its surroundings read too.
type Change func(*Inventory)

// CollectChanged reads what the query asks for from the snapshot and changes it. What the changed
// workloads call for and the snapshot does not hold is asked of conn; nil asks nobody.
func (s *Snapshot) CollectChanged(ctx context.Context, conn *Connection, query Query, change Change) (*Collected, error) {
	c := s.collector(query)
	c.change = change
	if conn != nil {
		cl, err := newClient(conn.Config, conn.ChunkSize)
		if err != nil {
			return nil, fmt.Errorf("context %s: %w", conn.Context, err)
		}
		c.conn = *conn
		c.client = &behind{&replay{s}, &server{cl, conn.Mapper}}
	}
	return c.collect(ctx)
}

// WithoutPods leaves the pods of workloads out, so that these are judged by their templates alone. A
// pod that no template made stays, without what was observed of it while it ran.
func (inv *Inventory) WithoutPods(of func(api.Ref) bool) {
	for _, key := range inv.podKeys() {
		top := inv.top(key)
		switch {
		case !of(inv.refOf(top)):
		case top == key:
			inv.pods[key] = unobserved(inv.pods[key])
		case inv.hasTemplate(top):
			delete(inv.pods, key)
			delete(inv.neighbours, key)
			inv.left[key] = true
		}
	}
}

// PodsAlone leaves the templates of workloads out, so that these are judged by what their pods say,
// without what was observed while they ran.
func (inv *Inventory) PodsAlone(of func(api.Ref) bool) {
	for _, key := range inv.podKeys() {
		if top := inv.top(key); of(inv.refOf(top)) {
			inv.pods[key] = unobserved(inv.pods[key])
			inv.podsAlone[top] = true
		}
	}
}

func (inv *Inventory) podKeys() []ownerKey {
	keys := make([]ownerKey, 0, len(inv.pods))
	for key := range inv.pods {
		keys = append(keys, key)
	}
	return keys
}

// unobserved is a pod without what its containers turned out to be: the user and the image that run.
func unobserved(pod *corev1.Pod) *corev1.Pod {
	out := *pod
	out.Status.InitContainerStatuses, out.Status.ContainerStatuses, out.Status.EphemeralContainerStatuses = nil, nil, nil
	return &out
}

// customs reads custom objects by their names. Of a kind that is not installed there is none.
func (c *collector) customs() []read {
	var reads []read
	for _, ref := range c.query.Custom {
		_, version, found := strings.Cut(ref.APIVersion, "/")
		if found && c.once("get", ref.Group(), ref.Kind, ref.Namespace, ref.Name) {
			reads = append(reads, func(ctx context.Context) {
				if _, err := c.client.kindOf(ref.Group(), version, ref.Kind); !notInstalled(err) {
					c.getOwner(ctx, missing{keyOf(ref), version})
				}
			})
		}
	}
	return reads
}
