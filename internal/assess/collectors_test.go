package assess

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

func TestCollectors(t *testing.T) {
	service := func(namespace, name string) string {
		return "apiVersion: v1\nkind: Service\nmetadata: {name: " + name + ", namespace: " + namespace + "}\nspec: {selector: {app: a}, ports: [{port: 80}]}"
	}
	daemon := func(name, container string) string {
		return "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: " + name + ", namespace: kube-system}\nspec:\n  selector: {matchLabels: {a: " + name +
			"}}\n  template:\n    metadata: {labels: {a: " + name + "}}\n    spec: {containers: [{name: " + container + ", image: i}]}"
	}
	for name, test := range map[string]struct {
		docs []string
		want []string
	}{
		"nothing": {nil, []string{"hubble: no Service hubble-relay in any namespace", "conntrack: on each node, as root: conntrack -L", "sockets: in each pod, TCP alone: cat /proc"}},
		"hubble": {[]string{service("cilium", "hubble-relay")}, []string{
			"hubble: Service cilium/hubble-relay: hubble observe -P -n shop --last 100000 -o json > flows.json", "conntrack: ", "sockets: ",
		}},
		"Kubescape": {[]string{
			"apiVersion: apiregistration.k8s.io/v1\nkind: APIService\nmetadata: {name: v1beta1." + neighborhoods + "}\nspec: {service: {namespace: kubescape, name: storage}}",
		}, []string{"hubble: no", "kubescape: APIService v1beta1." + neighborhoods + ": kubectl get networkneighborhoods -n shop", "conntrack: ", "sockets: "}},
		"daemons": {[]string{daemon("aws-node", "aws-eks-nodeagent"), daemon("netobserv-ebpf-agent", "a"), daemon("gadget", "gadget"), service("calico-system", "whisker")}, []string{
			"hubble: no", "whisker: Service calico-system/whisker: ", "netobserv: DaemonSet kube-system/netobserv-ebpf-agent: ", "aws: DaemonSet kube-system/aws-node: ",
			"gadget: DaemonSet kube-system/gadget: ", "conntrack: ", "sockets: ",
		}},
		"a node agent without policies, a mesh": {[]string{daemon("aws-node", "aws-node"), daemon("a", "istio-proxy")}, []string{
			"hubble: no", "istio: container istio-proxy of DaemonSet kube-system/a: kubectl logs -n shop POD", "conntrack: ", "sockets: ",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for i, n := range Collectors(readFiles(t, append(test.docs, service("shop", "a"))...), "shop") {
				text := n.Name + ": " + n.Text
				if n.Command != "" {
					text += ": " + n.Command
				}
				if i < len(test.want) && strings.HasPrefix(text, test.want[i]) {
					text = test.want[i]
				}
				got = append(got, text)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCollectorsUnread(t *testing.T) {
	inv := readFiles(t, "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: i}]}")
	inv.Unread = append(inv.Unread, api.Unread{What: "Services", Verb: "list", Resource: "services", Reason: "forbidden"})
	if got, want := Collectors(inv, "")[0].Text, "whether it is there is not known: list services: forbidden"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
