package cluster

import (
	"encoding/json"
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
	kjson "sigs.k8s.io/json"
)

// decode makes the object; path is the field that an error comes from, as far as it is known.
func (d *document) decode() (object Object, path string, err error) {
	gv, err := schema.ParseGroupVersion(d.head.apiVersion)
	if err != nil {
		return Object{}, "apiVersion", fmt.Errorf("%s is not GROUP/VERSION", quoteShort(d.head.apiVersion))
	}
	gvk := gv.WithKind(d.head.kind)
	obj, err := scheme.Scheme.New(gvk)
	if err != nil {
		obj, err = d.decodeUnstructured()
	} else {
		err = d.decodeTyped(obj)
	}
	if err != nil {
		path, err = d.explain(gvk, err)
		return Object{}, path, err
	}
	obj.GetObjectKind().SetGroupVersionKind(gvk)
	return Object{Object: obj, GVK: gvk, Source: d.source(), Refused: d.refused}, "", nil
}

// decodeTyped fills obj. Of a Secret the keys are kept, and the values, which are of no use to
// anyone here, are left out.
func (d *document) decodeTyped(obj runtime.Object) error {
	err := d.decodeStrict(obj)
	if secret, is := obj.(*corev1.Secret); is {
		if err != nil && d.head.sealed {
			err = d.decodeSealed(secret)
		}
		for key := range secret.Data {
			secret.Data[key] = nil
		}
		for key := range secret.StringData {
			secret.StringData[key] = ""
		}
	}
	return err
}

// decodeSealed reads a Secret encrypted by SOPS, whose values are no base64.
func (d *document) decodeSealed(secret *corev1.Secret) error {
	var sealed struct {
		Data map[string]json.RawMessage `json:"data"`
	}
	rest := struct {
		*corev1.Secret
		Data json.RawMessage `json:"data"`
	}{Secret: secret}
	*secret = corev1.Secret{}
	err := errors.Join(
		kjson.UnmarshalCaseSensitivePreserveInts(d.raw, &sealed),
		kjson.UnmarshalCaseSensitivePreserveInts(d.raw, &rest))
	secret.Data = make(map[string][]byte, len(sealed.Data))
	for key := range sealed.Data {
		secret.Data[key] = nil
	}
	return err
}

func (d *document) decodeUnstructured() (runtime.Object, error) {
	var content map[string]any
	if err := kjson.UnmarshalCaseSensitivePreserveInts(d.raw, &content); err != nil {
		return nil, err
	}
	return &unstructured.Unstructured{Object: content}, nil
}
