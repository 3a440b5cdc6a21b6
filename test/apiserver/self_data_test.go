package apiserver_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

// selfData has something for every read to find: volumes, a runtime class, limits, a Secret,
// an account that may exec elsewhere.
const selfData = `apiVersion: node.k8s.io/v1
kind: RuntimeClass
metadata: {name: self}
handler: self
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: self}
spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], storageClassName: self, hostPath: {path: /self}}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: bound, namespace: self}
spec: {accessModes: [ReadWriteOnce], storageClassName: self, volumeName: self, resources: {requests: {storage: 1Gi}}}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: free, namespace: self}
spec: {accessModes: [ReadWriteOnce], storageClassName: self, resources: {requests: {storage: 1Gi}}}
---
apiVersion: v1
kind: LimitRange
metadata: {name: limits, namespace: self}
spec: {limits: [{type: Container, default: {cpu: "1"}}]}
---
apiVersion: v1
kind: Secret
metadata: {name: db, namespace: self}
---
apiVersion: v1
kind: Service
metadata: {name: by-hand, namespace: self}
spec: {ports: [{port: 80}]}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: runner, namespace: self}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: runner, namespace: self-other}
rules: [{apiGroups: [""], resources: [pods/exec], verbs: [create]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: runner, namespace: self-other}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: runner}
subjects: [{kind: ServiceAccount, name: runner, namespace: self}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop, namespace: self}
spec:
  selector: {matchLabels: {app: shop}}
  template:
    metadata: {labels: {app: shop}}
    spec:
      serviceAccountName: runner
      runtimeClassName: self
      containers: [{name: app, image: app}]
      volumes: [{name: a, persistentVolumeClaim: {claimName: bound}}, {name: b, persistentVolumeClaim: {claimName: free}}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: many, namespace: self}
spec:
  selector: {matchLabels: {app: many}}
  template:
    metadata: {labels: {app: many}}
    spec:
      containers: [{name: app, image: app}]
      volumes:
      - {name: a, persistentVolumeClaim: {claimName: a}}
      - {name: b, persistentVolumeClaim: {claimName: b}}
      - {name: c, persistentVolumeClaim: {claimName: c}}
      - {name: d, persistentVolumeClaim: {claimName: d}}
      - {name: e, persistentVolumeClaim: {claimName: e}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: claims, namespace: self}
spec:
  selector: {matchLabels: {app: claims}}
  template:
    metadata: {labels: {app: claims}}
    spec: {containers: [{name: app, image: app}]}
  volumeClaimTemplates:
  - metadata: {name: data}
    spec: {accessModes: [ReadWriteOnce], storageClassName: self, resources: {requests: {storage: 1Gi}}}
`

// selfCustom is a custom object that owns a pod, in a namespace of its own.
const selfCustom = `apiVersion: example.com/v1alpha1
kind: Rollout
metadata: {name: shop, namespace: self-other}
spec: {template: {spec: {containers: [{name: app, image: app}]}}}
---
apiVersion: v1
kind: Pod
metadata: {name: bare, namespace: self-other}
spec: {nodeName: node-1, containers: [{name: app, image: app}]}
`

// selfWide lets the account exec everywhere.
const selfWide = `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: self-wide}
rules: [{apiGroups: [""], resources: [pods/exec], verbs: [create]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: self-wide}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: self-wide}
subjects: [{kind: ServiceAccount, name: runner, namespace: self}]
`

// selfMonitors defines the kinds by which Prometheus is told what to scrape, without a schema.
func selfMonitors() string {
	var b strings.Builder
	for _, kind := range []string{"PodMonitor", "ServiceMonitor"} {
		fmt.Fprintf(&b, `---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: %[2]ss.monitoring.coreos.com}
spec:
  group: monitoring.coreos.com
  scope: Namespaced
  names: {plural: %[2]ss, singular: %[2]s, kind: %[1]s, listKind: %[1]sList}
  versions:
  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}
`, kind, strings.ToLower(kind))
	}
	return b.String()
}

// orphans name owners that are not there. A finalizer keeps them from the garbage collector.
func orphans() string {
	var b strings.Builder
	meta := func(apiVersion, kind string) string {
		return fmt.Sprintf("{name: gone-%s, namespace: self, finalizers: [test.example/keep], ownerReferences: [{apiVersion: %s, kind: %s, name: gone, uid: gone-%[1]s, controller: true}]}",
			strings.ToLower(kind), apiVersion, kind)
	}
	for _, owner := range [][2]string{{"apps/v1", "ReplicaSet"}, {"apps/v1", "StatefulSet"}, {"apps/v1", "DaemonSet"}, {"v1", "ReplicationController"}, {"batch/v1", "Job"}} {
		fmt.Fprintf(&b, "apiVersion: v1\nkind: Pod\nmetadata: %s\nspec: {containers: [{name: app, image: app}]}\n---\n", meta(owner[0], owner[1]))
	}
	fmt.Fprintf(&b, "apiVersion: apps/v1\nkind: ReplicaSet\nmetadata: %s\nspec: {replicas: 0, selector: {matchLabels: {app: gone}}, template: {metadata: {labels: {app: gone}}, spec: {containers: [{name: app, image: app}]}}}\n---\n",
		meta("apps/v1", "Deployment"))
	fmt.Fprintf(&b, "apiVersion: batch/v1\nkind: Job\nmetadata: %s\nspec: {suspend: true, template: {spec: {restartPolicy: Never, containers: [{name: app, image: app}]}}}\n",
		meta("batch/v1", "CronJob"))
	return b.String()
}

// crowd are pods on more nodes than are read one by one.
func crowd() string {
	var b strings.Builder
	for i := range 9 {
		fmt.Fprintf(&b, "---\napiVersion: v1\nkind: Pod\nmetadata: {name: crowd-%d, namespace: self, labels: {app: shop}}\nspec: {nodeName: self-%[1]d, hostUsers: false, containers: [{name: app, image: app}]}\n", i)
	}
	return b.String()
}

// setUpSelf makes all of it; the pods of workloads stand on a node.
func setUpSelf(t *testing.T) *testkit.ControlPlane {
	t.Helper()
	control := setUp(t, "self")
	control.Kubectl(t, "", "create", "namespace", "self-other")
	control.Kubectl(t, rolloutDefinition+"\n"+selfMonitors(), "apply", "-f", "-")
	control.Kubectl(t, "", "wait", "--for=condition=Established", "crd/rollouts.example.com", "crd/podmonitors.monitoring.coreos.com", "crd/servicemonitors.monitoring.coreos.com")
	control.Kubectl(t, selfData+"---\n"+orphans(), "apply", "-f", "-")
	testkit.WaitFor(t, "pods and accounts", func() error {
		pods := control.Kubectl(t, "", "get", "pods", "-n", "self", "-o", "name")
		for _, name := range []string{"shop-", "many-", "claims-0", "web-"} {
			if !strings.Contains(pods, "pod/"+name) {
				return fmt.Errorf("no %s in %q", name, pods)
			}
		}
		if control.Kubectl(t, "", "get", "serviceaccounts", "-n", "self-other", "-o", "name") == "" {
			return fmt.Errorf("no account in self-other")
		}
		return nil
	})
	control.Kubectl(t, selfCustom, "apply", "-f", "-")
	adopt(t, control, "self-other", "pod/bare", "example.com/v1alpha1", "Rollout", "shop")
	for _, name := range []string{podOf(t, control, "self", "shop"), podOf(t, control, "self", "web")} {
		control.Kubectl(t, fmt.Sprintf(`{"apiVersion":"v1","kind":"Binding","metadata":{"name":%q},"target":{"apiVersion":"v1","kind":"Node","name":"node-1"}}`, name),
			"create", "--raw", "/api/v1/namespaces/self/pods/"+name+"/binding", "-f", "-")
	}
	return control
}
