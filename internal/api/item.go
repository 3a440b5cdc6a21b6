package api

import (
	"slices"
	"strings"
)

// Ref names an object.
type Ref struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Namespace  string `json:"namespace"`
	Name       string `json:"name"`
}

// Group is the API group of the reference, empty for the core group.
func (r Ref) Group() string {
	group, _, found := strings.Cut(r.APIVersion, "/")
	if !found {
		return ""
	}
	return group
}

// Compare is the order of Less, as slices.SortFunc takes it.
func (r Ref) Compare(o Ref) int {
	switch {
	case r.Less(o):
		return -1
	case o.Less(r):
		return 1
	}
	return 0
}

// From is the kind and the name, with the namespace where that is another than the reader's.
func (r Ref) From(namespace string) string {
	if r.Namespace == "" || r.Namespace == namespace {
		return r.Kind + " " + r.Name
	}
	return r.Kind + " " + r.Namespace + "/" + r.Name
}

// Less orders references by namespace, group, kind and name.
func (r Ref) Less(o Ref) bool {
	a := [...]string{r.Namespace, r.Kind, r.Name, r.APIVersion}
	b := [...]string{o.Namespace, o.Kind, o.Name, o.APIVersion}
	for i := range a {
		if a[i] != b[i] {
			return a[i] < b[i]
		}
	}
	return false
}

// Item is the posture of one workload.
type Item struct {
	Ref Ref `json:"ref"`
	// Source is where the workload's manifest stands, when it came from a file.
	Source *Source `json:"source,omitempty"`
	Pods   Pods    `json:"pods"`
	// PodSecurity is the Pod Security level reached, the worst of template and live pods.
	PodSecurity PodSecurity `json:"podSecurity"`
	// Settings are the effective settings of the pod as a whole, by field name.
	Settings map[string]Setting `json:"settings"`
	// Containers come in the order of the pod: init and sidecar, main, ephemeral.
	Containers []Container `json:"containers"`
	// Identity is whom it acts as; nil for a mirror pod, which has no account.
	Identity *Identity `json:"identity"`
	// Rights of the account, the widest scope first, then as the roles have them.
	Rights []Right `json:"rights"`
	// Becomers are who can become it, those with the most power first.
	Becomers []Becomer `json:"becomers"`
	// Mounts are the volumes that containers mount, but for Secrets and for those that lead
	// nowhere else: empty directories, ConfigMaps, what describes the pod.
	Mounts []Mount `json:"mounts,omitempty"`
	// Secrets that it gets, by name.
	Secrets []SecretUse `json:"secrets"`
	// Network is what it can reach and who can reach it; nil for what has no pods.
	Network *Network `json:"network"`
	// Outcomes are what code in it gets, worst first, then what is not possible.
	Outcomes []Outcome `json:"outcomes"`
	// Findings are sorted worst first, then by check, container and fingerprint.
	Findings []Finding `json:"findings"`
	// Notes are about the workload's own annotations, such as an acceptance that is broken.
	Notes []string `json:"notes"`
}

// Source is a place in a file.
type Source struct {
	File string `json:"file"`
	// Line counts from 1.
	Line int `json:"line"`
}

// Pods counts the live pods of a workload.
type Pods struct {
	// Live are the pods that have not ended.
	Live int `json:"live"`
	// Ready are the live pods whose Ready condition is true.
	Ready int `json:"ready"`
	// Desired is the number the workload asks for, nil where it asks for none in
	// particular (a CronJob, a custom kind, a file).
	Desired *int `json:"desired,omitempty"`
	// Unknown tells that the pods could not all be read: Live and Ready count those that were.
	Unknown bool `json:"unknown,omitempty"`
}

// Level is a Pod Security level, after https://kubernetes.io/docs/concepts/security/pod-security-standards/.
type Level string

// Pod Security levels, weakest first.
const (
	LevelPrivileged Level = "privileged"
	LevelBaseline   Level = "baseline"
	LevelRestricted Level = "restricted"
)

// Rank orders levels, from 0 for privileged; -1 for what is none.
func (l Level) Rank() int {
	return slices.Index([]Level{LevelPrivileged, LevelBaseline, LevelRestricted}, l)
}

// LevelUnknown is the level of live pods that could not be read.
const LevelUnknown Level = "unknown"

// PodSecurity is the Pod Security level that a workload reaches.
type PodSecurity struct {
	Level Level `json:"level"`
	// Version of the policy, such as "v1.36".
	Version string `json:"version"`
	// Template and Live are given when they differ.
	Template Level `json:"template,omitempty"`
	Live     Level `json:"live,omitempty"`
	// Gaps are the fields that keep it from the next levels.
	Gaps []Gap `json:"gaps"`
}

// Gap is one field that a Pod Security level does not allow.
type Gap struct {
	// Check is the ID of the check that finds it.
	Check string `json:"check"`
	// Level is the lowest level that refuses it.
	Level Level `json:"level"`
	// Container is empty for a field of the pod.
	Container string `json:"container"`
	Path      string `json:"path"`
	Got       string `json:"got"`
	Want      string `json:"want"`
}

// Mount is a volume that a container mounts, without the name of the volume and its place.
type Mount struct {
	Container string        `json:"container"`
	Type      ContainerType `json:"type"`
	// Kind is the field of the volume: "hostPath", "persistentVolumeClaim", "csi", …; "token" for
	// one of the account that is for others than the API server, "certificate" for one of the pod.
	Kind string `json:"kind"`
	// Source is what is mounted: a path of the node, a name of an object, a driver, a signer; of those in
	// MountsWithPaths with the subPath, such as "data/uploads".
	Source   string `json:"source"`
	ReadOnly bool   `json:"readOnly,omitempty"`
	// Propagation is HostToContainer or Bidirectional; empty for none.
	Propagation string `json:"propagation,omitempty"`
}

// MountsWithPaths are the kinds of mounts whose source has paths below it.
func MountsWithPaths() []string { return []string{"hostPath", "nfs", "persistentVolumeClaim"} }

// Container is one container of a workload with its effective settings.
type Container struct {
	Name string        `json:"name"`
	Type ContainerType `json:"type"`
	// Image as the manifest or the pod writes it.
	Image string `json:"image"`
	// Origin says where the container comes from when the template has none of its name:
	// "admission" or "kubectl debug".
	Origin   string             `json:"origin,omitempty"`
	Settings map[string]Setting `json:"settings"`
}

// ContainerType is how a container runs.
type ContainerType string

// Container types.
const (
	// ContainerInit runs to its end before the main containers start.
	ContainerInit ContainerType = "init"
	// ContainerSidecar is an init container with restartPolicy Always, which keeps running.
	ContainerSidecar ContainerType = "sidecar"
	// ContainerMain is one of spec.containers.
	ContainerMain ContainerType = "main"
	// ContainerEphemeral was added to a running pod.
	ContainerEphemeral ContainerType = "ephemeral"
)

// Setting is a value in effect and who set it.
type Setting struct {
	Value string `json:"value"`
	// Summary is a short form of a long value, for a line of a screen.
	Summary string `json:"summary,omitempty"`
	Origin  string `json:"origin"`
}
