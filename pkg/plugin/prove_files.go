package plugin

import (
	"errors"
	"fmt"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
)

// judgedFiles are the objects of -f, by what they are.
type judgedFiles struct {
	objects []cluster.Object
	// holds tells of each file which kinds it has.
	holds map[string]*fileKinds
}

type fileKinds struct{ roles, policies, others bool }

func (k *fileKinds) policiesAlone() bool { return k.policies && !k.roles && !k.others }

func (k *fileKinds) rolesAlone() bool { return k.roles && !k.policies && !k.others }

func sortFiles(objects []cluster.Object) *judgedFiles {
	f := &judgedFiles{objects: objects, holds: map[string]*fileKinds{}}
	for _, o := range objects {
		kinds := f.holds[o.Source.File]
		if kinds == nil {
			kinds = &fileKinds{}
			f.holds[o.Source.File] = kinds
		}
		switch o.Object.(type) {
		case *rbacv1.Role, *rbacv1.ClusterRole, *rbacv1.RoleBinding, *rbacv1.ClusterRoleBinding:
			kinds.roles = true
		case *networkingv1.NetworkPolicy:
			kinds.policies = true
		default:
			kinds.others = true
		}
	}
	return f
}

func (f *judgedFiles) some(is func(*fileKinds) bool) bool {
	for _, kinds := range f.holds {
		if is(kinds) {
			return true
		}
	}
	return false
}

var errBothKinds = errors.New("-f holds roles and NetworkPolicies: prove them apart, each with a --from of its own")

// ofPolicies tells whether policies are to be judged, not roles. Of files with other objects,
// such as those of a cluster, those that hold one of the two alone decide.
func (f *judgedFiles) ofPolicies() (bool, error) {
	policies := f.some(func(k *fileKinds) bool { return k.policies })
	if roles := f.some(func(k *fileKinds) bool { return k.roles }); !policies || !roles {
		return policies, nil
	}
	policies, roles := f.some((*fileKinds).policiesAlone), f.some((*fileKinds).rolesAlone)
	if policies == roles {
		return false, errBothKinds
	}
	return policies, nil
}

// writtenPolicies are the NetworkPolicies to judge, each once, and where they are written.
type writtenPolicies struct {
	policies []*networkingv1.NetworkPolicy
	sources  map[types.NamespacedName]cluster.Object
	// state are the other objects: what -f has of the cluster.
	state []cluster.Object
}

// policies takes those of files that hold no other objects; where there is no such file, all. Of
// two of one name the later counts. A namespace is for those that name none.
func (f *judgedFiles) policies(namespace string) (*writtenPolicies, error) {
	apart := f.some((*fileKinds).policiesAlone)
	w := &writtenPolicies{sources: map[types.NamespacedName]cluster.Object{}}
	known := map[types.NamespacedName]int{}
	kept := map[types.NamespacedName]int{}
	for _, o := range f.objects {
		p, is := o.Object.(*networkingv1.NetworkPolicy)
		if !is {
			w.state = append(w.state, o)
			continue
		}
		if p.Namespace == "" {
			p.Namespace = namespace
		}
		name := types.NamespacedName{Namespace: p.Namespace, Name: p.Name}
		if apart && !f.holds[o.Source.File].policiesAlone() {
			if at, twice := kept[name]; twice {
				w.state[at] = o
				continue
			}
			kept[name] = len(w.state)
			w.state = append(w.state, o)
			continue
		}
		if p.Name == "" {
			return nil, fmt.Errorf("%s: a NetworkPolicy without a name", placeOf(o, ""))
		}
		w.sources[name] = o
		if at, twice := known[name]; twice {
			w.policies[at] = p
			continue
		}
		known[name] = len(w.policies)
		w.policies = append(w.policies, p)
	}
	return w, nil
}

// options are where rules are written, and what makes the API server refuse a policy.
func (w *writtenPolicies) options() netpol.JudgeOptions {
	opts := netpol.JudgeOptions{Where: w.where, Refused: map[types.NamespacedName][]string{}}
	for name, o := range w.sources {
		if len(o.Refused) > 0 {
			opts.Refused[name] = o.Refused
		}
	}
	return opts
}

// where is the file and the line of a rule, or its name where it is of the cluster.
func (w *writtenPolicies) where(r netpol.Rule) string {
	o, found := w.sources[types.NamespacedName{Namespace: r.Policy.Namespace, Name: r.Policy.Name}]
	words := "NetworkPolicy" + strings.TrimPrefix(r.String(), "policy")
	if !found {
		return words
	}
	path := ""
	if r.Number > 0 {
		path = fmt.Sprintf("spec.%s[%d]", strings.ToLower(string(r.Direction)), r.Number-1)
	}
	if place := placeOf(o, path); place != "" {
		return place
	}
	return words
}

// placeOf is the file and the line of a field; empty where these are not known.
func placeOf(o cluster.Object, path string) string {
	line := o.Source.Line
	if o.Source.LineOf != nil && path != "" {
		if at := o.Source.LineOf(path); at > 0 {
			line = at
		}
	}
	if o.Source.File == "" || line == 0 {
		return ""
	}
	return fmt.Sprintf("%s:%d", o.Source.File, line)
}
