// Package workload knows what a workload is: one top owner, its pod templates, and the
// live pods behind it. It walks every container with its field path and works out the
// settings in effect, each with who set it. It reads nothing by itself: facts from outside
// the object come in as a Context.
package workload

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// Workload is one top owner with everything behind it.
type Workload struct {
	Ref api.Ref
	// Meta is the metadata of the top owner; only the reference is known of an owner that
	// could not be read.
	Meta *metav1.ObjectMeta
	// Templates are the pod templates of the owner: none for a Pod and for an owner that
	// could not be read, more than one for some custom kinds.
	Templates []Template
	// Pods are the live pods behind the owner, sorted by name.
	Pods []*corev1.Pod
	// Desired is the number of pods asked for, nil where the kind has no such number.
	Desired *int
	Source  Source
}

// Template is a pod template inside a workload's object.
type Template struct {
	// Path of the template within the object, such as "spec.template".
	Path string
	// Name is the path with names in the place of indices, so that it stays when a list is
	// reordered: "spec.replicatedJobs[workers].template".
	Name string
	Meta *metav1.ObjectMeta
	Spec *corev1.PodSpec
	// Claims are made for each pod of a StatefulSet.
	Claims []ClaimTemplate
}

// Source is where an object was read from.
type Source struct {
	// File as it was named by the user, "-" for standard input, empty for the API server.
	File string
	// Line on which the object begins, from 1.
	Line int
	// LineOf finds the line of a field path such as "spec.template.spec.containers[0].image",
	// or of the nearest parent that is written there; nil without a file.
	LineOf func(path string) int
}
