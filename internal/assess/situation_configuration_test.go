package assess

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit/shop"
)

const (
	// systemPod makes files all of a cluster.
	systemPod = `{apiVersion: v1, kind: Namespace, metadata: {name: kube-system}}
---
{apiVersion: v1, kind: Pod, metadata: {name: etcd, namespace: kube-system, labels: {a: b}}, spec: {containers: [{name: c, image: i}]}, status: {phase: Running, podIPs: [{ip: 10.0.0.1}]}}`
	inPartOfFiles = "Ingress: the files do not hold all of a cluster, and others may be configured to call it"
)

// configurationText are the doubts of a workload for what is closed on configuration alone.
func configurationText(s *netpol.Situation, name string) []string {
	var out []string
	for _, w := range s.Workloads {
		for _, u := range w.Unread {
			if u.Configuration && w.Ref.Name == name {
				out = append(out, strings.TrimSpace(string(u.Direction)+" "+string(u.Of))+": "+u.Reason)
			}
		}
	}
	return out
}

func serviceOf(name string) string {
	return fmt.Sprintf("{apiVersion: v1, kind: Service, metadata: {name: %s}, spec: {selector: {app: %s}, ports: [{port: 80}]}}", name, name)
}

// TestSituationInPart: who else may be configured to call is known where all of a cluster was read.
func TestSituationInPart(t *testing.T) {
	const forbidden = ": forbidden, and others may be configured to call it"
	if got := configurationText(situationOf(t, readFiles(t, webOf(plain))), "web"); cmp.Diff([]string{inPartOfFiles}, got) != "" {
		t.Error("of one application", got)
	}
	if got := configurationText(situationOf(t, readFiles(t, webOf(plain), systemPod)), "web"); got != nil {
		t.Error("of all", got)
	}
	if got := configurationText(situationOf(t, readFiles(t, shop.New().YAML())), "cart"); got != nil {
		t.Error("of the shop", got)
	}
	for kind, want := range map[string][]string{
		"nodes": nil, "pods": {"Ingress: list pods" + forbidden}, "namespaces": {"Ingress: list namespaces" + forbidden},
	} {
		if diff := cmp.Diff(want, configurationText(partial(t, []string{kind}, callersUnread()...), "web")); diff != "" {
			t.Errorf("%s: %s", kind, diff)
		}
	}
}

// TestSituationRoutesOfControllers: what leads to a workload and is not evaluated is told of it, and of
// no other.
func TestSituationRoutesOfControllers(t *testing.T) {
	const leads = " leads to it, and is not evaluated"
	for doc, want := range map[string][]string{
		"{apiVersion: route.openshift.io/v1, kind: Route, metadata: {name: r}, spec: {to: {kind: Service, name: web}}}":                                             {"Route r of OpenShift leads to Service web, and is not evaluated"},
		"{apiVersion: traefik.io/v1alpha1, kind: IngressRoute, metadata: {name: r}, spec: {routes: [{match: Host(`x`), services: [{name: web}]}]}}":                 {"IngressRoute shop/r" + leads},
		"{apiVersion: traefik.containo.us/v1alpha1, kind: IngressRouteTCP, metadata: {name: r}, spec: {routes: [{services: [{name: web, port: 80}]}]}}":             {"IngressRouteTCP shop/r" + leads},
		"{apiVersion: traefik.io/v1alpha1, kind: IngressRouteUDP, metadata: {name: r, namespace: z}, spec: {routes: [{services: [{name: web, namespace: shop}]}]}}": {"IngressRouteUDP z/r" + leads},
		"{apiVersion: projectcontour.io/v1, kind: HTTPProxy, metadata: {name: r}, spec: {routes: [{services: [{name: web, port: 80}, {name: web}]}]}}":              {"HTTPProxy shop/r" + leads},
		"{apiVersion: projectcontour.io/v1, kind: HTTPProxy, metadata: {name: r}, spec: {tcpproxy: {services: [{name: web}]}}}":                                     {"HTTPProxy shop/r" + leads},
		"{apiVersion: traefik.io/v1alpha1, kind: IngressRoute, metadata: {name: r}, spec: {routes: [{services: [{kind: TraefikService, name: t}]}]}}":               {"IngressRoute shop/r" + leads},
		"{apiVersion: traefik.io/v1alpha1, kind: IngressRoute, metadata: {name: r}, spec: {routes: [{services: [{name: other}]}]}}":                                 nil,
		"{apiVersion: traefik.io/v1alpha1, kind: IngressRoute, metadata: {name: r, namespace: z}, spec: {routes: [{services: [{name: web}]}]}}":                     nil,
		"{apiVersion: traefik.io/v1alpha1, kind: IngressRoute, metadata: {name: r}, spec: {routes: web, services: [web, {name: 7}, [{}]]}}":                         {"IngressRoute shop/r" + leads},
		"{apiVersion: traefik.io/v1alpha1, kind: IngressRoute, metadata: {name: r}, spec: [web]}":                                                                   nil,
		"{apiVersion: traefik.io/v1alpha1, kind: IngressRoute, metadata: {name: r}}":                                                                                nil,
	} {
		s := situationOf(t, readFiles(t, systemPod, webOf(plain), serviceOf("web"), deploymentOf("shop", "unserved", plain), doc))
		var reasons, hints []string
		for _, reason := range want {
			reasons, hints = append(reasons, "Ingress: "+reason), append(hints, "Deployment shop/web: who reaches it from outside is not known in full: "+reason)
		}
		if diff := cmp.Diff(reasons, configurationText(s, "web")); diff != "" {
			t.Errorf("%s: %s", doc, diff)
		}
		if got := configurationText(s, "unserved"); got != nil {
			t.Errorf("%s: %s", doc, got)
		}
		told := slices.DeleteFunc(startingWith(callerText(s), "hint"), func(text string) bool { return !strings.Contains(text, "from outside") })
		if diff := cmp.Diff(hints, told); diff != "" {
			t.Errorf("%s: %s", doc, diff)
		}
	}
	got := configurationText(partial(t, []string{"ingressroutes"}, callersUnread()...), "web")
	if got != nil {
		t.Error("a kind that the server does not have", got)
	}
}

// TestSituationAccount: who has a token that a binding grants something may call the API server.
func TestSituationAccount(t *testing.T) {
	const (
		role    = "{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: b}, roleRef: {kind: Role, name: r}, subjects: [{kind: ServiceAccount, name: op}]}"
		cluster = "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: {name: b}, roleRef: {kind: ClusterRole, name: r}, subjects: [{kind: ServiceAccount, name: default, namespace: shop}, {kind: Group, name: op}]}"
		others  = "{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: b, namespace: z}, roleRef: {kind: Role, name: r}, subjects: [{kind: ServiceAccount, name: op, namespace: z}, {kind: User, name: op}]}"
		op      = "serviceAccountName: op"
		unknown = ", and may call the API server"
	)
	why := func(account, by string) []string {
		if by == "" {
			return []string{"Egress apiserver: it has the token of a ServiceAccount of its own" + unknown}
		}
		return []string{"Egress apiserver: it has the token of ServiceAccount " + account + by + unknown}
	}
	live := func(volumes string) string {
		return "{apiVersion: v1, kind: Pod, metadata: {name: web, labels: {app: web}}, spec: {serviceAccountName: op, containers: [{name: c, image: i}], volumes: [" + volumes + "]}, status: {phase: Running, podIPs: [{ip: 10.0.0.2}]}}"
	}
	for name, test := range map[string]struct {
		docs []string
		want []string
	}{
		"default":              {[]string{podOfSpec("")}, nil},
		"of its own":           {[]string{podOfSpec(op)}, why("op", "")},
		"older field":          {[]string{podOfSpec("serviceAccount: op")}, why("op", "")},
		"no token":             {[]string{podOfSpec(op + ", automountServiceAccountToken: false")}, nil},
		"no token of account":  {[]string{podOfSpec(op), "{apiVersion: v1, kind: ServiceAccount, metadata: {name: op}, automountServiceAccountToken: false}"}, nil},
		"token after all":      {[]string{podOfSpec(op + ", automountServiceAccountToken: true"), "{apiVersion: v1, kind: ServiceAccount, metadata: {name: op}, automountServiceAccountToken: false}"}, why("op", "")},
		"bound":                {[]string{podOfSpec(op), role}, why("op", ", which RoleBinding shop/b grants rights")},
		"bound default":        {[]string{podOfSpec(""), cluster}, why("default", ", which ClusterRoleBinding b grants rights")},
		"others bound":         {[]string{podOfSpec(op), others}, nil},
		"bound, no token":      {[]string{podOfSpec(op + ", automountServiceAccountToken: false"), role}, nil},
		"live without a token": {[]string{live(""), role}, nil},
		"live":                 {[]string{live("{name: t, projected: {sources: [{serviceAccountToken: {path: token}}]}}"), role}, why("op", ", which RoleBinding shop/b grants rights")},
		"for somebody else":    {[]string{live("{name: t, projected: {sources: [{serviceAccountToken: {path: token, audience: vault}}]}}"), role}, nil},
	} {
		s := situationOf(t, readFiles(t, append(test.docs, systemPod)...))
		if diff := cmp.Diff(test.want, configurationText(s, "web")); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	// Of files in part the bindings may be elsewhere.
	got := configurationText(situationOf(t, readFiles(t, podOfSpec(op), others)), "web")
	if diff := cmp.Diff(append([]string{inPartOfFiles}, why("op", "")...), got); diff != "" {
		t.Error(diff)
	}
}

func podOfSpec(more string) string {
	if more != "" {
		more += ", "
	}
	return "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {" + more + "containers: [{name: c, image: i}]}}}}"
}
