package check

import (
	"cmp"
	"fmt"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// SecretOptionalMissing finds references to objects that do not exist.
func SecretOptionalMissing() Check {
	return Check{
		ID:        "secret-optional-missing",
		Title:     "Pod refers to an object that does not exist",
		Severity:  api.SeverityLow,
		Standards: []string{},
		Doc: "A pod that refers to a ServiceAccount that does not exist is refused, one that refers to a " +
			"missing PersistentVolumeClaim, ConfigMap or Secret, or to a missing key of the latter two, " +
			"waits for it; and whoever may create that object decides what the pod gets. Looked at are the " +
			"account; the claims of volumes, not those that the pod or a StatefulSet's volumeClaimTemplates " +
			"make; and references that are not optional to ConfigMaps and Secrets. Of those two no object is " +
			"read from a server, so that two things are judged: what the kubelet says in the status of a " +
			"container whose environment waits for one (CreateContainerConfigError), and a key that " +
			"env or the items of a volume name and an object in the files does not have. One that is not " +
			"in the files may be in the cluster, one without any key and the token of an account are filled " +
			"by others: of these nothing is said. Unknown where the read of an account or claim failed.",
		Fix: "create the object, or take the reference out",
		Eval: func(s Subject) []Violation {
			var out []Violation
			account := accountOf(s)
			if v, ok := missing(s, s.Context.ServiceAccounts[account].Fact, "ServiceAccount "+account); ok {
				v.Path, v.Key = s.Join("spec.serviceAccountName"), "account:"+account
				v.Got = cmp.Or(s.Spec.ServiceAccountName, s.Spec.DeprecatedServiceAccount, "unset")
				out = append(out, v)
			}
			seen := map[string]bool{}
			for i, volume := range s.Spec.Volumes {
				if volume.PersistentVolumeClaim == nil || seen[volume.PersistentVolumeClaim.ClaimName] {
					continue
				}
				name := volume.PersistentVolumeClaim.ClaimName
				seen[name] = true
				if v, ok := missing(s, s.Context.Claims[name].Claim.Fact, "PersistentVolumeClaim "+name); ok {
					v.Path = s.Join(fmt.Sprintf("spec.volumes[%d].persistentVolumeClaim.claimName", i))
					v.Got, v.Key = name, "claim:"+name
					out = append(out, v)
				}
			}
			return append(out, missingConfigs(s)...)
		},
	}
}

// missing judges by what is known of an object. A pod that runs was started with it, so that
// of a failed read nothing is said there.
func missing(s Subject, fact workload.Fact, what string) (Violation, bool) {
	v := Violation{Want: "an object that exists"}
	switch {
	case fact == workload.FactNo && s.Admitted():
		v.Message = what + " does not exist: a pod in place of this one cannot start"
	case fact == workload.FactNo:
		v.Message = what + " does not exist: pods cannot start"
	case fact == workload.FactUnknown && !s.Admitted():
		v.Unknown, v.Message = true, "whether "+what+" exists could not be read"
	default:
		return v, false
	}
	return v, true
}
