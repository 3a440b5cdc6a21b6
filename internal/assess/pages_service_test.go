package assess

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// pageText is a page in lines.
func pageText(p api.Page) []string {
	out := []string{p.Summary}
	for _, r := range p.Rows {
		out = append(out, strings.TrimSuffix(r.ID+" | "+r.Title+" | "+strings.Join(r.Evidence, " | "), " | "))
	}
	return out
}

func servicePageOf(t *testing.T, name string, objects ...string) []string {
	t.Helper()
	ref := api.Ref{APIVersion: "v1", Kind: "Service", Namespace: "shop", Name: name}
	report := assessed(t, Options{Services: []api.Ref{ref}}, objects...)
	return pageText(report.Pages[0])
}

// TestServicePage lists whom policies let in, and every way from outside.
func TestServicePage(t *testing.T) {
	const ingress = `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: shop}
spec:
  rules: [{host: shop.example.com, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]
  tls: [{hosts: [shop.example.com]}]
`
	service := func(spec string) string {
		return "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\nspec: {" + spec + "}\n"
	}
	const ports = "ports: [{port: 80, targetPort: http, nodePort: 30080}]"
	in := policy("in", "podSelector: {matchLabels: {app: web}}, ingress: [{from: [{podSelector: {matchLabels: {app: x}}}], ports: [{port: http}]}]")
	const reach = "reach | pods app=x | TCP 8080 | policy shop/in ingress rule 1"
	for name, test := range map[string]struct {
		objects, want []string
	}{
		"NodePort and an Ingress": {
			[]string{labelled, in, ingress, service("type: NodePort, selector: {app: web}, " + ports)},
			[]string{
				"NodePort; svc/web leads to deploy/web", reach,
				"exposed | outside the cluster | shop.example.com 443 to 8080, TLS, nothing shows that it is served | Ingress web",
				"exposed | whoever reaches a node | 30080 to 8080, TLS not known | Service web (NodePort)",
			},
		},
		"LoadBalancer for some": {
			[]string{labelled, in, service("type: LoadBalancer, loadBalancerSourceRanges: [198.51.100.0/24], selector: {app: web}, ports: [{port: 443, targetPort: 8080, appProtocol: https}]")},
			[]string{
				"LoadBalancer; svc/web leads to deploy/web", reach,
				"exposed | 198.51.100.0/24 | 443 to 8080, TLS passed through, nothing shows that it is served | Service web (LoadBalancer)",
			},
		},
		"external addresses, no pods": {
			[]string{in, service("externalIPs: [203.0.113.7], selector: {app: web}, ports: [{port: 80}]")},
			[]string{
				`ClusterIP; service "web" selects no pod`,
				"exposed | outside the cluster | 80, TLS not known | Service web (externalIPs 203.0.113.7)",
			},
		},
		"headless": {
			[]string{labelled, in, service("clusterIP: None, selector: {app: web}, ports: [{port: 80, targetPort: 8080}]")},
			[]string{
				"headless; svc/web leads to deploy/web", "reach | nobody | TCP 80 | no rule of the policies that select it",
				"note | note | Service web is headless: it does not turn port 80 into 8080, and who dials 80 of its name gets port 80 of the pods, which is asked about",
			},
		},
		"without selector": {
			[]string{labelled, in, service("type: LoadBalancer, ports: [{port: 80}]")},
			[]string{
				`LoadBalancer; service "web" has no selector, and its endpoints are not known: the files hold no EndpointSlice of it; name the pods or the address that it leads to`,
				"exposed | outside the cluster | 80, TLS not known, nothing shows that it is served | Service web (LoadBalancer)",
				"unknown | outside the cluster | Service web has no selector, and its endpoints were not read: the files hold no EndpointSlice of it",
			},
		},
		"another name": {
			[]string{labelled, in, service("type: ExternalName, externalName: db.example.com")},
			[]string{`ExternalName; service "web" is another name of "db.example.com": name what that leads to`},
		},
	} {
		if diff := cmp.Diff(test.want, servicePageOf(t, "web", test.objects...)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
