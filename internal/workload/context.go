package workload

import (
	corev1 "k8s.io/api/core/v1"
	nodev1 "k8s.io/api/node/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// Fact is a fact of the cluster that may not be known.
type Fact int

// Facts.
const (
	// FactAbsent: there is nothing to read it from (files alone, or the cluster does not show it).
	FactAbsent Fact = iota
	// FactUnknown: the read failed.
	FactUnknown
	// FactNo and FactYes: it was read.
	FactNo
	FactYes
)

// Context is what is known from outside a workload's own objects.
type Context struct {
	// SeccompDefault is the kubelet's seccompDefault, of the cluster's kubelet configuration.
	SeccompDefault Fact
	// UserNamespaces tells whether every node under the live pods supports user namespaces.
	UserNamespaces Fact
	// Runtime is the container runtime of the nodes under the live pods.
	Runtime Runtime
	// Namespace, LimitRanges, ServiceAccounts (by name), Claims (by name), RuntimeClasses (by
	// name) and Nodes (those under the live pods that were read) surround the pods.
	Namespace       Known[*corev1.Namespace]
	LimitRanges     Known[[]*corev1.LimitRange]
	ServiceAccounts map[string]Known[*corev1.ServiceAccount]
	Claims          map[string]Claim
	// Volumes are PersistentVolumes that templates of claims ask for, by name.
	Volumes        map[string]Known[*corev1.PersistentVolume]
	RuntimeClasses map[string]Known[*nodev1.RuntimeClass]
	Nodes          map[string]*corev1.Node
	// ConfigKeys are the keys of the ConfigMaps and Secrets in the files. What is not there may
	// be in the cluster, of which neither is read.
	ConfigKeys map[ConfigRef]map[string]bool
	// Network is what policies and Services make of the pods' traffic; nil where that was not
	// worked out.
	Network *api.Network
	// Registries are the only ones allowed; none means no opinion.
	Registries []string
	// Unread are the failed reads behind each unknown fact, by the fact's name.
	Unread map[string]api.Unread
}

// Known is an object with whether it is known: FactYes with the object, FactNo when there is
// none, FactUnknown when the read failed, FactAbsent when nobody was asked.
type Known[T any] struct {
	Value T
	Fact  Fact
}

// Claim is a PersistentVolumeClaim with the volume it is bound to.
type Claim struct {
	Claim  Known[*corev1.PersistentVolumeClaim]
	Volume Known[*corev1.PersistentVolume]
	// UsedBy are the workloads that use the claim, of those that were read.
	UsedBy []api.Ref
}

// Names of facts, as keys of Context.Unread.
const (
	FactSeccompDefault = "seccompDefault"
	FactNodes          = "nodes"
)

// Runtime is a container runtime with the capabilities it grants by default.
type Runtime struct {
	// Name such as "containerd"; empty when the nodes were not read.
	Name string
	// Capabilities without their CAP_ prefix, sorted.
	Capabilities []string
}

// RuntimeOf returns the runtime of status.nodeInfo.containerRuntimeVersion, such as
// "containerd://2.4.2". One that is not known, or not read, is taken for containerd.
// Defaults: containerd pkg/oci/spec.go (defaultUnixCaps); cri-o
// internal/config/capabilities/capabilities_linux.go (Default).
func RuntimeOf(name string) Runtime {
	if name == "cri-o" {
		return Runtime{Name: name, Capabilities: []string{
			"CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL",
			"NET_BIND_SERVICE", "SETGID", "SETPCAP", "SETUID",
		}}
	}
	return Runtime{Name: name, Capabilities: []string{
		"AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD",
		"NET_BIND_SERVICE", "NET_RAW", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
	}}
}
