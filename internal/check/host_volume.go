package check

import (
	"cmp"
	"fmt"
	"path"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/podsecurity"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// hostVolume is a volume of the pod that is a path of the node: a hostPath of its own, or a
// claim whose PersistentVolume is one.
type hostVolume struct {
	// name of the volume, field the path of what gives it.
	name, field string
	// got is the path as it is written, path the same cleaned.
	got, path string
	// claim through which the pod has it; empty for a hostPath of its own.
	claim string
	// unread is what could not be read, so that the path is not known.
	unread string
	// readOnly is set where the pod takes the claim read-only.
	readOnly bool
	hostType corev1.HostPathType
	controls []podsecurity.Control
}

// hostVolumes finds them, in the order of the pod's volumes.
func hostVolumes(s Subject) []hostVolume {
	var out []hostVolume
	for i, v := range s.Spec.Volumes {
		field := s.Join(fmt.Sprintf("spec.volumes[%d]", i))
		switch {
		case v.HostPath != nil:
			out = append(out, hostVolume{
				name: v.Name, field: field + ".hostPath.path", got: v.HostPath.Path, path: pathOn(s, v.HostPath.Path),
				hostType: hostType(v.HostPath.Type),
				controls: s.refusing(corev1.PodSpec{Volumes: []corev1.Volume{v}}, "hostPathVolumes", "restrictedVolumes"),
			})
		case v.PersistentVolumeClaim != nil:
			if h, found := claimedVolume(s, i); found {
				h.name, h.field = v.Name, field+".persistentVolumeClaim.claimName"
				h.readOnly = v.PersistentVolumeClaim.ReadOnly
				out = append(out, h)
			}
		case v.Ephemeral != nil:
			if h, found := claimedVolume(s, i); found {
				h.name, h.field = v.Name, field+".ephemeral"
				out = append(out, h)
			}
		}
	}
	return out
}

func hostType(t *corev1.HostPathType) corev1.HostPathType {
	if t == nil {
		return corev1.HostPathUnset
	}
	return *t
}

// claimNames are the claims behind a volume: one of a template, and of live pods one each. A
// generic ephemeral volume has one named after its pod, so that a template has none.
func claimNames(s Subject, volume int) []string {
	var names []string
	if claim := s.Spec.Volumes[volume].PersistentVolumeClaim; claim != nil {
		names = append(names, claim.ClaimName)
	}
	if !s.Live {
		return names
	}
	for _, pod := range s.Pods {
		if volume >= len(pod.Spec.Volumes) {
			continue
		}
		switch v := pod.Spec.Volumes[volume]; {
		case v.PersistentVolumeClaim != nil:
			names = append(names, v.PersistentVolumeClaim.ClaimName)
		case v.Ephemeral != nil:
			names = append(names, pod.Name+"-"+v.Name)
		}
	}
	return names
}

// claimedVolume looks behind a claim; a path that is known wins over one that is not.
func claimedVolume(s Subject, volume int) (h hostVolume, found bool) {
	for _, name := range claimNames(s, volume) {
		claim := s.Context.Claims[name]
		if p := volumePath(claim.Volume.Value); p != "" {
			return hostVolume{got: p, path: pathOn(s, p), claim: name, hostType: corev1.HostPathDirectory}, true
		}
		unread := ""
		switch {
		case claim.Claim.Fact == workload.FactUnknown:
			unread = "PersistentVolumeClaim " + name
		case claim.Volume.Fact == workload.FactUnknown && claim.Claim.Value != nil:
			unread = "PersistentVolume " + claim.Claim.Value.Spec.VolumeName
		}
		if unread != "" && !found {
			h, found = hostVolume{got: name, claim: name, unread: unread}, true
		}
	}
	return h, found
}

// volumePath is the directory of the node that a PersistentVolume is; a raw device is none.
func volumePath(pv *corev1.PersistentVolume) string {
	switch {
	case pv == nil, pv.Spec.VolumeMode != nil && *pv.Spec.VolumeMode == corev1.PersistentVolumeBlock:
		return ""
	case pv.Spec.HostPath != nil:
		return pv.Spec.HostPath.Path
	case pv.Spec.Local != nil:
		return pv.Spec.Local.Path
	}
	return ""
}

// hostMount is one mount of a hostVolume.
type hostMount struct {
	container workload.Container
	mount     corev1.VolumeMount
	// path on the node of what is mounted.
	path     string
	readOnly bool
}

func hostMounts(s Subject, v hostVolume) []hostMount {
	var out []hostMount
	for c := range s.Containers() {
		for _, m := range c.VolumeMounts {
			if m.Name == v.name {
				p := joinOn(s, v.path, cmp.Or(m.SubPath, fixedPart(m.SubPathExpr)))
				out = append(out, hostMount{container: c, mount: m, path: p, readOnly: m.ReadOnly || v.readOnly})
			}
		}
	}
	return out
}

// fixedPart is the directory of a subPathExpr above its first variable.
func fixedPart(expr string) string {
	fixed, _, found := strings.Cut(expr, "$(")
	if !found {
		return expr
	}
	return path.Dir(fixed)
}

// nodePath cleans a path of the node and follows the links that every node has, so that
// /var/run//docker.sock/ is /run/docker.sock and /proc/1/root/etc is /etc.
func nodePath(p string) string {
	if p == "" {
		return ""
	}
	p = path.Clean("/" + p)
	for {
		parts := strings.SplitN(p, "/", 5)
		if len(parts) < 4 || parts[1] != "proc" || parts[3] != "root" && parts[3] != "cwd" {
			break
		}
		p = path.Clean("/" + strings.Join(parts[4:], "/"))
	}
	for _, link := range []struct{ from, to string }{
		{"/var/run", "/run"}, {"/bin", "/usr/bin"}, {"/sbin", "/usr/sbin"}, {"/lib", "/usr/lib"}, {"/lib64", "/usr/lib64"},
	} {
		if rest, ok := below(p, link.from); ok {
			return link.to + rest
		}
	}
	return p
}

// below gives what of p comes after dir, empty for dir itself.
func below(p, dir string) (rest string, ok bool) {
	rest, ok = strings.CutPrefix(p, dir)
	return rest, ok && (rest == "" || rest[0] == '/')
}
