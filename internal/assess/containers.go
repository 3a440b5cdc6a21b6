package assess

import (
	"fmt"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// Where a container comes from that no template has.
const (
	originAdmission = "admission"
	originRevision  = "another revision or admission"
	originDebug     = "kubectl debug"
)

// containersOf lists the containers of the templates, then those that only live pods have,
// each with the settings of the live pods where there are any.
func containersOf(shapes []*workload.Shape, ctx workload.Context) []api.Container {
	out := []api.Container{}
	seen := map[string]bool{}
	templates := 0
	for _, shape := range shapes {
		if !shape.Live {
			templates++
		}
	}
	for _, shape := range shapes {
		for c := range shape.Containers() {
			if seen[c.Key()] && shape.Live {
				continue
			}
			seen[c.Key()] = true
			entry := api.Container{Name: c.Name, Type: c.Type, Image: c.Image, Settings: settingsOf(c, shapes, ctx)}
			switch {
			case c.Type == api.ContainerEphemeral:
				entry.Origin = originDebug
			case shape.Live && templates > 0:
				entry.Origin = addedBy(shapes)
			case !shape.Live && templates > 1:
				entry.Origin = "template " + shape.Path
			}
			out = append(out, entry)
		}
	}
	return out
}

// addedBy says who gave live pods what no template has. During a rollout it may be an older
// revision of the template.
func addedBy(shapes []*workload.Shape) string {
	revisions := map[string]bool{}
	for _, shape := range shapes {
		for _, pod := range shape.Pods {
			for _, label := range []string{"pod-template-hash", "controller-revision-hash", "rollouts-pod-template-hash"} {
				if hash := pod.Labels[label]; hash != "" {
					revisions[hash] = true
				}
			}
		}
	}
	if len(revisions) > 1 {
		return originRevision
	}
	return originAdmission
}

// settingsOf prefers what the live pods have over what the template says, and names
// admission where the two differ.
func settingsOf(c workload.Container, shapes []*workload.Shape, ctx workload.Context) map[string]api.Setting {
	settings := c.Settings(ctx)
	if c.Shape.Live {
		return settings
	}
	for _, shape := range shapes {
		if !shape.Live {
			continue
		}
		for l := range shape.Containers() {
			if l.Key() == c.Key() {
				return admitted(settings, l.Settings(ctx), addedBy(shapes), shape.Meta.Annotations[limitRangerAnnotation] != "")
			}
		}
	}
	return settings
}

// limitRangerAnnotation lists what the LimitRanger admission plugin set in a pod.
const limitRangerAnnotation = "kubernetes.io/limit-ranger"

func admitted(template, live map[string]api.Setting, origin string, limitRanger bool) map[string]api.Setting {
	for name, setting := range live {
		if before, ok := template[name]; ok && before.Value == setting.Value {
			continue
		}
		if strings.HasPrefix(setting.Origin, "image") {
			continue
		}
		setting.Origin = origin
		if name == workload.SettingLimits && limitRanger {
			setting.Origin = "LimitRange"
		}
		live[name] = setting
	}
	return live
}

// podSettings are the settings of the pod as a whole that are not at their default; the
// live pods' win over the template's.
func podSettings(shapes []*workload.Shape) map[string]api.Setting {
	settings := map[string]api.Setting{}
	for _, s := range shapes {
		spec := s.Spec
		set := func(name string, on bool, value string) {
			if on {
				settings[name] = api.Setting{Value: value, Origin: workload.OriginPod}
			}
		}
		set("hostNetwork", spec.HostNetwork, "true")
		set("hostPID", spec.HostPID, "true")
		set("hostIPC", spec.HostIPC, "true")
		set("hostUsers", s.UserNamespace(), "false")
		set("os", s.Windows(), string(corev1.Windows))
		set("shareProcessNamespace", spec.ShareProcessNamespace != nil && *spec.ShareProcessNamespace, "true")
		if spec.RuntimeClassName != nil {
			set("runtimeClassName", true, *spec.RuntimeClassName)
		}
		if sc := spec.SecurityContext; sc != nil {
			securitySettings(sc, set)
		}
	}
	return settings
}

func securitySettings(sc *corev1.PodSecurityContext, set func(name string, on bool, value string)) {
	if sc.FSGroup != nil {
		set("fsGroup", true, strconv.FormatInt(*sc.FSGroup, 10))
	}
	if len(sc.SupplementalGroups) > 0 {
		set("supplementalGroups", true, strings.Trim(fmt.Sprint(sc.SupplementalGroups), "[]"))
	}
	if len(sc.Sysctls) > 0 {
		names := make([]string, len(sc.Sysctls))
		for i, s := range sc.Sysctls {
			names[i] = s.Name + "=" + s.Value
		}
		set("sysctls", true, strings.Join(names, ", "))
	}
}
