package apiserver_test

import (
	"context"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/rand"
	appsapply "k8s.io/client-go/applyconfigurations/apps/v1"
	coreapply "k8s.io/client-go/applyconfigurations/core/v1"
	metaapply "k8s.io/client-go/applyconfigurations/meta/v1"
)

// named is the metadata of an object.
func named(name string) metav1.ObjectMeta { return metav1.ObjectMeta{Name: name} }

// apply makes objects by server-side apply, and then changes them.
func (c *controller) apply(ctx context.Context) error {
	opts := metav1.ApplyOptions{FieldManager: "operator", Force: true}
	for _, value := range []string{"1", "2"} {
		object := coreapply.ConfigMap("applied", c.work()).WithData(map[string]string{"value": value})
		if _, err := c.client.CoreV1().ConfigMaps(c.work()).Apply(ctx, object, opts); err != nil {
			return err
		}
		labels := map[string]string{"app": "applied"}
		container := coreapply.Container().WithName("app").WithImage("registry.example/app:" + value)
		spec := appsapply.DeploymentSpec().WithReplicas(0).WithSelector(metaapply.LabelSelector().WithMatchLabels(labels)).
			WithTemplate(coreapply.PodTemplateSpec().WithLabels(labels).WithSpec(coreapply.PodSpec().WithContainers(container)))
		deployment := appsapply.Deployment("applied", c.work()).WithSpec(spec)
		if _, err := c.client.AppsV1().Deployments(c.work()).Apply(ctx, deployment, opts); err != nil {
			return err
		}
	}
	return nil
}

// pretend applies what is not there, for nothing but the answer.
func (c *controller) pretend(ctx context.Context) error {
	opts := metav1.ApplyOptions{FieldManager: "operator", DryRun: []string{metav1.DryRunAll}}
	_, err := c.client.CoreV1().ConfigMaps(c.work()).Apply(ctx, coreapply.ConfigMap("imagined", c.work()), opts)
	return err
}

// put makes an object by an update, which some kinds allow.
func (c *controller) put(ctx context.Context) error {
	_, err := c.client.CoordinationV1().Leases(c.work()).Update(ctx, &coordinationv1.Lease{ObjectMeta: named("put")}, metav1.UpdateOptions{})
	return err
}

// patch changes an object that is there in every way but apply.
func (c *controller) patch(ctx context.Context) error {
	for kind, patch := range map[types.PatchType]string{
		types.JSONPatchType:           `[{"op": "add", "path": "/metadata/labels", "value": {"a": "b"}}]`,
		types.MergePatchType:          `{"metadata": {"labels": {"c": "d"}}}`,
		types.StrategicMergePatchType: `{"metadata": {"annotations": {"e": "f"}}}`,
	} {
		if _, err := c.client.CoreV1().ConfigMaps(c.work()).Patch(ctx, "watched", kind, []byte(patch), metav1.PatchOptions{}); err != nil {
			return err
		}
	}
	return nil
}

// ensure creates what it does not find, and changes it.
func (c *controller) ensure(ctx context.Context) error {
	secrets := c.client.CoreV1().Secrets(c.work())
	if _, err := secrets.Get(ctx, "ensured", metav1.GetOptions{}); !apierrors.IsNotFound(err) {
		return fmt.Errorf("the Secret is there before it was made, or: %w", err)
	}
	secret, err := secrets.Create(ctx, &corev1.Secret{ObjectMeta: named("ensured")}, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	secret.Labels = map[string]string{"a": "b"}
	_, err = secrets.Update(ctx, secret, metav1.UpdateOptions{})
	return err
}

// generate makes objects of names that the server or a hash generates, and removes them by
// name.
func (c *controller) generate(ctx context.Context) error {
	maps, claims := c.client.CoreV1().ConfigMaps(c.home()), c.client.CoreV1().PersistentVolumeClaims(c.work())
	for range 3 {
		name := "hashed-" + rand.SafeEncodeString(rand.String(9))
		err := all(func() error {
			_, err := maps.Create(ctx, &corev1.ConfigMap{ObjectMeta: named(name)}, metav1.CreateOptions{})
			return err
		}, func() error {
			_, err := maps.Patch(ctx, name, types.MergePatchType, []byte(`{"data": {"a": "b"}}`), metav1.PatchOptions{})
			return err
		}, func() error { return maps.Delete(ctx, name, metav1.DeleteOptions{}) })
		if err != nil {
			return err
		}
		claim, err := claims.Create(ctx, &corev1.PersistentVolumeClaim{
			ObjectMeta: metav1.ObjectMeta{GenerateName: "data-"},
			Spec: corev1.PersistentVolumeClaimSpec{
				AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
				Resources:   corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: *quantity("1Gi")}},
			},
		}, metav1.CreateOptions{})
		if err != nil {
			return err
		}
		if err := claims.Delete(ctx, claim.Name, metav1.DeleteOptions{}); err != nil {
			return err
		}
	}
	return nil
}

// finalize holds an object by a finalizer, deletes all of a kind, and lets it go.
func (c *controller) finalize(ctx context.Context) error {
	quotas := c.client.CoreV1().ResourceQuotas(c.work())
	if _, err := quotas.Create(ctx, &corev1.ResourceQuota{ObjectMeta: named("held")}, metav1.CreateOptions{}); err != nil {
		return err
	}
	for _, finalizers := range []string{`["example.com/held"]`, `null`} {
		patch := []byte(`{"metadata": {"finalizers": ` + finalizers + `}}`)
		if _, err := quotas.Patch(ctx, "held", types.MergePatchType, patch, metav1.PatchOptions{}); err != nil {
			return err
		}
		if finalizers == "null" {
			break
		}
		if err := quotas.DeleteCollection(ctx, metav1.DeleteOptions{}, metav1.ListOptions{}); err != nil {
			return err
		}
	}
	return nil
}

// scale reads and writes the scale and the status of what was applied.
func (c *controller) scale(ctx context.Context) error {
	deployments := c.client.AppsV1().Deployments(c.work())
	return all(func() error {
		scale, err := deployments.GetScale(ctx, "applied", metav1.GetOptions{})
		if err != nil {
			return err
		}
		scale.ResourceVersion = "" // controllers write its status all the while
		_, err = deployments.UpdateScale(ctx, "applied", scale, metav1.UpdateOptions{})
		return err
	}, func() error {
		_, err := deployments.Patch(ctx, "applied", types.MergePatchType, []byte(`{"status": {"observedGeneration": 1}}`), metav1.PatchOptions{}, "status")
		return err
	}, func() error {
		patch := `{"status": {"conditions": [{"type": "example.com/ready", "status": "True"}]}}`
		_, err := c.client.CoreV1().Pods(c.work()).Patch(ctx, "worker", types.StrategicMergePatchType, []byte(patch), metav1.PatchOptions{}, "status")
		return err
	})
}

// own makes an object that keeps its owner from being deleted before it.
func (c *controller) own(ctx context.Context) error {
	owner, err := c.client.AppsV1().Deployments(c.work()).Get(ctx, "applied", metav1.GetOptions{})
	if err != nil {
		return err
	}
	ref := *metav1.NewControllerRef(owner, appsv1.SchemeGroupVersion.WithKind("Deployment"))
	set := &appsv1.ReplicaSet{
		ObjectMeta: metav1.ObjectMeta{Name: "owned", OwnerReferences: []metav1.OwnerReference{ref}},
		Spec: appsv1.ReplicaSetSpec{
			Replicas: new(int32), Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"owned": "yes"}},
			Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"owned": "yes"}}, Spec: worker("")},
		},
	}
	_, err = c.client.AppsV1().ReplicaSets(c.work()).Create(ctx, set, metav1.CreateOptions{})
	return err
}
