package apiserver_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

func diff(t *testing.T, opts testkit.RunOptions, args ...string) testkit.Result {
	t.Helper()
	return testkit.Run(t, opts, append([]string{"diff"}, args...)...)
}

// changesOf runs diff with -o json and expects an exit code.
func changesOf(t *testing.T, opts testkit.RunOptions, code int, args ...string) api.Changes {
	t.Helper()
	result := diff(t, opts, append([]string{"-o", "json"}, args...)...)
	var changes api.Changes
	if err := json.Unmarshal([]byte(result.Stdout), &changes); err != nil || result.Code != code {
		t.Fatalf("%v: exit %d, want %d, %v\n%s%s", args, result.Code, code, err, result.Stdout, result.Stderr)
	}
	return changes
}

// said are changes as "state check or fact of name".
func said(changes api.Changes) []string {
	var out []string
	for _, c := range changes.Changes {
		what := c.Check
		if what == "" {
			what = c.Fact
		}
		out = append(out, string(c.State)+" "+what+" of "+c.Ref.Name)
	}
	return out
}

// wantChanges finds the changes that are wanted, and no other.
func wantChanges(t *testing.T, changes api.Changes, want ...string) {
	t.Helper()
	if got := strings.Join(said(changes), "\n"); got != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s\nnotes %q", got, strings.Join(want, "\n"), changes.Notes)
	}
}

const addCapability = `{"spec":{"template":{"spec":{"containers":[{"name":"app","securityContext":{"capabilities":{"add":["SYS_ADMIN"]}}}]}}}}`

// rollOut changes a template and waits for the revision that it makes.
func rollOut(t *testing.T, control *testkit.ControlPlane, namespace, target, kind string, revisions int) {
	t.Helper()
	control.Kubectl(t, "", "patch", target, "-n", namespace, "-p", addCapability)
	_, name, _ := strings.Cut(target, "/")
	testkit.WaitFor(t, "revisions", func() error {
		sets := strings.Fields(control.Kubectl(t, "", "get", kind, "-n", namespace, "-l", "app="+name, "-o", "name"))
		if len(sets) != revisions {
			return fmt.Errorf("there are %q", sets)
		}
		return nil
	})
}

func TestDiffRevision(t *testing.T) {
	control := setUp(t, "diff-revision")
	opts := asAdmin(control)
	in := []string{"-n", "diff-revision"}
	one := diff(t, opts, append(in, "deploy/web", "--baseline", "revision:-1")...)
	if one.Code != 2 || one.Stdout != "" || one.Stderr != "error: deploy/web in namespace diff-revision: there is no revision before 1\n" {
		t.Errorf("one revision: %+v", one)
	}
	for target, kind := range map[string]string{"deploy/web": "replicasets", "sts/db": "controllerrevisions", "ds/agent": "controllerrevisions"} {
		rollOut(t, control, "diff-revision", target, kind, 2)
		_, name, _ := strings.Cut(target, "/")
		got := diff(t, opts, append(in, target, "--baseline", "revision:-1")...)
		if got.Code != 1 || !strings.Contains(got.Stdout, "CRITICAL  caps-added-escape") || !strings.Contains(got.Stdout, "SYS_ADMIN") ||
			!strings.Contains(got.Stderr, "revision 1 → live") {
			t.Errorf("%s: %+v", target, got)
		}
		changes := changesOf(t, opts, 1, append(in, target, "--baseline", "revision:1")...)
		wantChanges(t, changes, "new caps-added-escape of "+name)
		if changes.Baseline != "revision 1" || len(changes.Levels) != 1 || changes.Levels[0].Now != api.LevelPrivileged {
			t.Errorf("%s: %q, %+v", target, changes.Baseline, changes.Levels)
		}
		wantChanges(t, changesOf(t, opts, 0, append(in, target, "--baseline", "revision:2")...))
		absent := diff(t, opts, append(in, target, "--baseline", "revision:7")...)
		if absent.Code != 2 || absent.Stdout != "" || absent.Stderr != "error: "+target+" in namespace diff-revision: it has no revision 7: its revisions are 1, 2\n" {
			t.Errorf("%s: %+v", target, absent)
		}
	}
	back := diff(t, opts, append(in, "deploy/web", "--baseline", "revision:-2")...)
	if back.Code != 2 || !strings.Contains(back.Stderr, "it does not go back that far: its revisions are 1, 2") {
		t.Errorf("%+v", back)
	}
	// Those without revisions are named, and fail where that is asked for.
	all := slices.Concat(in, []string{"--baseline", "revision:-1"})
	changes := changesOf(t, opts, 1, all...)
	if s := changes.Summary; s.New != 3 || s.Incomparable != 5 || s.Workloads != 8 {
		t.Errorf("summary %+v: %q", s, said(changes))
	}
	quiet := slices.Concat(in, []string{"--baseline", "revision:2", "--fail-on", "critical"})
	if got := diff(t, opts, quiet...); got.Code != 0 || !strings.Contains(got.Stdout, "a CronJob keeps no revisions") {
		t.Errorf("%+v", got)
	}
	if got := diff(t, opts, append(quiet, "--fail-incomparable")...); got.Code != 1 {
		t.Errorf("%+v", got)
	}
	// After a rollback the revision before the present is the one that was rolled back.
	control.Kubectl(t, "", "rollout", "undo", "deploy/web", "-n", "diff-revision")
	testkit.WaitFor(t, "the rollback", func() error {
		history := control.Kubectl(t, "", "rollout", "history", "deploy/web", "-n", "diff-revision")
		if !strings.Contains(history, "\n3 ") {
			return fmt.Errorf("%s", history)
		}
		return nil
	})
	wantChanges(t, changesOf(t, opts, 0, append(in, "deploy/web", "--baseline", "revision:-1")...), "resolved caps-added-escape of web")
}

func TestDiffRevisionWithoutRights(t *testing.T) {
	control := setUp(t, "diff-rights")
	role := strings.ReplaceAll(partialRights, "partial", "diff-rights")
	control.Kubectl(t, strings.Replace(role, "replicasets]", "replicasets, statefulsets]", 1), "apply", "-f", "-")
	opts := asAdmin(control)
	opts.Kubeconfig = control.Kubeconfig(t, "diff-rights")
	testkit.WaitFor(t, "the pod of agent", func() error {
		if control.Kubectl(t, "", "get", "pods", "-n", "diff-rights", "-l", "app=agent", "-o", "name") == "" {
			return fmt.Errorf("there is none")
		}
		return nil
	})
	got := changesOf(t, opts, 0, "-n", "diff-rights", "--baseline", "revision:1", "--exit-code=false")
	reasons := map[string]string{}
	for _, c := range got.Changes {
		if c.Fact == "template" {
			reasons[c.Ref.Name] = c.Text
		}
	}
	if reasons["db"] != "list controllerrevisions.apps in namespace diff-rights: forbidden" || reasons["agent"] != "list daemonsets.apps: forbidden" || reasons["web"] != "" {
		t.Errorf("%q", reasons)
	}
}
