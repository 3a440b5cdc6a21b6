package workload

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// OriginLimitRange begins the origin of a limit that the LimitRanger set; the name of the
// LimitRange follows where it is known.
const OriginLimitRange = "LimitRange"

// limitRangerAnnotation lists what the LimitRanger admission plugin set in a pod, such as
// "LimitRanger plugin set: cpu, memory limit for container app; cpu limit for init container
// migrate" (plugin/pkg/admission/limitranger/admission.go, mergePodResourceRequirements).
const limitRangerAnnotation = "kubernetes.io/limit-ranger"

// Limit is the limit of a resource in effect: the container's own, else the default of the
// namespace's LimitRanges, which a pod that was admitted carries already, else that of the
// pod as a whole (KEP-2837). Ephemeral containers have only the last.
func (c Container) Limit(ctx Context, name corev1.ResourceName) Value[resource.Quantity] {
	path := c.Field("resources.limits")
	if q, ok := c.Resources.Limits[name]; ok {
		origin := OriginContainer
		if c.limitRanged(name) {
			origin = ctx.limitRangeOf(name, q)
		}
		return Value[resource.Quantity]{q, true, origin, path}
	}
	if !c.Shape.Admitted() && c.Type != api.ContainerEphemeral {
		for _, lr := range ctx.LimitRanges.Value {
			if q, ok := defaultLimit(lr, name); ok {
				return Value[resource.Quantity]{q, true, OriginLimitRange + " " + lr.Name, path}
			}
		}
	}
	if pod := c.Shape.Spec.Resources; pod != nil {
		if q, ok := pod.Limits[name]; ok {
			return Value[resource.Quantity]{q, true, OriginPod, c.Shape.Join("spec.resources.limits")}
		}
	}
	return Value[resource.Quantity]{Origin: OriginUnset, Path: path}
}

// defaultLimit is what a LimitRange gives to a container without a limit: default, and where
// that is not written, max, which the API server writes there (pkg/apis/core/v1/defaults.go,
// SetDefaults_LimitRangeItem). Of several items the last one wins.
func defaultLimit(lr *corev1.LimitRange, name corev1.ResourceName) (q resource.Quantity, found bool) {
	for _, item := range lr.Spec.Limits {
		if item.Type != corev1.LimitTypeContainer {
			continue
		}
		value, ok := item.Default[name]
		if !ok {
			value, ok = item.Max[name]
		}
		if ok {
			q, found = value, true
		}
	}
	return q, found
}

// limitRanged tells whether the pod's annotation names the limit as set by the LimitRanger.
func (c Container) limitRanged(name corev1.ResourceName) bool {
	_, text, _ := strings.Cut(c.Shape.Meta.Annotations[limitRangerAnnotation], ": ")
	kind := "container"
	if c.Type == api.ContainerInit || c.Type == api.ContainerSidecar {
		kind = "init container"
	}
	for entry := range strings.SplitSeq(text, "; ") {
		names, container, ok := strings.Cut(entry, " limit for "+kind+" ")
		if ok && container == c.Name && slices.Contains(strings.Split(names, ", "), string(name)) {
			return true
		}
	}
	return false
}

// limitRangeOf names the LimitRange that gives a limit, if one that was read does.
func (ctx Context) limitRangeOf(name corev1.ResourceName, limit resource.Quantity) string {
	for _, lr := range ctx.LimitRanges.Value {
		if q, ok := defaultLimit(lr, name); ok && q.Cmp(limit) == 0 {
			return OriginLimitRange + " " + lr.Name
		}
	}
	return OriginLimitRange
}

// limitsSetting gives cpu, memory and ephemeral-storage in this order, "-" where unset, with
// everybody who set one.
func (c Container) limitsSetting(ctx Context) api.Setting {
	names := []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory, corev1.ResourceEphemeralStorage}
	parts := make([]string, len(names))
	var origins []string
	for i, name := range names {
		parts[i] = "-"
		if v := c.Limit(ctx, name); v.Set {
			parts[i] = v.Value.String()
			if !slices.Contains(origins, v.Origin) {
				origins = append(origins, v.Origin)
			}
		}
	}
	switch {
	case len(origins) > 0:
		return api.Setting{Value: strings.Join(parts, " "), Origin: strings.Join(origins, "; ")}
	case ctx.LimitRanges.Fact == FactUnknown && !c.Shape.Admitted():
		return api.Setting{Value: "unset", Origin: "LimitRanges not readable"}
	default:
		return api.Setting{Value: "unset", Origin: OriginUnset}
	}
}
