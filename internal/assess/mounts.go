package assess

import (
	"cmp"
	"path"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// mountsOf are the volumes that containers mount, of every shape, sorted and without repetition.
// Secrets are told apart from them. What the same container mounts of one source more than once is
// writable where one of them is. A subPath narrows a source that has paths.
func mountsOf(shapes []*workload.Shape) []api.Mount {
	var out []api.Mount
	for _, shape := range shapes {
		sources := map[string][]api.Mount{}
		for i := range shape.Spec.Volumes {
			sources[shape.Spec.Volumes[i].Name] = volumeMounts(&shape.Spec.Volumes[i])
		}
		for c := range shape.Containers() {
			for _, m := range c.VolumeMounts {
				for _, source := range sources[m.Name] {
					source.Container, source.Type = c.Name, c.Type
					source.ReadOnly = source.ReadOnly || m.ReadOnly
					if slices.Contains(api.MountsWithPaths(), source.Kind) {
						source.Source = path.Join(source.Source, cmp.Or(m.SubPath, m.SubPathExpr))
					}
					if m.MountPropagation != nil && *m.MountPropagation != corev1.MountPropagationNone {
						source.Propagation = string(*m.MountPropagation)
					}
					out = append(out, source)
				}
			}
		}
	}
	slices.SortFunc(out, compareMounts)
	return slices.CompactFunc(out, func(a, b api.Mount) bool {
		a.ReadOnly = b.ReadOnly
		return a == b
	})
}

func compareMounts(a, b api.Mount) int {
	order := cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Container, b.Container), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Source, b.Source), cmp.Compare(a.Propagation, b.Propagation))
	switch {
	case order != 0 || a.ReadOnly == b.ReadOnly:
		return order
	case a.ReadOnly:
		return 1
	}
	return -1
}

// volumeMounts is what a volume leads to; a projected one to several things.
func volumeMounts(v *corev1.Volume) []api.Mount {
	one := func(kind, source string, readOnly bool) []api.Mount {
		return []api.Mount{{Kind: kind, Source: source, ReadOnly: readOnly}}
	}
	switch {
	case v.HostPath != nil:
		return one("hostPath", v.HostPath.Path, false)
	case v.PersistentVolumeClaim != nil:
		return one("persistentVolumeClaim", v.PersistentVolumeClaim.ClaimName, v.PersistentVolumeClaim.ReadOnly)
	case v.NFS != nil:
		return one("nfs", v.NFS.Server+":"+v.NFS.Path, v.NFS.ReadOnly)
	case v.CSI != nil:
		return one("csi", v.CSI.Driver, v.CSI.ReadOnly != nil && *v.CSI.ReadOnly)
	case v.Image != nil:
		reference, _, _ := strings.Cut(v.Image.Reference, "@")
		return one("image", reference, true)
	case v.Projected != nil:
		return projectedMounts(v.Projected)
	}
	return otherMounts(v)
}

// projectedMounts are the tokens of a projected volume for others than the API server, and the
// certificates that signers give its pod: that of kubernetes.io/kube-apiserver-client-pod is one for
// the API server (k8s.io/api/core/v1 PodCertificateProjection).
func projectedMounts(p *corev1.ProjectedVolumeSource) []api.Mount {
	var out []api.Mount
	for _, source := range p.Sources {
		if token := source.ServiceAccountToken; token != nil && token.Audience != "" {
			out = append(out, api.Mount{Kind: "token", Source: token.Audience, ReadOnly: true})
		}
		if certificate := source.PodCertificate; certificate != nil {
			out = append(out, api.Mount{Kind: "certificate", Source: certificate.SignerName, ReadOnly: true})
		}
	}
	return out
}

// otherMounts are the remaining sources outside of the pod; which volume of the driver is meant is
// its business.
func otherMounts(v *corev1.Volume) []api.Mount {
	for _, other := range []struct {
		kind  string
		there bool
	}{
		{"awsElasticBlockStore", v.AWSElasticBlockStore != nil}, {"azureDisk", v.AzureDisk != nil}, {"azureFile", v.AzureFile != nil},
		{"cephfs", v.CephFS != nil}, {"cinder", v.Cinder != nil}, {"fc", v.FC != nil}, {"flexVolume", v.FlexVolume != nil}, {"flocker", v.Flocker != nil},
		{"gcePersistentDisk", v.GCEPersistentDisk != nil}, {"gitRepo", v.GitRepo != nil}, {"glusterfs", v.Glusterfs != nil}, {"iscsi", v.ISCSI != nil},
		{"photonPersistentDisk", v.PhotonPersistentDisk != nil}, {"portworxVolume", v.PortworxVolume != nil}, {"quobyte", v.Quobyte != nil},
		{"rbd", v.RBD != nil}, {"scaleIO", v.ScaleIO != nil}, {"storageos", v.StorageOS != nil}, {"vsphereVolume", v.VsphereVolume != nil},
	} {
		if other.there {
			return []api.Mount{{Kind: other.kind}}
		}
	}
	return nil
}
