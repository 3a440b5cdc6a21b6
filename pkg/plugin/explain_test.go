package plugin

import (
	"math/rand/v2"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

const shop = "../../examples/shop"

// TestBadInput holds the promise of one clear line on stderr, exit 2, and nothing on stdout.
func TestBadInput(t *testing.T) {
	tests := map[string]struct {
		stdin string
		args  []string
		want  string
	}{
		"malformed YAML":        {"a: b: c\n", nil, `^error: -:1: mapping values are not allowed`},
		"truncated YAML":        {"apiVersion: v1\nkind: Pod\nmetadata: {name: x\n", nil, `^error: -:\d+: `},
		"not Kubernetes":        {"hello: world\n", nil, `^error: -:1: not a Kubernetes object`},
		"an empty stream":       {"", nil, `^error: -: .*no objects`},
		"comments alone":        {"# nothing\n---\n# here\n", nil, `^error: -: .*no objects`},
		"no containers":         {"apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: {}\n", nil, `^error: -:1: pod "x" has no containers`},
		"duplicate keys":        {"apiVersion: v1\nkind: Pod\nkind: Pod\n", nil, `^error: -:3: .*"kind".*`},
		"binary":                {"\x7fELF\x00\x00", nil, `^error: -: .*not text`},
		"alias bomb":            {bomb(), nil, `^error: -:\d+: .*alias`},
		"truncated JSON":        {`{"apiVersion": "v1", "kind": "Pod"`, nil, `^error: -:1: `},
		"a type of another":     {"apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec:\n  hostPID: perhaps\n  containers: [{name: a}]\n", nil, `^error: -:5: `},
		"a URL":                 {"", []string{"-f", "https://example.com/x.yaml"}, `^error: .*URLs are refused`},
		"no such file":          {"", []string{"-f", "nowhere.yaml"}, `^error: nowhere.yaml: .*no such file`},
		"no such target":        {badPod, []string{"-f", "-", "deploy/x"}, `^error: deploy/x is not in the files`},
		"an unknown format":     {badPod, []string{"-f", "-", "-o", "xml"}, `^error: .*xml`},
		"an unknown severity":   {badPod, []string{"-f", "-", "--fail-on", "bad"}, `^error: --fail-on: severity "bad"`},
		"an unknown level":      {badPod, []string{"-f", "-", "--pss", "strict"}, `^error: --pss: pod security level "strict"`},
		"a version to come":     {badPod, []string{"-f", "-", "--pss", "restricted@v1.99"}, `^error: --pss: .*newer than v1.37`},
		"a broken selector":     {badPod, []string{"-f", "-", "-l", "a=(b"}, `^error: --selector: `},
		"half a target":         {"", []string{"deploy/"}, `^error: "deploy/" is not of the form TYPE/NAME`},
		"local without a file":  {"", []string{}, `^error: --local needs -f or -k`},
		"a negative chunk":      {badPod, []string{"-f", "-", "--chunk-size", "-1"}, `^error: --chunk-size`},
		"a name and a selector": {badPod, []string{"-f", "-", "pod/bad", "-l", "a=b"}, `^error: a name and a selector`},
		"an unknown colour":     {badPod, []string{"-f", "-", "--color", "blue"}, `^error: --color "blue"`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			args := test.args
			if args == nil {
				args = []string{"-f", "-"}
			}
			r := run(t, test.stdin, append([]string{"explain", "--local"}, args...)...)
			if r.code != 2 || r.stdout != "" || strings.Count(r.stderr, "\n") != 1 || !regexp.MustCompile(test.want).MatchString(r.stderr) {
				t.Errorf("exit %d, stdout %q, stderr %q", r.code, r.stdout, r.stderr)
			}
		})
	}
}

// bomb expands to 10^9 scalars.
func bomb() string {
	var b strings.Builder
	b.WriteString("apiVersion: v1\nkind: List\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := range 9 {
		name := string(rune('0' + i))
		next := string(rune('1' + i))
		b.WriteString("a" + next + ": &a" + next + " [" + strings.TrimSuffix(strings.Repeat("*a"+name+", ", 10), ", ") + "]\n")
	}
	return b.String()
}

func TestWithoutAKubeconfig(t *testing.T) {
	r := run(t, "", "explain")
	if r.code != 2 || r.stdout != "" || !strings.HasPrefix(r.stderr, "error: no kubeconfig context is set") {
		t.Errorf("%+v", r)
	}
	if r := run(t, badPod, "explain", "-f", "-"); r.code != 0 {
		t.Errorf("files need no kubeconfig: %+v", r)
	}
}

func TestUnknownCommandAndFlag(t *testing.T) {
	for _, args := range [][]string{{"explian"}, {"explain", "--fail-one", "high"}} {
		if r := run(t, "", args...); r.code != 2 || r.stdout != "" || !strings.HasPrefix(r.stderr, "error: unknown ") {
			t.Errorf("%v: %+v", args, r)
		}
	}
}

func TestGoodAndBadDocuments(t *testing.T) {
	r := explainLocal(t, badPod+"---\na: b: c\n---\n"+goodPod+"---\nhello: world\n", "-o", "name")
	if r.code != 2 || r.stdout != "pod/bad\npod/good\n" {
		t.Errorf("%+v", r)
	}
	if lines := strings.Split(strings.TrimSpace(r.stderr), "\n"); len(lines) != 2 || !strings.Contains(lines[0], "-:10:") || !strings.Contains(lines[1], "not a Kubernetes object") {
		t.Errorf("stderr: %s", r.stderr)
	}
}

func TestExitCodes(t *testing.T) {
	tests := map[string]struct {
		content string
		args    []string
		code    int
	}{
		"no gate":                   {badPod, nil, 0},
		"reached":                   {badPod, []string{"--fail-on", "critical"}, 1},
		"reached by what is hidden": {badPod, []string{"--fail-on", "low", "--severity", "critical"}, 1},
		"not reached":               {goodPod, []string{"--fail-on", "low"}, 0},
		"could not answer wins":     {badPod + "---\na: b: c\n", []string{"--fail-on", "low"}, 2},
		"in any letter case":        {badPod, []string{"--fail-on", "CRITICAL"}, 1},
		"both thresholds the same":  {badPod, []string{"--fail-on", "critical", "--severity", "critical"}, 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if r := explainLocal(t, test.content, test.args...); r.code != test.code {
				t.Errorf("exit %d, want %d: %s", r.code, test.code, r.stderr)
			}
		})
	}
}

func TestFindingsHaveLines(t *testing.T) {
	report := reportFrom(t, explainLocal(t, goodPod+"---\n"+badPod, "-o", "json"))
	lines := map[string]int{}
	for _, f := range report.Items[0].Findings {
		lines[f.Check] = f.Line
	}
	first := strings.Count(goodPod, "\n") + 2
	if report.Items[0].Source.Line != first || lines["privileged"] != first+7 || lines["rootfs-writable"] != first+7 {
		t.Errorf("source %+v, lines %v", report.Items[0].Source, lines)
	}
}

// TestFormatsAgree compares the finding IDs of every format.
func TestFormatsAgree(t *testing.T) {
	want := findingsOf(reportFrom(t, run(t, "", "explain", "-f", shop, "--local", "-o", "json")))
	var fromYAML, fromKYAML api.Report
	for format, report := range map[string]*api.Report{"yaml": &fromYAML, "kyaml": &fromKYAML} {
		r := run(t, "", "explain", "-f", shop, "--local", "-o", format)
		if err := yaml.Unmarshal([]byte(r.stdout), report); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, findingsOf(*report)); diff != "" {
			t.Errorf("%s: %s", format, diff)
		}
	}
	jsonpath := run(t, "", "explain", "-f", shop, "--local", "-o",
		`jsonpath={range .items[*]}{$.x}{range .findings[*]}{.check}{"\n"}{end}{end}`)
	if got := len(strings.Fields(jsonpath.stdout)); got != len(want) {
		t.Errorf("jsonpath has %d findings, json %d", got, len(want))
	}
	for _, item := range fromYAML.Items {
		page := run(t, "", "explain", item.Ref.Kind+"/"+item.Ref.Name, "-f", shop, "--local")
		for _, f := range item.Findings {
			if !strings.Contains(page.stdout, f.Check) {
				t.Errorf("the page of %s does not show %s", item.Ref.Name, f.Check)
			}
		}
	}
	name := run(t, "", "explain", "-f", shop, "--local", "-o", "name")
	if got := len(strings.Fields(name.stdout)); got != len(fromYAML.Items) {
		t.Errorf("name has %d workloads", got)
	}
}

func findingsOf(report api.Report) []string {
	var out []string
	for _, item := range report.Items {
		for _, f := range item.Findings {
			out = append(out, item.Ref.Name+" "+f.Check+" "+f.Container+" "+f.Fingerprint)
		}
	}
	return out
}

// TestSameBytes shuffles the documents of the shop: every format answers the same, but for
// the places in the file.
func TestSameBytes(t *testing.T) {
	docs := strings.Split(run(t, "", "explain", "-f", shop, "--local", "-o", "json").stdout, "\x00")
	if again := run(t, "", "explain", "-f", shop, "--local", "-o", "json").stdout; again != docs[0] {
		t.Error("the same question has two answers")
	}
	pods := []string{badPod, goodPod, strings.ReplaceAll(badPod, "bad", "worse"), strings.ReplaceAll(goodPod, "good", "better")}
	var want []string
	for seed := range uint64(6) {
		rand.New(rand.NewPCG(seed, 1)).Shuffle(len(pods), func(i, j int) { pods[i], pods[j] = pods[j], pods[i] })
		got := []string{explainLocal(t, strings.Join(pods, "---\n")).stdout}
		report := reportFrom(t, explainLocal(t, strings.Join(pods, "---\n"), "-o", "json"))
		got = append(got, findingsOf(report)...)
		if want == nil {
			want = got
		}
		if !slices.Equal(want, got) {
			t.Fatalf("seed %d: %s", seed, cmp.Diff(want, got))
		}
	}
}

// TestHostileStrings puts every hostile string wherever a manifest has text. What people
// read has none left; documents for programs keep the text, and no control character.
func TestHostileStrings(t *testing.T) {
	formats := []string{"", "json", "yaml", "kyaml", "name"}
	for _, hostile := range testkit.HostileStrings() {
		pod := map[string]any{
			"apiVersion": "v1", "kind": "Pod",
			"metadata": map[string]any{"name": hostile.Value, "labels": map[string]string{"a": hostile.Value}, "annotations": map[string]string{hostile.Value: hostile.Value}},
			"spec": map[string]any{
				"hostPID": true, "runtimeClassName": hostile.Value,
				"securityContext": map[string]any{"sysctls": []any{map[string]any{"name": hostile.Value, "value": hostile.Value}}},
				"volumes":         []any{map[string]any{"name": hostile.Value, "hostPath": map[string]any{"path": hostile.Value}}},
				"containers": []any{map[string]any{
					"name": hostile.Value, "image": hostile.Value, "command": []string{hostile.Value}, "args": []string{"sudo", hostile.Value},
					"livenessProbe":   map[string]any{"httpGet": map[string]any{"host": hostile.Value, "port": 1}},
					"lifecycle":       map[string]any{"preStop": map[string]any{"exec": map[string]any{"command": []string{hostile.Value}}}},
					"securityContext": map[string]any{"capabilities": map[string]any{"add": []string{hostile.Value}}, "seLinuxOptions": map[string]any{"type": hostile.Value}, "seccompProfile": map[string]any{"type": "Localhost", "localhostProfile": hostile.Value}},
				}},
			},
		}
		data, err := yaml.Marshal(pod)
		if err != nil {
			continue // not even the library that wrote it could read it back
		}
		for _, format := range formats {
			r := explainLocal(t, string(data), "-o", format)
			if format == "" || format == "name" {
				testkit.CheckHarmless(t, "text", r.stdout)
			}
			if i := strings.IndexFunc(strings.NewReplacer("\n", "", "\t", "").Replace(r.stdout), unicode.IsControl); i >= 0 {
				t.Errorf("%s: a control character in %s: %q", hostile.Name, format, r.stdout)
			}
			testkit.CheckHarmless(t, "text", r.stderr)
			if strings.Contains(r.stderr, "panic") {
				t.Errorf("%s: %s", hostile.Name, r.stderr)
			}
		}
	}
}

func TestSecretsAreNotShown(t *testing.T) {
	for _, format := range []string{"", "json", "yaml", "kyaml", "name"} {
		r := explainLocal(t, testkit.PlantedManifest(), "-o", format)
		if r.code != 0 || r.stdout == "" {
			t.Fatalf("%+v", r)
		}
		testkit.CheckNoSecrets(t, r.stdout+r.stderr)
	}
}

func TestFilesAndFolders(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "bad.yaml", badPod)
	sub := t.TempDir()
	write(t, dir, "kustomization.yaml", "resources: [bad.yaml]\nnamespace: shop\n")
	write(t, sub, "kustomization.yaml", "resources: [https://example.com/base]\n")
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"folder":      {[]string{"-f", filepath.Join(dir, "bad.yaml"), "-n", "other", "-o", "jsonpath={.items[*].ref.namespace}"}, "other"},
		"kustomize":   {[]string{"-k", dir, "-o", "jsonpath={.items[*].ref.namespace}"}, "shop"},
		"by name":     {[]string{"-f", shop, "sts/redis", "deploy", "-o", "name"}, ""},
		"one by name": {[]string{"-f", shop, "sts/redis", "-o", "name"}, "statefulset.apps/redis\n"},
		"by type":     {[]string{"-f", shop, "cronjobs,ds", "-o", "name"}, "cronjob.batch/nightly\ndaemonset.apps/node-agent\n"},
		"by label":    {[]string{"-f", shop, "-l", "app=web", "-o", "name"}, "deployment.apps/web\n"},
	} {
		t.Run(name, func(t *testing.T) {
			r := run(t, "", append([]string{"explain", "--local"}, test.args...)...)
			if r.stdout != test.want {
				t.Errorf("%+v", r)
			}
		})
	}
	if r := run(t, "", "explain", "--local", "-k", sub); r.code != 2 || !strings.Contains(r.stderr, "remote") {
		t.Errorf("a remote base: %+v", r)
	}
}
