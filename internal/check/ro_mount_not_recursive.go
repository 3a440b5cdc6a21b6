package check

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// ROMountNotRecursive finds read-only mounts of the node below which others stay writable.
func ROMountNotRecursive() Check {
	return Check{
		ID:        "ro-mount-not-recursive",
		Title:     "Read-only mount leaves mounts below it writable",
		Severity:  api.SeverityLow,
		Standards: []string{"kep:3857"},
		Doc: "readOnly makes the mount itself read-only; what is mounted on the node below it comes " +
			"along writable, unless recursiveReadOnly is Enabled (Kubernetes 1.30, on by default from " +
			"1.31, stable in 1.33; the mount must not propagate). Found where mounts are known to be: / and the directories with " +
			"file systems of their own, such as /var/lib/kubelet, /run, /proc, /sys and /mnt; where " +
			"mountPropagation brings later ones; and where the pod's status says that what was asked " +
			"for IfPossible was not. Mounts of files and of other volumes have nothing below them.",
		Fix:      "volumeMounts[].recursiveReadOnly: Enabled",
		MayBreak: "nodes whose kernel (before 5.12) or runtime has none: the pod does not start there",
		Eval: onLinux(func(s Subject) []Violation {
			var out []Violation
			for _, v := range hostVolumes(s) {
				if v.unread != "" || v.hostType != corev1.HostPathUnset && v.hostType != corev1.HostPathDirectory && v.hostType != corev1.HostPathDirectoryOrCreate {
					continue
				}
				for _, m := range hostMounts(s, v) {
					message := openBelow(s, m)
					// Several claims may stand behind one mount.
					if found := openMount(m, message); message != "" && !slices.ContainsFunc(out, func(v Violation) bool { return v.Path == found.Path }) {
						out = append(out, found)
					}
				}
			}
			return out
		}),
	}
}

func openMount(m hostMount, message string) Violation {
	got := "unset"
	if mode := m.mount.RecursiveReadOnly; mode != nil {
		got = string(*mode)
	}
	index := slices.IndexFunc(m.container.VolumeMounts, func(o corev1.VolumeMount) bool {
		return o.Name == m.mount.Name && o.MountPath == m.mount.MountPath
	})
	want := string(corev1.RecursiveReadOnlyEnabled)
	switch {
	case propagates(m.mount):
		want += ", without mountPropagation"
	case !m.mount.ReadOnly:
		want += ", with readOnly: true"
	}
	return Violation{
		Container: m.container, Severity: api.SeverityLow, Key: "mount:" + m.mount.MountPath,
		Path: m.container.Field(fmt.Sprintf("volumeMounts[%d].recursiveReadOnly", index)), Got: got, Want: want,
		Message: message,
	}
}

// openBelow says what stays writable below a read-only mount; empty for nothing known.
func openBelow(s Subject, m hostMount) string {
	if !m.readOnly {
		return ""
	}
	if mode := m.mount.RecursiveReadOnly; mode != nil {
		switch {
		case *mode == corev1.RecursiveReadOnlyEnabled:
			return ""
		case *mode == corev1.RecursiveReadOnlyIfPossible && refusedRecursive(s, m):
			return fmt.Sprintf("mounts below %s stay writable: the node cannot make them read-only", m.path)
		case *mode == corev1.RecursiveReadOnlyIfPossible:
			return ""
		}
	}
	switch {
	case propagates(m.mount):
		return fmt.Sprintf("what the node mounts below %s later appears writable (%s)", m.path, *m.mount.MountPropagation)
	case holdsMounts(m.path):
		return fmt.Sprintf("mounts below %s stay writable", m.path)
	}
	return ""
}

func propagates(m corev1.VolumeMount) bool {
	return m.MountPropagation != nil && *m.MountPropagation != corev1.MountPropagationNone
}

// refusedRecursive tells whether the status of a live pod, or a node under it, says that the
// mount is not recursively read-only.
func refusedRecursive(s Subject, m hostMount) bool {
	for status := range m.container.Statuses() {
		for _, o := range status.VolumeMounts {
			if o.Name == m.mount.Name && o.MountPath == m.mount.MountPath && o.RecursiveReadOnly != nil {
				return *o.RecursiveReadOnly == corev1.RecursiveReadOnlyDisabled
			}
		}
	}
	for _, pod := range s.Pods {
		if node := s.Context.Nodes[pod.Spec.NodeName]; node != nil && !recursiveNode(node) {
			return true
		}
	}
	return false
}

// recursiveNode tells whether a handler of the node makes mounts read-only recursively.
func recursiveNode(node *corev1.Node) bool {
	return slices.ContainsFunc(node.Status.RuntimeHandlers, func(h corev1.NodeRuntimeHandler) bool {
		return h.Features != nil && h.Features.RecursiveReadOnlyMounts != nil && *h.Features.RecursiveReadOnlyMounts
	})
}

// holdsMounts tells whether a directory of the node is, or is above, one that has file
// systems mounted below it on every node, or on purpose.
func holdsMounts(p string) bool {
	for _, dir := range []string{
		"/var/lib/kubelet/pods", "/var/lib/kubelet/plugins", "/var/lib/docker", "/var/lib/containers",
		"/run/containerd", "/run/user", "/run/netns", "/proc/sys", "/sys/fs", "/sys/kernel", "/dev/pts", "/dev/shm", "/mnt", "/media",
	} {
		if _, above := below(dir, p); above || p == "/" {
			return true
		}
	}
	return false
}
