package apiserver_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func quantity(text string) *resource.Quantity {
	q := resource.MustParse(text)
	return &q
}

// worker is the spec of a pod of no image that anybody has.
func worker(node string) corev1.PodSpec {
	return corev1.PodSpec{NodeName: node, Containers: []corev1.Container{{Name: "app", Image: "registry.example/app:1"}}}
}

// runPods makes pods, binds one to the node as a scheduler does, and evicts the other.
func (c *controller) runPods(ctx context.Context) error {
	pods := c.client.CoreV1().Pods(c.work())
	for _, name := range []string{"worker", "leaver"} {
		if _, err := pods.Create(ctx, &corev1.Pod{ObjectMeta: named(name), Spec: worker("")}, metav1.CreateOptions{}); err != nil {
			return err
		}
	}
	binding := &corev1.Binding{ObjectMeta: named("worker"), Target: corev1.ObjectReference{Kind: "Node", Name: fleetNode}}
	return all(
		func() error { return pods.Bind(ctx, binding, metav1.CreateOptions{}) },
		func() error { return pods.EvictV1(ctx, &policyv1.Eviction{ObjectMeta: named("leaver")}) },
	)
}

func (c *controller) mint(ctx context.Context) error {
	_, err := c.client.CoreV1().ServiceAccounts(c.work()).CreateToken(ctx, "helper", &authenticationv1.TokenRequest{}, metav1.CreateOptions{})
	return err
}

// answered is for requests whose answer comes from beyond the API server: there is nothing
// there.
func answered(err error) error {
	var status apierrors.APIStatus
	if errors.As(err, &status) {
		return nil
	}
	return err
}

// stream reads the log of a pod, and opens streams to its container as kubectl does since
// 1.31, and as it did before.
func (c *controller) stream(ctx context.Context) error {
	pod := "/api/v1/namespaces/" + c.work() + "/pods/worker/"
	webSocket := func(protocol string) http.Header {
		return http.Header{
			"Connection": {"Upgrade"}, "Upgrade": {"websocket"}, "Sec-Websocket-Version": {"13"},
			"Sec-Websocket-Key": {"dGhlIHNhbXBsZSBub25jZQ=="}, "Sec-Websocket-Protocol": {protocol},
		}
	}
	spdy := func(protocol string) http.Header {
		return http.Header{"Connection": {"Upgrade"}, "Upgrade": {"SPDY/3.1"}, "X-Stream-Protocol-Version": {protocol}}
	}
	return all(
		func() error {
			_, err := c.client.CoreV1().Pods(c.work()).Get(ctx, "worker", metav1.GetOptions{})
			return err
		},
		func() error {
			_, err := c.client.CoreV1().Pods(c.work()).GetLogs("worker", &corev1.PodLogOptions{}).DoRaw(ctx)
			return err
		},
		func() error {
			return c.upgrade(ctx, http.MethodGet, pod+"exec?command=true&container=app&stdout=true", webSocket("v5.channel.k8s.io"))
		},
		func() error { // create is asked for, whatever becomes of the stream
			absent := strings.Replace(pod, "worker", "absent", 1)
			err := c.upgrade(ctx, http.MethodGet, absent+"exec?command=true&container=app&stdout=true", webSocket("v5.channel.k8s.io"))
			if err == nil {
				return errors.New("there is a stream to a pod that is not there")
			}
			return nil
		},
		func() error {
			return c.upgrade(ctx, http.MethodPost, pod+"attach?container=app&stdout=true", spdy("v4.channel.k8s.io"))
		},
		func() error {
			return c.upgrade(ctx, http.MethodGet, pod+"portforward?ports=80", webSocket("SPDY/3.1+portforward.k8s.io"))
		},
	)
}

// upgrade asks for a change of protocol, and closes the connection.
func (c *controller) upgrade(ctx context.Context, method, path string, header http.Header) error {
	request, err := http.NewRequestWithContext(ctx, method, c.config.Host+path, nil)
	if err != nil {
		return err
	}
	request.Header = header
	answer, err := c.streams.Do(request)
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusSwitchingProtocols {
		text, err := io.ReadAll(answer.Body)
		return errors.Join(errors.New(method+" "+path+": "+answer.Status+": "+string(text)), err, answer.Body.Close())
	}
	return answer.Body.Close()
}

// proxy goes through the API server to a Service, a Pod and a Node.
func (c *controller) proxy(ctx context.Context) error {
	rest := c.client.CoreV1().RESTClient()
	return all(
		func() error {
			_, err := c.client.CoreV1().Services(c.work()).ProxyGet("http", "backend", "80", "healthz", nil).DoRaw(ctx)
			return answered(err)
		},
		func() error {
			return answered(rest.Post().Namespace(c.work()).Resource("pods").Name("worker:80").SubResource("proxy").Suffix("reload").Do(ctx).Error())
		},
		func() error {
			return answered(rest.Get().Resource("nodes").Name(fleetNode).SubResource("proxy").Suffix("stats", "summary").Do(ctx).Error())
		},
	)
}

// admission runs into a policy that refuses what the authorizer allows.
func (c *controller) admission(ctx context.Context) error {
	_, err := c.client.CoreV1().Pods(c.strict()).Create(ctx, &corev1.Pod{ObjectMeta: named("weak"), Spec: worker("")}, metav1.CreateOptions{})
	if apierrors.IsForbidden(err) {
		return nil
	}
	return errors.Join(errors.New("Pod Security let a pod through"), err)
}
