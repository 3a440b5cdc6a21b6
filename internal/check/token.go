package check

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// tokenMountPath is where admission mounts the token; a container that mounts something of
// its own there gets none (plugin/pkg/admission/serviceaccount/admission.go of Kubernetes).
const tokenMountPath = "/var/run/secrets/kubernetes.io/serviceaccount"

// accountOf names the ServiceAccount of the pods.
func accountOf(s Subject) string {
	return workload.AccountName(s.Spec)
}

// grant is one way in which containers get a token for the API server.
type grant struct {
	containers []string
	// volume is empty for the token that admission adds.
	volume string
	// path and got of the field that gives it.
	path, got string
	// unknown and derived as in Violation.
	unknown, derived bool
}

// grantsOf looks at what containers mount and, in a pod that was not admitted yet, at what
// admission will add. The token of admission comes first.
func grantsOf(s Subject) []grant {
	automount, fact := automountOf(s)
	added := grant{path: s.Join("spec.automountServiceAccountToken"), got: automountText(s)}
	added.unknown = fact == workload.FactUnknown
	added.derived = fact == workload.FactNo || fact == workload.FactAbsent
	var mounted []grant
	for p := range projectedTokens(s) {
		if !p.forAPIServer() {
			continue
		}
		g := grant{volume: p.volume, path: p.path, got: "set"}
		for c := range s.Containers() {
			if mounts(c, p.volume) {
				g.containers = append(g.containers, tokenName(c))
			}
		}
		switch at := slices.IndexFunc(mounted, func(m grant) bool { return m.volume == p.volume }); {
		case at >= 0 || len(g.containers) == 0:
		case s.Admitted() && p.volume == "kube-api-access":
			added = g
			added.volume = ""
		default:
			mounted = append(mounted, g)
		}
	}
	for c := range s.Containers() {
		if automount && c.Type != api.ContainerEphemeral && !hasMountPath(c) {
			added.containers = append(added.containers, tokenName(c))
		}
	}
	if len(added.containers) == 0 {
		return mounted
	}
	return append([]grant{added}, mounted...)
}

// Tokens are the names of the containers that hold a token for the API server, sorted.
func Tokens(s Subject) []string {
	var names []string
	for _, g := range grantsOf(s) {
		names = append(names, g.containers...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// hasMountPath tells whether the place is taken where admission would mount the token.
func hasMountPath(c workload.Container) bool {
	return slices.ContainsFunc(c.VolumeMounts, func(m corev1.VolumeMount) bool { return m.MountPath == tokenMountPath })
}

// tokenName tells an ephemeral container apart, which is in no template.
func tokenName(c workload.Container) string {
	if c.Type == api.ContainerEphemeral {
		return c.Name + " (ephemeral)"
	}
	return c.Name
}

// automountOf tells whether admission will add a token: the pod's field decides, else the
// account's, else yes. A pod that was admitted, or mirrors a static one, gets nothing more.
// The fact is that of the account, yes where it was not needed.
func automountOf(s Subject) (bool, workload.Fact) {
	if _, mirror := s.Meta.Annotations[corev1.MirrorPodAnnotationKey]; mirror || s.Admitted() {
		return false, workload.FactYes
	}
	if own := s.Spec.AutomountServiceAccountToken; own != nil {
		return *own, workload.FactYes
	}
	account := s.Context.ServiceAccounts[accountOf(s)]
	if account.Fact == workload.FactYes && account.Value.AutomountServiceAccountToken != nil {
		return *account.Value.AutomountServiceAccountToken, workload.FactYes
	}
	return true, account.Fact
}

func automountText(s Subject) string {
	if own := s.Spec.AutomountServiceAccountToken; own != nil {
		return strconv.FormatBool(*own)
	}
	return "unset"
}

// projectedToken is a serviceAccountToken source of a projected volume.
type projectedToken struct {
	*corev1.ServiceAccountTokenProjection
	volume, path string
}

// projectedTokens walks the token sources of all volumes.
func projectedTokens(s Subject) func(yield func(projectedToken) bool) {
	return func(yield func(projectedToken) bool) {
		for i, v := range s.Spec.Volumes {
			if v.Projected == nil {
				continue
			}
			for j, source := range v.Projected.Sources {
				path := s.Join(fmt.Sprintf("spec.volumes[%d].projected.sources[%d].serviceAccountToken", i, j))
				if t := source.ServiceAccountToken; t != nil && !yield(projectedToken{t, v.Name, path}) {
					return
				}
			}
		}
	}
}

// forAPIServer tells whether the API server takes the token: it has no audience of its own,
// or names the audience that API servers have by default.
func (t projectedToken) forAPIServer() bool {
	audience := strings.TrimPrefix(t.Audience, "https://")
	return slices.Contains([]string{"", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"}, audience)
}
