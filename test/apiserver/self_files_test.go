package apiserver_test

import (
	"fmt"
	"strings"
	"testing"
)

// observedFiles are a log of two accounts, and a role that covers one of them.
func observedFiles(t *testing.T) (role, log string) {
	t.Helper()
	var events strings.Builder
	for _, account := range []string{"default", "runner"} {
		fmt.Fprintf(&events, `{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":%[1]q,"stage":"ResponseComplete",`+
			`"requestURI":"/api/v1/namespaces/self/pods","verb":"list","user":{"username":"system:serviceaccount:self:%[1]s"},"responseStatus":{"code":200},`+
			`"requestReceivedTimestamp":"2026-11-20T09:00:00Z","annotations":{"authorization.k8s.io/decision":"allow"}}`+"\n", account)
	}
	const roles = `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: runner, namespace: self}
rules: [{apiGroups: [""], resources: [pods], verbs: [list]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: runner, namespace: self}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: runner}
subjects: [{kind: ServiceAccount, name: runner, namespace: self}]
`
	return written(t, "role.yaml", roles), written(t, "audit.log", events.String())
}

// flowFile has a flow between pods of deploy/web, as Hubble prints it.
func flowFile(t *testing.T, pod string) string {
	t.Helper()
	line := fmt.Sprintf(`{"flow":{"time":"2026-11-20T09:00:00Z","verdict":"FORWARDED","IP":{"source":"198.51.100.7","destination":"10.244.1.9"},`+
		`"l4":{"TCP":{"source_port":40000,"destination_port":8080}},"source":{"labels":["reserved:world"]},`+
		`"destination":{"namespace":"self","pod_name":%q},"Type":"L3_L4","traffic_direction":"INGRESS","is_reply":false}}`+"\n", pod)
	return written(t, "flows.json", line)
}
