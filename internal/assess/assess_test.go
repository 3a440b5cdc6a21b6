package assess

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
	psapi "k8s.io/pod-security-admission/api"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// decode reads manifests as the API server does.
func decode(t *testing.T, manifests ...string) []runtime.Object {
	t.Helper()
	var out []runtime.Object
	for _, m := range manifests {
		data, err := yaml.YAMLToJSON([]byte(m))
		if err != nil {
			t.Fatal(err)
		}
		obj, _, err := scheme.Codecs.UniversalDeserializer().Decode(data, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, obj)
	}
	return out
}

func inventory(t *testing.T, objects []runtime.Object) *cluster.Inventory {
	t.Helper()
	inv := cluster.NewInventory()
	inv.DefaultNamespace = "default"
	for _, o := range objects {
		kinds, _, err := scheme.Scheme.ObjectKinds(o)
		if err != nil {
			t.Fatal(err)
		}
		source := workload.Source{}
		if _, ok := o.(*corev1.Pod); !ok {
			source = workload.Source{File: "x.yaml", Line: 1}
		}
		if err := inv.Add(o.DeepCopyObject(), kinds[0], source); err != nil {
			t.Fatal(err)
		}
	}
	return inv
}

func assessed(t *testing.T, opts Options, manifests ...string) *api.Report {
	t.Helper()
	return Report(inventory(t, decode(t, manifests...)), opts)
}

// checksOf is CHECK CONTAINER SEVERITY per finding.
func checksOf(item api.Item) []string {
	out := []string{}
	for _, f := range item.Findings {
		out = append(out, f.Check+" "+f.Container+" "+string(f.Severity))
	}
	return out
}

const privilegedPod = `
apiVersion: v1
kind: Pod
metadata: {name: p}
spec:
  containers:
  - name: app
    image: app:1
    securityContext: {privileged: true}
`

// settingChecks selects checks of a container's own settings: what others say of the same
// pods is the matter of their tests.
func settingChecks() Options {
	return Options{Selection: Selection{Checks: []string{
		"allow-priv-escalation", "apparmor-unconfined", "caps-added", "caps-effective", "caps-not-dropped", "privileged",
		"proc-unmasked", "rootfs-writable", "run-as-root-declared", "seccomp-unconfined", "seccomp-unset", "selinux-options",
	}}}
}

func TestPrivilegedIsOneFinding(t *testing.T) {
	item := assessed(t, settingChecks(), privilegedPod).Items[0]
	want := []string{"privileged app critical", "run-as-root-declared app high", "rootfs-writable app low"}
	if diff := cmp.Diff(want, checksOf(item)); diff != "" {
		t.Error(diff)
	}
	if item.PodSecurity.Level != api.LevelPrivileged || len(item.PodSecurity.Gaps) < 5 {
		t.Errorf("what a finding implies is still a gap: %+v", item.PodSecurity)
	}
}

const restrictedContext = "{runAsNonRoot: true, runAsUser: 1000, allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}, seccompProfile: {type: RuntimeDefault}}"

const deployment = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    spec:
      containers:
      - name: app
        image: app:1
        securityContext: ` + restrictedContext + `
`

// livePod is a pod of the Deployment with a container that admission added.
const livePod = `
apiVersion: v1
kind: Pod
metadata:
  name: web-1-%s
  namespace: shop
  ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: web, uid: "1", controller: true}]
spec:
  containers:
  - name: app
    image: app:1
    securityContext: ` + restrictedContext + `
  - name: proxy
    image: proxy:1
    securityContext: {privileged: true, runAsUser: 1337, runAsNonRoot: true, readOnlyRootFilesystem: true}
status: {phase: Running}
`

func TestTemplateAndLivePodsAreBothSeen(t *testing.T) {
	pods := decode(t, livePod, livePod)
	pods[0].(*corev1.Pod).Name, pods[1].(*corev1.Pod).Name = "web-1-a", "web-1-b"
	report := Report(inventory(t, append(decode(t, deployment), pods...)), settingChecks())
	item := report.Items[0]
	if diff := cmp.Diff([]string{"privileged proxy critical"}, checksOf(item)); diff != "" {
		t.Error(diff)
	}
	if f := item.Findings[0]; f.Pods != "2 of 2 pods" || f.Path != "spec.containers[1].securityContext.privileged" {
		t.Errorf("a finding of live pods alone: %+v", f)
	}
	if ps := item.PodSecurity; ps.Level != api.LevelPrivileged || ps.Template != api.LevelRestricted || ps.Live != api.LevelPrivileged {
		t.Errorf("levels: %+v", ps)
	}
	if c := item.Containers[1]; c.Name != "proxy" || c.Origin != originAdmission {
		t.Errorf("an injected container: %+v", c)
	}
}

func TestFingerprintsAreStableAndUnique(t *testing.T) {
	const sidecarFirst = `
apiVersion: v1
kind: Pod
metadata: {name: p}
spec:
  containers:
  - {name: sidecar, image: "s:1"}
  - name: app
    image: app:2
    securityContext: {privileged: true}
`
	before := fingerprints(t, assessed(t, Options{}, privilegedPod).Items[0])
	after := fingerprints(t, assessed(t, Options{}, sidecarFirst).Items[0])
	for key, fingerprint := range before {
		if after[key] != fingerprint {
			t.Errorf("%s has another fingerprint beside a sidecar", key)
		}
	}
}

func fingerprints(t *testing.T, item api.Item) map[string]string {
	t.Helper()
	out, seen := map[string]string{}, map[string]bool{}
	for _, f := range item.Findings {
		if seen[f.Fingerprint] {
			t.Errorf("two findings have the fingerprint of %s %s", f.Check, f.Container)
		}
		seen[f.Fingerprint] = true
		out[f.Check+" "+f.Container] = f.Fingerprint
	}
	return out
}

func TestOrderOfInputDoesNotMatter(t *testing.T) {
	pods := decode(t, livePod, livePod, livePod)
	for i, p := range pods {
		p.(*corev1.Pod).Name = "web-" + string(rune('a'+i))
	}
	pods[1].(*corev1.Pod).Spec.HostPID = true
	objects := append(decode(t, deployment, privilegedPod), pods...)
	var want []byte
	for seed := range uint64(20) {
		rand.New(rand.NewPCG(seed, 0)).Shuffle(len(objects), func(i, j int) { objects[i], objects[j] = objects[j], objects[i] })
		got, err := json.Marshal(Report(inventory(t, objects), Options{}))
		if err != nil {
			t.Fatal(err)
		}
		if want == nil {
			want = got
		}
		if !bytes.Equal(want, got) {
			t.Fatalf("seed %d changes the report", seed)
		}
	}
}

func TestVersionOfThePolicy(t *testing.T) {
	tests := map[string]struct {
		server string
		asked  psapi.Version
		want   string
	}{
		"the server's minor":            {"v1.33.4-eks-1234", psapi.Version{}, "v1.33"},
		"no server":                     {"", psapi.Version{}, "v1.37"},
		"a server newer than the build": {"v1.99.0", psapi.Version{}, "v1.37"},
		"asked for":                     {"v1.33.4", psapi.MajorMinorVersion(1, 30), "v1.30"},
		"a minor with a plus":           {"v1.32+", psapi.Version{}, "v1.32"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			inv := inventory(t, decode(t, privilegedPod))
			inv.Server = test.server
			if got := Report(inv, Options{Version: test.asked}).Items[0].PodSecurity.Version; got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestLevelLimitsTheGaps(t *testing.T) {
	for level, want := range map[api.Level]bool{api.LevelRestricted: true, api.LevelBaseline: false} {
		gaps := assessed(t, Options{Level: level}, privilegedPod).Items[0].PodSecurity.Gaps
		restricted := slices.ContainsFunc(gaps, func(g api.Gap) bool { return g.Level == api.LevelRestricted })
		if restricted != want || len(gaps) == 0 {
			t.Errorf("%s: %+v", level, gaps)
		}
	}
}

const userNamespacePod = `
apiVersion: v1
kind: Pod
metadata: {name: p}
spec:
  hostUsers: false
  nodeName: node-1
  containers:
  - name: app
    image: app:1
    securityContext: {runAsUser: 0}
`

func TestUserNamespaceLowersRoot(t *testing.T) {
	for name, test := range map[string]struct {
		supported bool
		want      api.Severity
		modifier  string
	}{
		"supported":     {true, api.SeverityMedium, "-1: user namespace"},
		"not supported": {false, api.SeverityHigh, ""},
	} {
		t.Run(name, func(t *testing.T) {
			inv := inventory(t, decode(t, userNamespacePod))
			node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "node-1"}}
			node.Status.RuntimeHandlers = []corev1.NodeRuntimeHandler{{Features: &corev1.NodeRuntimeHandlerFeatures{UserNamespaces: &test.supported}}}
			if err := inv.Add(node, schema.GroupVersionKind{Version: "v1", Kind: "Node"}, workload.Source{}); err != nil {
				t.Fatal(err)
			}
			for _, f := range Report(inv, Options{}).Items[0].Findings {
				if f.Check == "run-as-root-declared" && (f.Severity != test.want || f.Modifier != test.modifier) {
					t.Errorf("got %s, %q", f.Severity, f.Modifier)
				}
			}
		})
	}
}

func TestFilterKeepsTheOriginal(t *testing.T) {
	report := assessed(t, Options{}, privilegedPod)
	before := len(report.Items[0].Findings)
	shown := Filter(report, api.SeverityCritical)
	if diff := cmp.Diff([]string{"privileged app critical"}, checksOf(shown.Items[0])); diff != "" {
		t.Error(diff)
	}
	if shown.Summary.Low != 0 || shown.Summary.Critical != 1 || len(report.Items[0].Findings) != before {
		t.Errorf("summary %+v, %d findings left", shown.Summary, len(report.Items[0].Findings))
	}
}
