package main

import (
	"fmt"
	"strings"
)

// generate writes n Deployments of about 3 KB, with three containers and weaknesses that
// differ from one to the next.
func generate(n int) []byte {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString("---\n")
		}
		fmt.Fprintf(&b, `apiVersion: apps/v1
kind: Deployment
metadata:
  name: app-%[1]d
  namespace: team-%[2]d
  labels: {app: app-%[1]d, team: team-%[2]d}
spec:
  replicas: 3
  selector:
    matchLabels: {app: app-%[1]d}
  template:
    metadata:
      labels: {app: app-%[1]d, team: team-%[2]d}
    spec:
      serviceAccountName: app-%[1]d
      hostNetwork: %[3]t
      initContainers:
`, i, i%100, i%10 == 0)
		container(&b, "migrate", i, false)
		b.WriteString("      containers:\n")
		container(&b, "app", i, i%7 == 0)
		container(&b, "proxy", i+1, false)
		b.WriteString("      volumes:\n      - name: tmp\n        emptyDir: {sizeLimit: 64Mi}\n      - name: config\n        configMap:\n          name: app\n")
	}
	return []byte(b.String())
}

func container(b *strings.Builder, name string, i int, privileged bool) {
	fmt.Fprintf(b, "      - name: %s\n        image: registry.example.com/team/app:%d\n        args: [serve, --listen, \":8080\", --log-level, info]\n        env:\n", name, i)
	for v := range 8 {
		fmt.Fprintf(b, "        - name: SETTING_%d\n          value: value-%d-of-app-%d\n", v, v, i)
	}
	if name != "migrate" {
		b.WriteString("        ports:\n        - {name: http, containerPort: 8080}\n        readinessProbe:\n          httpGet: {path: /ready, port: 8080}\n")
	}
	fmt.Fprintf(b, "        resources:\n          requests: {cpu: 100m, memory: 128Mi}\n          limits: {cpu: 500m, memory: 256Mi}\n        securityContext:\n          privileged: %t\n          runAsNonRoot: %t\n          readOnlyRootFilesystem: %t\n        volumeMounts:\n        - {name: tmp, mountPath: /tmp}\n        - {name: config, mountPath: /etc/app, readOnly: true}\n", privileged, i%2 == 0, i%3 == 0)
}
