package assess

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
)

// readFiles puts manifests into an inventory; those of no namespace are of shop.
func readFiles(t testing.TB, docs ...string) *cluster.Inventory {
	t.Helper()
	text := strings.Join(docs, "\n---\n")
	objects, problems, err := cluster.Load(t.Context(), cluster.LoadOptions{Filenames: []string{"-"}, Stdin: strings.NewReader(text)})
	if err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	inv := cluster.NewInventory()
	inv.DefaultNamespace = "shop"
	if problems := inv.AddAll(objects); len(problems) > 0 {
		t.Fatal(problems)
	}
	return inv
}

func situationOf(t testing.TB, inv *cluster.Inventory) *netpol.Situation {
	t.Helper()
	s, err := Situation(inv, "")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func portsText(ranges []netpol.PortRange) string {
	var out []string
	for _, r := range ranges {
		text := fmt.Sprintf("%s %d", r.Protocol, r.First)
		if r.Last != r.First {
			text += fmt.Sprintf("-%d", r.Last)
		}
		out = append(out, text)
	}
	return strings.Join(out, ", ")
}

// situationText is all of a Situation but its objects, a line each.
func situationText(s *netpol.Situation) []string {
	var out []string
	for _, w := range s.Workloads {
		text := "workload " + w.Ref.From("") + " "
		if w.Selector != nil {
			text += metav1.FormatLabelSelector(w.Selector)
		} else {
			text += "none: " + w.Unselectable
		}
		if w.HostNetwork {
			text += ", on its node"
		}
		out = append(out, text)
	}
	for _, d := range s.DNS {
		text := "dns " + d.Service + " in " + d.Namespace + " "
		if d.Selector != nil {
			text += metav1.FormatLabelSelector(d.Selector)
		} else {
			text += fmt.Sprint(d.Addresses)
		}
		text += " " + portsText(d.Ports)
		if d.Workload != nil {
			text += " of " + d.Workload.From("")
		}
		out = append(out, text)
	}
	if s.NoDNS != "" {
		out = append(out, "no dns: "+s.NoDNS)
	}
	return append(out, callerText(s)...)
}

// callerText are the callers and the hints, but for that on what small files do not hold.
func callerText(s *netpol.Situation) []string {
	var out []string
	for _, c := range s.Callers {
		from := "anybody"
		if c.From != nil {
			from = c.From.From("")
		} else if len(c.Sources) > 0 {
			from = fmt.Sprint(c.Sources)
		}
		out = append(out, fmt.Sprintf("%s from %s on %s: %s", c.To.From(""), from, portsText(c.Ports), c.Reason))
	}
	for _, h := range s.Hints {
		if strings.HasPrefix(h.Text, "the files hold no ") {
			continue
		}
		of := "hint"
		if h.Of != nil {
			of += " " + h.Of.From("")
		}
		out = append(out, of+": "+h.Text)
	}
	return out
}

// startingWith are the lines that begin with a word.
func startingWith(lines []string, word string) []string {
	var out []string
	for _, line := range lines {
		if rest, found := strings.CutPrefix(line, word+" "); found {
			out = append(out, rest)
		}
	}
	return out
}

// webOf is a Deployment.
func webOf(containers string) string {
	return fmt.Sprintf("{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [%s]}}}}", containers)
}

func TestSituationSelectors(t *testing.T) {
	const spec = "spec: {containers: [{name: c, image: i}]}"
	const controlled = "ownerReferences: [{apiVersion: %s, kind: %s, name: %s, uid: u, controller: true}]"
	tests := map[string]struct {
		docs []string
		want string
	}{
		"a Deployment as written": {
			[]string{"{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {selector: {matchLabels: {app: web}, matchExpressions: [{key: tier, operator: In, values: [b, a]}]}, template: {metadata: {labels: {app: web, tier: a, extra: x}}, " + spec + "}}}"},
			"Deployment shop/web app=web,tier in (a,b)",
		},
		"a StatefulSet":       {[]string{"{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: db}, spec: {selector: {matchLabels: {app: db}}, template: {metadata: {labels: {app: db}}, " + spec + "}}}"}, "StatefulSet shop/db app=db"},
		"a bare ReplicaSet":   {[]string{"{apiVersion: apps/v1, kind: ReplicaSet, metadata: {name: rs}, spec: {selector: {matchLabels: {app: rs, pod-template-hash: abc}}, template: {metadata: {labels: {app: rs, pod-template-hash: abc}}, " + spec + "}}}"}, "ReplicaSet shop/rs app=rs,pod-template-hash=abc"},
		"a controller of old": {[]string{"{apiVersion: v1, kind: ReplicationController, metadata: {name: rc}, spec: {selector: {app: rc}, template: {metadata: {labels: {app: rc}}, " + spec + "}}}"}, "ReplicationController shop/rc app=rc"},
		"a selector that is not of its pods": {
			[]string{"{apiVersion: apps/v1, kind: DaemonSet, metadata: {name: ds}, spec: {selector: {matchLabels: {app: other}}, template: {metadata: {labels: {app: ds, helm.sh/chart: a-1}}, " + spec + "}}}"},
			"DaemonSet shop/ds app=ds",
		},
		"one that is wrong": {
			[]string{"{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {selector: {matchExpressions: [{key: a, operator: Near}]}, template: {metadata: {labels: {app: web}}, " + spec + "}}}"},
			"Deployment shop/web app=web",
		},
		"an empty one": {[]string{"{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {template: {metadata: {labels: {app: web}}, " + spec + "}}}"}, "Deployment shop/web app=web"},
		"a Job": {
			[]string{"{apiVersion: batch/v1, kind: Job, metadata: {name: once}, spec: {selector: {matchLabels: {controller-uid: u}}, template: {metadata: {labels: {app: once, controller-uid: u, job-name: once, batch.kubernetes.io/job-name: once}}, " + spec + "}}}"},
			"Job shop/once app=once",
		},
		"a CronJob": {
			[]string{"{apiVersion: batch/v1, kind: CronJob, metadata: {name: nightly}, spec: {jobTemplate: {spec: {template: {metadata: {labels: {app: nightly, app.kubernetes.io/instance: one, app.kubernetes.io/version: '3'}}, " + spec + "}}}}}"},
			"CronJob shop/nightly app=nightly,app.kubernetes.io/instance=one",
		},
		"one without": {
			[]string{"{apiVersion: batch/v1, kind: CronJob, metadata: {name: nightly}, spec: {jobTemplate: {spec: {template: {" + spec + "}}}}}"},
			"CronJob shop/nightly none: its pods have no label that stays; add one such as app: nightly to the template",
		},
		"a bare pod":                 {[]string{"{apiVersion: v1, kind: Pod, metadata: {name: p, labels: {app: p, pod-template-hash: x}}, " + spec + "}"}, "Pod shop/p app=p"},
		"one that has none":          {[]string{"{apiVersion: v1, kind: Pod, metadata: {name: p}, " + spec + "}"}, "Pod shop/p none: the pod has no label that stays; add one such as app: p to it"},
		"on the network of its node": {[]string{"{apiVersion: v1, kind: Pod, metadata: {name: p, labels: {app: p}}, spec: {hostNetwork: true, containers: [{name: c}]}}"}, "Pod shop/p app=p, on its node"},
		"a custom kind":              {[]string{"{apiVersion: argoproj.io/v1alpha1, kind: Rollout, metadata: {name: web}, spec: {selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web, more: x}}, " + spec + "}}}"}, "Rollout shop/web app=web"},
		"one whose selector is another": {
			[]string{"{apiVersion: example.com/v1, kind: Group, metadata: {name: web}, spec: {selector: {zone: a}, template: {metadata: {labels: {app: web}}, " + spec + "}}}"},
			"Group shop/web app=web",
		},
		"one by its controllers": {
			[]string{
				"{apiVersion: argoproj.io/v1alpha1, kind: Rollout, metadata: {name: web}, spec: {workloadRef: {name: web}}}",
				"{apiVersion: apps/v1, kind: ReplicaSet, metadata: {name: web-1, " + fmt.Sprintf(controlled, "argoproj.io/v1alpha1", "Rollout", "web") + "}, spec: {selector: {matchLabels: {app: web, rollouts-pod-template-hash: '1'}}, template: {metadata: {labels: {app: web, more: x, rollouts-pod-template-hash: '1'}}, " + spec + "}}}",
				"{apiVersion: v1, kind: Pod, metadata: {name: web-1-a, labels: {app: web, more: x, rollouts-pod-template-hash: '1'}, " + fmt.Sprintf(controlled, "apps/v1", "ReplicaSet", "web-1") + "}, " + spec + "}",
			},
			"ReplicaSet shop/web-1 app=web",
		},
		"one above its controllers": {
			[]string{
				"{apiVersion: example.com/v1, kind: Group, metadata: {name: web}, spec: {template: {metadata: {labels: {app: web, more: x}}, " + spec + "}}}",
				"{apiVersion: apps/v1, kind: ReplicaSet, metadata: {name: web-1, " + fmt.Sprintf(controlled, "example.com/v1", "Group", "web") + "}, spec: {selector: {matchLabels: {app: web, pod-template-hash: '1'}}, template: {metadata: {labels: {app: web, more: x, pod-template-hash: '1'}}, " + spec + "}}}",
				"{apiVersion: v1, kind: Pod, metadata: {name: web-1-a, labels: {app: web, more: x, pod-template-hash: '1'}, " + fmt.Sprintf(controlled, "apps/v1", "ReplicaSet", "web-1") + "}, " + spec + "}",
			},
			"Group shop/web app=web",
		},
		"one by its pods": {
			[]string{
				"{apiVersion: v1, kind: Pod, metadata: {name: a, labels: {app: web, one: '1', n: a}, " + fmt.Sprintf(controlled, "example.com/v1", "Group", "web") + "}, " + spec + "}",
				"{apiVersion: v1, kind: Pod, metadata: {name: b, labels: {app: web, one: '1', n: b}, " + fmt.Sprintf(controlled, "example.com/v1", "Group", "web") + "}, " + spec + "}",
			},
			"Group shop/web app=web,one=1",
		},
	}
	for name, test := range tests {
		for _, reverse := range []bool{false, true} {
			docs := slices.Clone(test.docs)
			if reverse {
				slices.Reverse(docs)
			}
			got := startingWith(situationText(situationOf(t, readFiles(t, docs...))), "workload")
			if diff := cmp.Diff([]string{test.want}, got); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
		}
	}
}

// TestSituationObjects has the pods that the workloads have, one for each template without.
func TestSituationObjects(t *testing.T) {
	s := situationOf(t, readFiles(t, webOf("{name: c}"),
		"{apiVersion: v1, kind: Namespace, metadata: {name: empty, labels: {a: b}}}",
		"{apiVersion: v1, kind: Namespace, metadata: {name: shop}}",
		"{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: deny}, spec: {podSelector: {}}}",
		"{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: kubernetes, namespace: default}, endpoints: [{addresses: [10.0.0.2, 10.0.0.1]}], ports: [{port: 6443}]}",
	))
	o := s.Objects
	if len(o.Pods) != 1 || len(s.Workloads[0].Pods) != 1 || o.Pods[0] != s.Workloads[0].Pods[0] || len(o.Policies) != 1 || len(o.Namespaces) != 2 || o.Whole {
		t.Errorf("%+v", o)
	}
	if got := fmt.Sprint(s.APIServer, s.APIService); got != "[10.0.0.1:6443 10.0.0.2:6443] []" {
		t.Error(got)
	}
	if none := situationOf(t, cluster.NewInventory()); len(none.APIServer)+len(none.Workloads)+len(none.Callers) != 0 || none.NoDNS == "" {
		t.Errorf("%+v", none)
	}
}

func TestSituationPlugin(t *testing.T) {
	for _, test := range []struct {
		flag, daemon string
		want         netpol.Plugin
		wrong        string
	}{
		{"", "", netpol.Plugin{}, ""},
		{"", "cilium", netpol.Plugin{Name: "cilium", NoNodeBlocks: true}, ""},
		{"", "anetd", netpol.Plugin{Name: "cilium", NoNodeBlocks: true}, ""},
		{"", "aws-node", netpol.Plugin{Name: "aws", ServicePorts: true}, ""},
		{"", "canal", netpol.Plugin{Name: "calico"}, ""},
		{"", "kube-flannel-ds", netpol.Plugin{}, ""},
		{"", "weave-net", netpol.Plugin{Name: "weave-net"}, ""},
		{"aws", "cilium", netpol.Plugin{Name: "aws", ServicePorts: true}, ""},
		{"kindnet", "", netpol.Plugin{Name: "kindnet"}, ""},
		{"Cilium", "", netpol.Plugin{}, `network plugin "Cilium" is not known; it is one of antrea, aws, azure-npm, calico, cilium,`},
		{"\x1b[31m", "", netpol.Plugin{}, `network plugin "\x1b[31m" is not known`},
	} {
		inv := cluster.NewInventory()
		if test.daemon != "" {
			inv = readFiles(t, "{apiVersion: apps/v1, kind: DaemonSet, metadata: {name: "+test.daemon+", namespace: kube-system}, spec: {template: {metadata: {labels: {a: b}}, spec: {hostNetwork: true, containers: [{name: c}]}}}}")
		}
		s, err := Situation(inv, test.flag)
		if test.wrong != "" {
			if err == nil || !strings.HasPrefix(err.Error(), test.wrong) {
				t.Errorf("%s: %v", test.flag, err)
			}
			continue
		}
		if err != nil || s.Plugin != test.want {
			t.Errorf("%s %s: %+v %v", test.flag, test.daemon, s.Plugin, err)
		}
		if none := slices.ContainsFunc(s.Hints, func(h netpol.Hint) bool { return strings.Contains(h.Text, "enforce") }); none != strings.Contains(test.daemon, "flannel") {
			t.Errorf("%s: %+v", test.daemon, s.Hints)
		}
	}
	if !slices.IsSorted(Plugins()) || !slices.Contains(Plugins(), "cilium") {
		t.Error(Plugins())
	}
}
