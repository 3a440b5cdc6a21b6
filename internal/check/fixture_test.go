package check

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	psapi "k8s.io/pod-security-admission/api"
	sigsyaml "sigs.k8s.io/yaml"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/podsecurity"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// A fixture file testdata/ID.yaml is a stream of objects. A comment
//
//	# want ID "regexp" "regexp"…
//
// stands on the line of the field that the finding's path names or, where that field is not
// written, on the line of its nearest parent that is; the first line of a list entry stands
// for the entry. Every finding needs its regexp and every regexp its finding. It is matched
// against "MESSAGE [SEVERITY unknown derived MODIFIER]", of which only what holds is there.
// A comment "# context KEY=VALUE…" in a document sets what is known of the cluster: version,
// runtime, registries, and seccompDefault and userns as absent, unknown, no or yes. What
// surrounds the pod is said as fixture_around_test.go tells, what its account may do as
// fixture_account_test.go does. A path that is no field, such as that of a grant, is on the
// first line of the object.

// fixture is one object of a fixture file.
type fixture struct {
	where   string
	subject Subject
	lineOf  func(path string) int
	// wants are regexps by line of the file.
	wants map[int][]string
}

func loadFixtures(t *testing.T, id string) []fixture {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", id+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var out []fixture
	line := 1
	for text := range strings.SplitSeq(string(data), "\n---\n") {
		f := loadFixture(t, text, line-1)
		f.where = fmt.Sprintf("%s.yaml:%d", id, line)
		f.wants = wantsOf(t, id, text, line)
		out = append(out, f)
		line += strings.Count(text, "\n") + 2
	}
	return out
}

// loadFixture reads one document, of which before lines come first in its file.
func loadFixture(t *testing.T, text string, before int) fixture {
	t.Helper()
	var node yaml.Node
	if err := yaml.Unmarshal([]byte(text), &node); err != nil {
		t.Fatal(err)
	}
	ctx, version := contextOf(t, text)
	shape := shapeOf(t, text)
	shape.Pods = append(shape.Pods, pods(t, text)...)
	subject := NewSubject(shape, ctx, podsecurity.New(version))
	subject.Account = accountIn(t, shape, text)
	return fixture{subject: subject, lineOf: func(path string) int { return before + lineOf(&node, path) }}
}

// shapeOf reads the pod, or the pod template, of a manifest.
func shapeOf(t *testing.T, text string) *workload.Shape {
	t.Helper()
	var object struct {
		metav1.TypeMeta   `json:",inline"`
		metav1.ObjectMeta `json:"metadata"`
		Spec              struct {
			Template    *corev1.PodTemplateSpec         `json:"template"`
			Claims      []*corev1.PersistentVolumeClaim `json:"volumeClaimTemplates"`
			JobTemplate struct {
				Spec struct {
					Template *corev1.PodTemplateSpec `json:"template"`
				} `json:"spec"`
			} `json:"jobTemplate"`
		} `json:"spec"`
	}
	if err := sigsyaml.Unmarshal([]byte(text), &object); err != nil {
		t.Fatal(err)
	}
	if object.Kind == "Pod" {
		pod := &corev1.Pod{}
		if err := sigsyaml.UnmarshalStrict([]byte(text), pod); err != nil {
			t.Fatal(err)
		}
		return &workload.Shape{Meta: &pod.ObjectMeta, Spec: &pod.Spec, Pods: []*corev1.Pod{pod}, Live: true}
	}
	template, path := object.Spec.Template, "spec.template"
	if object.Kind == "CronJob" {
		template, path = object.Spec.JobTemplate.Spec.Template, "spec.jobTemplate.spec.template"
	}
	if template == nil {
		t.Fatalf("%s %s has no template", object.Kind, object.Name)
	}
	shape := &workload.Shape{Path: path, Meta: &template.ObjectMeta, Spec: &template.Spec}
	for i, c := range object.Spec.Claims {
		shape.Claims = append(shape.Claims, workload.ClaimTemplate{
			Name: c.Name, Path: fmt.Sprintf("spec.volumeClaimTemplates[%d]", i),
			Stem: c.Name + "-" + object.Name + "-", VolumeName: c.Spec.VolumeName,
		})
	}
	return shape
}

func contextOf(t *testing.T, text string) (workload.Context, psapi.Version) {
	t.Helper()
	facts := map[string]workload.Fact{
		"absent": workload.FactAbsent, "unknown": workload.FactUnknown, "no": workload.FactNo, "yes": workload.FactYes,
	}
	ctx, version := workload.Context{Runtime: workload.RuntimeOf("")}, podsecurity.Newest()
	for _, m := range regexp.MustCompile(`(?m)^# context (.*)$`).FindAllStringSubmatch(text, -1) {
		for word := range strings.FieldsSeq(m[1]) {
			key, value, _ := strings.Cut(word, "=")
			switch key {
			case "seccompDefault":
				ctx.SeccompDefault = facts[value]
			case "userns":
				ctx.UserNamespaces = facts[value]
			case "runtime":
				ctx.Runtime = workload.RuntimeOf(value)
			case "version":
				v, err := psapi.ParseVersion("v" + value)
				if err != nil {
					t.Fatal(err)
				}
				version = v
			case "registries":
				ctx.Registries = strings.Split(value, ",")
			case "rbac", "minor", "admits": // of the account
			default:
				t.Fatalf("unknown context %q", word)
			}
		}
	}
	if m := regexp.MustCompile(`(?m)^# network (.*)$`).FindStringSubmatch(text); m != nil {
		ctx.Network = &api.Network{}
		if err := sigsyaml.UnmarshalStrict([]byte(m[1]), ctx.Network); err != nil {
			t.Fatalf("%s: %v", m[0], err)
		}
	}
	surround(t, &ctx, text)
	return ctx, version
}

func wantsOf(t *testing.T, id, text string, line int) map[int][]string {
	t.Helper()
	want := regexp.MustCompile(`# want (\S+)((?: "(?:[^"\\]|\\.)*")+)$`)
	quoted := regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)
	out := map[int][]string{}
	for i, l := range strings.Split(text, "\n") {
		if !strings.Contains(l, "# want ") {
			continue
		}
		m := want.FindStringSubmatch(l)
		if m == nil || m[1] != id {
			t.Fatalf("%s.yaml:%d: not of the form # want %s \"regexp\"", id, line+i, id)
		}
		for _, q := range quoted.FindAllString(m[2], -1) {
			pattern, err := strconv.Unquote(q)
			if err != nil {
				t.Fatal(err)
			}
			out[line+i] = append(out[line+i], pattern)
		}
	}
	return out
}

// describe is what the regexps of fixtures are matched against.
func describe(c Check, v Violation) string {
	severity := v.Severity
	if severity == "" {
		severity = c.Severity
	}
	words := []string{string(severity)}
	if v.Unknown {
		words = append(words, "unknown")
	}
	if v.Derived {
		words = append(words, "derived")
	}
	if v.Modifier != "" {
		words = append(words, v.Modifier)
	}
	return fmt.Sprintf("%s [%s]", v.Message, strings.Join(words, " "))
}
