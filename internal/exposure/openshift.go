package exposure

import (
	"cmp"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
)

func openShiftRouteKind() schema.GroupKind {
	return schema.GroupKind{Group: "route.openshift.io", Kind: "Route"}
}

// readOpenShift keeps that a Route leads to a Service. Which router admits it, on which ports and
// with what TLS is not evaluated.
func (x *Index) readOpenShift() {
	for _, u := range x.objects.Custom[openShiftRouteKind()] {
		x.readOpenShiftRoute(u)
	}
}

func (x *Index) readOpenShiftRoute(u *unstructured.Unstructured) {
	r := readerOf(u)
	spec := r.part(u.Object, "spec")
	found := false
	for _, to := range append([]fields{r.part(spec, "to")}, r.parts(spec, "alternateBackends")...) {
		name := r.text(to, "name")
		if kind := cmp.Or(r.text(to, "kind"), "Service"); name == "" || kind != "Service" {
			continue
		}
		found = true
		key := types.NamespacedName{Namespace: u.GetNamespace(), Name: name}
		x.named[key] = append(x.named[key], "Route "+u.GetName()+" of OpenShift leads to Service "+name+", and is not evaluated")
	}
	if !found {
		r.notes = append(r.notes, "Route "+u.GetName()+" of OpenShift is not evaluated")
	}
	x.doubt(u.GetNamespace(), r.notes...)
}
