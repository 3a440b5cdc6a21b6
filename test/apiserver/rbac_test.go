package apiserver_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	authorizationv1 "k8s.io/api/authorization/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
	"github.com/kubectl-harden/kubectl-harden/internal/rbac/rbactest"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

const (
	// rbacReviews are the questions to the server for any user and groups, and
	// rbacImpersonated those of impersonated users, whose groups the server finds.
	rbacReviews      = 600
	rbacImpersonated = 300
	rbacLabel        = "rbac-test"
)

// TestRBACAgreesWithTheServer applies a random policy, reads all of RBAC back, and asks the
// server and the evaluator the same.
func TestRBACAgreesWithTheServer(t *testing.T) {
	control := shared.Get(t)
	config := restConfig(t, control)
	client := newClient(t, config)
	random := rbacRandom(t)
	maker := rbactest.Maker{Dice: random, Most: 90, Prefix: "rbac-", Label: rbacLabel, Valid: true}
	drawn := drawPolicy(maker)
	defer removePolicy(t, client, maker)
	for _, namespace := range maker.Namespaces() {
		control.Kubectl(t, "", "create", "namespace", namespace)
	}
	applyPolicy(t, client, drawn)
	awaitAggregation(t, client, drawn)
	awaitAuthorizer(t, client, maker)

	objects := readPolicy(t, client)
	policy := rbac.New(objects)
	ours := len(drawn.Roles) + len(drawn.ClusterRoles) + len(drawn.RoleBindings) + len(drawn.ClusterRoleBindings)
	allowed := 0
	for range rbacReviews {
		id, request := rbac.FromReview(maker.Review(drawn))
		status, err := review(t, client, id.Review(request))
		if err != nil {
			t.Fatal(err)
		}
		if compareDecision(t, policy, id, request, status) {
			allowed++
		}
	}
	impersonated := 0
	for range rbacImpersonated {
		id, request := rbac.FromReview(maker.Review(drawn))
		if compareImpersonated(t, config, policy, id.User, request) {
			impersonated++
		}
	}
	t.Logf("%d objects; %d of %d allowed, impersonated %d of %d", ours, allowed, rbacReviews, impersonated, rbacImpersonated)
	if ours < 100 || allowed < rbacReviews/10 || allowed > rbacReviews*9/10 || impersonated == 0 {
		t.Error("the drawn policy and requests do not test much")
	}
}

func review(t *testing.T, client kubernetes.Interface, spec authorizationv1.SubjectAccessReviewSpec) (authorizationv1.SubjectAccessReviewStatus, error) {
	object := &authorizationv1.SubjectAccessReview{Spec: spec}
	object, err := client.AuthorizationV1().SubjectAccessReviews().Create(t.Context(), object, metav1.CreateOptions{})
	if err != nil {
		return authorizationv1.SubjectAccessReviewStatus{}, err
	}
	return object.Status, nil
}

// compareDecision tells whether the request is allowed; the server's reason must name one of
// the grants.
func compareDecision(t *testing.T, policy *rbac.Policy, id rbac.Identity, request rbac.Request, status authorizationv1.SubjectAccessReviewStatus) bool {
	t.Helper()
	_, allowed := policy.Allows(id, request)
	if allowed != status.Allowed {
		t.Fatalf("%+v %+v: the server says %+v, the evaluator %t", id, request, status, allowed)
	}
	if allowed && !slices.ContainsFunc(policy.Grants(id, request), func(grant rbac.Grant) bool {
		return status.Reason == "RBAC: allowed by "+grant.String()
	}) {
		t.Fatalf("%+v %+v: the server says %q, the evaluator %v", id, request, status.Reason, policy.Grants(id, request))
	}
	return allowed
}

func compareImpersonated(t *testing.T, config *rest.Config, policy *rbac.Policy, user string, request rbac.Request) bool {
	t.Helper()
	config = rest.CopyConfig(config)
	config.Impersonate.UserName = user
	id := rbac.User(user)
	spec := id.Review(request)
	review := &authorizationv1.SelfSubjectAccessReview{Spec: authorizationv1.SelfSubjectAccessReviewSpec{
		ResourceAttributes: spec.ResourceAttributes, NonResourceAttributes: spec.NonResourceAttributes,
	}}
	review, err := newClient(t, config).AuthorizationV1().SelfSubjectAccessReviews().Create(t.Context(), review, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return compareDecision(t, policy, id, request, review.Status)
}

func drawPolicy(maker rbactest.Maker) rbactest.Policy {
	drawn := maker.Policy()
	for len(drawn.ClusterRoles) < 40 || len(drawn.ClusterRoleBindings) < 20 || len(drawn.RoleBindings) < 20 {
		drawn = maker.Policy()
	}
	maker.Aggregate(drawn)
	return drawn
}

// lastObjects grant one right in a namespace and one in the cluster to nobody else.
func lastObjects(maker rbactest.Maker) (drawn rbactest.Policy, rights []authorizationv1.SubjectAccessReviewSpec) {
	meta := metav1.ObjectMeta{Name: "rbac-zzz", Namespace: maker.Namespaces()[0], Labels: map[string]string{rbacLabel: "yes"}}
	subject := []rbacv1.Subject{{Kind: "User", APIGroup: rbacv1.GroupName, Name: "rbac-waits"}}
	rule := func(verb string) []rbacv1.PolicyRule {
		return []rbacv1.PolicyRule{{Verbs: []string{verb}, APIGroups: []string{""}, Resources: []string{"pods"}}}
	}
	ref := rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: meta.Name}
	drawn.Roles = []rbacv1.Role{{ObjectMeta: meta, Rules: rule("wait-here")}}
	drawn.RoleBindings = []rbacv1.RoleBinding{{ObjectMeta: meta, Subjects: subject, RoleRef: ref}}
	meta.Namespace, ref.Kind = "", "ClusterRole"
	drawn.ClusterRoles = []rbacv1.ClusterRole{{ObjectMeta: meta, Rules: rule("wait")}}
	drawn.ClusterRoleBindings = []rbacv1.ClusterRoleBinding{{ObjectMeta: meta, Subjects: subject, RoleRef: ref}}
	id := rbac.Identity{User: "rbac-waits"}
	return drawn, []authorizationv1.SubjectAccessReviewSpec{
		id.Review(rbac.Request{Verb: "wait", Resource: "pods"}),
		id.Review(rbac.Request{Verb: "wait-here", Resource: "pods", Namespace: maker.Namespaces()[0]}),
	}
}

// awaitAuthorizer writes one more object of each kind and waits until the server's
// authorizer has seen it, and so all before it.
func awaitAuthorizer(t *testing.T, client kubernetes.Interface, maker rbactest.Maker) {
	t.Helper()
	last, rights := lastObjects(maker)
	applyPolicy(t, client, last)
	for _, spec := range rights {
		testkit.WaitFor(t, "the authorizer", func() error {
			status, err := review(t, client, spec)
			if err == nil && !status.Allowed {
				err = fmt.Errorf("%+v is not allowed yet", spec.ResourceAttributes)
			}
			return err
		})
	}
}

func applyPolicy(t *testing.T, client kubernetes.Interface, drawn rbactest.Policy) {
	t.Helper()
	ctx, create := t.Context(), metav1.CreateOptions{}
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for i := range drawn.ClusterRoles {
		_, err := client.RbacV1().ClusterRoles().Create(ctx, &drawn.ClusterRoles[i], create)
		check(err)
	}
	for i := range drawn.Roles {
		_, err := client.RbacV1().Roles(drawn.Roles[i].Namespace).Create(ctx, &drawn.Roles[i], create)
		check(err)
	}
	for i := range drawn.ClusterRoleBindings {
		_, err := client.RbacV1().ClusterRoleBindings().Create(ctx, &drawn.ClusterRoleBindings[i], create)
		check(err)
	}
	for i := range drawn.RoleBindings {
		_, err := client.RbacV1().RoleBindings(drawn.RoleBindings[i].Namespace).Create(ctx, &drawn.RoleBindings[i], create)
		check(err)
	}
}

// removePolicy returns when the namespaces are gone.
func removePolicy(t *testing.T, client kubernetes.Interface, maker rbactest.Maker) {
	t.Helper()
	ctx, marked := t.Context(), metav1.ListOptions{LabelSelector: rbacLabel}
	err := errors.Join(
		client.RbacV1().ClusterRoleBindings().DeleteCollection(ctx, metav1.DeleteOptions{}, marked),
		client.RbacV1().ClusterRoles().DeleteCollection(ctx, metav1.DeleteOptions{}, marked),
	)
	for _, namespace := range maker.Namespaces() {
		err = errors.Join(err, client.CoreV1().Namespaces().Delete(ctx, namespace, metav1.DeleteOptions{}))
	}
	if err != nil {
		t.Error(err)
		return
	}
	for _, namespace := range maker.Namespaces() {
		testkit.WaitFor(t, "the end of namespace "+namespace, func() error {
			_, err := client.CoreV1().Namespaces().Get(ctx, namespace, metav1.GetOptions{})
			if err == nil {
				return errors.New("it is still there")
			}
			if apierrors.IsNotFound(err) {
				return nil
			}
			return err
		})
	}
}

// awaitAggregation waits until the controller has filled the aggregated roles, and with
// what the evaluator works out for objects from files.
func awaitAggregation(t *testing.T, client kubernetes.Interface, drawn rbactest.Policy) {
	t.Helper()
	probe := rbac.Objects{Aggregate: true, ClusterRoles: drawn.ClusterRoles}
	for _, role := range drawn.ClusterRoles {
		probe.ClusterRoleBindings = append(probe.ClusterRoleBindings, rbacv1.ClusterRoleBinding{
			ObjectMeta: metav1.ObjectMeta{Name: role.Name}, RoleRef: rbacv1.RoleRef{Kind: "ClusterRole", Name: role.Name},
			Subjects: []rbacv1.Subject{{Kind: "User", Name: role.Name}},
		})
	}
	policy := rbac.New(probe)
	testkit.WaitFor(t, "the aggregated roles", func() error {
		list, err := client.RbacV1().ClusterRoles().List(t.Context(), metav1.ListOptions{LabelSelector: rbacLabel})
		if err != nil {
			return err
		}
		aggregated := 0
		for _, role := range list.Items {
			if role.AggregationRule != nil {
				aggregated++
			}
			var want []rbacv1.PolicyRule
			for right := range policy.Rights(rbac.Identity{User: role.Name}) {
				want = append(want, *right.Rule)
			}
			if diff := cmp.Diff(want, role.Rules); diff != "" && len(want)+len(role.Rules) > 0 {
				return fmt.Errorf("role %s differs: %s", role.Name, diff)
			}
		}
		if aggregated < 5 || len(list.Items) != len(drawn.ClusterRoles) {
			return fmt.Errorf("%d roles, %d of them aggregated", len(list.Items), aggregated)
		}
		return nil
	})
}

// readPolicy is all of RBAC, the server's own objects among it.
func readPolicy(t *testing.T, client kubernetes.Interface) rbac.Objects {
	t.Helper()
	ctx, all := t.Context(), metav1.ListOptions{}
	roles, err1 := client.RbacV1().Roles("").List(ctx, all)
	clusterRoles, err2 := client.RbacV1().ClusterRoles().List(ctx, all)
	bindings, err3 := client.RbacV1().RoleBindings("").List(ctx, all)
	clusterBindings, err4 := client.RbacV1().ClusterRoleBindings().List(ctx, all)
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		t.Fatal(err)
	}
	return rbac.Objects{Roles: roles.Items, ClusterRoles: clusterRoles.Items, RoleBindings: bindings.Items, ClusterRoleBindings: clusterBindings.Items}
}

func restConfig(t *testing.T, control *testkit.ControlPlane) *rest.Config {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", control.AdminKubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	config.QPS = -1 // the server is the test's own
	return config
}

func newClient(t *testing.T, config *rest.Config) kubernetes.Interface {
	t.Helper()
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// rbacRandom is another one in each run; RBAC_SEED repeats a run.
func rbacRandom(t *testing.T) *rand.Rand {
	t.Helper()
	random, seed, err := rbactest.NewRandom(os.Getenv("RBAC_SEED"))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("to repeat: RBAC_SEED=%s", seed)
	return random
}
