package cluster

import (
	"errors"
	"fmt"

	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	kjson "sigs.k8s.io/json"
)

// decodeStrict fills obj, and of a NetworkPolicy notes the fields that strict validation, which
// kubectl asks for, refuses. Without the field that is misspelt a policy isolates other pods
// than it was written for.
func (d *document) decodeStrict(obj runtime.Object) error {
	if _, is := obj.(*networkingv1.NetworkPolicy); !is {
		return kjson.UnmarshalCaseSensitivePreserveInts(d.raw, obj)
	}
	faults, err := kjson.UnmarshalStrict(d.raw, obj)
	for _, fault := range faults {
		d.refuse(fault)
	}
	return err
}

func (d *document) refuse(fault error) {
	path := ""
	if field, ok := errors.AsType[kjson.FieldError](fault); ok {
		path = field.FieldPath()
	}
	if path == "status" {
		return // Kubernetes 1.24 to 1.27 wrote one into what is in force
	}
	place := printable(d.file.name)
	if d.lines != nil {
		place = fmt.Sprintf("%s:%d", place, d.lines.lineOf(d.at, path))
	}
	d.refused = append(d.refused, fmt.Sprintf("%s (%s)", printable(fault.Error()), place))
}

// refusePolicies keeps of loaded NetworkPolicies why an API server would refuse them.
func (inv *Inventory) refusePolicies(o Object) {
	policy, is := o.Object.(*networkingv1.NetworkPolicy)
	if !is || len(o.Refused) == 0 {
		return
	}
	name := types.NamespacedName{Namespace: policy.Namespace, Name: policy.Name}
	inv.refused[name] = append(inv.refused[name], o.Refused...)
}

// RefusedPolicies are NetworkPolicies of files that an API server would refuse for what does not
// show in the object, with the reasons: "unknown field" and where it stands.
func (inv *Inventory) RefusedPolicies() map[types.NamespacedName][]string { return inv.refused }
