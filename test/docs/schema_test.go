package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/assess"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
)

// TestSchemas holds the schemas to documents that are printed: each has its kind, and each of the
// documents among the golden files fits.
func TestSchemas(t *testing.T) {
	schemas := map[string]map[string]any{}
	for kind, of := range documents() {
		raw, err := schemaOf(kind, of)
		if err != nil {
			t.Fatal(err)
		}
		var s map[string]any
		if err := json.Unmarshal(raw, &s); err != nil {
			t.Fatal(err)
		}
		schemas[kind] = s
	}
	files, err := filepath.Glob("../../internal/render/testdata/*.golden")
	if err != nil {
		t.Fatal(err)
	}
	report, err := json.Marshal(shopReport(t))
	if err != nil {
		t.Fatal(err)
	}
	shop := filepath.Join(t.TempDir(), "shop.json")
	if err := os.WriteFile(shop, report, 0o600); err != nil {
		t.Fatal(err)
	}
	files = append(files, shop)
	fitted := map[string]int{}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var doc map[string]any
		if asJSON, err := yaml.YAMLToJSON(raw); err != nil || json.Unmarshal(asJSON, &doc) != nil {
			continue
		}
		kind, _ := doc["kind"].(string)
		if s := schemas[kind]; s != nil {
			fitted[kind]++
			if err := fits(s, s, doc, ""); err != nil {
				t.Errorf("%s: %v", file, err)
			}
			doc["surprise"] = true
			if fits(s, s, doc, "") == nil {
				t.Errorf("%s: a field that is not known fits", file)
			}
		}
	}
	for _, kind := range []string{"Report", "Baseline", "Changes"} {
		if fitted[kind] == 0 {
			t.Errorf("no document of kind %s among the golden files", kind)
		}
	}
}

// shopReport is a report of the shop.
func shopReport(t *testing.T) *api.Report {
	t.Helper()
	objects, _, err := cluster.Load(t.Context(), cluster.LoadOptions{Filenames: []string{"../../examples/shop"}})
	if err != nil {
		t.Fatal(err)
	}
	inv := cluster.NewInventory()
	inv.AddAll(objects)
	return assess.Report(inv, assess.Options{})
}

// fits checks a value against the part of JSON Schema that schemaOf writes.
func fits(root, s map[string]any, value any, path string) error {
	if ref, ok := s["$ref"].(string); ok {
		return fits(root, root["$defs"].(map[string]any)[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any), value, path)
	}
	if constant, ok := s["const"]; ok && constant != value {
		return fmt.Errorf("%s is %v, want %v", path, value, constant)
	}
	if enum, ok := s["enum"].([]any); ok && !slices.Contains(enum, value) {
		return fmt.Errorf("%s is %v, want one of %v", path, value, enum)
	}
	if choices, ok := s["anyOf"].([]any); ok {
		var err error
		for _, choice := range choices {
			if err = fits(root, choice.(map[string]any), value, path); err == nil {
				return nil
			}
		}
		return err
	}
	if types, ok := s["type"]; ok && !slices.Contains(strings.Fields(strings.Trim(fmt.Sprint(types), "[]")), typeOf(value, types)) {
		return fmt.Errorf("%s is %T, want %v", path, value, types)
	}
	switch v := value.(type) {
	case []any:
		for i, item := range v {
			if err := fits(root, s["items"].(map[string]any), item, fmt.Sprintf("%s[%d]", path, i)); err != nil {
				return err
			}
		}
	case map[string]any:
		return fieldsFit(root, s, v, path)
	}
	return nil
}

func fieldsFit(root, s, value map[string]any, path string) error {
	properties, _ := s["properties"].(map[string]any)
	for name, field := range value {
		of, known := properties[name].(map[string]any)
		if more, ok := s["additionalProperties"].(map[string]any); !known && ok {
			of, known = more, true
		}
		if !known && s["additionalProperties"] == false {
			return fmt.Errorf("%s.%s is not known", path, name)
		}
		if err := fits(root, of, field, path+"."+name); err != nil {
			return err
		}
	}
	required, _ := s["required"].([]any)
	for _, name := range required {
		if _, there := value[name.(string)]; !there {
			return fmt.Errorf("%s.%s is missing", path, name)
		}
	}
	return nil
}

func typeOf(value, types any) string {
	switch v := value.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case []any:
		return "array"
	case map[string]any:
		return "object"
	case float64:
		if v == float64(int64(v)) && strings.Contains(fmt.Sprint(types), "integer") {
			return "integer"
		}
	}
	return "number"
}
