package workload

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// Names of settings, after the fields of the pod where there is one.
const (
	SettingUser           = "runAsUser"
	SettingGroup          = "runAsGroup"
	SettingNonRoot        = "runAsNonRoot"
	SettingPrivileged     = "privileged"
	SettingEscalation     = "allowPrivilegeEscalation"
	SettingCapabilities   = "capabilities"
	SettingSeccomp        = "seccompProfile"
	SettingAppArmor       = "appArmorProfile"
	SettingSELinux        = "seLinuxOptions"
	SettingProcMount      = "procMount"
	SettingRootFilesystem = "readOnlyRootFilesystem"
	SettingLimits         = "limits"
	SettingHostProcess    = "hostProcess"
	SettingUserName       = "runAsUserName"
)

// Settings are the effective settings of the container, each with its origin. Settings that
// Windows pods cannot have are left out of those, and the reverse.
func (c Container) Settings(ctx Context) map[string]api.Setting {
	if c.Shape.Windows() {
		return map[string]api.Setting{
			SettingHostProcess: boolSetting(c.HostProcess(), "yes", "no"),
			SettingUserName:    c.userNameSetting(),
			SettingLimits:      c.limitsSetting(ctx),
		}
	}
	settings := map[string]api.Setting{
		SettingUser:           c.userSetting(),
		SettingGroup:          c.groupSetting(),
		SettingNonRoot:        boolSetting(c.RunAsNonRoot(), "tested at start", "not tested"),
		SettingPrivileged:     boolSetting(c.Privileged(), "yes", "no"),
		SettingEscalation:     c.escalationSetting(),
		SettingCapabilities:   c.capabilitiesSetting(ctx),
		SettingSeccomp:        c.seccompSetting(ctx),
		SettingAppArmor:       c.appArmorSetting(),
		SettingProcMount:      c.procMountSetting(),
		SettingRootFilesystem: boolSetting(c.ReadOnlyRootFilesystem(), "read-only", "writable"),
		SettingLimits:         c.limitsSetting(ctx),
	}
	if v := c.SELinux(); v.Set {
		settings[SettingSELinux] = api.Setting{Value: selinuxText(v.Value), Origin: v.Origin}
	}
	return settings
}

func boolSetting(v Value[bool], yes, no string) api.Setting {
	summary := no
	if v.Value {
		summary = yes
	}
	return api.Setting{Value: strconv.FormatBool(v.Value), Summary: summary, Origin: v.Origin}
}

// userSetting prefers what the runtime reports where no field asks for a uid.
func (c Container) userSetting() api.Setting {
	users, pods := c.Users()
	if v := c.RunAsUser(); v.Set || pods == 0 {
		return idSetting(v)
	}
	return observedSetting(users, pods, func(u corev1.LinuxContainerUser) int64 { return u.UID })
}

func (c Container) groupSetting() api.Setting {
	users, pods := c.Users()
	if v := c.RunAsGroup(); v.Set || pods == 0 {
		return idSetting(v)
	}
	return observedSetting(users, pods, func(u corev1.LinuxContainerUser) int64 { return u.GID })
}

func idSetting(v Value[int64]) api.Setting {
	if !v.Set {
		return api.Setting{Value: "unset", Summary: "the image's", Origin: OriginUnset}
	}
	return api.Setting{Value: strconv.FormatInt(v.Value, 10), Origin: v.Origin}
}

func observedSetting(users []corev1.LinuxContainerUser, pods int, id func(corev1.LinuxContainerUser) int64) api.Setting {
	var ids []string
	for _, u := range users {
		if text := strconv.FormatInt(id(u), 10); !slices.Contains(ids, text) {
			ids = append(ids, text)
		}
	}
	return api.Setting{
		Value:  strings.Join(ids, ", "),
		Origin: "image, observed in " + Plural(pods, "pod"),
	}
}

func (c Container) userNameSetting() api.Setting {
	v := resolve(c, "windowsOptions.runAsUserName",
		func(sc *corev1.SecurityContext) *string { return userName(sc.WindowsOptions) },
		func(sc *corev1.PodSecurityContext) *string { return userName(sc.WindowsOptions) })
	if !v.Set {
		return api.Setting{Value: "unset", Summary: "the image's", Origin: OriginUnset}
	}
	return api.Setting{Value: v.Value, Origin: v.Origin}
}

func userName(o *corev1.WindowsSecurityContextOptions) *string {
	if o == nil {
		return nil
	}
	return o.RunAsUserName
}

func (c Container) escalationSetting() api.Setting {
	v := c.AllowPrivilegeEscalation()
	if c.Privileged().Value {
		v.Value, v.Origin = true, OriginPrivileged
	}
	return boolSetting(v, "allowed", "not allowed")
}

func (c Container) capabilitiesSetting(ctx Context) api.Setting {
	caps := c.Capabilities(ctx.Runtime)
	s := api.Setting{Value: strings.Join(caps.Bounding, " "), Origin: capabilitiesOrigin(c, caps)}
	switch n := len(caps.Bounding); {
	case caps.All:
		s.Value = "ALL"
	case n == 0:
		s.Value = "none"
	case len(caps.Kept) == n:
		s.Summary = fmt.Sprintf("%d of %d kept", n, len(ctx.Runtime.Capabilities))
	case len(caps.Kept) > 0:
		s.Summary = fmt.Sprintf("%d of %d kept, %d added", len(caps.Kept), len(ctx.Runtime.Capabilities), n-len(caps.Kept))
	}
	return s
}

func capabilitiesOrigin(c Container, caps Capabilities) string {
	if c.Privileged().Value {
		return OriginPrivileged
	}
	var parts []string
	if len(caps.Drop) > 0 {
		parts = append(parts, "drop "+strings.Join(caps.Drop, ", "))
	}
	if len(caps.Add) > 0 {
		parts = append(parts, "add "+strings.Join(caps.Add, ", "))
	}
	if len(parts) == 0 {
		return OriginUnset
	}
	return strings.Join(parts, "; ")
}

func (c Container) seccompSetting(ctx Context) api.Setting {
	v := c.Seccomp()
	switch {
	case c.Privileged().Value:
		return api.Setting{Value: string(corev1.SeccompProfileTypeUnconfined), Origin: OriginPrivileged}
	case v.Set && v.Value.Type == corev1.SeccompProfileTypeLocalhost && v.Value.LocalhostProfile != nil:
		return api.Setting{Value: "Localhost " + *v.Value.LocalhostProfile, Origin: v.Origin}
	case v.Set:
		return api.Setting{Value: string(v.Value.Type), Origin: v.Origin}
	}
	switch ctx.SeccompDefault {
	case FactYes:
		return api.Setting{Value: string(corev1.SeccompProfileTypeRuntimeDefault), Origin: "unset; kubelet seccompDefault on"}
	case FactNo:
		return api.Setting{Value: string(corev1.SeccompProfileTypeUnconfined), Origin: "unset; kubelet seccompDefault off"}
	case FactUnknown:
		return api.Setting{Value: "unset", Origin: "kubelet default not readable"}
	default:
		return api.Setting{Value: "unset", Summary: "Unconfined", Origin: "unset, unless the kubelet sets seccompDefault"}
	}
}

func (c Container) appArmorSetting() api.Setting {
	v := c.AppArmor()
	switch {
	case c.Privileged().Value:
		return api.Setting{Value: string(corev1.AppArmorProfileTypeUnconfined), Origin: OriginPrivileged}
	case v.Value.LocalhostProfile != nil:
		return api.Setting{Value: "Localhost " + *v.Value.LocalhostProfile, Origin: v.Origin}
	default:
		return api.Setting{Value: string(v.Value.Type), Origin: v.Origin}
	}
}

func (c Container) procMountSetting() api.Setting {
	v := c.ProcMount()
	if c.Privileged().Value {
		v.Value, v.Origin = corev1.UnmaskedProcMount, OriginPrivileged
	}
	return api.Setting{Value: string(v.Value), Origin: v.Origin}
}

func selinuxText(o corev1.SELinuxOptions) string {
	var parts []string
	for _, p := range [][2]string{{"user", o.User}, {"role", o.Role}, {"type", o.Type}, {"level", o.Level}} {
		if p[1] != "" {
			parts = append(parts, p[0]+" "+p[1])
		}
	}
	return strings.Join(parts, ", ")
}

// Plural counts in words: "1 pod", "2 pods".
func Plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

// SomeOf lists at most five names and counts the rest.
func SomeOf(names []string) string {
	const most = 5
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}
