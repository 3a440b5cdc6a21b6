//go:build unix

package testkit

import (
	"os"
	"strings"
	"testing"
)

func TestRunTakesNothingFromTheUser(t *testing.T) {
	t.Setenv("KUBECONFIG", "/users/own")
	t.Setenv("USERS_OWN", "1")
	opts := RunOptions{Kubeconfig: "given", Env: []string{"ADDED=yes"}, Stdin: strings.NewReader("input")}
	script := `echo "$KUBECONFIG $ADDED $USERS_OWN. $HOME"; cat; echo problem >&2; exit 3`
	got := run(t, opts, "/bin/sh", []string{"-c", script})
	if got.Code != 3 || got.Stderr != "problem\n" || !strings.HasPrefix(got.Stdout, "given yes . ") || !strings.HasSuffix(got.Stdout, "\ninput") {
		t.Errorf("the command did %+v", got)
	}
	if home := os.Getenv("HOME"); home != "" && strings.Contains(got.Stdout, " "+home+"\n") {
		t.Errorf("the command has the user's home: %s", got.Stdout)
	}
}

func TestRunReportsSignal(t *testing.T) {
	if got := run(t, RunOptions{}, "/bin/sh", []string{"-c", "kill -9 $$"}); got.Code != -1 {
		t.Errorf("the command did %+v", got)
	}
}

func TestRunReportsMissingProgram(t *testing.T) {
	failed := record(t, func(tb testing.TB) { Kubectl(tb, RunOptions{Kubectl: "/no/such/kubectl"}, "get") })
	if !strings.Contains(failed, "no such file") {
		t.Errorf("reported %q", failed)
	}
}
