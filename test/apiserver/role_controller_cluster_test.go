package apiserver_test

import (
	"context"
	"errors"
	"fmt"

	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	certificatesv1 "k8s.io/api/certificates/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

// discover asks for what every client asks for.
func (c *controller) discover(ctx context.Context) error {
	if _, _, err := c.client.Discovery().ServerGroupsAndResources(); err != nil {
		return err
	}
	return c.read(ctx, "/version", "/openapi/v3", "/livez/ping")
}

func (c *controller) scrape(ctx context.Context) error {
	if err := c.read(ctx, "/metrics"); err != nil {
		return err
	}
	return c.client.Discovery().RESTClient().Verb("HEAD").AbsPath("/metrics").Do(ctx).Error()
}

func (c *controller) read(ctx context.Context, paths ...string) error {
	for _, path := range paths {
		if _, err := c.client.Discovery().RESTClient().Get().AbsPath(path).DoRaw(ctx); err != nil {
			return err
		}
	}
	return nil
}

// review asks what it may do itself, what others may, and who has a token.
func (c *controller) review(ctx context.Context) error {
	about := &authorizationv1.ResourceAttributes{Verb: "get", Resource: "pods", Namespace: c.work()}
	self := &authorizationv1.SelfSubjectAccessReview{Spec: authorizationv1.SelfSubjectAccessReviewSpec{ResourceAttributes: about}}
	token := &authenticationv1.TokenReview{Spec: authenticationv1.TokenReviewSpec{Token: "none"}}
	other := &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{ResourceAttributes: about, User: c.guest()}}
	client := c.client.AuthorizationV1()
	return all(func() error {
		_, err := client.SelfSubjectAccessReviews().Create(ctx, self, metav1.CreateOptions{})
		return err
	}, func() error {
		_, err := client.SubjectAccessReviews().Create(ctx, other, metav1.CreateOptions{})
		return err
	}, func() error {
		_, err := c.client.AuthenticationV1().TokenReviews().Create(ctx, token, metav1.CreateOptions{})
		return err
	})
}

var rolloutsResource = schema.GroupVersionResource{Group: "example.com", Version: "v1", Resource: "rollouts"}

// customize makes a custom resource and writes its status.
func (c *controller) customize(ctx context.Context) error {
	rollouts := c.dynamic.Resource(rolloutsResource).Namespace(c.work())
	object := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "example.com/v1", "kind": "Rollout", "metadata": map[string]any{"name": "rolled"},
	}}
	object, err := rollouts.Create(ctx, object, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	object.Object["status"] = map[string]any{"phase": "done"}
	_, err = rollouts.UpdateStatus(ctx, object, metav1.UpdateOptions{})
	return err
}

// clusterScoped makes, changes and removes objects of no namespace. The ClusterRole grants
// what the controller holds.
func (c *controller) clusterScoped(ctx context.Context) error {
	roles, classes, name := c.client.RbacV1().ClusterRoles(), c.client.SchedulingV1().PriorityClasses(), c.tag+"-viewer"
	role := &rbacv1.ClusterRole{ObjectMeta: named(name), Rules: []rbacv1.PolicyRule{
		{Verbs: []string{"watch"}, APIGroups: []string{""}, Resources: []string{"nodes"}},
	}}
	label := []byte(`{"metadata": {"labels": {"a": "b"}}}`)
	return all(func() error {
		_, err := roles.Create(ctx, role, metav1.CreateOptions{})
		return err
	}, func() error {
		_, err := roles.Patch(ctx, name, types.MergePatchType, label, metav1.PatchOptions{})
		return err
	}, func() error {
		return roles.Delete(ctx, name, metav1.DeleteOptions{})
	}, func() error {
		_, err := classes.Create(ctx, &schedulingv1.PriorityClass{ObjectMeta: named(name), Value: 7}, metav1.CreateOptions{})
		return err
	}, func() error {
		_, err := classes.Patch(ctx, name, types.MergePatchType, label, metav1.PatchOptions{})
		return err
	}, func() error {
		return classes.Delete(ctx, name, metav1.DeleteOptions{})
	})
}

// makeNamespace makes a namespace and an object in it, and deletes it.
func (c *controller) makeNamespace(ctx context.Context) error {
	return all(func() error {
		_, err := c.client.CoreV1().Namespaces().Create(ctx, &corev1.Namespace{ObjectMeta: named(c.made())}, metav1.CreateOptions{})
		return err
	}, func() error {
		_, err := c.client.CoreV1().Namespaces().Get(ctx, c.made(), metav1.GetOptions{})
		return err
	}, func() error {
		object := &corev1.LimitRange{ObjectMeta: named("limits")}
		_, err := c.client.CoreV1().LimitRanges(c.made()).Create(ctx, object, metav1.CreateOptions{})
		return err
	}, func() error {
		return c.client.CoreV1().Namespaces().Delete(ctx, c.made(), metav1.DeleteOptions{})
	})
}

// grantRoles writes a Role with rights that the controller does not need itself, and binds it.
func (c *controller) grantRoles(ctx context.Context) error {
	role := &rbacv1.Role{ObjectMeta: named("granted"), Rules: []rbacv1.PolicyRule{
		{Verbs: []string{"get"}, APIGroups: []string{"apps"}, Resources: []string{"statefulsets"}},
	}}
	binding := binding(c.work(), "granted", "Role", "granted", subject(rbacv1.ServiceAccountKind, c.work(), "helper"))
	return all(func() error {
		_, err := c.client.RbacV1().Roles(c.work()).Create(ctx, role, metav1.CreateOptions{})
		return err
	}, func() error {
		_, err := c.client.RbacV1().RoleBindings(c.work()).Create(ctx, binding, metav1.CreateOptions{})
		return err
	}, func() error { // which is there already
		_, err := c.client.RbacV1().RoleBindings(c.work()).Create(ctx, standing(c.fleet), metav1.CreateOptions{})
		if apierrors.IsAlreadyExists(err) {
			return nil
		}
		return errors.Join(errors.New("a binding was not there before"), err)
	})
}

// standing is a binding that there is before the controller starts.
func standing(f fleet) *rbacv1.RoleBinding {
	return binding(f.work(), "standing", "ClusterRole", "view", subject(rbacv1.ServiceAccountKind, f.work(), "helper"))
}

// approve asks for a certificate and approves it.
func (c *controller) approve(ctx context.Context) error {
	_, request, err := certificateRequest(c.guest())
	if err != nil {
		return err
	}
	requests := c.client.CertificatesV1().CertificateSigningRequests()
	object, err := requests.Create(ctx, &certificatesv1.CertificateSigningRequest{
		ObjectMeta: named(c.tag),
		Spec: certificatesv1.CertificateSigningRequestSpec{
			Request: request, SignerName: "example.com/" + c.tag, Usages: []certificatesv1.KeyUsage{certificatesv1.UsageClientAuth},
		},
	}, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	object.Status.Conditions = append(object.Status.Conditions, certificatesv1.CertificateSigningRequestCondition{
		Type: certificatesv1.CertificateApproved, Status: corev1.ConditionTrue, Reason: "Approved",
	})
	_, err = requests.UpdateApproval(ctx, c.tag, object, metav1.UpdateOptions{})
	return err
}

// impersonate does something as a user with a group, and something as an account.
func (c *controller) impersonate(ctx context.Context) error {
	for _, as := range []rest.ImpersonationConfig{
		{UserName: c.guest(), Groups: []string{c.tag + "-guests"}},
		{UserName: "system:serviceaccount:" + c.work() + ":helper"},
	} {
		config := rest.CopyConfig(c.config)
		config.Impersonate = as
		client, err := kubernetes.NewForConfig(config)
		if err != nil {
			return err
		}
		if _, err := client.Discovery().RESTClient().Get().AbsPath("/version").DoRaw(ctx); err != nil {
			return err
		}
		if len(as.Groups) == 0 {
			continue
		}
		object, err := client.CoreV1().ConfigMaps(c.work()).Get(ctx, "watched", metav1.GetOptions{})
		if err != nil || object.Name != "watched" {
			return errors.Join(fmt.Errorf("as %s: %q", as.UserName, object.Name), err)
		}
	}
	return nil
}
