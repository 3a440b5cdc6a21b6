package static

import (
	"slices"
	"strings"

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
		r.unreadVolume(v)
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

// mayCall tells whether the value of a variable may say whom a program calls, by its name or that of
// its key: one that names a host does, and a password or a user's name does not.
func mayCall(name, key string) bool {
	return nameMayCall(name) || stanceOf(nameWords(key)) == stanceHost
}

func nameMayCall(name string) bool {
	words := nameWords(name)
	if len(words) == 0 {
		return true
	}
	last := words[len(words)-1]
	if slices.ContainsFunc(words, namesHost) && slices.Contains([]string{"ssl", "tls"}, last) || len(words) == 1 && (last == "database" || last == "db") {
		return true
	}
	switch stanceOf(words) {
	case stanceHost:
		return true
	case stanceNever:
		return false
	}
	return !slices.Contains([]string{"database", "db", "schema", "name", "region", "bucket", "id"}, last) &&
		!workload.CredentialLike(name, "opensesame") && !holdsKeys(name)
}

// holdsKeys tells a name of what is no more than keys and certificates.
func holdsKeys(name string) bool {
	return slices.ContainsFunc(nameWords(name), func(word string) bool {
		return slices.Contains([]string{"tls", "ssl", "ssh", "pki", "ca", "cert", "certs", "certificate", "certificates", "keystore", "truststore", "key", "keys"}, word)
	})
}

// isForTLS tells the name of a Secret that all variables come from, and that holds certificates.
func isForTLS(name string) bool {
	return slices.ContainsFunc(nameWords(name), func(word string) bool {
		return slices.Contains([]string{"tls", "ssl", "ssh", "pki", "cert", "certs", "certificate", "certificates"}, word)
	})
}

// unreadVolume notes what a driver takes from a store of secrets, and the files of a node that are
// configuration.
func (r *reader) unreadVolume(v *corev1.Volume) {
	switch {
	case v.CSI != nil && v.CSI.Driver == "secrets-store.csi.k8s.io":
		r.builder.miss(r.workload.Ref, "volume "+v.Name+" of "+v.CSI.Driver, true)
	case v.HostPath != nil && isConfiguration(v.HostPath):
		r.builder.miss(r.workload.Ref, "volume "+v.Name+" of a path of the node", false)
	}
}

// isConfiguration tells files, and what stands below /etc.
func isConfiguration(h *corev1.HostPathVolumeSource) bool {
	if h.Type != nil && (*h.Type == corev1.HostPathFile || *h.Type == corev1.HostPathFileOrCreate) {
		return true
	}
	return strings.HasPrefix(h.Path, "/etc/")
}

// pairOfTLS tells the items of a Secret of type kubernetes.io/tls (k8s.io/api/core/v1).
func pairOfTLS(items []corev1.KeyToPath) bool {
	return len(items) > 0 && !slices.ContainsFunc(items, func(i corev1.KeyToPath) bool {
		return !slices.Contains([]string{corev1.TLSCertKey, corev1.TLSPrivateKeyKey, corev1.ServiceAccountRootCAKey}, i.Key)
	})
}
