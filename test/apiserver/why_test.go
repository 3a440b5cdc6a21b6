package apiserver_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

const weak = `apiVersion: apps/v1
kind: Deployment
metadata: {name: weak}
spec:
  selector: {matchLabels: {app: weak}}
  template:
    metadata: {labels: {app: weak}}
    spec:
      shareProcessNamespace: true
      containers:
      - {name: app, image: "app:1", ports: [{containerPort: 80, hostPort: 80}], securityContext: {capabilities: {add: [NET_ADMIN, CHOWN]}}}
      - {name: helper, image: "helper:1", stdin: true, tty: true, securityContext: {privileged: true}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: weak}
spec:
  schedule: 0 0 30 2 *
  suspend: true
  jobTemplate:
    spec:
      template:
        spec: {restartPolicy: Never, containers: [{name: app, image: "app:1", securityContext: {seLinuxOptions: {type: spc_t}}}]}
`

// TestWhyMendsLiveObjects runs the commands that --why prints, as they stand: each finding is
// gone from the template. It also names who wrote a field.
func TestWhyMendsLiveObjects(t *testing.T) {
	control := shared.Get(t)
	const namespace = "why"
	control.Kubectl(t, "", "create", "namespace", namespace)
	control.Kubectl(t, weak, "apply", "-n", namespace, "-f", "-")
	for _, target := range []string{"deploy/weak", "cj/weak"} {
		mended := 0
		for _, f := range reportOf(t, explain(t, asAdmin(control), target, "-n", namespace, "-o", "json")).Items[0].Findings {
			if f.Pods != "" {
				continue
			}
			told := explain(t, asAdmin(control), target, "-n", namespace, "--why", f.Check).Stdout
			if f.Got != "unset" && !strings.Contains(told, "← container; written by kubectl-") && strings.Contains(f.Path, "securityContext") {
				t.Errorf("%s: nobody wrote %s:\n%s", target, f.Path, told)
			}
			commands := regexp.MustCompile(`(?m)^  apply      kubectl (patch .*) --patch '(.*)'$`).FindAllStringSubmatch(told, -1)
			for _, c := range commands {
				control.Kubectl(t, "", append(strings.Fields(c[1]), "--patch", c[2])...)
				mended++
			}
			left := reportOf(t, explain(t, asAdmin(control), target, "-n", namespace, "-o", "json")).Items[0].Findings
			if len(commands) > 0 && slices.ContainsFunc(left, func(l api.Finding) bool { return l.Fingerprint == f.Fingerprint && l.Pods == "" }) {
				t.Errorf("%s: %s is still there after %q", target, f.Check, commands)
			}
		}
		if mended < 5 {
			t.Errorf("%s: %d findings were mended", target, mended)
		}
	}
}
