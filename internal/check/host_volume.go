package check

import (
	"cmp"
	"fmt"
	"path"
	"slices"
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
			for _, h := range claimedVolumes(s, claimNames(s, i), "", v.Name) {
				h.field, h.readOnly = field+".persistentVolumeClaim.claimName", v.PersistentVolumeClaim.ReadOnly
				out = append(out, h)
			}
		case v.Ephemeral != nil:
			asked := ""
			if t := v.Ephemeral.VolumeClaimTemplate; t != nil {
				asked = t.Spec.VolumeName
			}
			for _, h := range claimedVolumes(s, claimNames(s, i), asked, v.Name) {
				h.field = field + ".ephemeral"
				out = append(out, h)
			}
		}
	}
	for _, t := range s.Claims {
		for _, h := range claimedVolumes(s, madeClaims(s, t), t.VolumeName, t.Name) {
			h.field = t.Path
			out = append(out, h)
		}
	}
	return out
}

// madeClaims are the claims that are known of those that a StatefulSet makes for its pods,
// sorted.
func madeClaims(s Subject, t workload.ClaimTemplate) []string {
	var names []string
	for name := range s.Context.Claims {
		if workload.ClaimStem(name) == t.Stem {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
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

// claimedVolumes looks behind the claims of a volume, and at the PersistentVolume that their
// template asks for by name; empty for none. Each path is there once, and one that is known
// wins over those that are not.
func claimedVolumes(s Subject, claims []string, asked, volume string) []hostVolume {
	var out []hostVolume
	unread := hostVolume{name: volume}
	add := func(pv workload.Known[*corev1.PersistentVolume], claim, pvName string) {
		p := volumePath(pv.Value)
		switch {
		case p != "" && !slices.ContainsFunc(out, func(h hostVolume) bool { return h.got == p }):
			out = append(out, hostVolume{name: volume, got: p, path: pathOn(s, p), claim: claim, hostType: corev1.HostPathDirectory})
		case pv.Fact == workload.FactUnknown && unread.unread == "":
			unread.got, unread.claim, unread.unread = claim, claim, strings.TrimSpace("PersistentVolume "+pvName)
		}
	}
	for _, name := range claims {
		claim := s.Context.Claims[name]
		switch {
		case claim.Claim.Value != nil:
			add(claim.Volume, name, claim.Claim.Value.Spec.VolumeName)
		case claim.Claim.Fact == workload.FactUnknown && volumePath(claim.Volume.Value) == "" && unread.unread == "":
			unread.got, unread.claim, unread.unread = name, name, "PersistentVolumeClaim "+name
		default:
			add(claim.Volume, name, "")
		}
	}
	add(s.Context.Volumes[asked], volume, asked)
	if len(out) == 0 && unread.unread != "" {
		return []hostVolume{unread}
	}
	return out
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
