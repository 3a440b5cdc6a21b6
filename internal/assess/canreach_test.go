package assess

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseEnd(t *testing.T) {
	tests := map[string]struct {
		text, typeName, name, port string
		err                        string
	}{
		"deploy/a":                {"deploy/a", "deploy", "a", "", ""},
		"Deploy/a:80":             {"Deploy/a", "deploy", "a", "80", ""},
		"svc/a:http":              {"svc/a", "svc", "a", "http", ""},
		"pod/a:53/UDP":            {"pod/a", "pod", "a", "53/UDP", ""},
		"internet":                {"internet", "", "", "", ""},
		"internet:443":            {"internet", "", "", "443", ""},
		"10.0.0.1":                {"10.0.0.1", "", "", "", ""},
		"10.0.0.1:80":             {"10.0.0.1", "", "", "80", ""},
		"10.0.0.9/8":              {"10.0.0.0/8", "", "", "", ""},
		"fd00::1":                 {"fd00::1", "", "", "", ""},
		"[fd00::1]:80":            {"fd00::1", "", "", "80", ""},
		"10.0.0.1:53/UDP":         {"10.0.0.1", "", "", "53/UDP", ""},
		"[::1]:80/udp":            {"::1", "", "", "80/udp", ""},
		"10.0.0.9/8:443":          {"10.0.0.0/8", "", "", "443", ""},
		"[fd00::/8]:53/SCTP":      {"fd00::/8", "", "", "53/SCTP", ""},
		"10.0.0.1:http":           {"10.0.0.1", "", "", "http", ""},
		"fd00::":                  {"fd00::", "", "", "", ""},
		"internet:53/UDP":         {"internet", "", "", "53/UDP", ""},
		"10.0.0.1:":               {err: "has no port behind the colon"},
		"[fd00::1]":               {err: "is neither TYPE/NAME"},
		"fd00::/8":                {"fd00::/8", "", "", "", ""},
		"deploy/a:":               {err: "has no port behind the colon"},
		"web":                     {err: "is neither TYPE/NAME"},
		"a/b/c":                   {err: "is neither TYPE/NAME"},
		"/a":                      {err: "is neither TYPE/NAME"},
		"rollouts.argoproj.io/ab": {"rollouts.argoproj.io/ab", "rollouts.argoproj.io", "ab", "", ""},
	}
	for text, test := range tests {
		e, err := ParseEnd(text)
		if test.err != "" {
			if err == nil || !strings.Contains(err.Error(), test.err) {
				t.Errorf("%s: error %v", text, err)
			}
			continue
		}
		got := []string{e.Text, e.Type, e.Name, e.Port}
		if diff := cmp.Diff([]string{test.text, test.typeName, test.name, test.port}, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", text, err, diff)
		}
	}
}

const twoTiers = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: front, namespace: shop}
spec: {template: {metadata: {labels: {app: front}}, spec: {containers: [{name: c, image: a}]}}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: shop}
spec: {template: {metadata: {labels: {app: db}}, spec: {containers: [{name: c, image: a, ports: [{name: sql, containerPort: 5432}, {name: dns, protocol: UDP, containerPort: 53}]}]}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: other, namespace: shop}
spec: {template: {metadata: {labels: {app: other}}, spec: {containers: [{name: c, image: a}]}}}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: shop}
spec: {template: {metadata: {labels: {app: db}}, spec: {hostNetwork: true, containers: [{name: c, image: a}]}}}
---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop}
spec: {selector: {app: db}, ports: [{name: sql, port: 80, targetPort: sql}, {name: gone, port: 81, targetPort: nowhere}, {name: same, port: 5432}]}
---
apiVersion: v1
kind: Service
metadata: {name: bare, namespace: shop}
spec: {ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: nobody, namespace: shop}
spec: {selector: {app: none}, ports: [{port: 80}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec: {podSelector: {matchLabels: {app: db}}, policyTypes: [Ingress], ingress: [{from: [{podSelector: {matchLabels: {app: front}}}], ports: [{port: sql}]}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: other, namespace: shop}
spec: {podSelector: {matchLabels: {app: other}}, policyTypes: [Egress]}
`

// TestCanReachElsewhere: files hold objects of several namespaces.
func TestCanReachElsewhere(t *testing.T) {
	inv := inventory(t, decode(t, strings.Split(twoTiers, "\n---\n")...))
	from, to := ends(t, "deploy/front sts/db:5432")
	_, err := CanReach(Side{from, "default", inv}, Side{to, "default", inv})
	if err == nil || err.Error() != "deploy/front not found in namespace default, but in shop" {
		t.Errorf("error %v", err)
	}
}

func TestCanReach(t *testing.T) {
	inv := inventory(t, decode(t, strings.Split(twoTiers, "\n---\n")...))
	tests := map[string]struct{ want, by, err string }{
		"deploy/front sts/db:5432":             {"yes", "policy shop/db ingress rule 1", ""},
		"deploy/front sts/db:sql":              {"yes", "policy shop/db ingress rule 1", ""},
		"deploy/front sts/db:5433":             {"no", "policy shop/db: no rule allows it", ""},
		"deploy/front sts/db":                  {"partly", "policy shop/db ingress rule 1", ""},
		"deploy/front sts/db:53/UDP":           {"no", "policy shop/db: no rule allows it", ""},
		"deploy/other sts/db:5432":             {"no", "policy shop/db: no rule allows it", ""},
		"internet sts/db:5432":                 {"no", "policy shop/db: no rule allows it", ""},
		"deploy/other deploy/front:1":          {"no", "no policy selects it", ""},
		"deploy/front 169.254.169.254:80":      {"yes", "no policy holds outside the cluster", ""},
		"deploy/front svc/db:sql":              {"", "", ""}, // see below: the host's network is behind it too
		"deploy/front svc/db:gone":             {"", "", `service "db": no container has a port named "nowhere" (TCP)`},
		"deploy/front svc/db:82":               {"", "", `service "db" has no port "82"`},
		"deploy/front svc/bare:80":             {"", "", "has no selector"},
		"deploy/front svc/nobody:80":           {"", "", "selects no pod"},
		"deploy/front svc/none:80":             {"", "", `service "none" not found in namespace shop`},
		"deploy/none sts/db":                   {"", "", "deploy/none not found in namespace shop"},
		"deploy/front pod/none":                {"", "", `no live pod "none"`},
		"deploy/front sts/db:nope":             {"", "", `no container has a port named "nope" (TCP)`},
		"deploy/front sts/db:80/ICMP":          {"", "", "is none of TCP, UDP and SCTP"},
		"deploy/front sts/db:70000":            {"", "", "70000"},
		"deploy/front namespace/elsewhere:443": {"", "", "namespace elsewhere has no live pods, and no workload with a template to judge by"},
	}
	for words, test := range tests {
		from, to := ends(t, words)
		answer, err := CanReach(Side{from, "shop", inv}, Side{to, "shop", inv})
		switch {
		case test.err != "":
			if err == nil || !strings.Contains(err.Error(), test.err) {
				t.Errorf("%s: error %v, want %q", words, err, test.err)
			}
		case err != nil:
			t.Errorf("%s: %v", words, err)
		case test.want != "" && (answer.Allowed != test.want || !strings.Contains(strings.Join(answer.Ingress, "\n"), test.by)):
			t.Errorf("%s: %s by %q", words, answer.Allowed, answer.Ingress)
		}
	}
}

func ends(t *testing.T, words string) (from, to End) {
	t.Helper()
	first, second, _ := strings.Cut(words, " ")
	from, err := ParseEnd(first)
	if err != nil {
		t.Fatal(err)
	}
	if to, err = ParseEnd(second); err != nil {
		t.Fatal(err)
	}
	return from, to
}

// TestCanReachAcrossInventories reads each namespace by itself.
func TestCanReachAcrossInventories(t *testing.T) {
	docs := strings.Split(twoTiers, "\n---\n")
	here := inventory(t, decode(t, docs...))
	const outside = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: caller, namespace: ci}\nspec: {template: {metadata: {labels: {app: front}}, spec: {containers: [{name: c, image: a}]}}}\n"
	there := inventory(t, decode(t, outside))
	from, to := ends(t, "deploy/caller sts/db:5432")
	answer, err := CanReach(Side{from, "ci", there}, Side{to, "shop", here})
	if err != nil || answer.Allowed != "no" {
		t.Errorf("a pod of the same labels in another namespace: %+v %v", answer, err)
	}
}
