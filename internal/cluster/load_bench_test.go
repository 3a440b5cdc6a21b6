package cluster

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"
)

// deployment is about 3 KB of YAML.
func deployment(i int) string {
	var b bytes.Buffer
	fmt.Fprintf(&b, `apiVersion: apps/v1
kind: Deployment
metadata:
  name: app-%[1]d
  namespace: shop-%[2]d
  labels:
    app.kubernetes.io/name: app-%[1]d
    app.kubernetes.io/part-of: shop
  annotations:
    example.com/owner: "team %[2]d"
    example.com/notes: |
      First line of the notes.
      Second line, with a colon: here.
spec:
  replicas: 3
  revisionHistoryLimit: 5
  selector:
    matchLabels:
      app.kubernetes.io/name: app-%[1]d
  strategy:
    type: RollingUpdate
    rollingUpdate: {maxSurge: 25%%, maxUnavailable: 0}
  template:
    metadata:
      labels:
        app.kubernetes.io/name: app-%[1]d
        app.kubernetes.io/part-of: shop
    spec:
      serviceAccountName: app-%[1]d
      automountServiceAccountToken: false
      securityContext:
        runAsNonRoot: true
        seccompProfile:
          type: RuntimeDefault
      containers:
`, i, i%20)
	for _, name := range []string{"app", "proxy"} {
		fmt.Fprintf(&b, `      - name: %[1]s
        image: example.test/%[1]s:1.%[2]d.0
        imagePullPolicy: IfNotPresent
        args: ["--listen=:8080", "--verbose", '--zone=a']
        ports:
        - name: http
          containerPort: 8080
          protocol: TCP
        env:
        - name: LOG_LEVEL
          value: info
        - name: REGION
          value: "1"
        - name: POD_NAME
          valueFrom:
            fieldRef:
              fieldPath: metadata.name
        resources:
          requests:
            cpu: 100m
            memory: 128Mi
          limits:
            memory: 256Mi
        readinessProbe:
          httpGet:
            path: /ready
            port: http
          periodSeconds: 10
        securityContext:
          allowPrivilegeEscalation: false
          readOnlyRootFilesystem: yes
          capabilities:
            drop: [ALL]
        volumeMounts:
        - name: config
          mountPath: /etc/%[1]s
          readOnly: true
`, name, i)
	}
	b.WriteString(`      volumes:
      - name: config
        configMap:
          name: config
          defaultMode: 0640
`)
	return b.String()
}

func BenchmarkLoad1000(b *testing.B) {
	var all bytes.Buffer
	for i := range 1000 {
		all.WriteString("---\n" + deployment(i))
	}
	b.SetBytes(int64(all.Len()))
	b.ReportAllocs()
	for b.Loop() {
		objects, problems, err := Load(b.Context(), LoadOptions{Filenames: []string{"-"}, Stdin: bytes.NewReader(all.Bytes())})
		if err != nil || len(problems) > 0 || len(objects) != 1000 {
			b.Fatal(len(objects), problems, err)
		}
	}
}

// BenchmarkLoadJSONList reads 1,000 Deployments as kubectl get -o json writes them.
func BenchmarkLoadJSONList(b *testing.B) {
	var list bytes.Buffer
	list.WriteString(`{"apiVersion": "v1", "items": [`)
	for i := range 1000 {
		objects, problems, err := Load(b.Context(), LoadOptions{Filenames: []string{"-"}, Stdin: bytes.NewReader([]byte(deployment(i)))})
		if err != nil || len(problems) > 0 {
			b.Fatal(problems, err)
		}
		text, err := json.MarshalIndent(objects[0].Object, "        ", "    ")
		if err != nil {
			b.Fatal(err)
		}
		if i > 0 {
			list.WriteString(",\n")
		}
		list.Write(text)
	}
	list.WriteString(`], "kind": "List"}`)
	b.SetBytes(int64(list.Len()))
	b.ReportAllocs()
	for b.Loop() {
		objects, problems, err := Load(b.Context(), LoadOptions{Filenames: []string{"-"}, Stdin: bytes.NewReader(list.Bytes())})
		if err != nil || len(problems) > 0 || len(objects) != 1000 {
			b.Fatal(len(objects), problems, err)
		}
	}
}
