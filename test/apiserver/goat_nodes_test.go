package apiserver_test

import (
	"errors"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

// guarded is the label of Pod Security on the namespace of the walk.
const guarded = `apiVersion: v1
kind: Namespace
metadata: {name: HERE, labels: {pod-security.kubernetes.io/enforce: baseline}}
---
`

// ownPod runs as an account without rights.
func (w *walker) ownPod(volume corev1.VolumeSource, privileged bool) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "own"},
		Spec: corev1.PodSpec{
			ServiceAccountName: "app", NodeName: w.node,
			Volumes: []corev1.Volume{{Name: "node", VolumeSource: volume}},
			Containers: []corev1.Container{{
				Name: "app", Image: "registry.example/app:1", SecurityContext: &corev1.SecurityContext{Privileged: &privileged},
				VolumeMounts: []corev1.VolumeMount{{Name: "node", MountPath: "/node"}},
			}},
		},
	}
}

// ownsNode ends a walk on the node of a pod that the server has let in with the node's files.
// No pod runs: what it would find there is the credential of the kubelet, and with it the
// tokens of the node's pods.
func (w *walker) ownsNode(pod *corev1.Pod) error {
	if _, err := w.me().CoreV1().Pods(w.here).Create(w.Context(), pod, metav1.CreateOptions{}); err != nil {
		return err
	}
	return w.podIsAdmin(w.there, "victim")
}

func (w *walker) privilegedPod() error {
	root := corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/"}}
	return w.ownsNode(w.ownPod(root, true))
}

// relabel takes the guard of the namespace away by a right of the namespace itself: requests
// about a Namespace carry its own name as theirs.
func (w *walker) relabel() error {
	patch := `{"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "privileged"}}}`
	_, err := w.me().CoreV1().Namespaces().Patch(w.Context(), w.here, types.MergePatchType, []byte(patch), metav1.PatchOptions{})
	if err != nil {
		return err
	}
	return w.soon(w.privilegedPod)
}

// mountNode has the node's files in a volume that a claim leads to.
func (w *walker) mountNode() error {
	size, none := corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Gi")}, ""
	modes := []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce}
	volume := &corev1.PersistentVolume{ObjectMeta: metav1.ObjectMeta{Name: w.here}, Spec: corev1.PersistentVolumeSpec{
		Capacity: size, AccessModes: modes,
		ClaimRef:               &corev1.ObjectReference{Namespace: w.here, Name: "node"},
		PersistentVolumeSource: corev1.PersistentVolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/"}},
	}}
	if _, err := w.me().CoreV1().PersistentVolumes().Create(w.Context(), volume, metav1.CreateOptions{}); err != nil {
		return err
	}
	claim := &corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Name: "node"}, Spec: corev1.PersistentVolumeClaimSpec{
		StorageClassName: &none, AccessModes: modes, Resources: corev1.VolumeResourceRequirements{Requests: size},
	}}
	if _, err := w.me().CoreV1().PersistentVolumeClaims(w.here).Create(w.Context(), claim, metav1.CreateOptions{}); err != nil {
		return err
	}
	testkit.WaitFor(w.T, "the volume of the claim", func() error {
		claim, err := w.admin.CoreV1().PersistentVolumeClaims(w.here).Get(w.Context(), "node", metav1.GetOptions{})
		if err == nil && claim.Spec.VolumeName != w.here {
			err = errors.New("the claim is not bound")
		}
		return err
	})
	byClaim := corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "node"}}
	return w.ownsNode(w.ownPod(byClaim, false))
}

// nodeWalks: k8s.io/pod-security-admission, and pkg/controller/volume/persistentvolume of
// k8s.io/kubernetes.
func nodeWalks() []walk {
	there := victim("THERE", "admin")
	app := func(may ...string) []grant {
		return []grant{{to: "THERE/admin", is: "cluster-admin"}, {to: "app", in: "HERE", may: may}}
	}
	volumes := grant{to: "app", may: []string{"create persistentvolumes"}}
	hops := func(first string) []string { return []string{first, "take the tokens of its pods", "do everything"} }
	const claims = "create persistentvolumeclaims"
	return []walk{
		{name: "privileged pod", steps: (*walker).privilegedPod, grants: app("create pods"), objects: there, hops: hops("create pods in HERE")},
		{name: "privileged pod under guard", steps: (*walker).privilegedPod, grants: app("create pods"), objects: guarded + there,
			refused: true, holds: "secrets"},
		{name: "privileged pod of a relabelled namespace", steps: (*walker).relabel, grants: app("create pods", "patch namespaces"), objects: guarded + there,
			hops: hops("patch namespaces in HERE and create pods in HERE")},
		{name: "privileged pod of a relabelled status", steps: (*walker).relabel, grants: app("create pods", "patch namespaces/status"),
			objects: guarded + there, refused: true, holds: "secrets"},
		{name: "volume of the node", steps: (*walker).mountNode, grants: append(app("create pods", claims), volumes), objects: guarded + there,
			hops: hops("create persistentvolumes and create pods in HERE")},
		{name: "volume of the node without a claim", steps: (*walker).mountNode, grants: append(app("create pods"), volumes), objects: guarded + there,
			refused: true, unread: true, holds: "secrets"},
	}
}
