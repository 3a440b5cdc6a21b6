package plugin

import (
	"context"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"k8s.io/cli-runtime/pkg/genericiooptions"
)

const privilegedSpec = `spec: {hostPID: true, containers: [{name: app, image: a, securityContext: {privileged: true}}]}`

const harmlessSpec = `spec: {containers: [{name: app, image: a}]}`

// object writes an object with its pod template, or the pod itself.
func object(apiVersion, kind, metadata, template string) string {
	if kind != "Pod" && kind != "pod" {
		template = "spec: {template: {" + template + "}}"
		if kind == "CronJob" {
			template = "spec: {jobTemplate: {" + template + "}}"
		}
	}
	return "apiVersion: " + apiVersion + "\nkind: " + kind + "\nmetadata: {" + metadata + "}\n" + template + "\n"
}

func ownedBy(apiVersion, kind, name string) string {
	return ", ownerReferences: [{apiVersion: " + apiVersion + ", kind: " + kind + ", name: " + name + ", uid: x, controller: true}]"
}

// TestNothingIsOverlooked gives what must fail a gate in shapes in which it could vanish.
func TestNothingIsOverlooked(t *testing.T) {
	tests := map[string]struct {
		content string
		args    []string
		code    int
		stderr  string
	}{
		"an old API group":                {object("extensions/v1beta1", "Deployment", "name: x", privilegedSpec), nil, 1, ""},
		"an old version":                  {object("apps/v1beta2", "StatefulSet", "name: x", privilegedSpec), nil, 1, ""},
		"an old CronJob":                  {object("batch/v1beta1", "CronJob", "name: x", privilegedSpec), nil, 1, ""},
		"a version to come":               {object("apps/v9", "Deployment", "name: x", privilegedSpec), nil, 1, ""},
		"a Deployment owned by a ghost":   {object("apps/v1", "Deployment", "name: x"+ownedBy("apps/v1", "Deployment", "ghost"), privilegedSpec), nil, 1, ""},
		"a Job owned by a ghost":          {object("batch/v1", "Job", "name: x"+ownedBy("batch/v1", "CronJob", "ghost"), privilegedSpec), nil, 1, ""},
		"a ReplicaSet owned by a ghost":   {object("apps/v1", "ReplicaSet", "name: x"+ownedBy("apps/v1", "Deployment", "ghost"), privilegedSpec), nil, 1, ""},
		"a pod owned by a ghost":          {object("v1", "Pod", "name: x"+ownedBy("apps/v1", "ReplicaSet", "ghost"), privilegedSpec), nil, 1, ""},
		"Deployments in a circle":         {object("apps/v1", "Deployment", "name: x"+ownedBy("apps/v1", "Deployment", "zz"), privilegedSpec) + "---\n" + object("apps/v1", "Deployment", "name: zz"+ownedBy("apps/v1", "Deployment", "x"), harmlessSpec), nil, 1, ""},
		"ReplicaSets in a circle":         {object("apps/v1", "ReplicaSet", "name: x"+ownedBy("apps/v1", "ReplicaSet", "zz"), privilegedSpec) + "---\n" + object("apps/v1", "ReplicaSet", "name: zz"+ownedBy("apps/v1", "ReplicaSet", "x"), harmlessSpec), nil, 1, ""},
		"a Deployment under another":      {object("apps/v1", "Deployment", "name: x"+ownedBy("apps/v1", "Deployment", "zz"), privilegedSpec) + "---\n" + object("apps/v1", "Deployment", "name: zz", harmlessSpec), nil, 1, ""},
		"two of one name":                 {object("v1", "Pod", "name: x", harmlessSpec) + "---\n" + object("v1", "Pod", "name: x", privilegedSpec), nil, 2, `Pod "x" of namespace default is there twice, first at -:1`},
		"generated names":                 {object("v1", "Pod", "generateName: x-", privilegedSpec) + "---\n" + object("v1", "Pod", "generateName: x-", harmlessSpec), nil, 1, ""},
		"a kind in other letters":         {object("v1", "pod", "name: x", privilegedSpec), nil, 2, `v1 has no kind "pod"; did you mean Pod?`},
		"unnamed containers":              {"apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: x}\nspec: {template: {spec: {containers: [{image: a, securityContext: {privileged: true}}, {image: b}]}}}\n", nil, 1, ""},
		"an image in an init container":   {"apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: x}\nspec: {template: {spec: {containers: [{name: a}], initContainers: [{name: i, image: i, securityContext: {privileged: true}}]}}}\n", nil, 1, ""},
		"a finished Job that is named":    {strings.Replace(object("batch/v1", "Job", "name: x", privilegedSpec), "kind: Job", "kind: Job\nstatus: {conditions: [{type: Complete, status: \"True\"}]}", 1), []string{"job/x"}, 1, ""},
		"a string where a bool belongs":   {"apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: x}\nspec:\n  template:\n    spec:\n      containers:\n      - name: a\n        image: a\n        securityContext:\n          privileged: \"true\"\n", nil, 2, "-:11: "},
		"a selector that matches nothing": {object("v1", "Pod", "name: x", harmlessSpec), []string{"-l", "typo=x"}, 2, "matches no workload"},
		"one missing file of two":         {object("v1", "Pod", "name: x", privilegedSpec), []string{"-f", "nope.yaml"}, 2, "nope.yaml: no such file"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := explainLocal(t, test.content, append(test.args, "--fail-on", "high")...)
			if r.code != test.code || !strings.Contains(r.stderr, test.stderr) {
				t.Errorf("exit %d, want %d\n%s%s", r.code, test.code, r.stdout, r.stderr)
			}
			if test.stderr != "" && strings.Count(r.stderr, "error: ") != 1 {
				t.Errorf("stderr %q", r.stderr)
			}
		})
	}
	if r := explainLocal(t, tests["one missing file of two"].content, "-f", "nope.yaml", "-o", "name"); r.stdout != "pod/x\n" {
		t.Errorf("a missing file hides the others: %+v", r)
	}
}

// TestImplicationStaysInItsTemplate has two templates with a container of one name: what the
// one is accepted for says nothing of the other.
func TestImplicationStaysInItsTemplate(t *testing.T) {
	const jobSet = `apiVersion: jobset.x-k8s.io/v1alpha2
kind: JobSet
metadata:
  name: x
  annotations: {accept.kubectl-harden.dev/privileged: "driver"}
spec:
  replicatedJobs:
  - name: a
    template: {spec: {template: {spec: {containers: [{name: x, image: a, securityContext: {privileged: true, runAsUser: 1000}}]}}}}
  - name: b
    template: {spec: {template: {spec: {containers: [{name: x, image: a, securityContext: {runAsUser: 0, capabilities: {add: [SYS_ADMIN]}}}]}}}}
`
	r := explainLocal(t, jobSet, "--fail-on", "critical", "-o", "json")
	report := reportFrom(t, r)
	found := map[string]string{}
	for _, f := range report.Items[0].Findings {
		found[f.Check] = f.Path
	}
	if r.code != 1 || found["caps-added-escape"] == "" || found["seccomp-unset"] == "" {
		t.Errorf("exit %d, %v", r.code, found)
	}
	if !strings.HasPrefix(found["run-as-root-declared"], "spec.replicatedJobs[1].") {
		t.Errorf("the worse of two templates is at %s", found["run-as-root-declared"])
	}
}

// TestTemplatesAreJudgedApart has two templates with the same weakness: each has its finding,
// and what the one accepts is the other's still.
func TestTemplatesAreJudgedApart(t *testing.T) {
	const workers = `apiVersion: leaderworkerset.x-k8s.io/v1
kind: LeaderWorkerSet
metadata: {name: x}
spec:
  leaderWorkerTemplate:
    leaderTemplate:
      metadata: {annotations: {accept.kubectl-harden.dev/privileged: leader only}}
      spec: {containers: [{name: c, image: a, securityContext: {privileged: true}}]}
    workerTemplate:
      spec: {containers: [{name: c, image: a, securityContext: {privileged: true}}]}
`
	r := explainLocal(t, workers, "--check", "privileged", "--fail-on", "critical", "-o", "json")
	report := reportFrom(t, r)
	status := map[string]string{}
	for _, f := range report.Items[0].Findings {
		status[strings.Split(f.Path, ".")[2]] = string(f.Status)
	}
	if r.code != 1 || status["leaderTemplate"] != "accepted" || status["workerTemplate"] != "fail" {
		t.Errorf("exit %d: %v", r.code, status)
	}
	if f := report.Items[0].Findings; f[0].Fingerprint == f[1].Fingerprint {
		t.Error("two templates have one fingerprint")
	}
	if page := explainLocal(t, workers); strings.Contains(page.stdout, "not in the template") {
		t.Errorf("a container of a template is said not to be in it:\n%s", page.stdout)
	}
	quiet := explainLocal(t, accepted("accept.kubectl-harden.dev/privileged: driver"), "--check", "privileged", "-q")
	if !strings.Contains(quiet.stdout, "no findings, 1 accepted") {
		t.Errorf("an accepted finding is hidden: %s", quiet.stdout)
	}
}

func TestNamespaceOfFiles(t *testing.T) {
	content := object("v1", "Pod", "name: k, namespace: one", harmlessSpec) + "---\n" + object("v1", "Pod", "name: k, namespace: two", harmlessSpec)
	r := explainLocal(t, content, "pod/k", "-n", "two", "-o", "jsonpath={.items[*].ref.namespace}")
	if r.stdout != "two" {
		t.Errorf("%+v", r)
	}
}

// TestInterruptedWhileReading reads a standard input to which nobody writes.
func TestInterruptedWhileReading(t *testing.T) {
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.Close(); _ = out.Close() }()
	ctx, cancel := context.WithCancel(t.Context())
	codes := make(chan int, 1)
	go func() {
		codes <- Main(ctx, Process{
			Args:      []string{"kubectl-harden", "explain", "-f", "-", "--local"},
			Streams:   genericiooptions.IOStreams{In: in, Out: io.Discard, ErrOut: io.Discard},
			LookupEnv: func(string) (string, bool) { return "", false },
			Now:       time.Now,
		})
	}()
	cancel()
	select {
	case code := <-codes:
		if code != 130 {
			t.Errorf("exit %d", code)
		}
	case <-time.After(time.Minute):
		t.Error("an interrupted command goes on")
	}
}
