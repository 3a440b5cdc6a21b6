package apiserver_test

import (
	"errors"
	"fmt"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"

	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

// victim is a pod of an account on the node of the walk.
func victim(namespace, account string) string {
	return fmt.Sprintf(`apiVersion: v1
kind: Node
metadata: {name: NODE}
---
apiVersion: v1
kind: Pod
metadata: {name: victim, namespace: %s}
spec: {serviceAccountName: %s, nodeName: NODE, containers: [{name: app, image: "registry.example/app:1"}]}
`, namespace, account)
}

// workloadAsApp is a StatefulSet without a pod.
const workloadAsApp = `apiVersion: apps/v1
kind: StatefulSet
metadata: {name: web, namespace: HERE}
spec:
  replicas: 0
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {serviceAccountName: app, containers: [{name: app, image: "registry.example/app:1"}]}
`

// podAsAdmin names its node itself, so that no scheduler is needed.
func (w *walker) podAsAdmin() corev1.PodTemplateSpec {
	return corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Name: "own", Labels: map[string]string{"app": "own"}},
		Spec: corev1.PodSpec{
			ServiceAccountName: "admin", NodeName: w.node, RestartPolicy: corev1.RestartPolicyAlways,
			Containers: []corev1.Container{{Name: "app", Image: "registry.example/app:1"}},
		},
	}
}

// podIsAdmin ends a walk with code in a pod.
func (w *walker) podIsAdmin(namespace, name string) error {
	config, err := w.kubelet(namespace, name)
	if err != nil {
		return err
	}
	return w.isAdmin(config)
}

func (w *walker) createPod() error {
	template := w.podAsAdmin()
	pod := &corev1.Pod{ObjectMeta: template.ObjectMeta, Spec: template.Spec}
	if _, err := w.me().CoreV1().Pods(w.here).Create(w.Context(), pod, metav1.CreateOptions{}); err != nil {
		return err
	}
	return w.podIsAdmin(w.here, "own")
}

// createPodThere uses an account of the other namespace.
func (w *walker) createPodThere() error {
	template := w.podAsAdmin()
	pod := &corev1.Pod{ObjectMeta: template.ObjectMeta, Spec: template.Spec}
	if _, err := w.me().CoreV1().Pods(w.there).Create(w.Context(), pod, metav1.CreateOptions{}); err != nil {
		return err
	}
	return w.podIsAdmin(w.there, "own")
}

// applyPod makes a pod by server-side apply, whose request carries its name.
func (w *walker) applyPod() error {
	pod := `{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "own"}, "spec": {"serviceAccountName": "admin", "nodeName": "` + w.node +
		`", "containers": [{"name": "app", "image": "registry.example/app:1"}]}}`
	_, err := w.me().CoreV1().Pods(w.here).Patch(w.Context(), "own", types.ApplyPatchType, []byte(pod), metav1.PatchOptions{FieldManager: "goat"})
	if err != nil {
		return err
	}
	return w.podIsAdmin(w.here, "own")
}

// controllerIsAdmin waits for the pod that a controller makes from the walk's template.
func (w *walker) controllerIsAdmin(err error) error {
	if err != nil {
		return err
	}
	var name string
	testkit.WaitFor(w.T, "a pod of the template", func() error {
		pods, err := w.admin.CoreV1().Pods(w.here).List(w.Context(), metav1.ListOptions{})
		if err == nil && len(pods.Items) == 0 {
			return errors.New("there is none")
		}
		if err == nil {
			name = pods.Items[0].Name
		}
		return err
	})
	return w.podIsAdmin(w.here, name)
}

func (w *walker) createDeployment() error {
	template := w.podAsAdmin()
	deployment := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: "own"}, Spec: appsv1.DeploymentSpec{
		Selector: &metav1.LabelSelector{MatchLabels: template.Labels}, Template: template,
	}}
	_, err := w.me().AppsV1().Deployments(w.here).Create(w.Context(), deployment, metav1.CreateOptions{})
	return w.controllerIsAdmin(err)
}

func (w *walker) createJob() error {
	template := w.podAsAdmin()
	template.Spec.RestartPolicy = corev1.RestartPolicyNever
	job := &batchv1.Job{ObjectMeta: metav1.ObjectMeta{Name: "own"}, Spec: batchv1.JobSpec{Template: template}}
	_, err := w.me().BatchV1().Jobs(w.here).Create(w.Context(), job, metav1.CreateOptions{})
	return w.controllerIsAdmin(err)
}

func (w *walker) patchStatefulSet() error {
	patch := `{"spec": {"replicas": 1, "template": {"spec": {"serviceAccountName": "admin", "nodeName": "` + w.node + `"}}}}`
	_, err := w.me().AppsV1().StatefulSets(w.here).Patch(w.Context(), "web", types.StrategicMergePatchType, []byte(patch), metav1.PatchOptions{})
	return w.controllerIsAdmin(err)
}

// changeImage has the attacker's image where the token is.
func (w *walker) changeImage() error {
	patch := `{"spec": {"containers": [{"name": "app", "image": "registry.example/attacker:1"}]}}`
	return w.patchVictim(patch)
}

func (w *walker) debugVictim() error {
	patch := `{"spec": {"ephemeralContainers": [{"name": "attacker", "image": "registry.example/attacker:1"}]}}`
	return w.patchVictim(patch, "ephemeralcontainers")
}

func (w *walker) patchVictim(patch string, subresource ...string) error {
	pods := w.me().CoreV1().Pods(w.here)
	pod, err := pods.Patch(w.Context(), "victim", types.StrategicMergePatchType, []byte(patch), metav1.PatchOptions{}, subresource...)
	if err != nil {
		return err
	}
	if !strings.Contains(pod.Spec.String(), "attacker") {
		return errors.New("the pod is as it was")
	}
	return w.podIsAdmin(w.here, "victim")
}

// exec is let through or not. No kubelet answers: the error behind the gate is another one.
func (w *walker) exec(config *rest.Config, namespace string) error {
	config = rest.CopyConfig(config)
	config.NextProtos = []string{"http/1.1"} // HTTP/2 has no Upgrade
	err := w.client(config).CoreV1().RESTClient().Post().Namespace(namespace).Resource("pods").Name("victim").SubResource("exec").
		Param("command", "id").Param("stdout", "true").Do(w.Context()).Error()
	return beyondTheGate(err)
}

// execOverWebSocket is a request of the verb get.
func (w *walker) execOverWebSocket() error {
	config := rest.CopyConfig(w.app)
	config.NextProtos = []string{"http/1.1"}
	err := w.client(config).CoreV1().RESTClient().Get().Namespace(w.here).Resource("pods").Name("victim").SubResource("exec").
		Param("command", "id").Param("stdout", "true").SetHeader("Connection", "Upgrade").SetHeader("Upgrade", "websocket").
		SetHeader("Sec-WebSocket-Version", "13").SetHeader("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA==").
		SetHeader("Sec-WebSocket-Protocol", "v5.channel.k8s.io").Do(w.Context()).Error()
	return beyondTheGate(err)
}

// beyondTheGate tells the answer of a server that would have gone on to the kubelet.
func beyondTheGate(err error) error {
	var answer apierrors.APIStatus
	switch {
	case err == nil:
		return errors.New("a pod that does not run has answered")
	case apierrors.IsForbidden(err) || !errors.As(err, &answer):
		return err
	}
	return nil
}

func (w *walker) execVictim() error {
	if err := w.exec(w.app, w.here); err != nil {
		return err
	}
	return w.podIsAdmin(w.here, "victim")
}

// execAndMint goes on by the rights of the pod's account.
func (w *walker) execAndMint() error {
	if err := w.exec(w.app, w.here); err != nil {
		return err
	}
	second, err := w.kubelet(w.here, "victim")
	if err != nil {
		return err
	}
	admin, err := w.mint(w.client(second), w.there, "admin")
	if err != nil {
		return err
	}
	return w.isAdmin(admin)
}

// mintAndExec enters a pod of another namespace by the rights of the second account.
func (w *walker) mintAndExec() error {
	second, err := w.mint(w.me(), w.here, "second")
	if err != nil {
		return err
	}
	if err := w.exec(second, w.there); err != nil {
		return err
	}
	return w.podIsAdmin(w.there, "victim")
}

// podWalks: k8s.io/kubernetes pkg/registry/core/pod and pkg/controller.
func podWalks() []walk {
	const admin, then = "cluster-admin", "do everything"
	create, exec := (*walker).createPod, (*walker).execVictim
	to := func(in string, may ...string) []grant {
		return []grant{{to: "admin", is: admin}, {to: "app", in: in, may: may}}
	}
	second := func(app, second, in string) []grant {
		return []grant{{to: "THERE/admin", is: admin}, {to: "app", in: "HERE", may: []string{app}}, {to: "second", in: in, may: []string{second}}}
	}
	every := "every Secret of HERE"
	return []walk{
		{name: "create pods", steps: create, grants: to("HERE", "create pods"), hops: []string{"create pods in HERE", then}, secrets: every},
		{name: "create a pod by apply", steps: (*walker).applyPod, grants: to("HERE", "create,patch pods own"),
			hops: []string{"create,patch pods own in HERE", then}, secrets: every},
		{name: "create a pod by apply without patch", steps: (*walker).applyPod, grants: to("HERE", "create pods own"), refused: true},
		{name: "create pods of another namespace", steps: (*walker).createPodThere, hops: []string{"create pods in THERE", then}, secrets: "every Secret of THERE",
			grants: append(to("THERE", "create pods"), grant{to: "THERE/admin", is: admin})},
		{name: "create pods elsewhere", steps: create, grants: to("THERE", "create pods"), refused: true, holds: "secrets"},
		{name: "change pods to create them", steps: create, grants: to("HERE", "get,update,patch,delete pods"), refused: true},
		{name: "create a Deployment", steps: (*walker).createDeployment, grants: to("HERE", "create deployments.apps"),
			hops: []string{"create deployments in HERE", then}, secrets: every},
		{name: "create a Deployment by another group", steps: (*walker).createDeployment, grants: to("HERE", "create deployments.extensions"), refused: true},
		{name: "create a Job", steps: (*walker).createJob, grants: to("HERE", "create jobs.batch"),
			hops: []string{"create jobs in HERE", then}, secrets: every},
		{name: "patch a StatefulSet", steps: (*walker).patchStatefulSet, grants: to("HERE", "patch statefulsets.apps web"), objects: workloadAsApp,
			hops: []string{"patch statefulsets web in HERE", then}, secrets: every},
		{name: "scale a StatefulSet", steps: (*walker).patchStatefulSet, grants: to("HERE", "patch statefulsets/scale.apps web"), objects: workloadAsApp, refused: true},

		{name: "change an image", steps: (*walker).changeImage, grants: to("HERE", "patch pods victim"), objects: victim("HERE", "admin"),
			hops: []string{"patch pods victim in HERE", then}},
		{name: "change an image of another pod", steps: (*walker).changeImage, grants: to("HERE", "patch pods other"), objects: victim("HERE", "admin"), refused: true},
		{name: "debug", steps: (*walker).debugVictim, grants: to("HERE", "patch pods/ephemeralcontainers"), objects: victim("HERE", "admin"),
			hops: []string{"patch pods/ephemeralcontainers in HERE", then}},
		{name: "debug by another subresource", steps: (*walker).debugVictim, grants: to("HERE", "patch pods/status"), objects: victim("HERE", "admin"), refused: true, unread: true},
		{name: "exec", steps: exec, grants: to("HERE", "create pods/exec"), objects: victim("HERE", "admin"),
			hops: []string{"create pods/exec in HERE", then}},
		{name: "exec elsewhere", steps: exec, grants: to("THERE", "create pods/exec"), objects: victim("HERE", "admin"), refused: true},
		{name: "exec where no token is", steps: exec, grants: to("HERE", "create pods/exec"), refused: true,
			objects: strings.Replace(victim("HERE", "admin"), "{serviceAccountName", "{automountServiceAccountToken: false, serviceAccountName", 1)},
		{name: "exec over a WebSocket", steps: (*walker).execOverWebSocket, grants: to("HERE", "get pods/exec"), objects: victim("HERE", "admin"), refused: true},

		{name: "exec then mint", steps: (*walker).execAndMint, grants: second("create pods/exec victim", "create serviceaccounts/token admin", "THERE"),
			objects: victim("HERE", "second"), hops: []string{"create pods/exec victim in HERE", "create serviceaccounts/token admin in THERE", then}},
		{name: "exec then mint nothing", steps: (*walker).execAndMint, grants: second("create pods/exec victim", "create serviceaccounts/token other", "THERE"),
			objects: victim("HERE", "second"), refused: true},
		{name: "mint then exec elsewhere", steps: (*walker).mintAndExec, grants: second("create serviceaccounts/token second", "create pods/exec", "THERE"),
			objects: victim("THERE", "admin"), hops: []string{"create serviceaccounts/token second in HERE", "create pods/exec in THERE", then}},
	}
}
