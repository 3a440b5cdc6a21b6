package plugin

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-harden/kubectl-harden/internal/render"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

const weakDeployment = `apiVersion: apps/v1
kind: Deployment
metadata: {name: weak, namespace: shop}
spec:
  selector: {matchLabels: {app: weak}}
  template:
    metadata: {labels: {app: weak}}
    spec:
      hostPID: true
      containers:
      - {name: app, image: app:1, ports: [{containerPort: 80, hostPort: 80}], securityContext: {capabilities: {add: [NET_ADMIN, CHOWN]}}}
      - {name: helper, image: helper:1, stdin: true, tty: true}
`

// written is the YAML behind the label write of a finding's lines.
func written(block string) string {
	_, rest, found := strings.Cut(block, "  write      ")
	if !found {
		return ""
	}
	var out []string
	for i, l := range strings.Split(rest, "\n") {
		if i > 0 && !strings.HasPrefix(l, "             ") {
			break
		}
		out = append(out, strings.TrimPrefix(l, "             "))
	}
	return strings.Join(out, "\n")
}

// TestWhyMends pastes what --why says is to be written: the finding is gone.
func TestWhyMends(t *testing.T) {
	report := reportFrom(t, explainLocal(t, weakDeployment, "-o", "json"))
	object, err := yaml.YAMLToJSON([]byte(weakDeployment))
	if err != nil {
		t.Fatal(err)
	}
	mended := 0
	for _, f := range report.Items[0].Findings {
		r := explainLocal(t, weakDeployment, "--why", f.Check)
		if r.code != 0 || !strings.Contains(r.stdout, f.Path) {
			t.Fatalf("%s: %+v", f.Check, r)
		}
		for block := range strings.SplitSeq(r.stdout, "\n\n") {
			text := written(block)
			if text == "" || strings.HasPrefix(text, "nothing") || !strings.Contains(block, f.Path+"\n") {
				continue
			}
			change, err := yaml.YAMLToJSON([]byte(text))
			if err != nil {
				t.Fatalf("%s: %v\n%s", f.Check, err, text)
			}
			after, err := strategicpatch.StrategicMergePatch(object, change, appsv1.Deployment{})
			if err != nil {
				t.Fatalf("%s: %v", f.Check, err)
			}
			mended++
			left := findingsOf(reportFrom(t, explainLocal(t, string(after), "-o", "json")))
			if slices.ContainsFunc(left, func(l string) bool { return strings.HasSuffix(l, f.Fingerprint) }) {
				t.Errorf("%s is still there after\n%s", f.Check, text)
			}
		}
	}
	if mended < 10 {
		t.Errorf("%d findings were mended", mended)
	}
}

func TestWhy(t *testing.T) {
	for name, test := range map[string]struct {
		args   []string
		code   int
		stdout string
		stderr string
	}{
		"found":           {[]string{"--why", "host-pid"}, 0, `(?s)^× HIGH host-pid   Deployment shop/weak   confirmed\n.*\n  source     -:9\n`, `^$`},
		"two checks":      {[]string{"--why", "host-pid,tty-stdin"}, 0, `(?s)^× HIGH host-pid.*\n\n· LOW tty-stdin`, `^$`},
		"nothing found":   {[]string{"--why", "privileged"}, 0, `^nothing found by privileged in deploy/weak\n$`, `^$`},
		"no such check":   {[]string{"--why", "host-pdi"}, 2, `^$`, `^error: --why: [^\n]*"host-pdi"; did you mean host-pid\?\n$`},
		"the gate stays":  {[]string{"--why", "host-pid", "--fail-on", "high"}, 1, `^× HIGH host-pid`, ``},
		"with severity":   {[]string{"--why", "host-pid", "--severity", "low"}, 2, `^$`, `^error: --why and --severity do not go together`},
		"with quiet":      {[]string{"--why", "host-pid", "-q"}, 2, `^$`, `^error: --why goes with neither`},
		"quiet":           {[]string{"-q"}, 0, `^× HIGH deploy/weak: [^\n]*\n$`, `^$`},
		"quiet as JSON":   {[]string{"-q", "-o", "json"}, 2, `^$`, `^error: --quiet does not go with -o json`},
		"a section":       {[]string{"--show", "fix"}, 0, `(?s)^Deployment shop/weak.*\n\nFix first\n`, `^$`},
		"no such section": {[]string{"--show", "fixes"}, 2, `^$`, `^error: --show: "fixes" is none of containers, pod, identity, become, mounts, network, gaps, accepted, outcomes, fix\n$`},
		"section as JSON": {[]string{"--show", "fix", "-o", "yaml"}, 2, `^$`, `^error: --show does not go with -o yaml`},
		"both":            {[]string{"--show", "fix", "-q"}, 2, `^$`, `^error: --quiet and --show`},
		"no headers":      {[]string{"--no-headers", "-o", "custom-columns=A:.ref.name"}, 0, `^weak\n$`, `^$`},
		"headers":         {[]string{"-o", "custom-columns=A:.ref.name,B:.x"}, 0, `^A     B\nweak  <none>\n$`, `^$`},
		"a template":      {[]string{"-o", "go-template={{range .items}}{{.ref.kind}}{{end}}"}, 0, `^Deployment$`, `^$`},
	} {
		t.Run(name, func(t *testing.T) {
			r := explainLocal(t, weakDeployment, test.args...)
			if r.code != test.code || !regexp.MustCompile(test.stdout).MatchString(r.stdout) || !regexp.MustCompile(test.stderr).MatchString(r.stderr) {
				t.Errorf("exit %d\n%s%s", r.code, r.stdout, r.stderr)
			}
		})
	}
}

func TestWhyAsJSON(t *testing.T) {
	report := reportFrom(t, explainLocal(t, weakDeployment, "--why", "host-pid", "-o", "json"))
	if f := report.Items[0].Findings; len(f) != 1 || f[0].Check != "host-pid" || report.Summary.High != 1 || report.Summary.Medium != 0 {
		t.Errorf("%+v, %+v", report.Summary, f)
	}
}

// TestOutputsAgree holds the outputs for people to the findings of the JSON.
func TestOutputsAgree(t *testing.T) {
	report := reportFrom(t, run(t, "", "explain", "-f", shop, "--local", "-o", "json"))
	for _, format := range []string{"markdown", "go-template={{range .items}}{{range .findings}}{{.check}} {{end}}{{end}}", "custom-columns=F:.findings[*].check"} {
		r := run(t, "", "explain", "-f", shop, "--local", "-o", format)
		for _, item := range report.Items {
			for _, f := range item.Findings {
				if !strings.Contains(r.stdout, f.Check) {
					t.Errorf("%s does not show %s", format, f.Check)
				}
			}
		}
	}
	wide := run(t, "", "explain", "-f", shop, "--local", "-o", "wide")
	if strings.Count(wide.stdout, "\n") != len(report.Items)+1 || !strings.Contains(wide.stdout, "CONTAINERS  USER") {
		t.Errorf("wide: %s", wide.stdout)
	}
}

func TestOutputsShowNoSecrets(t *testing.T) {
	for _, format := range []string{"wide", "markdown", "go-template={{.}}", "custom-columns=A:.findings,B:.containers,C:.settings"} {
		r := explainLocal(t, testkit.PlantedManifest(), "-o", format)
		if r.code != 0 || r.stdout == "" {
			t.Fatalf("%+v", r)
		}
		testkit.CheckNoSecrets(t, r.stdout+r.stderr)
	}
	for _, doc := range checkDocs() {
		r := explainLocal(t, testkit.PlantedManifest(), "--why", doc.ID)
		testkit.CheckNoSecrets(t, r.stdout+r.stderr)
	}
}

func TestOutputsOfHostileStrings(t *testing.T) {
	for _, hostile := range testkit.HostileStrings() {
		data, err := json.Marshal(map[string]any{
			"apiVersion": "v1", "kind": "Pod", "metadata": map[string]any{"name": hostile.Value},
			"spec": map[string]any{
				"volumes": []any{map[string]any{"name": hostile.Value, "hostPath": map[string]any{"path": hostile.Value}}},
				"containers": []any{map[string]any{
					"name": hostile.Value, "image": hostile.Value, "stdin": true,
					"securityContext": map[string]any{"capabilities": map[string]any{"add": []string{hostile.Value}}},
				}},
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		for format, args := range map[string][]string{
			"markdown": {"-o", "markdown"}, "text": {"-o", "wide"}, "why": {"--why", "caps-added,tty-stdin,hostpath-any"}, "quiet": {"-q"},
		} {
			r := explainLocal(t, string(data), args...)
			testkit.CheckHarmless(t, format, r.stdout)
			testkit.CheckHarmless(t, "text", r.stderr)
		}
	}
}

func TestSectionsAreInTheHelp(t *testing.T) {
	r := run(t, "", "explain", "--help")
	for _, name := range append(render.Sections(), "--why", "--no-headers", "-q, --quiet") {
		if !strings.Contains(r.stdout, name) {
			t.Errorf("%s is not in the help", name)
		}
	}
}
