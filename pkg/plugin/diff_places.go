package plugin

import (
	"fmt"
	"slices"
	"strings"

	nodev1 "k8s.io/api/node/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/render"
)

// placesOf are the namespaces that files are looked at in: those that they are of or about, or with
// -A all, which is "".
func (o *diffOptions) placesOf(objects []cluster.Object, selected []api.Ref, named bool) []string {
	only := *o.config.Namespace
	if o.input.allNamespaces && only == "" && !named {
		return []string{""}
	}
	places := cluster.Places(objects, selected)
	if only != "" {
		places = slices.DeleteFunc(places, func(name string) bool { return name != only })
	}
	if len(places) == 0 && slices.ContainsFunc(objects, ofCluster) {
		places = []string{o.place()}
	}
	return places
}

// beyondPlaces says that files hold what may change workloads of namespaces that were not asked for
// and not looked at; empty for none.
func (o *diffOptions) beyondPlaces(f files) string {
	if f.named || *o.config.Namespace != "" || slices.Contains(f.places, "") {
		return ""
	}
	at := slices.IndexFunc(f.objects, ofAnyPlace)
	if at < 0 {
		return ""
	}
	name := f.objects[at].GVK.Kind
	if m, ok := f.objects[at].Object.(metav1.Object); ok {
		name += " " + m.GetName()
	}
	return render.Printable(fmt.Sprintf("%s may be about any namespace, and was looked at in %s alone: -A looks at all", name, strings.Join(f.places, ", ")))
}

// ofAnyPlace tells an object whose effect on workloads stands in no namespace that it names.
func ofAnyPlace(o cluster.Object) bool {
	switch object := o.Object.(type) {
	case *rbacv1.ClusterRole, *nodev1.RuntimeClass:
		return true
	case *rbacv1.ClusterRoleBinding:
		return slices.ContainsFunc(object.Subjects, func(s rbacv1.Subject) bool { return s.Kind == rbacv1.GroupKind })
	}
	return false
}

// place is where objects of no namespace are looked at: that of -n or the context, "" for all.
func (o *diffOptions) place() string {
	if o.input.allNamespaces {
		return ""
	}
	return o.input.namespace
}

// ofCluster tells an object of no namespace, which may be about any, such as a ClusterRole that a
// RoleBinding of the cluster refers to.
func ofCluster(o cluster.Object) bool {
	m, ok := o.Object.(metav1.Object)
	return ok && m.GetNamespace() == "" && o.GVK.GroupKind() != schema.GroupKind{Kind: "Namespace"}
}

// isClusterRole tells one whose rules others may take over.
func isClusterRole(o cluster.Object) bool {
	_, is := o.Object.(*rbacv1.ClusterRole)
	return is
}
