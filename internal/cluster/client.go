package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/version"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/rest"
)

// requestTimeout bounds a request where --request-timeout does not.
const requestTimeout = 30 * time.Second

// client reads from one API server: built-in kinds as protobuf, others as JSON, metadata
// where nothing else is needed. It knows get and list, and no verb that writes.
type client struct {
	config   *rest.Config
	http     *http.Client
	dynamic  dynamic.Interface
	metadata metadata.Interface
	// chunk is the page size of lists, 0 for whole lists.
	chunk int64
}

func newClient(config *rest.Config, chunk int64) (*client, error) {
	config = rest.CopyConfig(config)
	if config.Timeout == 0 {
		config.Timeout = requestTimeout
	}
	config.QPS, config.Burst = 100, 200
	httpClient, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, fmt.Errorf("set up the connection: %w", err)
	}
	dyn, err := dynamic.NewForConfigAndClient(config, httpClient)
	if err != nil {
		return nil, fmt.Errorf("set up the connection: %w", err)
	}
	md, err := metadata.NewForConfigAndClient(metadata.ConfigFor(config), httpClient)
	if err != nil {
		return nil, fmt.Errorf("set up the connection: %w", err)
	}
	return &client{config: config, http: httpClient, dynamic: dyn, metadata: md, chunk: chunk}, nil
}

// typed returns a client of one group and version that speaks protobuf.
func (c *client) typed(gv schema.GroupVersion) (*rest.RESTClient, error) {
	config := rest.CopyConfig(c.config)
	config.GroupVersion = &gv
	config.APIPath = "/apis"
	if gv.Group == "" {
		config.APIPath = "/api"
	}
	config.NegotiatedSerializer = scheme.Codecs.WithoutConversion()
	config.ContentType = runtime.ContentTypeProtobuf
	config.AcceptContentTypes = runtime.ContentTypeProtobuf + "," + runtime.ContentTypeJSON
	return rest.RESTClientForConfigAndClient(config, c.http)
}

// get reads one object, typed where its kind is built in.
func (c *client) get(ctx context.Context, gvr schema.GroupVersionResource, gvk schema.GroupVersionKind, namespace, name string) (runtime.Object, error) {
	if !scheme.Scheme.Recognizes(gvk) {
		return c.dynamic.Resource(gvr).Namespace(namespace).Get(ctx, name, metav1.GetOptions{})
	}
	into, err := scheme.Scheme.New(gvk)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", gvr.Resource, err)
	}
	typed, err := c.typed(gvk.GroupVersion())
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", gvr.Resource, err)
	}
	err = typed.Get().NamespaceIfScoped(namespace, namespace != "").Resource(gvr.Resource).Name(name).Do(ctx).Into(into)
	return into, err
}

// listPods lists the pods that a field selector finds.
func (c *client) listPods(ctx context.Context, namespace string, where fields.Selector, add func(runtime.Object) error) error {
	k := builtinKind("Pod")
	read, err := c.pages(ctx, k.gvr, k.gvk, namespace)
	if err != nil {
		return err
	}
	return c.eachPage(func(opts metav1.ListOptions) (runtime.Object, error) {
		opts.FieldSelector = where.String()
		return read(opts)
	}, "", add)
}

// page is one answer of a list.
type page func(opts metav1.ListOptions) (runtime.Object, error)

// list hands every item of a list to add, page by page, and forgets the page. It returns
// once all pages are read, or with the error of the first page that was not: what add was
// given until then stays.
func (c *client) list(ctx context.Context, gvr schema.GroupVersionResource, gvk schema.GroupVersionKind, namespace, selector string, add func(runtime.Object) error) error {
	read, err := c.pages(ctx, gvr, gvk, namespace)
	if err != nil {
		return err
	}
	return c.eachPage(read, selector, add)
}

// listMetadata lists the metadata of a kind alone.
func (c *client) listMetadata(ctx context.Context, gvr schema.GroupVersionResource, namespace, selector string, add func(runtime.Object) error) error {
	return c.eachPage(func(opts metav1.ListOptions) (runtime.Object, error) {
		return c.metadata.Resource(gvr).Namespace(namespace).List(ctx, opts)
	}, selector, add)
}

func (c *client) pages(ctx context.Context, gvr schema.GroupVersionResource, gvk schema.GroupVersionKind, namespace string) (page, error) {
	if gvk.GroupKind() == definitionKind() {
		return c.definitions(ctx, gvr, gvk)
	}
	listKind := gvk.GroupVersion().WithKind(gvk.Kind + "List")
	if !scheme.Scheme.Recognizes(listKind) {
		return func(opts metav1.ListOptions) (runtime.Object, error) {
			return c.dynamic.Resource(gvr).Namespace(namespace).List(ctx, opts)
		}, nil
	}
	typed, err := c.typed(gvk.GroupVersion())
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", gvr.Resource, err)
	}
	return func(opts metav1.ListOptions) (runtime.Object, error) {
		into, err := scheme.Scheme.New(listKind)
		if err != nil {
			return nil, fmt.Errorf("list %s: %w", gvr.Resource, err)
		}
		err = typed.Get().NamespaceIfScoped(namespace, namespace != "").Resource(gvr.Resource).
			VersionedParams(&opts, scheme.ParameterCodec).Do(ctx).Into(into)
		return into, err
	}, nil
}

// eachPage follows the continue token. A token that expired (410) makes it read the whole
// list anew in one piece; add is given items of the first pages again and must not mind.
func (c *client) eachPage(read page, selector string, add func(runtime.Object) error) error {
	opts := metav1.ListOptions{LabelSelector: selector, Limit: c.chunk}
	for {
		answer, err := read(opts)
		if apierrors.IsResourceExpired(err) && opts.Continue != "" {
			opts.Continue, opts.Limit = "", 0
			continue
		}
		if err != nil {
			return err
		}
		if err := meta.EachListItem(answer, add); err != nil {
			return err
		}
		list, err := meta.ListAccessor(answer)
		if err != nil {
			return fmt.Errorf("read a page: %w", err)
		}
		if opts.Continue = list.GetContinue(); opts.Continue == "" {
			return nil
		}
	}
}

// version asks for the server's version.
func (c *client) version(ctx context.Context) (version.Info, error) {
	var info version.Info
	typed, err := c.typed(schema.GroupVersion{Version: "v1"})
	if err != nil {
		return info, fmt.Errorf("read the server's version: %w", err)
	}
	data, err := typed.Get().AbsPath("/version").SetHeader("Accept", runtime.ContentTypeJSON).Do(ctx).Raw()
	if err != nil {
		return info, err
	}
	if err := json.Unmarshal(data, &info); err != nil {
		return info, fmt.Errorf("read the server's version: %w", err)
	}
	return info, nil
}

// itemKind is the kind of an item that a list gave: items of typed lists carry none.
func itemKind(obj runtime.Object, gvk schema.GroupVersionKind) schema.GroupVersionKind {
	if u, ok := obj.(*unstructured.Unstructured); ok {
		return u.GroupVersionKind()
	}
	return gvk
}
