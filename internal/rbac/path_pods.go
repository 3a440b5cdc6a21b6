package rbac

import (
	"maps"
	"slices"
	"strings"
)

// makePods runs code in pods of the holder's own: with any account and Secret of the
// namespace, and as root on a node where privileged pods are let in.
func (l *leads) makePods(x *Power) {
	l.accounts(x, nil)
	l.add(place{kind: placeSecrets, namespace: x.Namespace}, x)
	namespaces := l.namespaces
	if x.Namespace != "" {
		namespaces = []string{x.Namespace}
	}
	for _, namespace := range namespaces {
		beside, may := l.toNode(namespace)
		if !may {
			continue
		}
		e := edge{to: place{kind: placeNode}, power: x, beside: beside, does: x.Does()}
		if beside != nil {
			e.does = beside.Does() + " and " + e.does
		}
		l.edges = append(l.edges, e)
		if beside == nil {
			return // one is enough, and none is simpler
		}
	}
}

// namespacesOf are those of which something is known, sorted.
func namespacesOf(w *World) []string {
	known := map[string]bool{}
	for _, account := range w.Accounts {
		known[account.Namespace] = true
	}
	for i := range w.Pods {
		known[w.Pods[i].Namespace] = true
	}
	return slices.Sorted(maps.Keys(known))
}

// toNode tells whether pods of a namespace can be root on a node: since it lets privileged
// ones in; since its labels can be changed, or by a volume that is a path of the node. For
// these another power is needed.
func (l *leads) toNode(namespace string) (beside *Power, may bool) {
	if l.world.Privileged != nil && l.world.Privileged(namespace) {
		return nil, true
	}
	if label := l.power(MayWriteNamespaces, namespace); label != nil {
		return label, true
	}
	volume := l.power(MayWriteVolumes, "")
	if volume == nil || !slices.Contains(volume.Verbs, "create") {
		return nil, false
	}
	_, may = l.policy.Allows(l.id, Request{Verb: "create", Resource: "persistentvolumeclaims", Namespace: namespace})
	return volume, may
}

// power is one of the kind that holds in the namespace or the cluster for any name, or for
// the namespace as a name.
func (l *leads) power(kind PowerKind, namespace string) *Power {
	for i := range l.powers {
		x := &l.powers[i]
		if x.Kind == kind && (x.Namespace == "" || x.Namespace == namespace) && (len(x.Names) == 0 || slices.Contains(x.Names, namespace)) {
			return x
		}
	}
	return nil
}

// enterPods runs code in pods, which have tokens and may be root on their nodes.
func (l *leads) enterPods(x *Power) {
	switch {
	case len(x.Names) == 0:
		l.add(place{kind: placePods, namespace: x.Namespace}, x)
	case x.Kind == MayProxyNodes:
		for _, node := range x.Names {
			l.add(place{kind: placePodsOf, name: node}, x)
		}
	default:
		namespaces := l.namespaces
		if x.Namespace != "" {
			namespaces = []string{x.Namespace}
		}
		for _, namespace := range namespaces {
			for _, name := range x.Names {
				if pod := l.pod(namespace, name); pod != nil {
					for _, to := range pod.gives("") {
						l.add(to, x)
					}
				}
			}
		}
	}
}

// pod is nil where none of the name is known.
func (g *Graph) pod(namespace, name string) *Pod {
	if g.named == nil {
		g.named = map[roleKey]*Pod{}
		for i := range g.world.Pods {
			pod := &g.world.Pods[i]
			for _, name := range pod.Names {
				g.named[roleKey{pod.Namespace, name}] = pod
			}
		}
	}
	return g.named[roleKey{namespace, name}]
}

const (
	nodePrefix = "system:node:"
	nodesGroup = "system:nodes"
)

// becomeNode acts as nodes, which the API server tells by their names and by their group
// (k8s.io/kubernetes pkg/auth/nodeidentifier); impersonation gives no group by itself.
func (l *leads) becomeNode(x *Power) {
	i := slices.IndexFunc(l.powers, func(y Power) bool {
		return y.Kind == MayImpersonateGroups && slices.Contains(y.Names, nodesGroup)
	})
	if i < 0 {
		return
	}
	for _, name := range x.Names {
		if node, is := strings.CutPrefix(name, nodePrefix); is && node != "" {
			l.with(place{kind: placeNodeName, name: node}, x, &l.powers[i])
		}
	}
}
