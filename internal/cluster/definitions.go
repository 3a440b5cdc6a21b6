package cluster

import (
	"context"
	"encoding/json"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
)

// definitionPage is how many CustomResourceDefinitions are asked for at once: one takes up to
// a megabyte, nearly all of it schemas.
const definitionPage = 50

// definition is what is decoded of a CustomResourceDefinition.
type definition struct {
	Metadata struct {
		Name string `json:"name"`
	} `json:"metadata"`
	Spec struct {
		Conversion struct {
			Webhook *struct {
				ClientConfig *struct {
					Service map[string]any `json:"service"`
				} `json:"clientConfig"`
			} `json:"webhook"`
		} `json:"conversion"`
	} `json:"spec"`
}

// definitions gives pages of CustomResourceDefinitions, of which the schemas are not decoded.
func (c *client) definitions(ctx context.Context, gvr schema.GroupVersionResource, gvk schema.GroupVersionKind) (page, error) {
	typed, err := c.typed(gvk.GroupVersion())
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", gvr.Resource, err)
	}
	return func(opts metav1.ListOptions) (runtime.Object, error) {
		opts.Limit = min(opts.Limit, definitionPage)
		answer := typed.Get().Resource(gvr.Resource).SetHeader("Accept", runtime.ContentTypeJSON).
			SpecificallyVersionedParams(&opts, scheme.ParameterCodec, schema.GroupVersion{Version: "v1"}).Do(ctx)
		if err := answer.Error(); err != nil { // of Raw it has no reason
			return nil, err
		}
		raw, err := answer.Raw()
		if err != nil {
			return nil, err
		}
		var found struct {
			Metadata metav1.ListMeta `json:"metadata"`
			Items    []definition    `json:"items"`
		}
		if err := json.Unmarshal(raw, &found); err != nil {
			return nil, fmt.Errorf("list %s: %w", gvr.Resource, err)
		}
		list := &unstructured.UnstructuredList{Object: map[string]any{}}
		list.SetContinue(found.Metadata.Continue)
		for _, d := range found.Items {
			list.Items = append(list.Items, unstructured.Unstructured{Object: d.object(gvk)})
		}
		return list, nil
	}, nil
}

// object has the name, and the Service of the conversion webhook where there is one.
func (d *definition) object(gvk schema.GroupVersionKind) map[string]any {
	apiVersion, kind := gvk.ToAPIVersionAndKind()
	out := map[string]any{
		"apiVersion": apiVersion, "kind": kind, "metadata": map[string]any{"name": d.Metadata.Name}, "spec": map[string]any{},
	}
	hook := d.Spec.Conversion.Webhook
	if hook == nil || hook.ClientConfig == nil || hook.ClientConfig.Service == nil {
		return out
	}
	service := hook.ClientConfig.Service
	if port, ok := service["port"].(float64); ok {
		service["port"] = int64(port) // as unstructured objects have numbers
	}
	out["spec"] = map[string]any{"conversion": map[string]any{"webhook": map[string]any{"clientConfig": map[string]any{"service": service}}}}
	return out
}
