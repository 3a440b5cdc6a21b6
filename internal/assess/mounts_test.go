package assess

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// TestMountsNarrowedAndPropagated: what is mounted is the part that a subPath leaves, and mounts
// that come and go between node and container are told.
func TestMountsNarrowedAndPropagated(t *testing.T) {
	report := assessed(t, Options{}, `
apiVersion: v1
kind: Pod
metadata: {name: p, namespace: shop}
spec:
  volumes:
  - {name: node, hostPath: {path: /var/}}
  - {name: claim, persistentVolumeClaim: {claimName: data}}
  - {name: share, nfs: {server: files, path: /export}}
  - {name: driver, csi: {driver: csi.example.com}}
  containers:
  - name: a
    volumeMounts:
    - {name: node, mountPath: /a, subPath: log/app, readOnly: true, mountPropagation: HostToContainer}
    - {name: node, mountPath: /b, readOnly: true, mountPropagation: None}
    - {name: claim, mountPath: /c, subPathExpr: $(POD_NAME)/x}
    - {name: claim, mountPath: /d}
    - {name: share, mountPath: /e, subPath: in}
    - {name: driver, mountPath: /f, subPath: in, mountPropagation: Bidirectional}
`)
	want := []api.Mount{
		{Kind: "csi", Source: "csi.example.com", Propagation: "Bidirectional"},
		{Kind: "hostPath", Source: "/var", ReadOnly: true},
		{Kind: "hostPath", Source: "/var/log/app", ReadOnly: true, Propagation: "HostToContainer"},
		{Kind: "nfs", Source: "files:/export/in"},
		{Kind: "persistentVolumeClaim", Source: "data"},
		{Kind: "persistentVolumeClaim", Source: "data/$(POD_NAME)/x"},
	}
	for i := range want {
		want[i].Container, want[i].Type = "a", api.ContainerMain
	}
	if diff := cmp.Diff(want, report.Items[0].Mounts); diff != "" {
		t.Error(diff)
	}
}
