package apiserver_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

// selfRole is a role that was generated; namespace is empty for a ClusterRole.
type selfRole struct {
	Kind     string `json:"kind"`
	Metadata struct {
		Name      string `json:"name"`
		Namespace string `json:"namespace"`
	} `json:"metadata"`
	Rules []rbacv1.PolicyRule `json:"rules"`
}

// generate prints what a user needs for a command line.
func generate(t *testing.T, control *testkit.ControlPlane, command, user string) string {
	t.Helper()
	result := testkit.Run(t, asAdmin(control), "gen", "role", "--self="+command, "--user", user)
	if result.Code != 0 || result.Stderr != "" {
		t.Fatalf("%s: %+v", command, result)
	}
	return result.Stdout
}

// grantAll applies roles, waits until the authorizer has the last of them, and returns what
// takes them away.
func grantAll(t *testing.T, control *testkit.ControlPlane, manifests []string) func() {
	t.Helper()
	const canary = "self-canary"
	for _, manifest := range []string{strings.Join(manifests, "\n---\n"), generate(t, control, "explain -n self", canary)} {
		control.Kubectl(t, manifest, "apply", "-f", "-")
	}
	client := newClient(t, restConfig(t, control))
	for _, want := range []rbac.Request{{Verb: "list", Resource: "pods"}, {Verb: "list", Resource: "limitranges", Namespace: "self"}} {
		testkit.WaitFor(t, "the authorizer", func() error {
			status, err := review(t, client, rbac.User(canary).Review(want))
			if err == nil && !status.Allowed {
				err = fmt.Errorf("%+v is not allowed yet", want)
			}
			return err
		})
	}
	return func() { control.Kubectl(t, strings.Join(manifests, "\n---\n"), "delete", "--wait=false", "-f", "-") }
}

// runSelf runs a command line as a user, without kubectl, and returns all requests of that
// user until now.
func runSelf(t *testing.T, control *testkit.ControlPlane, command, user string) ([]testkit.AuditRequest, testkit.Result) {
	t.Helper()
	result := testkit.Run(t, testkit.RunOptions{Kubeconfig: control.Kubeconfig(t, user)}, strings.Fields(command)...)
	return control.AuditRequests(t, user), result
}

// refused are the requests that were forbidden. Objects of custom kinds in the namespaces of
// other tests are left out: the header says that they are not in the roles.
func refused(requests []testkit.AuditRequest) []string {
	var out []string
	for _, r := range requests {
		if r.Code == 403 && r.Group != "example.com" {
			out = append(out, r.Verb+" "+r.RequestURI)
		}
	}
	return out
}

// unused are the rights of roles that no request used.
func unused(roles []selfRole, requests []testkit.AuditRequest) []string {
	everywhere := []string{"pods", "serviceaccounts", "roles", "rolebindings"}
	var out []string
	for _, role := range roles {
		for _, rule := range role.Rules {
			names := append([]string{}, rule.ResourceNames...)
			if len(names) == 0 {
				names = []string{""}
			}
			for _, verb := range rule.Verbs {
				for _, name := range names {
					used := slices.ContainsFunc(requests, func(r testkit.AuditRequest) bool {
						return r.Verb == verb && r.Group == rule.APIGroups[0] && r.Resource == rule.Resources[0] && (name == "" || r.Name == name) &&
							(role.Metadata.Namespace == "" && (r.Namespace == "" || !slices.Contains(everywhere, r.Resource)) || role.Metadata.Namespace == r.Namespace && r.Namespace != "")
					})
					if !used {
						out = append(out, fmt.Sprintf("%s: %s %s %s", role.Metadata.Namespace, verb, rule.Resources[0], name))
					}
				}
			}
		}
	}
	return out
}

func rolesIn(t *testing.T, printed string) []selfRole {
	t.Helper()
	var roles []selfRole
	for text := range strings.SplitSeq(printed, "\n---\n") {
		var role selfRole
		if err := yaml.Unmarshal([]byte(text), &role); err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(role.Kind, "Binding") {
			roles = append(roles, role)
		}
	}
	return roles
}

// withoutRule is a manifest without the nth of its lines that are rules.
func withoutRule(manifest string, n int) (string, string) {
	lines := strings.Split(manifest, "\n")
	for i, line := range lines {
		if !strings.HasPrefix(line, "- {apiGroups: ") {
			continue
		}
		if n--; n < 0 {
			return strings.ReplaceAll(strings.Join(slices.Delete(lines, i, i+1), "\n"), "rules:\n---", "rules: []\n---"), line
		}
	}
	return "", ""
}

// TestGenRoleSelf grants what is generated for a command line, runs it, and finds that nothing
// was refused, that every right was used, and that without any rule something is refused.
func TestGenRoleSelf(t *testing.T) {
	control := setUpSelf(t)
	defer installCustomKinds(t, control)()
	web := podOf(t, control, "self", "web")
	role, log := observedFiles(t)
	flows := flowFile(t, web)
	manifest := manifestFile(t, workloads("self"))
	tests := []struct {
		command string
		// whole is set where the data make use of every right, least where each rule is left out
		// in turn.
		whole, least bool
	}{
		{"explain -n self", true, true},
		{"explain deploy/shop deploy/many -n self", true, true},
		{"explain -A", false, false}, // what it meets, other tests decide
		{"explain deploy/shop -n self --verify", false, false},
		{"explain sts/claims -n self", false, false},
		{"explain cronjob/nightly -n self", false, false},
		{"explain pod/" + web + " -n self", false, false},
		{"explain rs/set job/once ds/agent rc/old -n self", false, false},
		{"explain sa/runner -n self", true, false},
		{"explain secret/db -n self", true, false},
		{"explain -n self --secrets", true, false},
		{"explain deploy,sts -n self", false, false},
		{"explain deploy -A", false, false},
		{"explain -n self -l tier=web", true, false},
		{"explain rollouts.example.com/shop -n self-other", false, false},
		{"can-reach deploy/shop deploy/web -n self", false, false},
		{"can-reach deploy/shop namespace/self-other -n self", false, false},
		{"gen role deploy/shop -n self --from " + log, true, true},
		{"gen role --serviceaccount self:runner --from " + log, true, true},
		{"prove -f " + role + " --from " + log, true, false},
		{"gen netpol deploy/web -n self --from " + flows, false, false}, // as explain -A
		{"gen netpol -n self", false, false},
		{"gen baseline -n self", true, false},
		{"observe --from " + flows + " -n self", false, false},
		{"diff -n self --baseline revision:1 --exit-code=false", true, false},
		{"diff deploy/shop sts/claims -n self --baseline revision:1 --exit-code=false", true, false},
		{"diff deploy/shop deploy/many -n self --baseline last-applied --exit-code=false", true, false},
		{"diff -n self --baseline template --exit-code=false", true, false},
		{"diff -n self --baseline pss:restricted --exit-code=false", true, false},
		{"diff -n self --baseline context:test --exit-code=false", true, false},
		{"diff -f " + manifest + " -n self --exit-code=false", true, false},
		{"snapshot -A", false, false},
		{"snapshot -n self", true, false},
		{"snapshot deploy/shop deploy/many -n self", true, false},
	}
	roles := make([]string, len(tests))
	user := func(i int) string { return fmt.Sprintf("self-%d", i) }
	var all []string
	without := map[string][2]string{} // the command and the rule that a user does not have
	for i, test := range tests {
		roles[i] = generate(t, control, test.command, user(i))
		all = append(all, roles[i])
		for n := 0; test.least; n++ {
			lacking := fmt.Sprintf("%s-without-%d", user(i), n)
			manifest, rule := withoutRule(generate(t, control, test.command, lacking), n)
			if rule == "" {
				break
			}
			without[lacking] = [2]string{test.command, rule}
			all = append(all, manifest)
		}
	}
	defer grantAll(t, control, all)()

	for i, test := range tests {
		requests, result := runSelf(t, control, test.command, user(i))
		if refused := refused(requests); len(refused) > 0 || result.Code != 0 || len(requests) == 0 {
			t.Errorf("%s: exit %d, refused %q\n%s", test.command, result.Code, refused, result.Stderr)
		}
	}
	once := map[string]bool{}
	for lacking, what := range without {
		requests, _ := runSelf(t, control, what[0], lacking)
		once[lacking] = len(refused(requests)) > 0
	}
	control.Kubectl(t, selfWide+crowd(), "apply", "-f", "-")
	defer control.Kubectl(t, "", "delete", "clusterrolebinding/self-wide", "clusterrole/self-wide")
	for i, test := range tests {
		if !test.whole {
			continue
		}
		requests, result := runSelf(t, control, test.command, user(i))
		if refused := refused(requests); len(refused) > 0 || result.Code != 0 {
			t.Errorf("%s, everywhere in reach: exit %d, refused %q\n%s", test.command, result.Code, refused, result.Stderr)
		}
		if unused := unused(rolesIn(t, roles[i]), requests); len(unused) > 0 {
			t.Errorf("%s: nothing used %q", test.command, unused)
		}
	}
	for lacking, what := range without {
		if once[lacking] {
			continue
		}
		if requests, _ := runSelf(t, control, what[0], lacking); len(refused(requests)) == 0 {
			t.Errorf("%s: nothing was refused without %s", what[0], what[1])
		}
	}
	if len(without) < 25 {
		t.Errorf("only %d rules were left out", len(without))
	}
}

// TestGenRoleSelfLeavesNothingUnknown: with the roles, no part of a report is unknown for want
// of a right.
func TestGenRoleSelfLeavesNothingUnknown(t *testing.T) {
	control := setUp(t, "known")
	commands := []string{"explain deploy/web -n known -o json", "explain -n known -o json", "explain sa/default -n known --verify --secrets -o json"}
	var all []string
	for i, command := range commands {
		all = append(all, generate(t, control, command, fmt.Sprintf("known-%d", i)))
	}
	defer grantAll(t, control, all)()
	for i, command := range commands {
		_, result := runSelf(t, control, command, fmt.Sprintf("known-%d", i))
		if report := reportOf(t, result); len(report.Unknown) > 0 || len(unknownFindings(report)) > 0 || result.Code != 0 {
			t.Errorf("%s: exit %d, unknown %+v, %q", command, result.Code, report.Unknown, unknownFindings(report))
		}
	}
}

func unknownFindings(report api.Report) []string {
	var out []string
	for _, item := range report.Items {
		for _, f := range item.Findings {
			if f.Status == api.StatusUnknown && strings.Contains(f.Message, "forbidden") {
				out = append(out, item.Ref.Name+" "+f.Check)
			}
		}
	}
	return out
}
