package workload

import (
	"cmp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// Where a value in effect was set.
const (
	OriginContainer  = "container"
	OriginPod        = "pod"
	OriginAnnotation = "annotation"
	OriginPrivileged = "privileged"
	OriginKubelet    = "kubelet"
	OriginUnset      = "unset"
)

// Value is a setting in effect.
type Value[T any] struct {
	Value T
	// Set tells whether a field or annotation gives the value; otherwise Value is the default.
	Set    bool
	Origin string
	// Path of the field that gives the value, or that would.
	Path string
}

// resolve lets the container's field win over the pod's, as
// pkg/securitycontext/util.go (DetermineEffectiveSecurityContext) of Kubernetes does.
func resolve[T any](c Container, field string, container func(*corev1.SecurityContext) *T, pod func(*corev1.PodSecurityContext) *T) Value[T] {
	if sc := c.SecurityContext; sc != nil {
		if v := container(sc); v != nil {
			return Value[T]{*v, true, OriginContainer, c.Field("securityContext." + field)}
		}
	}
	if sc := c.Shape.Spec.SecurityContext; sc != nil && pod != nil {
		if v := pod(sc); v != nil {
			return Value[T]{*v, true, OriginPod, c.Shape.Join("spec.securityContext." + field)}
		}
	}
	return Value[T]{Origin: OriginUnset, Path: c.Field("securityContext." + field)}
}

// RunAsUser is the uid asked for; the image decides where it is not set.
func (c Container) RunAsUser() Value[int64] {
	return resolve(c, "runAsUser",
		func(sc *corev1.SecurityContext) *int64 { return sc.RunAsUser },
		func(sc *corev1.PodSecurityContext) *int64 { return sc.RunAsUser })
}

// RunAsGroup is the primary gid asked for; the image decides where it is not set, and with
// runAsUser set and an image without such a user it is 0.
func (c Container) RunAsGroup() Value[int64] {
	return resolve(c, "runAsGroup",
		func(sc *corev1.SecurityContext) *int64 { return sc.RunAsGroup },
		func(sc *corev1.PodSecurityContext) *int64 { return sc.RunAsGroup })
}

// RunAsNonRoot is a test that the kubelet makes when the container starts, not a setting.
func (c Container) RunAsNonRoot() Value[bool] {
	return resolve(c, "runAsNonRoot",
		func(sc *corev1.SecurityContext) *bool { return sc.RunAsNonRoot },
		func(sc *corev1.PodSecurityContext) *bool { return sc.RunAsNonRoot })
}

// Privileged has no field on the pod.
func (c Container) Privileged() Value[bool] {
	return resolve(c, "privileged", func(sc *corev1.SecurityContext) *bool { return sc.Privileged }, nil)
}

// ReadOnlyRootFilesystem has no field on the pod.
func (c Container) ReadOnlyRootFilesystem() Value[bool] {
	return resolve(c, "readOnlyRootFilesystem", func(sc *corev1.SecurityContext) *bool { return sc.ReadOnlyRootFilesystem }, nil)
}

// ProcMount has no field on the pod.
func (c Container) ProcMount() Value[corev1.ProcMountType] {
	v := resolve(c, "procMount", func(sc *corev1.SecurityContext) *corev1.ProcMountType { return sc.ProcMount }, nil)
	if !v.Set {
		v.Value = corev1.DefaultProcMount
	}
	return v
}

// SELinux options of the container replace those of the pod whole, not key by key.
func (c Container) SELinux() Value[corev1.SELinuxOptions] {
	return resolve(c, "seLinuxOptions",
		func(sc *corev1.SecurityContext) *corev1.SELinuxOptions { return sc.SELinuxOptions },
		func(sc *corev1.PodSecurityContext) *corev1.SELinuxOptions { return sc.SELinuxOptions })
}

// HostProcess of windowsOptions; the container's options override the pod's key by key.
func (c Container) HostProcess() Value[bool] {
	return resolve(c, "windowsOptions.hostProcess",
		func(sc *corev1.SecurityContext) *bool { return hostProcess(sc.WindowsOptions) },
		func(sc *corev1.PodSecurityContext) *bool { return hostProcess(sc.WindowsOptions) })
}

func hostProcess(o *corev1.WindowsSecurityContextOptions) *bool {
	if o == nil {
		return nil
	}
	return o.HostProcess
}

// AllowPrivilegeEscalation is allowed where it is not set (no_new_privs is off). The API
// server refuses false beside privileged: true, and beside an added CAP_SYS_ADMIN in this
// spelling alone; beside SYS_ADMIN no_new_privs is set.
// Source: pkg/securitycontext/util.go (AddNoNewPrivileges), pkg/apis/core/validation.
func (c Container) AllowPrivilegeEscalation() Value[bool] {
	v := resolve(c, "allowPrivilegeEscalation",
		func(sc *corev1.SecurityContext) *bool { return sc.AllowPrivilegeEscalation }, nil)
	if !v.Set {
		v.Value = true
	}
	return v
}

// Seccomp is the profile in effect by the fields: the container's, then the pod's.
// Source: pkg/kubelet/kuberuntime/helpers.go (getSeccompProfile).
func (c Container) Seccomp() Value[corev1.SeccompProfile] {
	return resolve(c, "seccompProfile",
		func(sc *corev1.SecurityContext) *corev1.SeccompProfile { return sc.SeccompProfile },
		func(sc *corev1.PodSecurityContext) *corev1.SeccompProfile { return sc.SeccompProfile })
}

// AppArmor is the profile in effect: the container's field, then the deprecated annotation
// for that container, then the pod's field, then the runtime's default.
// Source: pkg/security/apparmor/helpers.go (GetProfile).
func (c Container) AppArmor() Value[corev1.AppArmorProfile] {
	v := resolve(c, "appArmorProfile",
		func(sc *corev1.SecurityContext) *corev1.AppArmorProfile { return sc.AppArmorProfile },
		func(sc *corev1.PodSecurityContext) *corev1.AppArmorProfile { return sc.AppArmorProfile })
	if v.Origin == OriginContainer {
		return v
	}
	key := corev1.DeprecatedAppArmorBetaContainerAnnotationKeyPrefix + c.Name
	if profile, ok := annotatedAppArmor(c.Shape.Meta.Annotations[key]); ok {
		return Value[corev1.AppArmorProfile]{profile, true, OriginAnnotation, c.Shape.Annotation(key)}
	}
	if !v.Set {
		v.Value = corev1.AppArmorProfile{Type: corev1.AppArmorProfileTypeRuntimeDefault}
	}
	return v
}

func annotatedAppArmor(value string) (corev1.AppArmorProfile, bool) {
	switch name, local := strings.CutPrefix(value, corev1.DeprecatedAppArmorBetaProfileNamePrefix); {
	case value == corev1.DeprecatedAppArmorBetaProfileRuntimeDefault:
		return corev1.AppArmorProfile{Type: corev1.AppArmorProfileTypeRuntimeDefault}, true
	case value == corev1.DeprecatedAppArmorBetaProfileNameUnconfined:
		return corev1.AppArmorProfile{Type: corev1.AppArmorProfileTypeUnconfined}, true
	case local:
		return corev1.AppArmorProfile{Type: corev1.AppArmorProfileTypeLocalhost, LocalhostProfile: &name}, true
	}
	return corev1.AppArmorProfile{}, false
}

// Users are the distinct users that the runtime reports for the container
// (status.containerStatuses[].user.linux), lowest uid first, and in how many pods it does.
func (c Container) Users() (users []corev1.LinuxContainerUser, pods int) {
	for status := range c.Statuses() {
		if status.User == nil || status.User.Linux == nil {
			continue
		}
		pods++
		user := *status.User.Linux
		if !slices.ContainsFunc(users, func(u corev1.LinuxContainerUser) bool {
			return u.UID == user.UID && u.GID == user.GID && slices.Equal(u.SupplementalGroups, user.SupplementalGroups)
		}) {
			users = append(users, user)
		}
	}
	slices.SortFunc(users, func(a, b corev1.LinuxContainerUser) int {
		return cmp.Or(
			cmp.Compare(a.UID, b.UID), cmp.Compare(a.GID, b.GID),
			slices.Compare(a.SupplementalGroups, b.SupplementalGroups),
		)
	})
	return users, pods
}
