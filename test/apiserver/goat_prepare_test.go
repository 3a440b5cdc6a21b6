package apiserver_test

import (
	"errors"
	"fmt"
	"strings"

	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

// grant gives a role to a subject.
type grant struct {
	// to is a ServiceAccount of HERE, NAMESPACE/NAME of another namespace, "Group NAME" or
	// "User NAME".
	to string
	// in is the namespace, empty for the cluster.
	in string
	// is names a ClusterRole that is there; else may is what a role of its own allows, which
	// is named goat-NAME: "VERBS RESOURCE.GROUP [RESOURCENAMES]".
	is  string
	may []string
}

// prepare makes the namespaces, the accounts, the objects and the grants, and waits until
// the authorizer has seen them: what is refused from then on is refused for good.
func (w *walker) prepare(way walk) {
	w.Helper()
	create := metav1.CreateOptions{}
	var errs []error
	for _, name := range []string{w.here, w.there} {
		_, err := w.admin.CoreV1().Namespaces().Create(w.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}, create)
		errs = append(errs, err)
	}
	errs = append(errs, w.account(w.here, "app"))
	for i, g := range way.grants {
		errs = append(errs, w.grant(i, g))
	}
	if err := errors.Join(errs...); err != nil {
		w.Fatal(err)
	}
	if way.objects != "" {
		w.control.Kubectl(w.T, w.named(strings.ReplaceAll(way.objects, "VALUE", w.value)), "apply", "-f", "-")
	}
	w.awaitAuthorizer()
	// No pod runs: the test's admin makes the token that code in a pod of app would have.
	app, err := w.mint(w.admin, w.here, "app")
	if err != nil {
		w.Fatal(err)
	}
	w.app = app
}

func (w *walker) account(namespace, name string) error {
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: name}}
	_, err := w.admin.CoreV1().ServiceAccounts(namespace).Create(w.Context(), account, metav1.CreateOptions{})
	return ignoreExisting(err)
}

// grant makes the i-th grant with the account and the role that it needs.
func (w *walker) grant(i int, g grant) error {
	to, err := w.subjectOf(w.named(g.to))
	if err != nil {
		return err
	}
	namespace, role, create := w.named(g.in), g.is, metav1.CreateOptions{}
	kind, rules := "ClusterRole", w.rules(g.may)
	if role == "" {
		role = "goat-" + to.Name
		meta := metav1.ObjectMeta{Name: role, Namespace: namespace}
		if namespace == "" {
			_, err = w.admin.RbacV1().ClusterRoles().Create(w.Context(), &rbacv1.ClusterRole{ObjectMeta: meta, Rules: rules}, create)
		} else {
			kind = "Role"
			_, err = w.admin.RbacV1().Roles(namespace).Create(w.Context(), &rbacv1.Role{ObjectMeta: meta, Rules: rules}, create)
		}
	}
	if err != nil {
		return err
	}
	name := fmt.Sprintf("goat-%d", i)
	if namespace == "" {
		_, err = w.admin.RbacV1().ClusterRoleBindings().Create(w.Context(), clusterBinding(name, role, to), create)
	} else {
		_, err = w.admin.RbacV1().RoleBindings(namespace).Create(w.Context(), binding(namespace, name, kind, role, to), create)
	}
	return err
}

// subjectOf makes the account that it names.
func (w *walker) subjectOf(to string) (rbacv1.Subject, error) {
	for _, kind := range []string{"Group", "User"} {
		if name, found := strings.CutPrefix(to, kind+" "); found {
			return subject(kind, "", name), nil
		}
	}
	namespace, name, found := strings.Cut(to, "/")
	if !found {
		namespace, name = w.here, to
	}
	return subject(rbacv1.ServiceAccountKind, namespace, name), w.account(namespace, name)
}

func (w *walker) rules(may []string) []rbacv1.PolicyRule {
	var rules []rbacv1.PolicyRule
	for _, text := range may {
		fields := strings.Fields(w.named(text))
		resource, group, _ := strings.Cut(fields[1], ".")
		rule := rbacv1.PolicyRule{Verbs: strings.Split(fields[0], ","), APIGroups: []string{group}, Resources: []string{resource}}
		if len(fields) > 2 {
			rule.ResourceNames = strings.Split(fields[2], ",")
		}
		rules = append(rules, rule)
	}
	return rules
}

// awaitAuthorizer writes one more object of each kind and waits until the server's authorizer
// has seen it, and so all before it: those of this walk, and the end of those of the last.
func (w *walker) awaitAuthorizer() {
	w.Helper()
	const name = "goat-zzz"
	ctx, create, meta := w.Context(), metav1.CreateOptions{}, metav1.ObjectMeta{Name: name}
	waits := subject("User", "", w.here+"-waits")
	rule := func(verb string) []rbacv1.PolicyRule {
		return []rbacv1.PolicyRule{{Verbs: []string{verb}, APIGroups: []string{""}, Resources: []string{"pods"}}}
	}
	api := w.admin.RbacV1()
	_, err1 := api.ClusterRoles().Create(ctx, &rbacv1.ClusterRole{ObjectMeta: meta, Rules: rule("wait")}, create)
	_, err2 := api.ClusterRoleBindings().Create(ctx, clusterBinding(name, name, waits), create)
	_, err3 := api.Roles(w.here).Create(ctx, &rbacv1.Role{ObjectMeta: meta, Rules: rule("wait-here")}, create)
	_, err4 := api.RoleBindings(w.here).Create(ctx, binding(w.here, name, "Role", name, waits), create)
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		w.Fatal(err)
	}
	id := rbac.Identity{User: waits.Name}
	for _, spec := range []authorizationv1.SubjectAccessReviewSpec{
		id.Review(rbac.Request{Verb: "wait", Resource: "pods"}),
		id.Review(rbac.Request{Verb: "wait-here", Resource: "pods", Namespace: w.here}),
	} {
		testkit.WaitFor(w.T, "the authorizer", func() error {
			status, err := review(w.T, w.admin, spec)
			if err == nil && !status.Allowed {
				err = fmt.Errorf("%+v is not allowed yet", spec.ResourceAttributes)
			}
			return err
		})
	}
}

// remove takes away what other walks would see: all that is not in a namespace, and pods,
// which no kubelet ends.
func (w *walker) remove() {
	ctx, now, all := w.Context(), *metav1.NewDeleteOptions(0), metav1.ListOptions{}
	rbacs, requests := w.admin.RbacV1(), w.admin.CertificatesV1().CertificateSigningRequests()
	nodes, volumes, namespaces := w.admin.CoreV1().Nodes(), w.admin.CoreV1().PersistentVolumes(), w.admin.CoreV1().Namespaces()
	bindings, err1 := rbacs.ClusterRoleBindings().List(ctx, all)
	roles, err2 := rbacs.ClusterRoles().List(ctx, all)
	asked, err3 := requests.List(ctx, all)
	known, err4 := nodes.List(ctx, all)
	disks, err5 := volumes.List(ctx, all)
	if err := errors.Join(err1, err2, err3, err4, err5); err != nil {
		w.Error(err)
		return
	}
	errs := []error{namespaces.Delete(ctx, w.here, now), namespaces.Delete(ctx, w.there, now)}
	for _, o := range bindings.Items {
		errs = append(errs, endOf(o.Name, func() error { return rbacs.ClusterRoleBindings().Delete(ctx, o.Name, now) }))
	}
	for _, o := range roles.Items {
		errs = append(errs, endOf(o.Name, func() error { return rbacs.ClusterRoles().Delete(ctx, o.Name, now) }))
	}
	for _, o := range asked.Items {
		errs = append(errs, endOf(o.Name, func() error { return requests.Delete(ctx, o.Name, now) }))
	}
	for _, o := range known.Items {
		errs = append(errs, endOf(o.Name, func() error { return nodes.Delete(ctx, o.Name, now) }))
	}
	for _, o := range disks.Items {
		errs = append(errs, endOf(o.Name, func() error { return volumes.Delete(ctx, o.Name, now) }))
	}
	for _, namespace := range []string{w.here, w.there} {
		errs = append(errs, w.admin.CoreV1().Pods(namespace).DeleteCollection(ctx, now, all))
	}
	if err := errors.Join(errs...); err != nil {
		w.Error(err)
	}
}

// endOf deletes what belongs to walks. A controller may have been faster.
func endOf(name string, end func() error) error {
	if !strings.HasPrefix(name, "goat-") {
		return nil
	}
	if err := end(); !apierrors.IsNotFound(err) {
		return err
	}
	return nil
}
