package check

import (
	"regexp"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	nodev1 "k8s.io/api/node/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	sigsyaml "sigs.k8s.io/yaml"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// What surrounds the pod of a fixture stands in comments of its document:
//
//	# with {kind: PersistentVolume, metadata: {name: pv}, spec: {…}}
//	# without RuntimeClass NAME
//	# unreadable PersistentVolumeClaim NAME
//	# used CLAIM KIND/NAME…
//	# pod {spec: {…}, status: {…}}
//	# keys ConfigMap/NAME KEY…
//
// "without" is an object that does not exist, "unreadable" one whose read failed, "used" the
// workloads that use a claim, "pod" one more live pod behind the object, "keys" those of an object
// in the files. Kinds are those of the switch in surround.
var aroundLine = regexp.MustCompile(`(?m)^# (with|without|unreadable|used|keys) (.*)$`)

// surround fills in a context what a fixture says of the pod's surroundings.
func surround(t *testing.T, ctx *workload.Context, text string) {
	t.Helper()
	ctx.ServiceAccounts = map[string]workload.Known[*corev1.ServiceAccount]{}
	ctx.RuntimeClasses = map[string]workload.Known[*nodev1.RuntimeClass]{}
	ctx.Claims, ctx.Nodes = map[string]workload.Claim{}, map[string]*corev1.Node{}
	ctx.Volumes = map[string]workload.Known[*corev1.PersistentVolume]{}
	ctx.ConfigKeys = map[workload.ConfigRef]map[string]bool{}
	for _, m := range aroundLine.FindAllStringSubmatch(text, -1) {
		switch m[1] {
		case "used":
			use(ctx, strings.Fields(m[2]))
			continue
		case "keys":
			keys(ctx, strings.Fields(m[2]))
			continue
		}
		kind, name, fact := around(t, m[1], m[2])
		switch kind {
		case "Namespace":
			ctx.Namespace = known[corev1.Namespace](t, fact, m[2])
		case "LimitRange":
			ctx.LimitRanges.Fact = fact
			if k := known[corev1.LimitRange](t, fact, m[2]); k.Value != nil {
				ctx.LimitRanges.Value = append(ctx.LimitRanges.Value, k.Value)
			}
		case "ServiceAccount":
			ctx.ServiceAccounts[name] = known[corev1.ServiceAccount](t, fact, m[2])
		case "RuntimeClass":
			ctx.RuntimeClasses[name] = known[nodev1.RuntimeClass](t, fact, m[2])
		case "PersistentVolumeClaim":
			claim := ctx.Claims[name]
			claim.Claim = known[corev1.PersistentVolumeClaim](t, fact, m[2])
			ctx.Claims[name] = claim
		case "PersistentVolume":
			ctx.Volumes[name] = known[corev1.PersistentVolume](t, fact, m[2])
		case "Node":
			ctx.Nodes[name] = known[corev1.Node](t, fact, m[2]).Value
		default:
			t.Fatalf("nothing surrounds a pod that is a %q: %s", kind, m[0])
		}
	}
	for name, claim := range ctx.Claims {
		if claim.Claim.Value != nil && claim.Claim.Value.Spec.VolumeName != "" {
			claim.Volume = ctx.Volumes[claim.Claim.Value.Spec.VolumeName]
			ctx.Claims[name] = claim
		}
	}
}

func around(t *testing.T, word, rest string) (kind, name string, fact workload.Fact) {
	t.Helper()
	if word != "with" {
		kind, name, _ = strings.Cut(rest, " ")
		fact = workload.FactNo
		if word == "unreadable" {
			fact = workload.FactUnknown
		}
		return kind, name, fact
	}
	var object struct {
		metav1.TypeMeta   `json:",inline"`
		metav1.ObjectMeta `json:"metadata"`
	}
	if err := sigsyaml.Unmarshal([]byte(rest), &object); err != nil {
		t.Fatalf("%s: %v", rest, err)
	}
	return object.Kind, object.Name, workload.FactYes
}

func known[T any](t *testing.T, fact workload.Fact, text string) workload.Known[*T] {
	t.Helper()
	if fact != workload.FactYes {
		return workload.Known[*T]{Fact: fact}
	}
	object := new(T)
	if err := sigsyaml.UnmarshalStrict([]byte(text), object); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return workload.Known[*T]{Value: object, Fact: fact}
}

func use(ctx *workload.Context, words []string) {
	claim := ctx.Claims[words[0]]
	for _, word := range words[1:] {
		kind, name, _ := strings.Cut(word, "/")
		claim.UsedBy = append(claim.UsedBy, api.Ref{APIVersion: "apps/v1", Kind: kind, Namespace: "shop", Name: name})
	}
	ctx.Claims[words[0]] = claim
}

func keys(ctx *workload.Context, words []string) {
	kind, name, _ := strings.Cut(words[0], "/")
	ctx.ConfigKeys[workload.ConfigRef{Kind: kind, Name: name}] = map[string]bool{}
	for _, key := range words[1:] {
		ctx.ConfigKeys[workload.ConfigRef{Kind: kind, Name: name}][key] = true
	}
}

// pods are the live pods that a fixture names beside its object.
func pods(t *testing.T, text string) []*corev1.Pod {
	t.Helper()
	var out []*corev1.Pod
	for _, m := range regexp.MustCompile(`(?m)^# pod (.*)$`).FindAllStringSubmatch(text, -1) {
		out = append(out, known[corev1.Pod](t, workload.FactYes, m[1]).Value)
	}
	return out
}
