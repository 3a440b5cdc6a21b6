package assess

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
)

func policy(name, spec string) string {
	return "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: " + name + ", namespace: shop}\nspec: {" + spec + "}\n"
}

const labelled = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec: {template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: a, ports: [{name: http, containerPort: 8080}]}]}}}
`

// directionText is a direction in short.
func directionText(d api.Direction) string {
	switch {
	case d.Unknown:
		return "unknown"
	case !d.Isolated:
		return "open"
	}
	return "isolated by " + strings.Join(d.Policies, ",") + ": " + strings.Join(d.Allows, "; ")
}

func TestNetworkOfAWorkload(t *testing.T) {
	const other = `podSelector: {matchLabels: {app: other}}`
	tests := map[string]struct {
		policies        []string
		ingress, egress string
		findings        []string
	}{
		"no policy in the files": {nil, "unknown", "unknown", nil},
		"another's":              {[]string{policy("x", other)}, "open", "open", []string{"netpol-none-egress", "netpol-none-ingress"}},
		"deny ingress": {
			[]string{policy("deny", "podSelector: {}")}, "isolated by deny: ", "open", []string{"netpol-none-egress"},
		},
		"deny both": {
			[]string{policy("deny", "podSelector: {}, policyTypes: [Ingress, Egress]")}, "isolated by deny: ", "isolated by deny: ", nil,
		},
		"allow all": {
			[]string{policy("all", "podSelector: {}, ingress: [{}]")}, "isolated by all: anyone any port", "open",
			[]string{"netpol-allow-all", "netpol-none-egress"},
		},
		"egress alone": {
			[]string{policy("out", "podSelector: {}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 10.0.0.0/8}}], ports: [{port: 443}]}]")},
			"open", "isolated by out: 10.0.0.0/8 443", []string{"netpol-none-ingress"},
		},
		"a named port": {
			[]string{policy("in", "podSelector: {matchLabels: {app: web}}, ingress: [{from: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: http}]}]")},
			"isolated by in: pods app=web (deploy/web) 8080", "open", []string{"netpol-none-egress"},
		},
		"two that add up": {
			[]string{
				policy("a", "podSelector: {}"),
				policy("b", "podSelector: {matchLabels: {app: web}}, ingress: [{from: [{namespaceSelector: {}}]}]"),
			}, "isolated by a,b: all pods of all namespaces any port", "open", []string{"netpol-none-egress"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			item := itemNamed(t, assessed(t, Options{}, append(test.policies, labelled)...), "web")
			if got := directionText(item.Network.Ingress); got != test.ingress {
				t.Errorf("ingress: %q, want %q", got, test.ingress)
			}
			if got := directionText(item.Network.Egress); got != test.egress {
				t.Errorf("egress: %q, want %q", got, test.egress)
			}
			var found []string
			for _, f := range item.Findings {
				if strings.HasPrefix(f.Check, "netpol") {
					found = append(found, f.Check)
					if f.Confidence != api.ConfidenceDerived {
						t.Errorf("%s of files alone is %s", f.Check, f.Confidence)
					}
				}
			}
			if !slices.Equal(found, test.findings) {
				t.Errorf("findings %v, want %v", found, test.findings)
			}
		})
	}
}

// TestReachOfPeersThatMatter tells of the API server, DNS, the cloud's credentials, the internet
// and pods, by the rule that decides.
func TestReachOfPeersThatMatter(t *testing.T) {
	const dns = `{to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}}], ports: [{port: 53, protocol: UDP}]}`
	tests := map[string]struct {
		egress string
		want   []string
	}{
		"nothing":  {"", []string{"DNS no", "169.254.169.254 no", "internet no", "its namespace no", "other namespaces no"}},
		"DNS":      {dns, []string{"DNS yes", "169.254.169.254 no", "internet no", "its namespace no", "other namespaces partly"}},
		"anything": {"{}", []string{"DNS yes", "169.254.169.254 yes", "internet yes", "its namespace yes", "other namespaces yes"}},
		"but the credentials": {
			`{to: [{ipBlock: {cidr: 0.0.0.0/0, except: [169.254.169.254/32]}}, {ipBlock: {cidr: "::/0"}}]}`,
			[]string{"169.254.169.254 no", "internet yes", "its namespace depends"},
		},
		"pods beside":  {`{to: [{podSelector: {}}]}`, []string{"internet no", "its namespace yes", "other namespaces no"}},
		"one of them":  {`{to: [{podSelector: {matchLabels: {app: x}}}]}`, []string{"its namespace partly", "other namespaces no"}},
		"all other ns": {`{to: [{namespaceSelector: {}}]}`, []string{"its namespace yes", "other namespaces yes", "internet no"}},
	}
	for name, test := range tests {
		item := itemNamed(t, assessed(t, Options{}, labelled, policy("out", "podSelector: {}, policyTypes: [Egress], egress: ["+test.egress+"]")), "web")
		var got []string
		for _, r := range item.Network.Egress.Reach {
			got = append(got, r.Peer+" "+r.Allowed)
			if r.By == "" {
				t.Errorf("%s: %s is decided by nothing", name, r.Peer)
			}
		}
		for _, want := range test.want {
			if !slices.Contains(got, want) {
				t.Errorf("%s: %q is missing in %q", name, want, got)
			}
		}
	}
}

func TestOutcomeOfTheNetwork(t *testing.T) {
	outcome := func(objects ...string) string {
		item := itemNamed(t, assessed(t, Options{}, objects...), "web")
		for _, o := range item.Outcomes {
			if o.ID == "network" {
				return fmt.Sprint(o.Possible, " ", o.Unknown, " ", o.Severity, " ", o.Detail)
			}
		}
		return "none"
	}
	for _, test := range []struct{ policies, want string }{
		{policy("x", "podSelector: {matchLabels: {app: other}}"), "true false medium API server, 169.254.169.254, internet and pods"},
		{policy("all", "podSelector: {}, policyTypes: [Egress], egress: [{}]"), "true false medium policy all: perhaps API server, DNS, 169.254.169.254, internet"},
		{policy("deny", "podSelector: {}, policyTypes: [Egress]"), "false false info policy deny lets it reach perhaps API server, not DNS, 169.254.169.254, internet"},
	} {
		if got := outcome(test.policies, labelled); !strings.HasPrefix(got, test.want) {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
	if got := outcome(labelled); !strings.HasPrefix(got, "false true info the files hold no NetworkPolicy") {
		t.Errorf("without policies: %q", got)
	}
	host := strings.Replace(labelled, "spec: {containers", "spec: {hostNetwork: true, containers", 1)
	if got := outcome(policy("deny", "podSelector: {}, policyTypes: [Egress]"), host); !strings.HasPrefix(got, "true false medium all that its node reaches") {
		t.Errorf("on the host's network: %q", got)
	}
}

// TestPoliciesOfOtherKinds are said not to be evaluated, and leave what NetworkPolicies do not
// isolate unknown.
func TestPoliciesOfOtherKinds(t *testing.T) {
	for name, test := range map[string]struct{ object, want string }{
		"Cilium":      {"apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: x, namespace: shop}\nspec: {}\n", "1 ciliumnetworkpolicies.cilium.io of namespace shop are not evaluated"},
		"another's":   {"apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: x, namespace: other}\nspec: {}\n", ""},
		"Calico":      {"apiVersion: crd.projectcalico.org/v1\nkind: GlobalNetworkPolicy\nmetadata: {name: x}\nspec: {}\n", "1 globalnetworkpolicies.crd.projectcalico.org are not evaluated"},
		"the cluster": {"apiVersion: policy.networking.k8s.io/v1alpha2\nkind: ClusterNetworkPolicy\nmetadata: {name: x}\nspec: {}\n", "1 clusternetworkpolicies.policy.networking.k8s.io are not evaluated"},
	} {
		file := filepath.Join(t.TempDir(), "all.yaml")
		text := labelled + "---\n" + policy("x", "podSelector: {matchLabels: {app: other}}") + "---\n" + test.object
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		objects, problems, err := cluster.Load(t.Context(), cluster.LoadOptions{Filenames: []string{file}})
		if err != nil || len(problems) > 0 {
			t.Fatalf("%v %v", err, problems)
		}
		inv := cluster.NewInventory()
		inv.AddAll(objects)
		item := itemNamed(t, Report(inv, Options{}), "web")
		if got := strings.Join(item.Network.Unknown, "; "); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
		want := api.StatusUnknown
		if test.want == "" {
			want = api.StatusFail
		}
		for _, f := range item.Findings {
			if strings.HasPrefix(f.Check, "netpol-none") && f.Status != want {
				t.Errorf("%s: %s is %s", name, f.Check, f.Status)
			}
		}
	}
}

const labelledPods = `
apiVersion: v1
kind: Pod
metadata: {name: NAME, namespace: shop, labels: {app: web, extra: "EXTRA"}, uid: "NAME", ownerReferences: [{apiVersion: apps/v1, kind: StatefulSet, name: web, uid: "1", controller: true}]}
spec: {containers: [{name: c, image: a}]}
`

// TestPodsThatPoliciesTellApart: what one of them may reach, some of the workload may.
func TestPodsThatPoliciesTellApart(t *testing.T) {
	pod := func(name, extra string) string {
		return strings.NewReplacer("NAME", name, "EXTRA", extra).Replace(labelledPods)
	}
	const set = "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: web, namespace: shop}\nspec: {template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: a}]}}}\n"
	objects := []string{
		set, pod("web-0", "no"), pod("web-1", "yes"),
		policy("deny", "podSelector: {}, policyTypes: [Egress]"),
		policy("allow", `podSelector: {matchLabels: {extra: "yes"}}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0}}]}]`),
	}
	ref := api.Ref{APIVersion: "networking.k8s.io/v1", Kind: "NetworkPolicy", Namespace: "shop", Name: "allow"}
	report := assessed(t, Options{Policies: []api.Ref{ref}}, objects...)
	item := itemNamed(t, report, "web")
	for _, r := range item.Network.Egress.Reach {
		if r.Peer == "internet" && r.Allowed != "partly" {
			t.Errorf("internet: %s by %s", r.Allowed, r.By)
		}
	}
	found := false
	for _, r := range report.Pages[0].Rows {
		found = found || r.ID == "egress" && r.Title == "0.0.0.0/0"
	}
	if !found {
		t.Errorf("the page of the policy: %v", report.Pages[0].Rows)
	}
}

// TestRefusedPolicyIsUnknown: an API server would not have let it in.
func TestRefusedPolicyIsUnknown(t *testing.T) {
	item := itemNamed(t, assessed(t, Options{}, labelled, policy("bad", "podSelector: {}, policyTypes: [ingress]")), "web")
	for _, f := range item.Findings {
		if f.Check == "netpol-none-ingress" && f.Status != api.StatusUnknown {
			t.Errorf("%s is %s", f.Check, f.Status)
		}
	}
	if len(item.Network.Unknown) == 0 {
		t.Error("the policy is not named")
	}
}

// TestAddressOfAService leads to its pods; a private address that nobody knows is unknown.
func TestAddressOfAService(t *testing.T) {
	service := strings.Replace(twoTiers, "spec: {selector: {app: db}, ports", "spec: {clusterIP: 10.96.0.7, selector: {app: db}, ports", 1)
	inv := inventory(t, decode(t, strings.Split(service, "\n---\n")...))
	for words, want := range map[string]string{
		"deploy/other 10.96.0.7:80":    "no", // the pod on its host's network has no port of the name
		"deploy/other 10.96.0.7:5432":  "depends",
		"deploy/front 10.96.0.9:80":    "unknown",
		"deploy/front 8.8.8.8:80":      "yes",
		"deploy/other 10.96.0.9:80":    "no",
		"10.96.0.9 sts/db:5432":        "no",
		"deploy/front 169.254.169.254": "yes",
	} {
		from, to := ends(t, words)
		answer, err := CanReach(Side{from, "shop", inv}, Side{to, "shop", inv})
		if err != nil || answer.Allowed != want {
			t.Errorf("%s: %+v %v, want %s", words, answer, err, want)
		}
	}
}
