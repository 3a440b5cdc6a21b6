package render

import (
	"reflect"
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

func TestNumber(t *testing.T) {
	for n, want := range map[int]string{
		0: "0", 7: "7", 999: "999", 1000: "1,000", 4032: "4,032", 1234567: "1,234,567", -1: "-1", -123: "-123", -1234: "-1,234",
	} {
		if got := number(n); got != want {
			t.Errorf("number(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestList(t *testing.T) {
	for _, c := range []struct {
		in   string
		want string
	}{
		{"", ""}, {"a", "a"}, {"a b", "a and b"}, {"a b c", "a, b and c"}, {"a b c d e", "a, b, c and 2 more"},
	} {
		if got := list(strings.Fields(c.in)); got != c.want {
			t.Errorf("list(%s) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestRefNames(t *testing.T) {
	for _, c := range []struct {
		ref                   api.Ref
		short, resource, full string
	}{
		{api.Ref{APIVersion: "apps/v1", Kind: "Deployment", Namespace: "n", Name: "x"}, "deploy/x", "deployment.apps/x", "Deployment n/x"},
		{api.Ref{APIVersion: "batch/v1", Kind: "CronJob", Namespace: "n", Name: "x"}, "cj/x", "cronjob.batch/x", "CronJob n/x"},
		{api.Ref{APIVersion: "v1", Kind: "Pod", Namespace: "n", Name: "x"}, "pod/x", "pod/x", "Pod n/x"},
		{api.Ref{APIVersion: "other.io/v1", Kind: "Deployment", Name: "x"}, "deployment/x", "deployment.other.io/x", "Deployment x"},
	} {
		if shortName(c.ref) != c.short || resourceName(c.ref) != c.resource || c.ref.From("") != c.full {
			t.Errorf("%v is %s, %s, %s", c.ref, shortName(c.ref), resourceName(c.ref), c.ref.From(""))
		}
	}
}

func TestShortImage(t *testing.T) {
	for image, want := range map[string]string{
		"app@" + digest:       "app@sha256:4be1e9f3a07c…",
		"app:1@" + digest:     "app:1@sha256:4be1e9f3a07c…",
		"app:1":               "app:1",
		"app@sha256:4be1e9f3": "app@sha256:4be1e9f3",
		"":                    "",
	} {
		if got := shortImage(image, "…"); got != want {
			t.Errorf("%q shortened is %q, want %q", image, got, want)
		}
	}
}

func TestLabel(t *testing.T) {
	for check, want := range map[string]string{
		"image-mutable": "image", "pull-policy": "pull policy", "host-pid": "host pid", "hostpath-escape": "hostPath",
		"sa-secrets": "rights", "secret-in-env": "env", "a-very-long-id-of-words": "a very long", "unbreakableidentifier": "unbreakableidentifier",
	} {
		if got := label(check); got != want {
			t.Errorf("label of %s is %q, want %q", check, got, want)
		}
	}
}

func TestStepWords(t *testing.T) {
	for _, c := range []struct {
		severity       api.Severity
		modifier, want string
	}{
		{api.SeverityHigh, "", ""},
		{api.SeverityHigh, "+1: exposed", "medium +1: exposed"},
		{api.SeverityMedium, "-1: user namespace", "high -1: user namespace"},
		{api.SeverityLow, "-1", "medium -1"},
		{api.SeverityLow, "by configuration", "by configuration"},
	} {
		if got := stepWords(api.Finding{Severity: c.severity, Modifier: c.modifier}); got != c.want {
			t.Errorf("%s %q: %q, want %q", c.severity, c.modifier, got, c.want)
		}
	}
}

func TestFieldOf(t *testing.T) {
	for path, want := range map[string]string{
		appContext + "capabilities.drop":                                  "capabilities",
		"spec.securityContext.sysctls[0].name":                            "sysctls",
		"spec.containers[0].securityContext.windowsOptions.hostProcess":   "hostProcess",
		"spec.template.spec.hostPID":                                      "hostPID",
		"spec.containers[0].resources.limits.memory":                      "limits",
		"spec.containers[0].resources.limits":                             "limits",
		"spec.containers[3].ports[0].hostPort":                            "hostPort",
		"metadata.annotations[container.apparmor.security.beta.k8s.io/a]": "io/a]",
		"": "",
	} {
		if got := fieldOf(path); got != want {
			t.Errorf("the field of %s is %q, want %q", path, got, want)
		}
	}
}

func TestRowsOfFindings(t *testing.T) {
	settings := appSettings()
	for _, c := range []struct{ check, path, want string }{
		{"run-as-root-declared", appContext + "runAsNonRoot", "runAsNonRoot"},
		{"run-as-root-declared", appContext + "runAsUser", "runAsUser"},
		{"run-as-root-declared", "", "runAsNonRoot"},
		{"root-group", "spec.securityContext.runAsGroup", "runAsUser"},
		{"run-as-root-observed", "status.containerStatuses[0].user.linux.uid", "runAsUser"},
		{"apparmor-unconfined", "metadata.annotations[x.y/z]", "appArmorProfile"},
		{"of-a-later-release", appContext + "seccompProfile.type", "seccompProfile"},
		{"selinux-options", appContext + "seLinuxOptions.type", ""},
		{"image-mutable", "spec.containers[0].image", ""},
	} {
		rows, rest := states(containerFacts(), settings, []api.Finding{{Check: c.check, Path: c.path}})
		got := ""
		for _, r := range rows {
			if len(r.findings) > 0 {
				got += r.setting
			}
		}
		if got != c.want || len(rest) > 0 == (c.want != "") {
			t.Errorf("%s at %s stands in row %q, want %q", c.check, c.path, got, c.want)
		}
	}
}

func TestUnknownSettingsAreShown(t *testing.T) {
	rows, _ := states(containerFacts(), map[string]api.Setting{"zeta": {Value: "1"}, "alpha": {Value: "2"}, "limits": {Value: "3"}}, nil)
	var got []string
	for _, r := range rows {
		got = append(got, r.setting)
	}
	if want := []string{"limits", "alpha", "zeta"}; !reflect.DeepEqual(got, want) {
		t.Errorf("rows %q, want %q", got, want)
	}
}

func TestValueWords(t *testing.T) {
	unset := api.Setting{Value: "unset", Summary: "the image's"}
	for _, c := range []struct {
		user, group api.Setting
		want        string
	}{
		{api.Setting{Value: "1"}, api.Setting{Value: "2"}, "1:2"},
		{api.Setting{Value: "1"}, unset, "1"},
		{unset, unset, "the image's"},
		{unset, api.Setting{Value: "2"}, "the image's:2"},
	} {
		if got := valueWords(stated{fact: containerFacts()[0], value: c.user, group: c.group}); got != c.want {
			t.Errorf("user %v, group %v: %q, want %q", c.user, c.group, got, c.want)
		}
	}
}

func TestLevelWords(t *testing.T) {
	gap := func(levels ...api.Level) (out []api.Gap) {
		for _, l := range levels {
			out = append(out, api.Gap{Level: l})
		}
		return out
	}
	const b, r = api.LevelBaseline, api.LevelRestricted
	for _, c := range []struct {
		ps   api.PodSecurity
		want string
	}{
		{api.PodSecurity{Level: r}, "restricted"},
		{api.PodSecurity{Level: b, Gaps: gap(r)}, "baseline (1 gap to restricted)"},
		{api.PodSecurity{Level: "privileged", Gaps: gap(b)}, "privileged (1 gap to baseline)"},
		{api.PodSecurity{Level: "privileged", Gaps: gap(b, r, b, r, r)}, "privileged (2 gaps to baseline, 3 more to restricted)"},
		{api.PodSecurity{Level: b, Template: r, Live: b, Gaps: gap(r)}, "baseline (1 gap to restricted); template restricted, live pods baseline"},
		{api.PodSecurity{}, "level unknown"},
	} {
		if got := levelWords(c.ps); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

func TestScopeWords(t *testing.T) {
	for _, c := range []struct {
		scope api.Scope
		want  string
	}{
		{api.Scope{Namespaces: []string{"shop"}}, "no workloads in namespace shop"},
		{api.Scope{Namespaces: []string{"a", "b"}}, "no workloads in namespaces a and b"},
		{api.Scope{AllNamespaces: true, Selector: "a=b"}, "no workloads in all namespaces with a=b"},
		{api.Scope{Namespaces: []string{"shop"}, Files: []string{"x.yaml"}}, "no workloads in x.yaml"},
		{api.Scope{Targets: []string{"deploy/x"}, Namespaces: []string{"shop"}}, "no workloads in deploy/x"},
		{api.Scope{}, "no workloads"},
	} {
		if got := verdict(&api.Report{Scope: c.scope}); len(got) != 1 || got[0] != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

func TestVerdictOfUnknowns(t *testing.T) {
	item := clean()
	item.Findings = []api.Finding{with(finding(api.SeverityHigh, "sa-secrets", "m"), api.StatusUnknown)}
	out, _ := streams(t, page1(item, ""), Options{})
	if want := "\n? no findings, but 1 unknown\n"; !strings.Contains(out, want) {
		t.Errorf("%q is not in\n%s", want, out)
	}
}

func TestFixesReachLevelsOnlyWhenTheyDo(t *testing.T) {
	reached := func(change func(*api.Item)) []string {
		item := checkout()
		change(&item)
		var out []string
		for _, f := range fixesOf(&item) {
			if f.reaches != "" {
				out = append(out, f.findings[0].Check+" "+string(f.reaches))
			}
		}
		return out
	}
	for name, c := range map[string]struct {
		change func(*api.Item)
		want   []string
	}{
		"all three gaps": {func(*api.Item) {}, []string{"seccomp-unset restricted"}},
		"a gap without a finding": {func(i *api.Item) {
			i.PodSecurity.Gaps = append(i.PodSecurity.Gaps, api.Gap{Check: "x", Level: api.LevelRestricted})
		}, nil},
		"an accepted one": {func(i *api.Item) { i.Findings[0].Status = api.StatusAccepted }, nil},
		"an unknown one":  {func(i *api.Item) { i.Findings[0].Status = api.StatusUnknown }, nil},
		"one without a fix": {func(i *api.Item) {
			i.Findings[1].Fix = ""
		}, nil},
		"a baseline gap first": {func(i *api.Item) {
			i.PodSecurity.Level, i.PodSecurity.Gaps[0].Level = api.LevelPrivileged, api.LevelBaseline
		}, []string{"caps-not-dropped baseline", "seccomp-unset restricted"}},
	} {
		if got := reached(c.change); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestAtMostFiveFixes(t *testing.T) {
	item := checkout()
	out, _ := streams(t, page1(item, ""), Options{})
	_, fixes, _ := strings.Cut(out, "Fix first\n")
	if lines := strings.Split(strings.TrimSpace(fixes), "\n"); len(lines) != mostFixes+1 || strings.TrimSpace(lines[5]) != "and 1 more" {
		t.Errorf("fixes:\n%s", fixes)
	}
}
