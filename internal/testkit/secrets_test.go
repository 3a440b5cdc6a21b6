package testkit

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

func TestCheckNoSecretsFinds(t *testing.T) {
	for _, s := range PlantedSecrets() {
		forms := map[string]string{
			"plain":          s.Value,
			"upper case":     strings.ToUpper(s.Value),
			"hexadecimal":    hex.EncodeToString([]byte(s.Value)),
			"base64":         base64.StdEncoding.EncodeToString([]byte(s.Value)),
			"base64 at 1":    base64.StdEncoding.EncodeToString([]byte("x" + s.Value)),
			"base64 at 2":    base64.StdEncoding.EncodeToString([]byte("xy" + s.Value)),
			"base64 for URL": base64.RawURLEncoding.EncodeToString([]byte("xyz" + s.Value + "~")),
		}
		for form, output := range forms {
			if strings.HasPrefix(s.Value, "Basic ") && form != "plain" {
				continue // encoded already, and no output encodes it twice
			}
			if failed := record(t, func(tb testing.TB) { CheckNoSecrets(tb, "value "+output+" end") }); failed == "" {
				t.Errorf("%s, %s: %q is not found", s.Where, form, output)
			}
		}
	}
}

func TestCheckNoSecretsAcceptsOthers(t *testing.T) {
	CheckNoSecrets(t, "env DB_PASSWORD=<redacted>, 1 secret planted, pl4nted")
}

func TestPlantedManifestHasEverySecret(t *testing.T) {
	manifest := PlantedManifest()
	for _, s := range PlantedSecrets() {
		encoded := base64.StdEncoding.EncodeToString([]byte(s.Value))
		if !strings.Contains(manifest, s.Value) && !strings.Contains(manifest, encoded) {
			t.Errorf("%s is not in the manifest", s.Where)
		}
	}
	documents := strings.Split(manifest, "\n---\n")
	if len(documents) != 3 {
		t.Errorf("%d documents, want 3", len(documents))
	}
	for _, document := range documents {
		var object map[string]any
		if err := yaml.UnmarshalStrict([]byte(document), &object); err != nil {
			t.Errorf("%v in:\n%s", err, document)
		}
	}
}
