package compare_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/compare"
	"github.com/kubectl-harden/kubectl-harden/internal/render"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

const kept = `apiVersion: kubectl-harden.dev/v1alpha1
kind: Baseline
scope: {namespaces: [shop]}
server: v1.36.3
podSecurity: v1.36
checks: [hostpath-any, netpol-none-egress, sa-exec, token-mounted]
unknown:
- {verb: get, resource: configmaps/kubelet-config, namespace: kube-system, checks: [seccomp-unset]}
workloads:
- ref: batch/CronJob/shop/nightly
  podSecurity: privileged
  facts:
  - right create,get pods/exec in shop
  - right get,list pods in shop
  findings:
  - critical sa-exec create,get/pods/exec
  - medium hostpath-any volume:backup
  - medium netpol-none-egress
accepted:
- {ref: batch/CronJob/shop/nightly, finding: "hostpath-any volume:backup", owner: team-shop, reason: "the node's backup disk, SEC-12", expires: "2027-01-31"}
`

func before(text, mark string) string {
	head, _, _ := strings.Cut(text, mark)
	return head
}

// TestBadBaselines: each is refused in one line with the file, the line and the reason.
func TestBadBaselines(t *testing.T) {
	put := func(old, fresh string) string { return edit(t, kept, old, fresh) }
	for name, tt := range map[string]struct{ text, want string }{
		"empty":              {"", "b.yaml: it is empty"},
		"comments":           {"# nothing\n", "b.yaml: it has comments alone"},
		"not text":           {"\xff\xfe", "b.yaml: is not UTF-8 text"},
		"conflict":           {put("  facts:", "<<<<<<< HEAD\n  facts:"), "b.yaml:12: a merge conflict that was not resolved"},
		"conflict, middle":   {put("  facts:", "=======\n  facts:"), "b.yaml:12: a merge conflict"},
		"another kind":       {put("kind: Baseline", "kind: Deployment"), `b.yaml:1: kind "Deployment" is neither`},
		"no kind":            {put("kind: Baseline\n", ""), "b.yaml:1: it has no kind"},
		"another version":    {put("v1alpha1", "v2"), `b.yaml:1: "kubectl-harden.dev/v2" of kind "Baseline" is not`},
		"unknown field":      {put("server:", "sever:"), `b.yaml:4: field "sever" is not known in the document`},
		"unknown field deep": {put("  podSecurity: privileged", "  level: privileged"), `b.yaml:11: field "level" is not known in workloads[0]`},
		"field twice":        {put("server: v1.36.3", "server: v1.36.3\nserver: v1.36.3"), `b.yaml:5: field "server" is there twice`},
		"no text":            {put(`"2027-01-31"`, "2027-01-31"), "b.yaml:20: accepted[0].expires is no text: put it in quotes"},
		"no list":            {put("checks: [hostpath-any, netpol-none-egress, sa-exec, token-mounted]", "checks: all"), "b.yaml:6: checks is no list"},
		"alias":              {put("server: v1.36.3", "server: &a v1.36.3"), "b.yaml:4: server: aliases and anchors"},
		"second document":    {kept + "---\nkind: Baseline\n", "b.yaml:22: a second document"},
		"cut":                {before(kept, "accepted:"), "b.yaml:18: accepted is missing: the file is cut"},
		"cut in a line":      {kept[:len(kept)-20], "b.yaml:"},
		"tab":                {put("  facts:", "\tfacts:"), "b.yaml:"},
		"ref":                {put("ref: batch/CronJob/shop/nightly\n", "ref: nightly\n"), `b.yaml:10: ref "nightly" is not of the form`},
		"level":              {put("podSecurity: privileged", "podSecurity: perfect"), `b.yaml:11: "perfect" is no Pod Security level`},
		"fact":               {put("right get,list pods in shop", "right to remain silent"), `b.yaml:14: fact "right to remain silent" is not of the form right`},
		"kind of fact":       {put("right get,list pods in shop", "rights get,list pods in shop"), `b.yaml:14: fact "rights get,list pods in shop" is of no kind`},
		"fact twice":         {put("right get,list pods in shop", "right create,get pods/exec in shop"), "b.yaml:14: fact \"right create,get pods/exec in shop\" is there twice"},
		"severity":           {put("- medium hostpath-any", "- awful hostpath-any"), `b.yaml:17: finding "awful hostpath-any volume:backup" begins with none of`},
		"no check":           {put("- medium hostpath-any volume:backup", "- medium"), `b.yaml:17: finding "medium": it names no check`},
		"finding twice":      {put("- medium netpol-none-egress", "- high hostpath-any volume:backup"), "b.yaml:18: finding \"high hostpath-any volume:backup\" is there twice"},
		"workload twice":     {put("accepted:", "- ref: batch/CronJob/shop/nightly\n  podSecurity: privileged\n  facts: []\n  findings: []\naccepted:"), `b.yaml:19: "batch/CronJob/shop/nightly" is there twice`},
		"no reason":          {put(`"the node's backup disk, SEC-12"`, `" "`), "b.yaml:20: \"hostpath-any volume:backup\" of batch/CronJob/shop/nightly is accepted without a reason"},
		"no owner":           {put("owner: team-shop, ", ""), "b.yaml:20: \"hostpath-any volume:backup\" of batch/CronJob/shop/nightly is accepted without an owner"},
		"no date":            {put("2027-01-31", "soon"), `b.yaml:20: expires "soon" is not a date`},
		"accepted twice":     {kept + kept[strings.LastIndex(kept, "- {ref"):], "b.yaml:21: \"hostpath-any volume:backup\" of batch/CronJob/shop/nightly is accepted twice"},
		"accepted severity":  {put(`finding: "hostpath-any`, `finding: "medium hostpath-any`), "begins with a severity"},
		"report, narrowed":   {`{"apiVersion": "kubectl-harden.dev/v1alpha1", "kind": "Report", "checks": ["a"], "narrowed": ["severity high"]}`, "b.yaml: a Report that was narrowed (severity high)"},
		"report, old":        {`{"apiVersion": "kubectl-harden.dev/v1alpha1", "kind": "Report"}`, "b.yaml: a Report of an earlier version"},
		"report, cut":        {`{"apiVersion": "kubectl-harden.dev/v1alpha1", "kind": "Report", "items": [`, "b.yaml:"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := compare.Read("b.yaml", []byte(tt.text))
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// TestReadFormats: the baseline is the same by way of each format, and so is a report.
func TestReadFormats(t *testing.T) {
	report := judged(t, strict)
	want := yamlOf(t, compare.OfReport(report), nil)
	b, _ := compare.Baseline(compare.OfReport(report), nil)
	for _, format := range render.BaselineFormats() {
		var out bytes.Buffer
		if err := render.Baseline(&out, b, render.Options{Format: format}); err != nil {
			t.Fatal(err)
		}
		p, err := compare.Read("x", out.Bytes())
		if err != nil {
			t.Fatalf("%s: %v\n%s", format, err, out.String())
		}
		if got := yamlOf(t, p, nil); got != want {
			t.Errorf("%s: %s", format, got)
		}
	}
	for _, format := range []string{"json", "yaml", "kyaml"} {
		var out, errOut bytes.Buffer
		if err := render.Report(&out, &errOut, report, render.Options{Format: format}); err != nil {
			t.Fatal(err)
		}
		p, err := compare.Read("x", out.Bytes())
		if err != nil {
			t.Fatalf("%s: %v", format, err)
		}
		if got := yamlOf(t, p, nil); got != want {
			t.Errorf("a report as %s: %s", format, got)
		}
	}
}

// TestHostile: whatever stands in names comes back from a file as it is, and harms nobody on its way.
func TestHostile(t *testing.T) {
	for _, s := range testkit.HostileStrings() {
		if s.Value == "" {
			continue
		}
		report := judged(t, strict+rights(`{apiGroups: [""], resources: [configmaps], verbs: [get]}`))
		item := &report.Items[0]
		item.Ref.Name, item.Ref.Namespace = s.Value, s.Value
		item.Containers[0].Name, item.Identity.Account = s.Value, s.Value
		item.Rights[0].ResourceNames, item.Rights[0].Resources = []string{s.Value, "x"}, []string{s.Value}
		item.Mounts = append(item.Mounts, api.Mount{Container: s.Value, Type: api.ContainerMain, Kind: s.Value, Source: s.Value})
		item.Network.Ingress = api.Direction{Isolated: true, Rules: []api.NetworkRule{{Who: s.Value, Ports: []string{"80"}}}}
		item.Network.Exposed = []api.Exposure{{Target: s.Value, Hosts: []string{s.Value}, TLS: "no", Reach: api.ReachOutside}}
		item.Findings = append(item.Findings, api.Finding{Check: "privileged", Severity: api.SeverityHigh, Status: api.StatusFail, Container: s.Value, Subject: s.Value})
		p := compare.OfReport(report)
		p.Name = "x"
		text := yamlOf(t, p, nil)
		testkit.CheckHarmless(t, "yaml", text)
		back, err := compare.Read("x", []byte(text))
		if err != nil {
			t.Fatalf("%s: %v\n%s", s.Name, err, text)
		}
		if again := yamlOf(t, back, nil); again != text {
			t.Errorf("%s: read back\n%s\nof\n%s", s.Name, again, text)
		}
		if c := changesOf(t, back, p); len(c.Changes) > 0 {
			t.Errorf("%s: %v", s.Name, told(c))
		}
	}
}

// TestNoSecrets: what is planted in a manifest is in no line.
func TestNoSecrets(t *testing.T) {
	manifest := testkit.PlantedManifest()
	p := posture(t, "x", manifest)
	text := yamlOf(t, p, nil)
	testkit.CheckNoSecrets(t, text)
	testkit.CheckNoSecrets(t, encoded(t, changesOf(t, posture(t, "y", strict+"---\n"+manifest), posture(t, "z", strict))))
}

// FuzzRead: no text makes the reader fail otherwise than by an error of one line, and what it takes
// is written and read back as the same.
func FuzzRead(f *testing.F) {
	f.Add([]byte(kept))
	f.Add([]byte(strings.Replace(kept, "right get,list pods in shop", `main:"a b" mount hostPath "/x y" read-only`, 1)))
	f.Add([]byte(strings.Replace(kept, "right get,list pods in shop", `ingress from "10.0.0.0/8 except 10.1.0.0/16" 53/UDP,any/SCTP,http/TCP`, 1)))
	f.Add([]byte(strings.Replace(kept, "right get,list pods in shop", `exposed 8080 outside no-TLS a.example,any from 10.0.0.0/8`, 1)))
	f.Add([]byte(`{"apiVersion": "kubectl-harden.dev/v1alpha1", "kind": "Report", "checks": ["a"], "items": [{"findings": [{"check": "a"}]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := compare.Read("f", data)
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Fatalf("%q", err)
			}
			return
		}
		text := yamlOf(t, p, p)
		back, err := compare.Read("f", []byte(text))
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if again := yamlOf(t, back, back); again != text {
			t.Fatalf("%s\n%s", text, again)
		}
		if c, err := compare.Changes(p, back, compare.Options{Now: clock, IgnoreAcceptances: true}); err == nil && len(c.Changes) > 0 {
			t.Fatalf("%v of itself\n%s", told(c), text)
		}
	})
}
