package apiserver_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/client-go/rest"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

// The fleets whose use is observed: the second account does the first half alone.
var (
	wholeFleet = fleet{"fleet000"}
	halfFleet  = fleet{"fleet001"}
)

const (
	operator = "operator"
	// fresh is the account that gets the roles of the operator.
	fresh = "recruit"
)

// TestGenRoleObserved runs a controller as cluster-admin, gives the roles that are made of the
// audit log to a fresh account, and finds that it starts and runs as the first did, with
// nothing refused; and that without any one of their rules something is.
func TestGenRoleObserved(t *testing.T) {
	p := newPlace(t)
	first, second := controllerSteps()
	whole := slices.Concat(first, second)
	log := p.observe(first, whole)
	made := p.generate(log, wholeFleet, operator, "--widen", "finalizers")
	t.Run("proof", func(t *testing.T) { p.in(t).proves(log, made) })
	t.Run("sources", func(t *testing.T) { p.in(t).sameFromOtherSources(log, made) })
	t.Run("half", func(t *testing.T) { p.in(t).halfHasHalf(log, made) })
	if t.Run("replay", func(t *testing.T) { p.in(t).replay(whole, made) }) { // so what is refused below is for want of the rule
		t.Run("without a rule", func(t *testing.T) { p.in(t).withoutEach(whole, made) })
	}
}

// in is the place for a subtest.
func (p *place) in(t *testing.T) *place {
	out := *p
	out.T = t
	return &out
}

// observe runs what is to be observed, and returns the path of the log.
func (p *place) observe(half, whole []step) string {
	p.Helper()
	ctx := p.Context()
	for _, f := range []fleet{wholeFleet, halfFleet} {
		if err := p.prepare(ctx, f, operator); err != nil {
			p.Fatal(err)
		}
		p.awaitAccounts(f)
		if err := p.bindAdmin(ctx, f, operator); err != nil {
			p.Fatal(err)
		}
	}
	work := wholeFleet.work()
	p.control.Kubectl(p.T, "", "create", "role", "guest", "-n", work, "--verb=get", "--resource=configmaps")
	p.control.Kubectl(p.T, "", "create", "rolebinding", "guest", "-n", work, "--role=guest", "--user="+wholeFleet.guest())
	p.awaitAuthorizer("observe")
	began := time.Now()
	p.run(wholeFleet, operator, whole)
	p.Logf("observed in %s", time.Since(began).Round(time.Millisecond))
	p.run(halfFleet, operator, half)
	p.control.AuditRequestsOf(p.T, wholeFleet.user(operator), halfFleet.user(operator))
	log, err := os.ReadFile(p.control.AuditLog)
	if err != nil {
		p.Fatal(err)
	}
	return p.write("audit.log", log[:strings.LastIndexByte(string(log), '\n')+1])
}

// write makes a file in a folder of its own.
func (p *place) write(name string, data []byte) string {
	p.Helper()
	return written(p.T, name, string(data))
}

// run runs the controller and kubectl as an account, of whom nothing must be refused.
func (p *place) run(f fleet, account string, steps []step) {
	p.Helper()
	config, err := p.as(p.Context(), f, account)
	if err != nil {
		p.Fatal(err)
	}
	refused, err := runController(p.Context(), config, f, steps)
	if err != nil {
		p.Fatalf("%s: %v", f.user(account), err)
	}
	for _, r := range refused {
		p.Errorf("%s was refused: %s", f.user(account), r)
	}
	if slices.ContainsFunc(steps, func(s step) bool { return s.name == "streams" }) && len(refused) == 0 {
		p.exec(config, f)
	}
	for _, r := range refusals(p.control.AuditRequests(p.T, f.user(account))) {
		p.Errorf("the audit log of %s has: %s %s: %s", f.user(account), r.Verb, r.RequestURI, r.Message)
	}
}

// exec runs a command through client-go's WebSocket and SPDY executors; the container ends
// the stream at once.
func (p *place) exec(config *rest.Config, f fleet) {
	p.Helper()
	path := p.kubeconfig(config)
	for _, webSockets := range []string{"true", "false"} {
		opts := testkit.RunOptions{Kubectl: p.control.KubectlPath, Kubeconfig: path, Env: []string{"KUBECTL_REMOTE_COMMAND_WEBSOCKETS=" + webSockets}}
		result := testkit.Kubectl(p.T, opts, "exec", "worker", "-n", f.work(), "--", "true")
		if strings.Contains(strings.ToLower(result.Stderr), "forbidden") {
			p.Errorf("kubectl exec with WebSockets %s: %s", webSockets, result.Stderr)
		}
	}
}

// refusals are the requests that the authorizer refused, or who asked it later on.
func refusals(requests []testkit.AuditRequest) []testkit.AuditRequest {
	var out []testkit.AuditRequest
	for _, r := range requests {
		if r.Decision == "forbid" || r.Code == 403 && !strings.Contains(r.Message, podSecurityRefusal) {
			out = append(out, r)
		}
	}
	return out
}

// generated is what the plugin prints.
type generated struct {
	yaml, stderr string
	proof        api.Proof
}

// generate makes the roles of an account of a fleet, and of the guest that it impersonates.
func (p *place) generate(log string, f fleet, account string, args ...string) generated {
	p.Helper()
	proof := filepath.Join(p.TempDir(), "proof.json")
	args = append([]string{"gen", "role", "--serviceaccount", f.home() + ":" + account, "--from", log, "--local", "--proof", proof}, args...)
	if f == wholeFleet {
		args = append(args, "--user", f.guest(), "--bind")
	}
	// No kubeconfig: no server is asked.
	result := testkit.Run(p.T, testkit.RunOptions{Kubectl: p.control.KubectlPath}, args...)
	if result.Code != 0 {
		p.Fatalf("%q: %+v", args, result)
	}
	out := generated{yaml: result.Stdout, stderr: result.Stderr}
	data, err := os.ReadFile(proof)
	if err == nil {
		err = json.Unmarshal(data, &out.proof)
	}
	if err != nil {
		p.Fatal(err)
	}
	return out
}

// rules is YAML without its comments.
func rules(printed string) string {
	return regexp.MustCompile(`(?m)^#.*\n`).ReplaceAllString(printed, "")
}

// replay gives the roles to a fresh account and runs all again from the start.
func (p *place) replay(steps []step, made generated) {
	p.Helper()
	p.clear(wholeFleet)
	if err := p.prepare(p.Context(), wholeFleet, fresh); err != nil {
		p.Fatal(err)
	}
	p.awaitAccounts(wholeFleet)
	was, is := "name: "+operator+", namespace: "+wholeFleet.home()+"}", "name: "+fresh+", namespace: "+wholeFleet.home()+"}"
	manifest := strings.ReplaceAll(made.yaml, "- {kind: ServiceAccount, "+was, "- {kind: ServiceAccount, "+is)
	if manifest == made.yaml {
		p.Fatalf("nobody is bound:\n%s", made.yaml)
	}
	p.control.Kubectl(p.T, manifest, "apply", "--server-side", "--dry-run=server", "-f", "-")
	p.control.Kubectl(p.T, manifest, "apply", "--server-side", "-f", "-")
	p.awaitAuthorizer("replay")
	began := time.Now()
	p.run(wholeFleet, fresh, steps)
	p.Logf("replayed in %s", time.Since(began).Round(time.Millisecond))
	if p.Failed() {
		return
	}
	again := p.generate(p.control.AuditLog, wholeFleet, fresh, "--widen", "finalizers")
	if got := strings.ReplaceAll(rules(again.yaml), fresh, operator); got != rules(made.yaml) {
		p.Errorf("of the replay come other roles than it had:\n%s", cmp.Diff(rules(made.yaml), got))
	}
}
