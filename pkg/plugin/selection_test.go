package plugin

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// accepted is the pod with an annotation.
func accepted(annotation string) string {
	return strings.Replace(badPod, "metadata: {name: bad}", "metadata:\n  name: bad\n  annotations:\n    "+annotation, 1)
}

func TestAcceptances(t *testing.T) {
	tests := map[string]struct {
		annotation string
		args       []string
		code       int
		status     api.Status
		note       string
	}{
		"accepted":                {`accept.kubectl-harden.dev/privileged: "driver, SEC-1; owner=team; until=2027-01-31"`, nil, 0, api.StatusAccepted, ""},
		"for ever":                {`accept.kubectl-harden.dev/privileged: driver`, nil, 0, api.StatusAccepted, ""},
		"the last day":            {`accept.kubectl-harden.dev/privileged: driver; until=2026-11-20`, nil, 0, api.StatusAccepted, ""},
		"expired":                 {`accept.kubectl-harden.dev/privileged: driver; until=2026-11-19`, nil, 1, api.StatusFail, ""},
		"at another time":         {`accept.kubectl-harden.dev/privileged: driver; until=2026-11-19`, []string{"--now", "2026-11-01T00:00:00Z"}, 0, api.StatusAccepted, ""},
		"ignored":                 {`accept.kubectl-harden.dev/privileged: driver`, []string{"--ignore-acceptances"}, 1, api.StatusFail, ""},
		"a broken date":           {`accept.kubectl-harden.dev/privileged: driver; until=2027-13-45`, nil, 1, api.StatusFail, "until=2027-13-45 is not a date"},
		"no reason":               {`accept.kubectl-harden.dev/privileged: until=2027-01-31`, nil, 1, api.StatusFail, "no reason"},
		"an expiry after a comma": {`accept.kubectl-harden.dev/privileged: "legacy, until=2020-01-01"`, nil, 1, api.StatusFail, "is in the reason"},
		"an expiry with blanks":   {`accept.kubectl-harden.dev/privileged: "legacy; until = 2020-01-01"`, nil, 1, api.StatusFail, ""},
		"another key":             {`accept.kubectl-harden.dev/privileged: "legacy; expires=2020-01-01"`, nil, 1, api.StatusFail, "expires= is neither"},
		"a key in other letters":  {`accept.kubectl-harden.dev/privileged: "legacy; Until=2020-01-01"`, nil, 1, api.StatusFail, "Until= is neither"},
		"two expiries":            {`accept.kubectl-harden.dev/privileged: "r; until=2026-11-19; until=2099-01-01"`, nil, 1, api.StatusFail, "until is there twice"},
		"an equals sign in prose": {`accept.kubectl-harden.dev/privileged: "as the size is x=3"`, nil, 0, api.StatusAccepted, ""},
		"no such check":           {`accept.kubectl-harden.dev/privilegd: driver`, nil, 1, api.StatusFail, "no check has the ID"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := explainLocal(t, accepted(test.annotation), append(test.args, "--fail-on", "critical", "-o", "json")...)
			report := reportFrom(t, r)
			var privileged api.Finding
			for _, f := range report.Items[0].Findings {
				if f.Check == "privileged" {
					privileged = f
				}
			}
			if r.code != test.code || privileged.Status != test.status {
				t.Errorf("exit %d, %+v", r.code, privileged)
			}
			if wantAccepted := test.status == api.StatusAccepted; wantAccepted != (report.Summary.Accepted == 1) || wantAccepted == (report.Summary.Critical == 1) {
				t.Errorf("summary %+v", report.Summary)
			}
			if test.note == "" != (r.stderr == "") || !strings.Contains(r.stderr, test.note) {
				t.Errorf("stderr %q", r.stderr)
			}
		})
	}
}

func TestAcceptedIsShown(t *testing.T) {
	r := explainLocal(t, accepted(`accept.kubectl-harden.dev/privileged: driver; until=2027-01-31`))
	if !strings.Contains(r.stdout, "1 accepted") || !strings.Contains(r.stdout, "privileged") {
		t.Errorf("an accepted finding is hidden:\n%s", r.stdout)
	}
}

func checksIn(report api.Report) []string {
	out := []string{}
	for _, f := range report.Items[0].Findings {
		out = append(out, f.Check)
	}
	return out
}

func TestSelection(t *testing.T) {
	const twoContainers = badPod + "  - {name: second, image: \"app:1\"}\n"
	only := reportFrom(t, explainLocal(t, badPod, "--check", "privileged,rootfs-writable", "-o", "json"))
	if diff := cmp.Diff([]string{"privileged", "rootfs-writable"}, checksIn(only)); diff != "" {
		t.Error(diff)
	}
	if only.Items[0].PodSecurity.Level != api.LevelPrivileged || len(only.Items[0].PodSecurity.Gaps) < 5 {
		t.Error("--check changes the Pod Security level")
	}
	gate := explainLocal(t, badPod, "--skip", "privileged", "--fail-on", "critical")
	if gate.code != 0 {
		t.Errorf("a skipped check fails the gate: %+v", gate)
	}
	second := reportFrom(t, explainLocal(t, twoContainers, "--container", "second", "-o", "json"))
	for _, f := range second.Items[0].Findings {
		if f.Container != "" && f.Container != "second" {
			t.Errorf("another container is reported: %+v", f)
		}
	}
	if r := explainLocal(t, badPod, "--container", "nope"); r.code != 2 || !strings.Contains(r.stderr, `no workload has a container "nope"`) {
		t.Errorf("%+v", r)
	}
	none := reportFrom(t, explainLocal(t, badPod, "--exclude-namespace", "default", "-o", "json"))
	if len(none.Items) != 0 {
		t.Errorf("%+v", none.Items)
	}
}

func TestConfig(t *testing.T) {
	dir := t.TempDir()
	file := write(t, dir, "config.yaml", "severities: {rootfs-writable: HIGH}\nskip: [privileged]\n")
	report := reportFrom(t, explainLocal(t, badPod, "--config", file, "-o", "json"))
	severity := map[string]api.Severity{}
	for _, f := range report.Items[0].Findings {
		severity[f.Check] = f.Severity
	}
	if severity["rootfs-writable"] != api.SeverityHigh || severity["privileged"] != "" {
		t.Errorf("%v", severity)
	}
	for name, test := range map[string]struct{ content, want string }{
		"an unknown key":      {"regestries: []\n", `unknown key "regestries"; did you mean registries?`},
		"an unknown check":    {"skip: [privilegd]\n", `unknown check "privilegd"; did you mean privileged?`},
		"a bare image":        {"registries: [docker.io, nginx]\n", `registry "nginx" names no host, so no image is of it; write docker.io/library/nginx`},
		"a pattern":           {"registries: ['*']\n", "leave registries out"},
		"a hostile registry":  {"registries: [\"a\\e[2J\"]\n", `registry "a\x1b[2J" is not valid`},
		"an unknown severity": {"severities: {privileged: bad}\n", `severity "bad" is none of`},
		"another type":        {"skip: {a: b}\n", "cannot unmarshal"},
		"no YAML":             {"a: b: c\n", "mapping values"},
		"no file":             {"", "no such file"},
	} {
		t.Run(name, func(t *testing.T) {
			file := write(t, dir, "broken.yaml", test.content)
			if test.content == "" {
				file = dir + "/nowhere.yaml"
			}
			r := explainLocal(t, badPod, "--config", file)
			if r.code != 2 || r.stdout != "" || !strings.HasPrefix(r.stderr, "error: --config: ") || !strings.Contains(r.stderr, test.want) || strings.Count(r.stderr, "\n") != 1 {
				t.Errorf("%+v", r)
			}
		})
	}
}
