package apiserver_test

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes/scheme"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/tools/events"
	"k8s.io/client-go/tools/record"
)

// about is what events are about.
func (c *controller) about() *corev1.ObjectReference {
	return &corev1.ObjectReference{APIVersion: "v1", Kind: "ConfigMap", Namespace: c.work(), Name: "watched"}
}

// recordCore tells the same twice, which is one event that is patched.
func (c *controller) recordCore(ctx context.Context) error {
	broadcaster := record.NewBroadcaster(record.WithContext(ctx))
	defer broadcaster.Shutdown()
	broadcaster.StartRecordingToSink(&typedcorev1.EventSinkImpl{Interface: c.client.CoreV1().Events("")})
	recorder := broadcaster.NewRecorder(scheme.Scheme, corev1.EventSource{Component: "operator"})
	path := "/api/v1/namespaces/" + c.work() + "/events"
	for _, then := range []string{"POST ", "PATCH "} {
		recorder.Event(c.about(), corev1.EventTypeNormal, "Reconciled", "all is well")
		if err := c.await(ctx, then+path); err != nil {
			return err
		}
	}
	return nil
}

// record does so with the other group of events.
func (c *controller) record(ctx context.Context) error {
	broadcaster := events.NewBroadcaster(&events.EventSinkImpl{Interface: c.client.EventsV1()})
	defer broadcaster.Shutdown()
	if err := broadcaster.StartRecordingToSinkWithContext(ctx); err != nil {
		return err
	}
	recorder := broadcaster.NewRecorder(scheme.Scheme, "example.com/operator")
	path := "/apis/events.k8s.io/v1/namespaces/" + c.work() + "/events"
	for _, then := range []string{"POST ", "PATCH "} {
		recorder.Eventf(c.about(), nil, corev1.EventTypeNormal, "Reconciled", "Reconcile", "all is well")
		if err := c.await(ctx, then+path); err != nil {
			return err
		}
	}
	return nil
}
