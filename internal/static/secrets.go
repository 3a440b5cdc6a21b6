package static

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

func (r *reader) missSecret(name string, calls bool) {
	r.builder.miss(r.workload.Ref, "Secret "+name, calls)
}

// volumes notes the Secrets that pods have files of.
func (r *reader) volumes(shape *workload.Shape) {
	for i := range shape.Spec.Volumes {
		v := &shape.Spec.Volumes[i]
		if v.Secret != nil {
			r.missSecret(v.Secret.SecretName, !holdsKeys(v.Name) && !holdsKeys(v.Secret.SecretName))
		}
		if v.Projected == nil {
			continue
		}
		for _, source := range v.Projected.Sources {
			if source.Secret != nil {
				r.missSecret(source.Secret.Name, !holdsKeys(v.Name) && !holdsKeys(source.Secret.Name) && !pairOfTLS(source.Secret.Items))
			}
		}
	}
}

// mayCall tells whether the value of a variable may say whom a program calls, by its name: one that
// names a host does, and a password or a user's name does not.
func mayCall(name string) bool {
	words := nameWords(name)
	switch stanceOf(words) {
	case stanceHost:
		return true
	case stanceNever:
		return false
	}
	return !slices.Contains([]string{"database", "db", "schema", "name", "region", "bucket", "id"}, words[len(words)-1]) &&
		!workload.CredentialLike(name, "opensesame") && !holdsKeys(name)
}

// holdsKeys tells a name of what is no more than keys and certificates.
func holdsKeys(name string) bool {
	return slices.ContainsFunc(nameWords(name), func(word string) bool {
		return slices.Contains([]string{"tls", "ssl", "ssh", "pki", "ca", "cert", "certs", "certificate", "certificates", "keystore", "truststore", "key", "keys"}, word)
	})
}

// pairOfTLS tells the items of a Secret of type kubernetes.io/tls (k8s.io/api/core/v1).
func pairOfTLS(items []corev1.KeyToPath) bool {
	return len(items) > 0 && !slices.ContainsFunc(items, func(i corev1.KeyToPath) bool {
		return !slices.Contains([]string{corev1.TLSCertKey, corev1.TLSPrivateKeyKey, corev1.ServiceAccountRootCAKey}, i.Key)
	})
}
