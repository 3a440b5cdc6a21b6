package apiserver_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

const reachPolicies = `apiVersion: v1
kind: Service
metadata: {name: db, namespace: reach}
spec: {selector: {app: db}, ports: [{port: 80, targetPort: 5432}]}
---
apiVersion: v1
kind: Service
metadata: {name: hand, namespace: reach}
spec: {ports: [{port: 80}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: hand-1, namespace: reach, labels: {kubernetes.io/service-name: hand}}
addressType: IPv4
endpoints: [{addresses: [203.0.113.9]}]
ports: [{port: 5432}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: reach}
spec: {podSelector: {matchLabels: {app: db}}, policyTypes: [Ingress], ingress: [{from: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: 5432}]}]}
---
apiVersion: v1
kind: Namespace
metadata: {name: reach-other}
---
apiVersion: v1
kind: Pod
metadata: {name: stranger, namespace: reach-other, labels: {app: web}}
spec: {automountServiceAccountToken: false, containers: [{name: app, image: app}]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: narrow, namespace: reach}
rules:
- {apiGroups: ["", apps, batch, networking.k8s.io], resources: ["*"], verbs: [get, list]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: narrow, namespace: reach}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: narrow}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: narrow}]
`

// setUpReach makes a database that one workload may reach.
func setUpReach(t *testing.T) *testkit.ControlPlane {
	t.Helper()
	control := setUp(t, "reach")
	control.Kubectl(t, "", "create", "namespace", "reach-other")
	testkit.WaitFor(t, "the account of reach-other", func() error {
		if control.Kubectl(t, "", "get", "serviceaccounts", "-n", "reach-other", "-o", "name") == "" {
			return errors.New("there is none")
		}
		return nil
	})
	control.Kubectl(t, reachPolicies, "apply", "-f", "-")
	return control
}

func TestCanReach(t *testing.T) {
	control := setUpReach(t)
	for words, want := range map[string]struct {
		code int
		by   string
	}{
		"deploy/web sts/db:5432 -n reach":                                     {0, "policy reach/db ingress rule 1"},
		"deploy/web svc/db:80 -n reach":                                       {0, "svc/db leads to sts/db"},
		"deploy/web svc/hand:80 -n reach":                                     {0, "its EndpointSlices lead to 203.0.113.9"},
		"deploy/web 8.8.8.8:53/UDP -n reach":                                  {0, "UDP 53"},
		"deploy/web sts/db:5433 -n reach":                                     {1, "policy reach/db: no rule allows it"},
		"ds/agent sts/db:5432 -n reach":                                       {1, "policy reach/db: no rule allows it"},
		"pod/stranger sts/db:5432 -n reach-other --to-namespace reach":        {1, "policy reach/db: no rule allows it"},
		"namespace/reach-other sts/db:5432 -n reach":                          {1, "policy reach/db: no rule allows it"},
		"deploy/web 169.254.169.254 -n reach":                                 {0, "no policy selects it"},
		"internet sts/db:5432 -n reach":                                       {1, "policy reach/db: no rule allows it"},
		"deploy/web pod/stranger -n reach --to-namespace reach-other":         {0, "no policy selects it"},
		"deploy/web sts/nothing:1 -n reach":                                   {2, "sts/nothing not found in namespace reach"},
		"deploy/web sts/db:5432 -n reach --to-namespace reach-nowhere-at-all": {2, "not found"},
	} {
		got := testkit.Run(t, asAdmin(control), append([]string{"can-reach"}, strings.Fields(words)...)...)
		if got.Code != want.code || !strings.Contains(got.Stdout+got.Stderr, want.by) {
			t.Errorf("%s: %+v", words, got)
		}
	}
	narrow := asAdmin(control)
	narrow.Kubeconfig = control.Kubeconfig(t, "narrow")
	if got := testkit.Run(t, narrow, "can-reach", "deploy/web", "pod/stranger", "-n", "reach", "--to-namespace", "reach-other"); got.Code != 2 {
		t.Errorf("what could not be read is reachable: %+v", got)
	}
	const slices = "list endpointslices.discovery.k8s.io in namespace reach: forbidden"
	if got := testkit.Run(t, narrow, "can-reach", "deploy/web", "svc/hand:80", "-n", "reach"); got.Code != 2 || !strings.Contains(got.Stderr, slices) {
		t.Errorf("endpoints that could not be read: %+v", got)
	}
	t.Run("explain", func(t *testing.T) { explainsNetwork(t, control) })
}

// explainsNetwork looks at the same namespace through explain.
func explainsNetwork(t *testing.T, control *testkit.ControlPlane) {
	t.Helper()
	report := reportOf(t, explain(t, asAdmin(control), "-n", "reach", "-o", "json"))
	for _, item := range report.Items {
		isolated := item.Ref.Name == "db"
		if n := item.Network; n == nil || n.Ingress.Isolated != isolated || n.Egress.Isolated || n.Ingress.Unknown {
			t.Errorf("%s: %+v", item.Ref.Name, item.Network)
		}
		for _, f := range item.Findings {
			if f.Check == "netpol-none-ingress" && (isolated || f.Status != api.StatusFail || f.Confidence != api.ConfidenceConfirmed) {
				t.Errorf("%s: %+v", item.Ref.Name, f)
			}
		}
	}
	pages := explain(t, asAdmin(control), "netpol/db", "svc/db", "-n", "reach")
	for _, want := range []string{"NetworkPolicy reach/db", "sts/db", "may come in: 5432", "Service reach/db", "svc/db leads to sts/db", "pods app=web (deploy/web)"} {
		if !strings.Contains(pages.Stdout, want) {
			t.Errorf("%q is missing in\n%s", want, pages.Stdout)
		}
	}
}
