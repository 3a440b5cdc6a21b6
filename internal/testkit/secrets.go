package testkit

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"
)

// secretStem begins every planted secret: an output that shows even the start
// of one, as a shortened value does, is found.
const secretStem = "pl4nted-s3cret-"

// PlantedSecret is a value that no output may show.
type PlantedSecret struct {
	// Where it stands in PlantedManifest.
	Where string
	// Value is the whole value there; the secret is a part of it.
	Value string
}

// PlantedSecrets returns the secrets of PlantedManifest, for tests that plant
// them elsewhere, such as into observed request URIs or log messages.
func PlantedSecrets() []PlantedSecret {
	return []PlantedSecret{
		{"env literal DB_PASSWORD", secretStem + "env-4c1d"},
		{"env literal with a URL", "postgres://app:" + secretStem + "url-90ab@db.example:5432/app"},
		{"env literal of an init container", "Bearer " + secretStem + "bearer-77e0"},
		{"command line with =", "--api-token=" + secretStem + "arg-1f0e"},
		{"command line after its flag", secretStem + "next-c3d2"},
		{"shell command", "exec app --password " + secretStem + "shell-5a5a"},
		{"probe header", "Basic " + base64.StdEncoding.EncodeToString([]byte("app:"+secretStem+"probe-2b2b"))},
		{"annotation", secretStem + "annotation-88aa"},
		{"last-applied annotation", secretStem + "applied-3e3e"},
		{"ConfigMap key", secretStem + "configmap-6d6d"},
		{"ConfigMap file", "password: " + secretStem + "file-b1b1"},
		{"Secret data", secretStem + "data-f00d"},
		{"Secret stringData", secretStem + "string-0dd0"},
	}
}

// PlantedManifest is a Deployment with its ConfigMap and Secret in YAML, for
// files and for a cluster, that has every value of PlantedSecrets where people
// leave such values. Everything is named "planted".
func PlantedManifest() string {
	var replacements []string
	for _, s := range PlantedSecrets() {
		replacements = append(replacements, "{"+s.Where+"}", s.Value)
		replacements = append(replacements, "{base64 "+s.Where+"}", base64.StdEncoding.EncodeToString([]byte(s.Value)))
	}
	return strings.NewReplacer(replacements...).Replace(plantedTemplate)
}

// CheckNoSecrets fails the test if an output shows a planted secret, in part or
// whole, plain, in base64 at any offset, or in hexadecimal.
func CheckNoSecrets(tb testing.TB, output string) {
	tb.Helper()
	for _, leak := range leaks(output) {
		tb.Errorf("output shows a planted secret, %s", leak)
	}
}

func leaks(output string) []string {
	var found []string
	lower := strings.ToLower(output)
	if at := strings.Index(lower, secretStem); at >= 0 {
		found = append(found, "plain: "+around(lower, at))
	}
	if at := strings.Index(lower, hex.EncodeToString([]byte(secretStem))); at >= 0 {
		found = append(found, "in hexadecimal: "+around(lower, at))
	}
	for offset := range 3 {
		// Three bytes are four characters; those of the neighbours are cut off.
		encoded := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("\x00", offset) + secretStem))
		core := encoded[(offset*8+5)/6 : (offset+len(secretStem))*8/6]
		if at := strings.Index(output, core); at >= 0 {
			found = append(found, "in base64: "+around(output, at))
		}
	}
	return found
}

const plantedTemplate = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: planted
  annotations:
    example.com/token: "{annotation}"
    kubectl.kubernetes.io/last-applied-configuration: '{"spec":{"template":{"spec":{"containers":[{"name":"app","env":[{"name":"PASSWORD","value":"{last-applied annotation}"}]}]}}}}'
spec:
  selector: {matchLabels: {app: planted}}
  template:
    metadata:
      labels: {app: planted}
    spec:
      initContainers:
      - name: migrate
        image: registry.example/migrate:1
        env: [{name: AUTHORIZATION, value: "{env literal of an init container}"}]
        command: [sh, -c, "{shell command}"]
      containers:
      - name: app
        image: registry.example/app:1
        args: ["{command line with =}", "--password", "{command line after its flag}"]
        env:
        - {name: DB_PASSWORD, value: "{env literal DB_PASSWORD}"}
        - {name: DATABASE_URL, value: "{env literal with a URL}"}
        - {name: FROM_SECRET, valueFrom: {secretKeyRef: {name: planted, key: data}}}
        envFrom: [{configMapRef: {name: planted}}]
        readinessProbe:
          httpGet:
            port: 8080
            httpHeaders: [{name: Authorization, value: "{probe header}"}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: planted}
data:
  DB_PASSWORD: "{ConfigMap key}"
  app.yaml: |
    {ConfigMap file}
---
apiVersion: v1
kind: Secret
metadata: {name: planted}
data: {data: "{base64 Secret data}"}
stringData: {string: "{Secret stringData}"}
`
