package plugin

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

func genRole(t *testing.T, self string, args ...string) result {
	t.Helper()
	return run(t, "", append([]string{"gen", "role", "--self=" + self}, args...)...)
}

const selfRules = `- {apiGroups: [""], resources: [configmaps], resourceNames: [kubelet-config], verbs: [get]}
`

func TestGenRoleSelfOfFiles(t *testing.T) {
	got := genRole(t, "explain -f x.yaml", "--serviceaccount", "audit:job")
	want := `# kubectl harden gen role --self='explain -f x.yaml' --serviceaccount=audit:job
# left out  /version and discovery: every authenticated user may read them
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: kubectl-harden-explain-1e47fc68, namespace: kube-system}
rules:
# seccompDefault of the kubelets
` + selfRules + `---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: kubectl-harden-explain-1e47fc68, namespace: kube-system}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: kubectl-harden-explain-1e47fc68}
subjects:
- {kind: ServiceAccount, name: job, namespace: audit}
`
	if diff := cmp.Diff(want, got.stdout); diff != "" || got.code != 0 || got.stderr != "" {
		t.Error(got.code, got.stderr, diff)
	}
}

func TestGenRoleSelfThatNeedsNothing(t *testing.T) {
	for command, name := range map[string]string{
		"explain -f x.yaml --local": "explain", "snapshot -f x.json": "snapshot", "version": "version", "checks privileged": "checks",
		"gen role --self=version": "role", "explain --help": "explain", "completion bash": "completion", "options": "options",
	} {
		got := genRole(t, command)
		if want := (result{"", name + " asks no API server: it needs no rights\n", 0}); got != want {
			t.Errorf("%s: %+v", command, got)
		}
	}
}

func TestGenRoleSelfTakesTheNamespace(t *testing.T) {
	for _, test := range []struct {
		command, want string
		args          []string
	}{
		{"explain deploy/web", "default", nil},
		{"explain deploy/web", "shop", []string{"-n", "shop"}},
		{"explain -n carts deploy/web", "carts", []string{"-n", "shop"}},
		{"explain deploy 'web' --namespace='shop'", "shop", nil},
	} {
		got := genRole(t, test.command, test.args...)
		if !strings.Contains(got.stdout, "namespace: "+test.want+"}\n") || !strings.Contains(got.stdout, "resources: [deployments], resourceNames: [web], verbs: [get]}") || got.code != 0 {
			t.Errorf("%+v: %+v", test, got)
		}
	}
	if got := genRole(t, "explain -A").stdout; strings.Count(got, "kind: ClusterRole\n") != 1 || strings.Count(got, "kind: Role\n") != 2 {
		t.Error(got)
	}
}

// TestGenRoleSelfAlike: commands that read the same need the same.
func TestGenRoleSelfAlike(t *testing.T) {
	rules := func(command string) string {
		_, rules, _ := strings.Cut(genRole(t, command).stdout, "rules:")
		_, name, _ := strings.Cut(genRole(t, command).stdout, "metadata: {name: ")
		name, _, _ = strings.Cut(name, "}")
		return strings.ReplaceAll(rules, name, "")
	}
	for _, pair := range [][2]string{
		{"explain -n shop", "snapshot -n shop"}, {"explain -n shop", "explain sa/x -n shop"}, {"explain -n shop", "explain secret/x -n shop"},
		{"explain -n shop", "explain -n shop -l app=web -o json --chunk-size 5"}, {"explain deploy/x", "snapshot deploy x"},
		{"snapshot -A", "snapshot --all-namespaces"}, {"gen netpol --from x", "gen netpol --from y --exact --cni calico"},
	} {
		if a, b := rules(pair[0]), rules(pair[1]); a != b || a == "" {
			t.Errorf("%q: %s", pair, cmp.Diff(a, b))
		}
	}
}

// TestGenRoleUnderAnotherName: the header has the name that the plugin is called by.
func TestGenRoleUnderAnotherName(t *testing.T) {
	got := runAs(t, "/opt/kubectl-harden_workload", "gen", "role", "--self=snapshot", "-n", "shop")
	if !strings.HasPrefix(got.stdout, "# kubectl harden-workload gen role --self=snapshot --namespace=shop\n") {
		t.Errorf("%+v", got)
	}
	for typed, want := range map[string]string{"-o": "yaml\njson\nkyaml\n:4\n", "--user": ":4\n"} {
		if got := runAs(t, "kubectl_complete-harden", "gen", "role", typed, ""); got.stdout != want {
			t.Errorf("%s: %+v", typed, got)
		}
	}
}

// TestGenRoleSelfNames: the roles of one command or subject do not replace those of another.
func TestGenRoleSelfNames(t *testing.T) {
	seen := map[string][]string{}
	for _, args := range [][]string{
		{"explain"}, {"explain", "-n", "shop"}, {"explain --secrets"}, {"explain", "--user", "jane"}, {"explain", "--group", "jane"},
		{"explain", "--user", "joe"}, {"snapshot"},
	} {
		_, name, _ := strings.Cut(genRole(t, args[0], args[1:]...).stdout, "metadata: {name: ")
		name, _, _ = strings.Cut(name, "}")
		if name == "" || seen[name] != nil {
			t.Errorf("%q and %q are both %q", args, seen[name], name)
		}
		seen[name] = args
	}
}

func TestGenRoleErrors(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"gen", "role"}, "error: --from SOURCE is missing: the audit log of the API servers, or Observations made of it\n"},
		{[]string{"gen", "role", "--self", " "}, "error: --self needs a COMMAND, such as \"explain -n shop\"\n"},
		{[]string{"gen", "role", "deploy/web"}, "error: --from SOURCE is missing: the audit log of the API servers, or Observations made of it\n"},
		{[]string{"gen", "role", "--self=explain", "deploy/web"}, "error: gen role --self takes no arguments; quote COMMAND, as in --self=\"explain -n shop\"\n"},
		{[]string{"gen", "rolle"}, "error: unknown command \"rolle\"; did you mean kubectl harden gen role?\n"},
		{[]string{"gen", "role", "--self=expln"}, "error: --self: unknown command \"expln\"; did you mean kubectl harden explain?\n"},
		{[]string{"gen", "role", "--self=explain --nope"}, "error: --self: unknown flag: --nope; see 'kubectl harden explain --help'\n"},
		{[]string{"gen", "role", "--self=explain 'x"}, "error: --self: \"explain 'x\" ends within a quotation\n"},
		{[]string{"gen", "role", "--self=explain x/y -A"}, "error: --self: a workload is not named across all namespaces; use -n NAMESPACE\n"},
		{[]string{"gen", "role", "--self=explain ro/y"}, "error: --self: discovery alone knows what \"ro\" is: write it in the plural with its group, as in rollouts.argoproj.io/NAME\n"},
		{[]string{"gen", "role", "--self=explain --verify"}, "error: --self: --verify needs a workload or an account, as in explain deploy/NAME --verify\n"},
		{[]string{"gen", "role", "--self=version x"}, "error: --self: version takes no arguments; got \"x\"\n"},
		{[]string{"gen", "role", "--self=explain --as jane"}, "error: --self: leave out --as, --as-group, --as-uid, --as-user-extra and --token: the roles are for whoever runs COMMAND\n"},
		{[]string{"gen", "role", "--self=explain", "--token=" + testkit.PlantedSecrets()[0].Value}, "error: --self: leave out --as, --as-group, --as-uid, --as-user-extra and --token: the roles are for whoever runs COMMAND\n"},
		{[]string{"gen", "role", "--self=explain", "-o", "text"}, "error: output format \"text\" is none of yaml, json, kyaml\n"},
		{[]string{"gen", "role", "--self=explain", "--serviceaccount", "x"}, "error: --serviceaccount \"x\" is not of the form NAMESPACE:NAME\n"},
		{[]string{"gen", "role", "--self=explain", "--user", ""}, "error: a User without a name\n"},
	} {
		if got := run(t, "", test.args...); got != (result{"", test.want, 2}) {
			t.Errorf("%q: %+v", test.args, got)
		}
	}
}

func TestGenRoleHostileStrings(t *testing.T) {
	for _, hostile := range testkit.HostileStrings() {
		for _, format := range []string{"yaml", "json", "kyaml"} {
			got := genRole(t, "explain deploy "+shellQuote(hostile.Value+"x"), "--user", hostile.Value+"x", "-o", format)
			if format == "yaml" {
				testkit.CheckHarmless(t, format, got.stdout)
			}
			if i := strings.IndexFunc(strings.NewReplacer("\n", "", "\t", "").Replace(got.stdout), unicode.IsControl); i >= 0 {
				t.Errorf("%s: a control character in %s: %q", hostile.Name, format, got.stdout)
			}
			testkit.CheckHarmless(t, "text", got.stderr)
		}
	}
}

// TestSplitWords: what is quoted for a shell comes back whole.
func TestSplitWords(t *testing.T) {
	words := []string{"explain", "", "a b", "it's", `"`, `\`, "tab\there", "-l", "app in (a,b)", "é"}
	for _, hostile := range testkit.HostileStrings() {
		words = append(words, strings.ToValidUTF8(hostile.Value, ""))
	}
	var quoted []string
	for _, w := range words {
		quoted = append(quoted, shellQuote(w))
	}
	got, err := splitWords("  " + strings.Join(quoted, " \t ") + " ")
	if err != nil || !slices.Equal(got, words) {
		t.Errorf("%v: %s", err, cmp.Diff(words, got))
	}
	for text, want := range map[string][]string{`a\ b`: {"a b"}, `"a \"b\" \c"`: {`a "b" \c`}, `a"b c"'d'`: {"ab cd"}, "": nil} {
		if got, err := splitWords(text); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
	for _, text := range []string{`"a`, `'a`, `a\`} {
		if got, err := splitWords(text); err == nil {
			t.Errorf("%q: %q", text, got)
		}
	}
}
