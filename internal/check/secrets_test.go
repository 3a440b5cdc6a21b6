package check

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/podsecurity"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// TestPlantedSecrets: no check shows a credential, wherever it stands in a pod, and those
// that it stands for are found.
func TestPlantedSecrets(t *testing.T) {
	manifest, _, _ := strings.Cut(testkit.PlantedManifest(), "\n---\n")
	f := loadFixture(t, manifest, 0)
	found := []string{}
	for _, c := range All() {
		for _, v := range c.Eval(f.subject) {
			testkit.CheckNoSecrets(t, fmt.Sprintf("%s %s %s %s %s %s %s %s", c.ID, v.Path, v.Got, v.Want, v.Message, v.Fix, v.Modifier, v.Key))
			if c.ID == "secret-literal" {
				found = append(found, v.Path[strings.LastIndex(v.Path, ".spec.")+6:])
			}
		}
	}
	want := []string{
		"containers[0].args[0]", "containers[0].args[2]", "containers[0].env[0].value", "containers[0].env[1].value",
		"containers[0].readinessProbe.httpGet.httpHeaders[0].value", "initContainers[0].command[2]", "initContainers[0].env[0].value",
	}
	if slices.Sort(found); !slices.Equal(found, want) {
		t.Errorf("found %q\nwant  %q", found, want)
	}
}

// TestRedactedAlike: a pod without its credentials has the same findings.
func TestRedactedAlike(t *testing.T) {
	for _, f := range loadFixtures(t, "secret-literal") {
		before := violations(t, f.subject)
		for c := range f.subject.Containers() {
			redact(c.Container)
		}
		if after := violations(t, f.subject); after != before {
			t.Errorf("%s: with credentials\n%s\nwithout\n%s", f.where, before, after)
		}
	}
}

func redact(c *corev1.Container) {
	for i := range c.Env {
		c.Env[i].Value = workload.RedactValue(c.Env[i].Name, c.Env[i].Value)
	}
	words := workload.RedactWords(slices.Concat(c.Command, c.Args))
	c.Command, c.Args = words[:len(c.Command)], words[len(c.Command):]
}

func violations(t *testing.T, s Subject) string {
	t.Helper()
	var out strings.Builder
	for _, v := range SecretLiteral().Eval(s) {
		fmt.Fprintf(&out, "%s %s %s\n", v.Path, v.Key, v.Message)
	}
	return out.String()
}

// FuzzSecretLiteral: whatever stands in a variable or on a command line, no finding shows a
// value that is not a name as well.
func FuzzSecretLiteral(f *testing.F) {
	for _, s := range testkit.PlantedSecrets() {
		f.Add("DB_PASSWORD", s.Value, "--password")
		f.Add("NAME", s.Value, "exec app --token")
	}
	f.Fuzz(func(t *testing.T, name, value, word string) {
		if len(value) < 8 || strings.Contains(name+word, value) || safeName.MatchString(value) {
			return
		}
		pod := &corev1.Pod{Spec: corev1.PodSpec{Containers: []corev1.Container{{
			Name: "a", Env: []corev1.EnvVar{{Name: name, Value: value}}, Args: []string{word, value, word + " " + value, word + "=" + value},
		}}}}
		shape := &workload.Shape{Meta: &pod.ObjectMeta, Spec: &pod.Spec}
		for _, v := range SecretLiteral().Eval(NewSubject(shape, workload.Context{}, podsecurity.New(podsecurity.Newest()))) {
			text, err := json.Marshal([]string{v.Path, v.Got, v.Want, v.Message, v.Key})
			if err != nil {
				t.Fatal(err)
			}
			if shown, err := json.Marshal(value); err != nil || strings.Contains(string(text), strings.Trim(string(shown), `"`)) {
				t.Errorf("shows %q: %s", value, text)
			}
		}
	})
}
