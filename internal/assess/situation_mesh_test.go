package assess

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSituationOfMeshedPods(t *testing.T) {
	deployment := func(namespace, name, containers string) string {
		return "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: " + name + ", namespace: " + namespace + "}\nspec:\n  selector: {matchLabels: {app: " + name +
			"}}\n  template:\n    metadata: {labels: {app: " + name + "}}\n    spec: {" + containers + "}"
	}
	plain := deployment("shop", "plain", "containers: [{name: a, image: i}]")
	old := deployment("shop", "old", "containers: [{name: a, image: i}, {name: istio-proxy, image: i}]")
	native := deployment("shop", "native", "initContainers: [{name: istio-proxy, image: i, restartPolicy: Always}], containers: [{name: a, image: i}]")
	istiod := deployment("istio-system", "istiod", "containers: [{name: discovery, image: i}]")
	service := "apiVersion: v1\nkind: Service\nmetadata: {name: istiod-canary, namespace: istio-system, labels: {app: istiod}}\n" +
		"spec: {selector: {app: istiod}, ports: [{name: grpc-xds, port: 15010}, {name: https-dns, port: 15012, targetPort: 15012}, {name: https-webhook, port: 443, targetPort: 15017}]}"

	with := situationOf(t, readFiles(t, plain, old, native, istiod, service))
	want := []string{
		"Deployment istio-system/istiod from Deployment shop/native on TCP 15012: its sidecar of Istio asks istiod",
		"Deployment istio-system/istiod from Deployment shop/old on TCP 15012: its sidecar of Istio asks istiod",
	}
	if diff := cmp.Diff(want, callerText(with)); diff != "" {
		t.Error(diff)
	}
	for _, w := range with.Workloads {
		for _, u := range w.Unread {
			if u.Reason == noIstiodReason {
				t.Errorf("%s: istiod was found", w.Ref.From(""))
			}
		}
	}
	without := situationOf(t, readFiles(t, plain, old))
	var doubtful []string
	for _, w := range without.Workloads {
		for _, u := range w.Unread {
			if u.Reason == noIstiodReason {
				doubtful = append(doubtful, w.Ref.Name+" "+string(u.Direction))
			}
		}
	}
	if diff := cmp.Diff([]string{"old Egress"}, doubtful); diff != "" {
		t.Error(diff)
	}
}
