package cluster

import (
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// claimIndex tells what belongs to which claim.
type claimIndex struct {
	// users are the workloads that use a claim, volumes the names of the PersistentVolumes
	// whose claimRef names it.
	users   map[ownerKey][]api.Ref
	volumes map[ownerKey][]string
	// stems are the claims, of those that were read or that a claimRef names, whose names
	// differ in their number alone, by what is before it.
	stems map[ownerKey][]string
}

// indexClaims goes over the claims, the volumes and the workloads.
func (inv *Inventory) indexClaims(workloads []*workload.Workload) {
	inv.claims = claimIndex{map[ownerKey][]api.Ref{}, map[ownerKey][]string{}, map[ownerKey][]string{}}
	volumes, _ := all[*corev1.PersistentVolume](inv, "PersistentVolume", "")
	for _, volume := range volumes {
		if ref := volume.Spec.ClaimRef; ref != nil {
			key := claimKey(ref.Namespace, ref.Name)
			inv.claims.volumes[key] = append(inv.claims.volumes[key], volume.Name)
			inv.claims.addStem(key)
		}
	}
	for place, objects := range inv.support.objects {
		if place.kind == "PersistentVolumeClaim" {
			for name := range objects {
				inv.claims.addStem(claimKey(place.namespace, name))
			}
		}
	}
	for _, w := range workloads {
		for _, shape := range w.Shapes() {
			for _, name := range inv.claimNames(w.Ref.Namespace, shape) {
				key := claimKey(w.Ref.Namespace, name)
				if !slices.Contains(inv.claims.users[key], w.Ref) {
					inv.claims.users[key] = append(inv.claims.users[key], w.Ref)
				}
			}
		}
	}
}

func claimKey(namespace, name string) ownerKey {
	return ownerKey{"", "PersistentVolumeClaim", namespace, name}
}

func (x claimIndex) addStem(claim ownerKey) {
	if stem := workload.ClaimStem(claim.name); stem != "" {
		key := claimKey(claim.namespace, stem)
		x.stems[key] = append(x.stems[key], claim.name)
	}
}

// claimNames are the names of the claims that a shape mounts, sorted. The pods of a
// StatefulSet each have their own, and a generic ephemeral volume has one named after its
// pod. Of the claims that a template makes those that are there count, whatever their number,
// else that of the first pod.
func (inv *Inventory) claimNames(namespace string, shape *workload.Shape) []string {
	names := map[string]bool{}
	collect := func(pod string, volumes []corev1.Volume) {
		for _, v := range volumes {
			switch {
			case v.PersistentVolumeClaim != nil:
				names[v.PersistentVolumeClaim.ClaimName] = true
			case v.Ephemeral != nil && pod != "":
				names[pod+"-"+v.Name] = true
			}
		}
	}
	collect("", shape.Spec.Volumes)
	if shape.Live {
		for _, pod := range shape.Pods {
			collect(pod.Name, pod.Spec.Volumes)
		}
	}
	for _, t := range shape.Claims {
		made := inv.claims.stems[claimKey(namespace, t.Stem)]
		if len(made) == 0 {
			made = []string{t.Stem + "0"}
		}
		for _, name := range made {
			names[name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// askedVolumes are the names of the PersistentVolumes that a shape's templates of claims ask for.
func askedVolumes(shape *workload.Shape) []string {
	var names []string
	for _, t := range shape.Claims {
		if t.VolumeName != "" {
			names = append(names, t.VolumeName)
		}
	}
	for _, v := range shape.Spec.Volumes {
		if v.Ephemeral != nil && v.Ephemeral.VolumeClaimTemplate != nil && v.Ephemeral.VolumeClaimTemplate.Spec.VolumeName != "" {
			names = append(names, v.Ephemeral.VolumeClaimTemplate.Spec.VolumeName)
		}
	}
	return names
}

// claim follows a claim to its volume.
func (inv *Inventory) claim(namespace, name string) workload.Claim {
	var c workload.Claim
	c.Claim.Value, c.Claim.Fact = find[*corev1.PersistentVolumeClaim](inv, claimKey(namespace, name))
	if volume := inv.volumeOf(namespace, name, c.Claim); volume != "" {
		c.Volume.Value, c.Volume.Fact = find[*corev1.PersistentVolume](inv, ownerKey{"", "PersistentVolume", "", volume})
	} else if _, fact := find[*corev1.PersistentVolume](inv, ownerKey{"", "PersistentVolume", "", ""}); c.Claim.Fact == workload.FactYes && fact == workload.FactUnknown {
		c.Volume.Fact = fact
	}
	c.UsedBy = inv.claims.users[claimKey(namespace, name)]
	return c
}

// volumeOf names the volume that a claim is bound to, or that is kept for it by its
// claimRef; empty for none.
func (inv *Inventory) volumeOf(namespace, name string, claim workload.Known[*corev1.PersistentVolumeClaim]) string {
	var uid string
	if claim.Value != nil {
		if claim.Value.Spec.VolumeName != "" {
			return claim.Value.Spec.VolumeName
		}
		uid = string(claim.Value.UID)
	}
	for _, candidate := range inv.claims.volumes[claimKey(namespace, name)] {
		volume, fact := find[*corev1.PersistentVolume](inv, ownerKey{"", "PersistentVolume", "", candidate})
		if fact != workload.FactYes {
			continue
		}
		// Another UID is that of a claim of the same name that is gone.
		bound := string(volume.Spec.ClaimRef.UID)
		if bound == "" || bound == uid || uid == "" && claim.Fact != workload.FactNo {
			return candidate
		}
	}
	return ""
}

// maxClaimGets is up to how many claims of one workload are read one by one rather than in a
// list, with their volumes.
const maxClaimGets = 4

// claimsOf reads the claims of a shape, then the volumes behind them. Which claims a template
// has made the list alone tells.
func (c *collector) claimsOf(namespace string, shape *workload.Shape) []read {
	var reads []read
	for _, name := range askedVolumes(shape) {
		reads = append(reads, c.getOnce("PersistentVolume", "", name)...)
	}
	names := c.inv.claimNames(namespace, shape)
	if len(names) > maxClaimGets {
		return slices.Concat(reads, c.listOnce("PersistentVolumeClaim", namespace), c.listOnce("PersistentVolume", ""))
	}
	if len(shape.Claims) > 0 {
		reads = append(reads, c.listOnce("PersistentVolumeClaim", namespace)...)
	}
	for _, name := range names {
		switch claim := c.inv.claim(namespace, name).Claim; {
		case claim.Fact == workload.FactYes && claim.Value.Spec.VolumeName != "":
			reads = append(reads, c.getOnce("PersistentVolume", "", claim.Value.Spec.VolumeName)...)
		case claim.Fact == workload.FactYes, claim.Fact == workload.FactNo:
			// Only a volume's claimRef tells that it is kept for a claim that is not bound.
			reads = append(reads, c.listOnce("PersistentVolume", "")...)
		case claim.Fact == workload.FactUnknown || len(shape.Claims) == 0:
			reads = append(reads, c.getOnce("PersistentVolumeClaim", namespace, name)...)
		}
	}
	return reads
}
