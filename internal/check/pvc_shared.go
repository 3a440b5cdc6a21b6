package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// PVCShared tells claims that several workloads use.
func PVCShared() Check {
	return Check{
		ID:        "pvc-shared",
		Title:     "Claim is used by other workloads too",
		Severity:  api.SeverityInfo,
		Standards: []string{},
		Doc: "A PersistentVolumeClaim that several workloads name gives each of them the other's data, " +
			"and what one writes the other reads: a way from one to the other past the network. Counted " +
			"are the workloads that were read. The access mode ReadWriteOnce keeps pods of one node " +
			"together, not apart; ReadWriteOncePod alone keeps a claim to one pod.",
		Fix:      "a claim for each workload, or readOnly where one only reads",
		MayBreak: "data that the workloads exchange through the volume",
		Eval: func(s Subject) []Violation {
			var out []Violation
			for i, v := range s.Spec.Volumes {
				if v.PersistentVolumeClaim != nil {
					field := s.Join(fmt.Sprintf("spec.volumes[%d].persistentVolumeClaim.claimName", i))
					out = append(out, sharedClaim(s, claimNames(s, i), field, v.Name)...)
				}
			}
			for _, t := range s.Claims {
				out = append(out, sharedClaim(s, madeClaims(s, t), t.Path, t.Name)...)
			}
			return out
		},
	}
}

// sharedClaim tells the first claim of a volume that others use.
func sharedClaim(s Subject, names []string, field, volume string) []Violation {
	shared := slices.IndexFunc(names, func(n string) bool { return len(s.Context.Claims[n].UsedBy) > 1 })
	if shared < 0 {
		return nil
	}
	name := names[shared]
	return []Violation{{
		Path: field, Got: name, Want: name, Key: "volume:" + volume,
		Message: fmt.Sprintf("claim %s is used by %s", name, usersOf(s.Context.Claims[name].UsedBy)),
	}}
}

// usersOf names up to three workloads.
func usersOf(refs []api.Ref) string {
	refs = slices.Clone(refs)
	slices.SortFunc(refs, func(a, b api.Ref) int {
		if a.Less(b) {
			return -1
		}
		return 1
	})
	const most = 3
	var words []string
	for _, r := range refs[:min(len(refs), most)] {
		words = append(words, r.Kind+" "+r.Name)
	}
	if more := len(refs) - most; more > 0 {
		words = append(words, fmt.Sprintf("%d more", more))
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}
