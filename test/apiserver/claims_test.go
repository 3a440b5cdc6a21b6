package apiserver_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

const scaledDown = `apiVersion: v1
kind: PersistentVolume
metadata: {name: kept}
spec:
  capacity: {storage: 1Gi}
  accessModes: [ReadWriteOnce]
  storageClassName: ""
  hostPath: {path: /etc/kubernetes}
  claimRef: {namespace: claims, name: data-db-4}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data-db-4, namespace: claims}
spec: {accessModes: [ReadWriteOnce], storageClassName: "", resources: {requests: {storage: 1Gi}}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: claims}
spec:
  replicas: 0
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: app, image: app, volumeMounts: [{name: data, mountPath: /data}]}]}
  volumeClaimTemplates:
  - metadata: {name: data}
    spec: {accessModes: [ReadWriteOnce], storageClassName: "", resources: {requests: {storage: 1Gi}}}
---
apiVersion: v1
kind: Pod
metadata: {name: waits, namespace: claims}
spec: {containers: [{name: app, image: app, env: [{name: A, valueFrom: {secretKeyRef: {name: db, key: user}}}]}]}
`

// findingsOf are the findings of a check as CONTAINER PATH MESSAGE.
func findingsOf(t *testing.T, opts testkit.RunOptions, check string, args ...string) []string {
	t.Helper()
	report := reportOf(t, explain(t, opts, append(args, "--check", check, "-o", "json")...))
	out := []string{}
	for _, item := range report.Items {
		for _, f := range item.Findings {
			out = append(out, fmt.Sprintf("%s %s %s", f.Container, f.Path, f.Message))
		}
	}
	return out
}

// TestScaledDownStatefulSet: the claims that are left of a StatefulSet without pods lead to its
// volumes, asked for by name, among all, and in a snapshot.
func TestScaledDownStatefulSet(t *testing.T) {
	control := shared.Get(t)
	control.Kubectl(t, "", "create", "namespace", "claims")
	testkit.WaitFor(t, "the default ServiceAccount", func() error {
		if control.Kubectl(t, "", "get", "serviceaccounts", "-n", "claims", "-o", "name") == "" {
			return errors.New("there is none")
		}
		return nil
	})
	control.Kubectl(t, scaledDown, "apply", "-f", "-")
	control.Kubectl(t, "", "patch", "pod", "waits", "-n", "claims", "--subresource=status", "-p",
		`{"status": {"containerStatuses": [{"name": "app", "image": "app", "imageID": "", "ready": false, "restartCount": 0,
"state": {"waiting": {"reason": "CreateContainerConfigError", "message": "secret \"db\" not found"}}}]}}`)
	opts := asAdmin(control)
	taken := snapshot(t, opts, "-n", "claims")
	for name, args := range map[string][]string{
		"named": {"sts/db", "pod/waits", "-n", "claims"}, "all": {"-n", "claims"}, "snapshot": {"-n", "claims", "-f", taken, "--local"},
	} {
		t.Run(name, func(t *testing.T) {
			want := []string{" spec.volumeClaimTemplates[0] volume data is /etc/kubernetes of the node, through claim data-db-4, writable: the credentials of the kubelet or the control plane"}
			if diff := cmp.Diff(want, findingsOf(t, opts, "hostpath-escape", args...)); diff != "" {
				t.Error(diff)
			}
			want = []string{"app spec.containers[0].env[0].valueFrom.secretKeyRef.name Secret db does not exist, says the kubelet: the container waits for it"}
			if diff := cmp.Diff(want, findingsOf(t, opts, "secret-optional-missing", args...)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
