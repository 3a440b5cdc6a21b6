package plugin

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// rulesOf are the lines of rules and bindings that are printed.
func rulesOf(r result) string {
	var lines []string
	for line := range strings.Lines(r.stdout) {
		if strings.HasPrefix(line, "- {") || strings.HasPrefix(line, "metadata:") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return strings.Join(lines, "\n")
}

// TestGenRoleGroup: what somebody did with other groups is no use of this one, in logs as in
// the Observations of them.
func TestGenRoleGroup(t *testing.T) {
	by := func(group, uri string) string {
		line := event{user: "jane", verb: "get", uri: uri, at: "2026-11-20T08:00:00Z"}.line(t, 1)
		return strings.Replace(line, `["system:serviceaccounts","system:authenticated"]`, `["`+group+`","system:authenticated"]`, 1)
	}
	inDir(t, map[string]string{"r.log": by("devs", "/api/v1/namespaces/shop/pods/a") + by("admins", "/api/v1/namespaces/kube-system/secrets/root")})
	if got := run(t, "", "observe", "--from", "r.log", "--output-file", "r.json"); got.code != 0 || !strings.HasPrefix(got.stderr, "2 events, 1 user, 2 uses, ") {
		t.Fatalf("%+v", got)
	}
	const want = "metadata: {name: \"group:devs\", namespace: shop}\n- {apiGroups: [\"\"], resources: [pods], resourceNames: [a], verbs: [get]}"
	for _, from := range []string{"r.log", "r.json"} {
		if got := run(t, "", "gen", "role", "--group", "devs", "--from", from, "--local"); got.code != 0 || rulesOf(got) != want {
			t.Errorf("%s: %s\n%s", from, rulesOf(got), got.stderr)
		}
		both := run(t, "", "gen", "role", "--group", "devs", "--user", "jane", "--from", from, "--local")
		if !strings.Contains(rulesOf(both), want) || strings.Count(both.stdout, "secrets") != 1 {
			t.Errorf("%s: %s", from, both.stdout)
		}
	}
}

// TestGenRoleNames: no two subjects have roles of the same name, nor has one Kubernetes has.
func TestGenRoleNames(t *testing.T) {
	var events []event
	users := []string{"jane", "system:serviceaccount:user:jane", "system:serviceaccount:system:node", "a/b", "a%b", "a-b"}
	args := []string{"gen", "role", "--from", "a.log", "--local", "--bind", "--user", "jane"}
	for _, user := range users {
		events = append(events, event{user: user, verb: "list", uri: "/api/v1/nodes", at: "2026-11-20T08:00:00Z"})
		args = append(args, "--user", user)
	}
	inDir(t, map[string]string{"a.log": auditLog(t, events)})
	got := run(t, "", args...)
	names := map[string]int{}
	for line := range strings.Lines(got.stdout) {
		if strings.HasPrefix(line, "metadata:") {
			names[strings.TrimSpace(line)]++
		}
	}
	if len(names) != len(users) || got.code != 0 || names[`metadata: {name: "system:node"}`] > 0 {
		t.Errorf("%v\n%s", names, got.stderr)
	}
	for name, n := range names {
		if n != 2 { // the role and its binding
			t.Errorf("%s %d times", name, n)
		}
	}
}

// TestGenRoleHeader: the command in the header makes the same again.
func TestGenRoleHeader(t *testing.T) {
	inDir(t, map[string]string{"a b.log": auditLog(t, []event{{user: "x: y", verb: "list", uri: "/api/v1/nodes", at: "2026-11-20T08:00:00Z"}})})
	got := run(t, "", "gen", "role", "--user", "x: y", "--from", "a b.log", "--local", "--exact", "--since", "2d")
	line, _, _ := strings.Cut(got.stdout, "\n")
	if want := "# kubectl harden gen role --user 'x: y' --from 'a b.log' --since 2d --local --exact"; line != want {
		t.Errorf("%q, want %q", line, want)
	}
	words, err := splitWords(strings.TrimPrefix(line, "# kubectl harden "))
	if err != nil {
		t.Fatal(err)
	}
	if again := run(t, "", words...); again != got {
		t.Errorf("%+v\n%+v", got, again)
	}
}

// TestGenRoleImpersonated: an account with groups that are not its own is somebody else.
func TestGenRoleImpersonated(t *testing.T) {
	line := event{user: checkoutUser, verb: "list", uri: "/api/v1/nodes", at: "2026-11-20T08:00:00Z"}.line(t, 1)
	inDir(t, map[string]string{"a.log": strings.Replace(line, `"system:authenticated"]`, `"system:masters"]`, 1)})
	got := run(t, "", "gen", "role", "--serviceaccount", "shop:checkout", "--from", "a.log", "--local")
	if got.code != 2 || !strings.Contains(got.stderr, "nothing by "+checkoutUser+" in 1 event of 1 user: ") {
		t.Errorf("%+v", got)
	}
	masters := strings.NewReplacer(checkoutUser, "root", `"system:authenticated"]`, `"system:masters"]`).Replace(line)
	got = run(t, masters, "gen", "role", "--user", "root", "--from", "-", "--local")
	if !strings.Contains(got.stderr, "no limit  root is in the group system:masters") {
		t.Errorf("%+v", got)
	}
}

func TestGenRoleAllDenied(t *testing.T) {
	log := event{user: "jane", verb: "list", uri: "/api/v1/nodes", at: "2026-11-20T08:00:00Z", decision: "forbid", code: 403}.line(t, 1)
	got := run(t, log, "gen", "role", "--user", "jane", "--from", "-", "--local")
	if want := (result{"", "error: nothing that User jane tried was allowed, such as list nodes; --include-denied grants it\n", 2}); got != want {
		t.Errorf("%+v", got)
	}
	if got := run(t, log, "gen", "role", "--user", "jane", "--from", "-", "--local", "--include-denied"); got.code != 0 || !strings.Contains(got.stdout, "resources: [nodes]") {
		t.Errorf("%+v", got)
	}
}

// TestAccessIn: what one user did is found among others, also with several sets of groups.
func TestAccessIn(t *testing.T) {
	uses := []api.Use{{Action: api.Action{Verb: "get", Path: "/metrics"}}}
	doc := &api.Observations{}
	for _, user := range []string{"a", "b", "b", "b", "ba", "c"} { // sorted by user
		doc.Access = append(doc.Access, api.Access{User: user, Groups: []string{"g" + strconv.Itoa(len(doc.Access))}, Uses: uses})
	}
	doc.Access[2].Uses = nil
	for name, want := range map[string]string{"User a": "[g0]", "User b": "[g1][g3]", "User ba": "[g4]", "User c": "[g5]", "User 0": "", "User bb": "", "User d": "", "Group g4": "[g4]", "Group g2": ""} {
		kind, who, _ := strings.Cut(name, " ")
		subject, got := subjectOf(rbacv1.Subject{Kind: kind, Name: who}, false), ""
		for _, a := range subject.accessIn(doc) {
			got += fmt.Sprint(a.Groups)
		}
		if got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}
