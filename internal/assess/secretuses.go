package assess

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// secretUses collects which Secrets the shapes of a workload get, and where.
type secretUses map[string][]string

func (u secretUses) add(secret, format string, args ...any) {
	use := fmt.Sprintf(format, args...)
	if secret != "" && !slices.Contains(u[secret], use) {
		u[secret] = append(u[secret], use)
	}
}

// usesOf finds the Secrets of env, envFrom, volumes, projected and CSI volumes.
func usesOf(w *workload.Workload) secretUses {
	uses := secretUses{}
	for _, shape := range w.Shapes() {
		volumes := map[string][]volumeSecret{}
		for _, v := range shape.Spec.Volumes {
			volumes[v.Name] = secretsOf(v)
		}
		for c := range shape.Containers() {
			uses.environment(c)
			for _, m := range c.VolumeMounts {
				for _, s := range volumes[m.Name] {
					uses.add(s.secret, "%s %s%s", c.Name, m.MountPath, s.through(m))
				}
			}
		}
		for _, pull := range shape.Spec.ImagePullSecrets {
			uses.add(pull.Name, "the kubelet pulls its images with it")
		}
		for _, v := range shape.Spec.Volumes {
			for _, s := range secretsOf(v) {
				if len(uses[s.secret]) == 0 {
					uses.add(s.secret, "volume %s, mounted by no container", v.Name)
				}
			}
		}
	}
	return uses
}

func (u secretUses) environment(c workload.Container) {
	for _, e := range c.Env {
		if e.ValueFrom != nil && e.ValueFrom.SecretKeyRef != nil {
			ref := e.ValueFrom.SecretKeyRef
			u.add(ref.Name, "%s env %s (key %s)", c.Name, e.Name, ref.Key)
		}
	}
	for _, from := range c.EnvFrom {
		if from.SecretRef != nil {
			u.add(from.SecretRef.Name, "%s env, every key", c.Name)
		}
	}
}

// secretsStore is the CSI driver that mounts secrets from vaults
// (https://secrets-store-csi-driver.sigs.k8s.io/concepts); providerClass stands before the name
// of its SecretProviderClass, and in no name of a Secret.
const (
	secretsStore  = "secrets-store.csi.k8s.io"
	providerClass = "SecretProviderClass "
)

// forTheNode tells a Secret with which the node mounts a volume (VisitPodSecretNames of
// k8s.io/kubernetes pkg/api/pod/util.go): the container does not see it.
const forTheNode = ", for the node to mount it"

// volumeSecret is a Secret in a volume; what says how, empty for the plain way, of which items are
// the keys that are taken, where it is not every one.
type volumeSecret struct {
	secret, what string
	items        []corev1.KeyToPath
}

// through says what a mount shows of the Secret: some keys, or every one.
func (s volumeSecret) through(m corev1.VolumeMount) string {
	if s.what != "" {
		return s.what
	}
	var keys []string
	sub := path.Clean(m.SubPath) // a dot for none
	for _, item := range s.items {
		if sub == "." || item.Path == sub || strings.HasPrefix(item.Path, sub+"/") {
			keys = append(keys, item.Key)
		}
	}
	if len(s.items) == 0 && sub != "." {
		keys = []string{sub} // files have the names of their keys
	}
	slices.Sort(keys)
	switch keys = slices.Compact(keys); {
	case len(keys) == 1:
		return " (key " + keys[0] + ")"
	case len(keys) > 1:
		return " (keys " + strings.Join(keys, ", ") + ")"
	case strings.HasSuffix(m.MountPath, ")"):
		return ", every key" // the path looks as if it named some
	}
	return ""
}

func secretsOf(v corev1.Volume) []volumeSecret {
	var out []volumeSecret
	switch {
	case v.Secret != nil:
		out = append(out, volumeSecret{secret: v.Secret.SecretName, items: v.Secret.Items})
	case v.CSI != nil:
		if ref := v.CSI.NodePublishSecretRef; ref != nil {
			out = append(out, volumeSecret{secret: ref.Name, what: ", for the CSI driver " + v.CSI.Driver})
		}
		if class := v.CSI.VolumeAttributes["secretProviderClass"]; v.CSI.Driver == secretsStore && class != "" {
			out = append(out, volumeSecret{secret: providerClass + class, what: ", from outside the cluster"})
		}
	case v.AzureFile != nil:
		out = append(out, volumeSecret{secret: v.AzureFile.SecretName, what: forTheNode})
	case v.RBD != nil && v.RBD.SecretRef != nil:
		out = append(out, volumeSecret{secret: v.RBD.SecretRef.Name, what: forTheNode})
	case v.CephFS != nil && v.CephFS.SecretRef != nil:
		out = append(out, volumeSecret{secret: v.CephFS.SecretRef.Name, what: forTheNode})
	case v.FlexVolume != nil && v.FlexVolume.SecretRef != nil:
		out = append(out, volumeSecret{secret: v.FlexVolume.SecretRef.Name, what: forTheNode})
	case v.ScaleIO != nil && v.ScaleIO.SecretRef != nil:
		out = append(out, volumeSecret{secret: v.ScaleIO.SecretRef.Name, what: forTheNode})
	case v.ISCSI != nil && v.ISCSI.SecretRef != nil:
		out = append(out, volumeSecret{secret: v.ISCSI.SecretRef.Name, what: forTheNode})
	case v.StorageOS != nil && v.StorageOS.SecretRef != nil:
		out = append(out, volumeSecret{secret: v.StorageOS.SecretRef.Name, what: forTheNode})
	case v.Projected != nil:
		for _, source := range v.Projected.Sources {
			if source.Secret != nil {
				out = append(out, volumeSecret{secret: source.Secret.Name, items: source.Secret.Items})
			}
		}
	}
	return out
}

// secrets describes the Secrets that a workload gets, with who else can read them.
func (a *assessor) secrets(w *workload.Workload) []api.SecretUse {
	uses := usesOf(w)
	out := []api.SecretUse{}
	for _, name := range slices.Sorted(maps.Keys(uses)) {
		use := api.SecretUse{Name: name, Uses: uses[name], Readers: []string{}}
		if strings.HasPrefix(name, providerClass) {
			out = append(out, use)
			continue
		}
		a.describeSecret(&use, a.inv.Secret(w.Ref.Namespace, name))
		own := map[string]bool{}
		for _, shape := range w.Shapes() {
			own[workload.AccountName(shape.Spec)] = true
		}
		for _, h := range a.access.readers(w.Ref.Namespace, name) {
			mine := h.Subject.Namespace == w.Ref.Namespace && own[h.Subject.Name]
			if !mine && !isSystem(h.Subject, h.Grants) {
				use.Readers = append(use.Readers, subjectFrom(h.Subject, w.Ref.Namespace))
			}
		}
		out = append(out, use)
	}
	return out
}

func (a *assessor) describeSecret(use *api.SecretUse, known workload.Known[cluster.Secret]) {
	switch known.Fact {
	case workload.FactYes:
		use.Type, use.Keys = known.Value.Type, new(known.Value.Keys)
		if created := known.Value.Created; !created.IsZero() {
			use.Created = created.UTC().Format(time.RFC3339)
		}
	case workload.FactNo:
		use.Missing = true
	}
}

// readVerbs are the verbs by which a Secret's content is seen, the plain ones first: the answers
// to the others hold the object too, also where they change nothing (dryRun).
func readVerbs() []string {
	return []string{"get", "list", "watch", "patch", "delete", "deletecollection"}
}

// plainVerbs is how many of readVerbs are for reading.
const plainVerbs = 3

// reader is somebody who can read a Secret.
type reader struct {
	rbac.Holder
	verbs []string
}

// readers are those who can see what is in a Secret, sorted. Of who may read it plainly, the
// other verbs are not told.
func (a *access) readers(namespace, name string) []reader {
	bySubject := map[rbac.Subject]*reader{}
	for i, verb := range readVerbs() {
		names := []string{name}
		if verb == "list" || verb == "watch" || verb == "deletecollection" {
			names = append(names, "") // of all, which a rule for the empty name allows too
		}
		for _, asked := range names {
			request := rbac.Request{Verb: verb, Resource: "secrets", Namespace: namespace, Name: asked}
			for _, h := range a.subjects(request) {
				r := bySubject[h.Subject]
				if r == nil {
					r = &reader{Holder: h}
					bySubject[h.Subject] = r
				}
				if i < plainVerbs || len(r.verbs) == 0 || !slices.Contains(readVerbs()[:plainVerbs], r.verbs[0]) {
					r.verbs = appendNew(r.verbs, verb)
				}
			}
		}
	}
	out := make([]reader, 0, len(bySubject))
	for _, r := range bySubject {
		out = append(out, *r)
	}
	slices.SortFunc(out, func(x, y reader) int {
		return compareBecomers(api.Becomer{Subject: subjectFrom(x.Subject, "")}, api.Becomer{Subject: subjectFrom(y.Subject, "")})
	})
	return out
}
