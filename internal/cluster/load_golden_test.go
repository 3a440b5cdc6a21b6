package cluster

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestLoadGolden holds good input to what was read from it: GOLDEN=write go test writes it anew.
func TestLoadGolden(t *testing.T) {
	objects, problems, err := Load(t.Context(), LoadOptions{Filenames: []string{"testdata/load/good.yaml"}})
	if err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	var got bytes.Buffer
	for _, o := range objects {
		text, err := json.MarshalIndent(o.Object, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&got, "%s:%d: %s, %T\n%s\n", o.Source.File, o.Source.Line, o.GVK, o.Object, text)
	}
	const golden = "testdata/load/good.golden"
	if os.Getenv("GOLDEN") == "write" {
		if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Error(diff)
	}
}
