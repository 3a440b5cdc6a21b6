package plugin

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

// web is a Deployment with more in its container.
func web(more string) string {
	return `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: app, image: "registry.example/app:1"` + more + "}\n"
}

const escape = ", securityContext: {capabilities: {add: [SYS_ADMIN]}}"

// reportFile is what explain prints of a manifest, in a file.
func reportFile(t *testing.T, manifest string) string {
	t.Helper()
	r := explainLocal(t, manifest, "-o", "json")
	return write(t, t.TempDir(), "base.json", r.stdout)
}

// diffLocal compares a manifest with no cluster.
func diffLocal(t *testing.T, manifest string, args ...string) result {
	t.Helper()
	return run(t, manifest, append([]string{"diff", "-f", "-", "--local"}, args...)...)
}

func changesFrom(t *testing.T, r result) api.Changes {
	t.Helper()
	var changes api.Changes
	if err := json.Unmarshal([]byte(r.stdout), &changes); err != nil {
		t.Fatalf("%v: exit %d\n%s%s", err, r.code, r.stdout, r.stderr)
	}
	return changes
}

func TestDiffWithFile(t *testing.T) {
	base, worse := reportFile(t, web("")), reportFile(t, web(escape))
	tests := map[string]struct {
		manifest string
		args     []string
		code     int
		out      string
	}{
		"nothing":               {web(""), []string{"--baseline", base}, 0, ""},
		"worse":                 {web(escape), []string{"--baseline", base}, 1, "+ new  CRITICAL  caps-added-escape  app  -:10  SYS_ADMIN"},
		"better":                {web(""), []string{"--baseline", worse}, 0, "- resolved  CRITICAL  caps-added-escape"},
		"below the threshold":   {web(", securityContext: {readOnlyRootFilesystem: false}, env: [{name: A, value: b}]"), []string{"--baseline", base, "--fail-on", "high"}, 0, ""},
		"not asked":             {web(escape), []string{"--baseline", base, "--exit-code=false"}, 0, "caps-added-escape"},
		"hidden, and counted":   {web(escape), []string{"--baseline", base, "--only", "resolved"}, 1, ""},
		"of other checks":       {web(escape), []string{"--baseline", base, "--check", "seccomp-unset"}, 0, ""},
		"left out":              {web(escape), []string{"--baseline", base, "--skip", "caps-added-escape,caps-added"}, 1, "capabilities"},
		"gone":                  {strings.Replace(web(""), "name: web,", "name: other,", 1), []string{"--baseline", base}, 1, ""},
		"a level":               {web(""), []string{"--baseline", "pss:restricted"}, 1, "+ new  MEDIUM  seccomp-unset"},
		"a level that it has":   {web(""), []string{"--baseline", "pss:baseline"}, 0, ""},
		"a level of a version":  {web(escape), []string{"--baseline", "pss:baseline@v1.25"}, 1, "caps-added-escape"},
		"of a level, one check": {web(""), []string{"--baseline", "pss:restricted", "--check", "seccomp-unset"}, 1, "seccomp-unset"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := diffLocal(t, test.manifest, test.args...)
			shown := strings.Join(strings.Fields(r.stdout), " ")
			if r.code != test.code || !strings.Contains(shown, strings.Join(strings.Fields(test.out), " ")) {
				t.Errorf("exit %d\n%s%s", r.code, r.stdout, r.stderr)
			}
			if test.out == "" && test.code == 0 && r.stdout != "" {
				t.Errorf("stdout %q", r.stdout)
			}
		})
	}
}

// TestDiffLeavesOutWhatAReportLeftOut: of a namespace that explain left out its report says nothing.
func TestDiffLeavesOutWhatAReportLeftOut(t *testing.T) {
	both := web("") + "---\n" + strings.Replace(web(escape), "namespace: shop", "namespace: other", 1)
	report := explainLocal(t, both, "--exclude-namespace", "other", "-o", "json")
	base := write(t, t.TempDir(), "base.json", report.stdout)
	if r := diffLocal(t, both, "--baseline", base); r.code != 0 || r.stdout != "" {
		t.Errorf("exit %d\n%s%s", r.code, r.stdout, r.stderr)
	}
}

// TestDiffLevelNamesEveryGap: what keeps a workload from a level is new, also where a worse finding
// stands for it, and accepted where that was accepted.
func TestDiffLevelNamesEveryGap(t *testing.T) {
	changes := changesFrom(t, diffLocal(t, badPod, "--baseline", "pss:restricted", "-o", "json"))
	var checks []string
	for _, c := range changes.Changes {
		if c.State != api.ChangeNew {
			t.Errorf("%s %s", c.State, c.Check)
		}
		checks = append(checks, c.Check)
	}
	for _, want := range []string{"privileged", "allow-priv-escalation", "caps-not-dropped", "seccomp-unset"} {
		if !slices.Contains(checks, want) {
			t.Errorf("%s is not among %q", want, checks)
		}
	}
	if changes.Baseline != "pss:restricted@v1.37" || len(changes.Levels) != 1 || changes.Levels[0].Was != api.LevelRestricted {
		t.Errorf("%s %+v", changes.Baseline, changes.Levels)
	}
	accepted := strings.Replace(badPod, "{name: bad}", `{name: bad, annotations: {accept.kubectl-harden.dev/privileged: "it must"}}`, 1)
	first := changesFrom(t, diffLocal(t, accepted, "--baseline", "pss:baseline", "-o", "json", "--check", "privileged"))
	if first.Summary.Accepted != 1 || first.Summary.New != 0 {
		t.Errorf("%+v", first.Summary)
	}
	ignored := diffLocal(t, accepted, "--baseline", "pss:baseline", "-o", "json", "--check", "privileged", "--ignore-acceptances")
	if got := changesFrom(t, ignored); got.Summary.New != 1 || ignored.code != 1 {
		t.Errorf("exit %d, %+v", ignored.code, got.Summary)
	}
}

// TestDiffLevelTakesSeverities: those of --config hold for a gap that a worse finding stands for, too.
func TestDiffLevelTakesSeverities(t *testing.T) {
	config := write(t, t.TempDir(), "config.yaml", "severities: {caps-not-dropped: low}\n")
	changes := changesFrom(t, diffLocal(t, badPod, "--baseline", "pss:restricted", "-o", "json", "--config", config))
	at := slices.IndexFunc(changes.Changes, func(c api.Change) bool { return c.Check == "caps-not-dropped" })
	if at < 0 || changes.Changes[at].Severity != api.SeverityLow {
		t.Errorf("%+v", changes.Changes)
	}
}

func TestDiffSnapshot(t *testing.T) {
	snapshot := write(t, t.TempDir(), "shop.json", snapshotOfShop)
	base := write(t, t.TempDir(), "base.json", run(t, "", "explain", "-f", snapshot, "--local", "-o", "json").stdout)
	r := run(t, "", "diff", "-f", snapshot, "--local", "--baseline", base)
	if r.code != 0 || r.stdout != "" || !strings.HasPrefix(r.stderr, "nothing changed, ") {
		t.Errorf("%+v", r)
	}
	if r := run(t, "", "diff", "-f", snapshot, "--local", "--baseline", "pss:baseline"); r.code != 1 || !strings.Contains(r.stdout, "privileged") {
		t.Errorf("%+v", r)
	}
	if r := run(t, "", "diff", "-f", snapshot, "--local", "--baseline", "pss:baseline", "-o", "sarif"); r.code != 2 || r.stdout != "" {
		t.Errorf("%+v", r)
	}
}

func TestDiffBadInput(t *testing.T) {
	dir := t.TempDir()
	base := reportFile(t, web(""))
	snapshot := write(t, dir, "shop.json", snapshotOfShop)
	other := write(t, dir, "other.yaml", "apiVersion: v1\nkind: ConfigMap\n")
	forged := write(t, dir, "forged.yaml", "apiVersion: kubectl-harden.dev/v1alpha1\nkind: \"\\e[2Jx\\nerror: forged\"\n")
	empty := write(t, dir, "empty.yaml", "")
	tests := map[string]struct {
		stdin string
		args  []string
		want  string
	}{
		"no baseline":         {"", nil, "--baseline is missing: a file, last-applied, template, revision:-1, context:NAME or pss:restricted; files of -f need none"},
		"live of live":        {"", []string{"deploy/web", "--baseline", "live"}, "--baseline live is what -f is compared with; a live object takes another baseline, such as revision:-1"},
		"no cluster":          {web(""), []string{"-f", "-"}, "files are compared with what is live, and no kubeconfig context is set; set --kubeconfig or KUBECONFIG, or take --baseline FILE"},
		"local and live":      {web(""), []string{"-f", "-", "--local"}, "--local asks no server, and a file is compared with live; take a --baseline of a file, or leave --local out"},
		"no kubeconfig":       {"", []string{"--baseline", "revision:-1"}, "no kubeconfig context is set; set --kubeconfig or KUBECONFIG, or try -f FILE --local"},
		"a revision of files": {web(""), []string{"-f", "-", "--baseline", "revision:-1"}, "--baseline revision is asked of a cluster, for live objects: it does not go with -f or -k"},
		"applied files":       {web(""), []string{"-k", dir, "--baseline", "last-applied"}, "--baseline last-applied is asked of a cluster, for live objects: it does not go with -f or -k"},
		"another cluster":     {web(""), []string{"-f", "-", "--baseline", "context:a b"}, "-f and -k are compared with live; for that of another cluster take --context 'a b'"},
		"template of files":   {web(""), []string{"-f", "-", "--local", "--baseline", "template"}, "--baseline template compares pods with their template: it takes live objects or a snapshot, and -f holds manifests"},
		"a snapshot and live": {"", []string{"-f", snapshot}, "-f holds a snapshot, which is the new side by itself; to compare the cluster with it, write its baseline: gen baseline -f SNAPSHOT"},
		"a word with more":    {"", []string{"--baseline", "live:x"}, "--baseline live takes nothing behind a colon; a file of that name is \"./live:x\""},
		"a prefix alone":      {"", []string{"--baseline", "revision"}, "--baseline revision needs a value: revision:-1; a file of that name is ./revision"},
		"an empty value":      {"", []string{"--baseline", "context:"}, "--baseline context: needs a value: context:NAME"},
		"another prefix":      {"", []string{"--baseline", "git:main"}, "--baseline: unknown baseline \"git\"; known are live, last-applied, template, context, pss, revision; a file of that name is \"./git:main\""},
		"an unknown prefix":   {"", []string{"--baseline", "revison:-1"}, "--baseline: unknown baseline \"revison\"; did you mean revision?; a file of that name is \"./revison:-1\""},
		"no number":           {"", []string{"--baseline", "revision:last"}, "--baseline revision:last: \"last\" is no revision; -1 is the one before the present, 3 the third"},
		"revision 0":          {"", []string{"--baseline", "revision:0"}, "--baseline revision:0: \"0\" is no revision; -1 is the one before the present, 3 the third"},
		"too many revisions":  {"", []string{"--baseline", "revision:99999999999999999999"}, "--baseline revision:99999999999999999999: \"99999999999999999999\" is no revision; -1 is the one before the present, 3 the third"},
		"a level":             {"", []string{"--baseline", "pss:strict"}, "--baseline pss: pod security level \"strict\" is none of privileged, baseline, restricted"},
		"no file":             {web(""), []string{"-f", "-", "--local", "--baseline", "nowhere.yaml"}, "--baseline nowhere.yaml: no such file or directory"},
		"nearly a word":       {web(""), []string{"-f", "-", "--local", "--baseline", "templat"}, "--baseline templat: no such file or directory; did you mean template?"},
		"another kind":        {web(""), []string{"-f", "-", "--local", "--baseline", other}, other + ":1: kind \"ConfigMap\" is neither Baseline (gen baseline) nor Report (explain -o json)"},
		"an empty file":       {web(""), []string{"-f", "-", "--local", "--baseline", empty}, empty + ": it is empty: no Baseline and no Report"},
		"a folder":            {web(""), []string{"-f", "-", "--local", "--baseline", dir}, "--baseline " + dir + ": is a directory"},
		"twice stdin":         {web(""), []string{"-f", "-", "--local", "--baseline", "-"}, "-f - and --baseline - cannot both read standard input"},
		"a map alone":         {web(""), []string{"-f", "-", "--local", "--baseline", base, "--namespace-map", "a=b"}, "--namespace-map is for --baseline context:NAME"},
		"half a map":          {"", []string{"--baseline", "context:x", "--namespace-map", "a"}, "--namespace-map \"a\" is not of the form THERE=HERE"},
		"no namespace":        {"", []string{"--baseline", "context:x", "--namespace-map", "a=B!"}, "--namespace-map \"a=B!\": \"B!\" is no name of a namespace"},
		"two of one":          {"", []string{"--baseline", "context:x", "--namespace-map", "a=b,c=b"}, "--namespace-map \"c=b\": a namespace stands for one other alone"},
		"no context":          {"", []string{"--baseline", "context:x"}, "--baseline context: context \"x\" does not exist"},
		"an unknown state":    {"", []string{"--baseline", base, "--only", "news"}, "--only: unknown state \"news\"; did you mean new?"},
		"an unknown severity": {"", []string{"--baseline", base, "--fail-on", "bad"}, "--fail-on: severity \"bad\" is none of critical, high, medium, low, info"},
		"no severity":         {"", []string{"--baseline", base, "--fail-on", ""}, "--fail-on: a severity is missing; --exit-code=false turns the exit code off"},
		"one container":       {web(""), []string{"-f", "-", "--local", "--baseline", base, "-c", "app"}, "--container does not go with a baseline in a file, which is of all containers"},
		"SARIF of live":       {"", []string{"--baseline", base, "-o", "sarif"}, "output format sarif is about lines of files, and live objects have none: take -f, or -o junit, markdown or json"},
		"no target":           {web(""), []string{"-f", "-", "--local", "--baseline", base, "deploy/x"}, "deploy/x is not in the files"},
		"an account":          {web(""), []string{"-f", "-", "--local", "--baseline", base, "secret/x", "-n", "shop"}, "diff and gen baseline compare workloads: ServiceAccounts, Secrets, Services and NetworkPolicies are explained alone"},
		"malformed YAML":      {"a: b: c\n", []string{"-f", "-", "--local", "--baseline", base}, "-:1: mapping values are not allowed in this context"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := run(t, test.stdin, append([]string{"diff"}, test.args...)...)
			if r.code != 2 || r.stdout != "" || r.stderr != "error: "+test.want+"\n" {
				t.Errorf("exit %d, stdout %q, stderr\n%swant\n%s", r.code, r.stdout, r.stderr, test.want)
			}
		})
	}
	r := run(t, web(""), "diff", "-f", "-", "--local", "--baseline", forged)
	if r.code != 2 || strings.ContainsAny(strings.TrimSuffix(r.stderr, "\n"), "\x1b\n") {
		t.Errorf("%+v", r)
	}
}

// TestDiffHostileStrings puts hostile names on both sides and into the names of the sides.
func TestDiffHostileStrings(t *testing.T) {
	for _, hostile := range testkit.HostileStrings() {
		quoted, err := json.Marshal(hostile.Value)
		if err != nil {
			t.Fatal(err)
		}
		manifest := strings.NewReplacer("name: web,", "name: "+string(quoted)+",", "{name: app", "{name: "+string(quoted)).Replace(web(escape))
		base := reportFile(t, web(""))
		for _, format := range []string{"text", "markdown", "html", "name", "junit"} {
			r := diffLocal(t, manifest, "--baseline", base, "-o", format)
			if strings.Contains(r.stderr, "error:") && !strings.Contains(r.stderr, "-:") {
				t.Errorf("%s: %+v", hostile.Name, r)
			}
			if strings.ContainsRune(r.stdout+r.stderr, '\x1b') {
				t.Errorf("%s, %s: an escape code in %q%q", hostile.Name, format, r.stdout, r.stderr)
			}
		}
		if strings.ContainsAny(hostile.Value, "\x00:") {
			continue
		}
		if r := diffLocal(t, web(""), "--baseline", "./"+hostile.Value); r.code != 2 || strings.Count(r.stderr, "\n") != 1 || strings.ContainsRune(r.stderr, '\x1b') {
			t.Errorf("%s as a file: %+v", hostile.Name, r)
		}
	}
}

// TestDiffFormatsAgree compares the changes that every format names.
func TestDiffFormatsAgree(t *testing.T) {
	base := reportFile(t, web(""))
	file := write(t, t.TempDir(), "new.yaml", web(escape))
	for _, format := range []string{"text", "wide", "json", "yaml", "kyaml", "markdown", "html", "sarif", "junit"} {
		r := run(t, "", "diff", "-f", file, "--local", "--baseline", base, "-o", format)
		if r.code != 1 || !strings.Contains(r.stdout, "caps-added-escape") {
			t.Errorf("%s: %+v", format, r)
		}
	}
	// Of several files, each has its own lines.
	second := write(t, filepath.Dir(file), "second.yaml", strings.Replace(web(""), "name: web,", "name: second,", 1))
	r := run(t, "", "diff", "-f", file, "-f", second, "--local", "--baseline", base, "-o", "json")
	for _, change := range changesFrom(t, r).Changes {
		if want := map[string]string{"web": file, "second": second}[change.Ref.Name]; change.File != want || change.Line == 0 {
			t.Errorf("%s %s%s: %s:%d, not in %s", change.Ref.Name, change.Check, change.Fact, change.File, change.Line, want)
		}
	}
}

// TestDiffJUnitAgreesWithTheExitCode: a test fails where the run does, and nowhere else.
func TestDiffJUnitAgreesWithTheExitCode(t *testing.T) {
	base := reportFile(t, web(""))
	for failOn, failed := range map[string]bool{"low": true, "critical": false} {
		r := run(t, web(strings.Replace(escape, "SYS_ADMIN", "NET_ADMIN", 1)), "diff", "-f", "-", "--local", "--baseline", base, "-o", "junit", "--fail-on", failOn)
		if (r.code == 1) != failed || strings.Contains(r.stdout, "<failure") != failed || strings.Contains(r.stdout, `skipped="0"`) == !failed {
			t.Errorf("--fail-on %s: %+v", failOn, r)
		}
	}
}

func TestDiffCompletion(t *testing.T) {
	for typed, want := range map[string][]string{
		"":               {"live", "last-applied", "template", "context:", "pss:", "revision:"},
		"la":             {"last-applied"},
		"pss:r":          {"pss:restricted"},
		"pss:baseline@l": {"pss:baseline@latest"},
		"revision:":      {"revision:-1", "revision:-2", "revision:-3"},
		"file:":          nil,
	} {
		lines := strings.Split(strings.TrimSpace(runAs(t, "kubectl_complete-harden", "diff", "--baseline", typed).stdout), "\n")
		if got := lines[:len(lines)-1]; strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("%q: %q, want %q", typed, got, want)
		}
	}
	if got := runAs(t, "kubectl_complete-harden", "diff", "--only", "new,w"); !strings.HasPrefix(got.stdout, "new,worsened\n") {
		t.Errorf("%+v", got)
	}
}

// FuzzBaseline wants no panic and an error on one line.
func FuzzBaseline(f *testing.F) {
	for _, seed := range []string{"", "live", "revision:-1", "pss:restricted@v1.30", "context:a:b", "C:\\x", "./a:b", "x:", "pss:@", "revision:--1"} {
		f.Add(seed, true)
	}
	f.Fuzz(func(t *testing.T, text string, files bool) {
		b, err := parseBaseline(text, files)
		if err == nil && (b.kind == "" || b.kind == baselineRevision && b.revision == 0 || b.kind == baselineFile && b.value == "") {
			t.Errorf("%q: %+v", text, b)
		}
		if names, err := parseNamespaceMap([]string{text}); err == nil && len(names) != 1 {
			t.Errorf("%q: %v", text, names)
		}
	})
}
