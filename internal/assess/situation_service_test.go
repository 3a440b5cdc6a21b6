package assess

import (
	"fmt"
	"testing"
)

// TestSituationAPIService has the addresses of the one Service that leads to the API server.
func TestSituationAPIService(t *testing.T) {
	for spec, want := range map[string]string{
		"clusterIP: 10.96.0.1, clusterIPs: [10.96.0.1, 'fd00::1'], ports: [{name: https, port: 443, targetPort: 6443}]": "[10.96.0.1:443 [fd00::1]:443]",
		"clusterIP: 10.96.0.1, ports: [{port: 8443, protocol: TCP}, {port: 443}, {port: 53, protocol: UDP}]":            "[10.96.0.1:443 10.96.0.1:8443]",
		"clusterIP: None, ports: [{port: 443}]":                                   "[]",
		"clusterIP: nonsense, ports: [{port: 443}]":                               "[]",
		"clusterIP: 10.96.0.1, ports: [{port: 0}, {port: 70000}, {port: -1}]":     "[]",
		"clusterIP: 10.96.0.1":                                                    "[]",
		"type: ExternalName, externalName: api.example.com, ports: [{port: 443}]": "[]",
	} {
		s := situationOf(t, readFiles(t,
			"{apiVersion: v1, kind: Service, metadata: {name: kubernetes, namespace: default}, spec: {"+spec+"}}",
			"{apiVersion: v1, kind: Service, metadata: {name: kubernetes, namespace: other}, spec: {clusterIP: 10.96.0.2, ports: [{port: 443}]}}",
		))
		if got := fmt.Sprint(s.APIService); got != want {
			t.Errorf("%s: %s, not %s", spec, got, want)
		}
	}
}
