package assess

import (
	"fmt"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// volumeCases are about what a volume gives.
func volumeCases() []peerCase {
	mounted := func(path, mount string) string {
		return fmt.Sprintf(`{containers: [{name: a, volumeMounts: [{name: v, mountPath: /v%s}]}], volumes: [{name: v, hostPath: {path: %s}}]}`, mount, path)
	}
	return []peerCase{
		{defect: "kubescape: the runtime's socket is medium", pod: mounted("/var/run/docker.sock", ""), has: []string{"runtime-socket  critical"}},
		{defect: "trivy KSV-0006: /var/run/docker.sock is the only socket", pod: mounted("/run/containerd/containerd.sock", ""), has: []string{"runtime-socket  critical"}},
		{defect: "kubesplaining: sockets are compared as strings", pod: mounted("/run//containerd/containerd.sock/", ""), has: []string{"runtime-socket  critical"}},
		{defect: "several: a socket's parent directory is not seen", pod: mounted("/var/run", ""), has: []string{"runtime-socket  critical"}},
		{defect: "several: a read-only socket is taken for safe", pod: mounted("/run/crio/crio.sock", ", readOnly: true"), has: []string{"runtime-socket  critical"}},
		{defect: "kubesplaining: sensitive paths are compared as strings", pod: mounted("/etc/cron.d", ""), has: []string{"hostpath-escape  critical"}},
		{defect: "several: a parent of a sensitive path is not seen", pod: mounted("/var/lib", ", readOnly: true"), has: []string{"hostpath-escape  high"}},
		{defect: "several: read-only access to the kubelet's directory is harmless", pod: mounted("/var/lib/kubelet", ", readOnly: true"), has: []string{"hostpath-escape  high"}},
		{defect: "several: subPath does not narrow", pod: mounted("/", ", subPath: srv/data"), has: []string{"hostpath-any  medium"}, lacks: []string{"hostpath-escape"}},
		{defect: "several: /etcd is taken for /etc", pod: mounted("/etcd", ""), has: []string{"hostpath-any  medium"}, lacks: []string{"hostpath-escape"}},
		{
			defect: "all: a hostPath behind a PersistentVolumeClaim is not seen",
			objects: []string{
				`{apiVersion: v1, kind: PersistentVolume, metadata: {name: pv}, spec: {hostPath: {path: /etc/kubernetes}}}`,
				`{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: c, namespace: shop}, spec: {volumeName: pv}}`,
			},
			pod: `{containers: [{name: a, volumeMounts: [{name: v, mountPath: /v}]}], volumes: [{name: v, persistentVolumeClaim: {claimName: c}}]}`,
			has: []string{"hostpath-escape  critical"},
		},
		{
			defect: "several: one volume is told by two checks",
			pod:    mounted("/", ""),
			has:    []string{"hostpath-escape  critical"},
			lacks:  []string{"hostpath-any", "restricted-volumes", "runtime-socket"},
		},
	}
}

// imageCases are about references and what runs.
func imageCases() []peerCase {
	running := func(image, imageID string) string {
		return fmt.Sprintf(`{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: shop}, spec: {containers: [{name: a, image: "%s"}]},
		  status: {phase: Running, containerStatuses: [{name: a, imageID: "%s"}]}}`, image, imageID)
	}
	replica := func(name, imageID string) string {
		return fmt.Sprintf(`{apiVersion: v1, kind: Pod, metadata: {name: %s, namespace: shop, ownerReferences: [{apiVersion: apps/v1, kind: StatefulSet, name: s, uid: "1", controller: true}]},
		  spec: {containers: [{name: a, image: "app:1"}]}, status: {phase: Running, containerStatuses: [{name: a, imageID: "%s"}]}}`, name, imageID)
	}
	return []peerCase{
		{defect: "several: the port of registry:5000/app is taken for a tag", pod: `{containers: [{name: a, image: "registry:5000/app"}]}`, has: []string{"image-mutable a low"}, lacks: []string{"pull-policy"}},
		{defect: "several: latest beside a digest is reported", pod: `{containers: [{name: a, image: "app:latest@` + digestA + `"}]}`, lacks: []string{"image-mutable", "pull-policy"}},
		{defect: "several: a digest of the wrong length passes", pod: `{containers: [{name: a, image: "app@sha256:4be1"}]}`, has: []string{"image-mutable a low"}},
		{defect: "kubescape C-0078: the registry of an init container is not looked at", pod: `{initContainers: [{name: i, image: nginx}], containers: [{name: a, image: registry.example.com/app}]}`, options: Options{Registries: []string{"registry.example.com"}}, has: []string{"registry-allow i medium"}},
		{defect: "several: a registry is allowed by the beginning of its name", pod: `{containers: [{name: a, image: registry.example.com.evil.example/app}]}`, options: Options{Registries: []string{"registry.example.com"}}, has: []string{"registry-allow a medium"}},
		{defect: "kubescape: the pull policy of an init container is not looked at", pod: `{initContainers: [{name: i, image: "app:1"}], containers: [{name: a, image: app}]}`, has: []string{"pull-policy i low"}},
		{defect: "several: imageID of Docker is compared as a string", objects: []string{running("app@"+digestA, "docker-pullable://app@"+digestA)}, lacks: []string{"image-drift"}},
		{defect: "several: the digest of a configuration is compared with a manifest's", objects: []string{running("app@"+digestA, digestB)}, lacks: []string{"image-drift"}},
		{
			defect: "all: replicas that run two images under one tag are not seen",
			objects: []string{
				`{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: s, namespace: shop, uid: "1"}, spec: {template: {spec: {containers: [{name: a, image: "app:1"}]}}}}`,
				replica("s-0", "app@"+digestA), replica("s-1", "app@"+digestB),
			},
			has: []string{"image-drift a medium"},
		},
	}
}

// objectCases are about which objects count.
func objectCases() []peerCase {
	const owned = `{apiVersion: v1, kind: Pod, metadata: {name: %s, namespace: shop, ownerReferences: [{apiVersion: %s, kind: %s, name: %s, uid: "1", controller: true}]},
	  spec: {containers: [{name: a, securityContext: {privileged: true}}]}, status: {phase: Running}}`
	return []peerCase{
		{
			defect:  "kubesec: a CronJob is skipped",
			objects: []string{`{apiVersion: batch/v1, kind: CronJob, metadata: {name: c}, spec: {jobTemplate: {spec: {template: {spec: {containers: [{name: a, securityContext: {privileged: true}}]}}}}}}`},
			has:     []string{"privileged a critical"},
		},
		{
			defect:  "kubesplaining: pods of a custom kind vanish",
			objects: []string{fmt.Sprintf(owned, "p", "example.com/v1", "Machine", "m")},
			has:     []string{"privileged a critical"},
		},
		{
			defect: "kubesplaining: a label of the namespace hides what runs there already",
			objects: []string{
				`{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {pod-security.kubernetes.io/enforce: restricted}}}`,
				`{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: shop}, spec: {containers: [{name: a, securityContext: {privileged: true}}]}, status: {phase: Running}}`,
			},
			has: []string{"privileged a critical"},
		},
		{
			defect: "kubeaudit: Deployment, ReplicaSet and Pod are told thrice",
			objects: []string{
				`{apiVersion: apps/v1, kind: Deployment, metadata: {name: d, namespace: shop}, spec: {template: {spec: {containers: [{name: a, securityContext: {privileged: true}}]}}}}`,
				`{apiVersion: apps/v1, kind: ReplicaSet, metadata: {name: d-1, namespace: shop, ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: d, uid: "1", controller: true}]}, spec: {template: {spec: {containers: [{name: a, securityContext: {privileged: true}}]}}}}`,
				fmt.Sprintf(owned, "d-1-x", "apps/v1", "ReplicaSet", "d-1"),
			},
			has: []string{"privileged a critical"},
		},
	}
}

// TestInsertedSidecar: findings of a container are the same ones after another was put before
// it, which by array index they are not.
func TestInsertedSidecar(t *testing.T) {
	const one = `{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: a, image: "app:1"}]}}`
	const two = `{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: proxy, image: "proxy:1"}, {name: a, image: "app:1"}]}}`
	byFingerprint := func(manifest string) map[string]api.Finding {
		out := map[string]api.Finding{}
		for _, f := range assessed(t, Options{}, manifest).Items[0].Findings {
			if f.Container == "a" {
				out[f.Fingerprint] = f
			}
		}
		return out
	}
	before, after := byFingerprint(one), byFingerprint(two)
	if len(before) == 0 || len(before) != len(after) {
		t.Fatalf("%d findings before, %d after", len(before), len(after))
	}
	for fingerprint, f := range before {
		if _, ok := after[fingerprint]; !ok {
			t.Errorf("%s has another fingerprint", f.Check)
		}
	}
}
