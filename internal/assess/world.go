package assess

import (
	"slices"
	"sync"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/check"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/podsecurity"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// world are the live pods that were read: those of the workloads judged, those on the same
// nodes, and those in reach of their accounts.
type world struct {
	pods []neighbour
}

// neighbour is what a pod means for others.
type neighbour struct {
	ref       api.Ref // of its workload
	namespace string
	name      string
	node      string
	account   string
	// token tells that a container of it holds a token for the API server.
	token bool
	// root tells that code in it is root on its node.
	root bool
}

// newWorld judges every pod; pods that share their containers are judged once.
func newWorld(inv *cluster.Inventory, policy *podsecurity.Evaluator) *world {
	w := &world{}
	escapes := slices.DeleteFunc(check.All(), func(c check.Check) bool { return !slices.Contains(escapeChecks(), c.ID) })
	type trait struct{ token, root bool }
	// Pods that share their containers differ by their node alone, whose support for user
	// namespaces counts where they ask for one.
	type alike struct {
		first  *corev1.Container
		node   string
		mirror bool
	}
	traits := map[alike]trait{}
	for _, pod := range inv.LivePods() {
		ref := inv.WorkloadOf(pod)
		key := alike{first: &pod.Spec.Containers[0], mirror: isMirror(&pod.ObjectMeta)}
		if pod.Spec.HostUsers != nil {
			key.node = pod.Spec.NodeName
		}
		known, found := traits[key]
		if !found || usesClaims(pod) {
			subject := subjectOf(inv, ref, pod, policy)
			known = trait{len(check.Tokens(subject)) > 0, escapesFrom(subject, escapes)}
			traits[key] = known
		}
		w.pods = append(w.pods, neighbour{
			ref: ref, namespace: pod.Namespace, name: pod.Name, node: pod.Spec.NodeName, account: workload.AccountName(&pod.Spec),
			token: known.token, root: known.root,
		})
	}
	if inv.Access().Fact == workload.FactAbsent {
		w.addTemplates(inv, policy, escapes)
	}
	return w
}

// addTemplates adds what files will make of templates; on which nodes is not known.
func (w *world) addTemplates(inv *cluster.Inventory, policy *podsecurity.Evaluator, escapes []check.Check) {
	for _, owner := range inv.Workloads() {
		if len(owner.Pods) > 0 {
			continue
		}
		for _, shape := range owner.Shapes() {
			s := check.NewSubject(shape, inv.Context(owner), policy)
			w.pods = append(w.pods, neighbour{
				ref: owner.Ref, namespace: owner.Ref.Namespace, name: owner.Ref.Name, account: workload.AccountName(shape.Spec),
				token: len(check.Tokens(s)) > 0, root: escapesFrom(s, escapes),
			})
		}
	}
}

// subjectOf is a pod by itself, with what surrounds it.
func subjectOf(inv *cluster.Inventory, ref api.Ref, pod *corev1.Pod, policy *podsecurity.Evaluator) check.Subject {
	alone := &workload.Workload{Ref: ref, Meta: &pod.ObjectMeta, Pods: []*corev1.Pod{pod}}
	return check.NewSubject(alone.Shapes()[0], inv.Context(alone), policy)
}

// usesClaims tells pods whose volumes depend on more than their spec.
func usesClaims(pod *corev1.Pod) bool {
	return slices.ContainsFunc(pod.Spec.Volumes, func(v corev1.Volume) bool { return v.PersistentVolumeClaim != nil || v.Ephemeral != nil })
}

// escapeChecks find what makes code in a container root on its node, where they are critical.
func escapeChecks() []string {
	return []string{"privileged", "caps-added-escape", "hostpath-escape", "runtime-socket", "windows-host-process"}
}

// escapesFrom tells whether code in a subject is root on its node: not in a user namespace
// that the node supports, and not in a sandbox.
func escapesFrom(s check.Subject, escapes []check.Check) bool {
	sandboxed := check.Sandboxed(s)
	for _, c := range escapes {
		if sandboxed && c.Root {
			continue // the kernel in reach is that of the sandbox
		}
		for _, v := range c.Eval(s) {
			severity := v.Severity
			if severity == "" {
				severity = c.Severity
			}
			inside := c.Root && s.UserNamespace() && s.Context.UserNamespaces == workload.FactYes
			if severity == api.SeverityCritical && !v.Unknown && !inside {
				return true
			}
		}
	}
	return false
}

// lazyWorld judges the pods when they are first asked for.
type lazyWorld struct {
	once  sync.Once
	world *world
}

func (a *assessor) worldOf() *world {
	a.lazy.once.Do(func() { a.lazy.world = newWorld(a.inv, a.policy) })
	return a.lazy.world
}
