package render

import (
	"bytes"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

func shopBaseline() *api.Baseline {
	return &api.Baseline{
		APIVersion: api.Version, Kind: api.KindBaseline, Scope: api.Scope{Namespaces: []string{"shop"}, Targets: []string{}, Files: []string{}},
		Server: "v1.36.3", PodSecurity: "v1.36", Checks: []string{"hostpath-any", "netpol-none-egress", "sa-exec", "token-mounted"},
		Unknown: []api.BaselineUnread{{Verb: "get", Resource: "configmaps/kubelet-config", Namespace: "kube-system", Checks: []string{"seccomp-unset"}}},
		Workloads: []api.BaselineWorkload{{
			Ref: "batch/CronJob/shop/nightly", PodSecurity: api.LevelPrivileged,
			Facts:    []string{"account nightly", `ingress from "pods app=x of namespace shop" 80`, "right create,get pods/exec in shop", "right get,list pods in shop"},
			Findings: []string{"critical sa-exec create,get/pods/exec", "high token-mounted", "medium hostpath-any volume:backup", "medium netpol-none-egress"},
		}, {Ref: "/Pod/shop/tool", PodSecurity: api.LevelRestricted, Facts: []string{}, Findings: []string{"low x: y", "true", "low a #b", "low ends:"}}},
		Accepted: []api.BaselineAcceptance{{
			Ref: "batch/CronJob/shop/nightly", Finding: "hostpath-any volume:backup", Owner: "team-shop",
			Reason: "dumps go to the node's backup disk, SEC-12", Expires: "2027-01-31",
		}},
	}
}

// TestBaselineYAML: the screen, and what a reader of YAML makes of it.
func TestBaselineYAML(t *testing.T) {
	for _, format := range BaselineFormats() {
		var out bytes.Buffer
		if err := Baseline(&out, shopBaseline(), Options{Format: format}); err != nil {
			t.Fatal(err)
		}
		testkit.Golden(t, "testdata/baseline-"+format+".golden", out.Bytes())
		var back api.Baseline
		if err := yaml.UnmarshalStrict(out.Bytes(), &back); err != nil {
			t.Fatal(err)
		}
		back.Scope.Files, back.Scope.Targets = []string{}, []string{}
		if diff := cmp.Diff(shopBaseline(), &back); diff != "" {
			t.Errorf("%s: %s", format, diff)
		}
	}
	if err := ValidateBaselineFormat("text"); err == nil {
		t.Error("text is taken")
	}
}

func TestBaselineHostile(t *testing.T) {
	for _, s := range testkit.HostileStrings() {
		b := shopBaseline()
		b.Server, b.Workloads[0].Ref, b.Accepted[0].Reason, b.Scope.Selector = s.Value, s.Value, s.Value, s.Value
		b.Workloads[0].Facts[0], b.Workloads[0].Findings[0] = s.Value, "low "+s.Value
		var out bytes.Buffer
		if err := Baseline(&out, b, Options{Format: "yaml"}); err != nil {
			t.Fatal(err)
		}
		testkit.CheckHarmless(t, "yaml", out.String())
		var back api.Baseline
		if err := yaml.UnmarshalStrict(out.Bytes(), &back); err != nil {
			t.Fatalf("%s: %v\n%s", s.Name, err, out.String())
		}
		if want := string([]rune(s.Value)); back.Workloads[0].Facts[0] != want || back.Accepted[0].Reason != want || back.Scope.Selector != want {
			t.Errorf("%s: %q", s.Name, back.Workloads[0].Facts[0])
		}
	}
}
