package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

const schemaDir = "docs/schema"

// documents are the kinds that have a schema, with the type of each.
func documents() map[string]reflect.Type {
	return map[string]reflect.Type{
		api.KindReport: reflect.TypeFor[api.Report](), api.KindBaseline: reflect.TypeFor[api.Baseline](), api.KindChanges: reflect.TypeFor[api.Changes](),
		api.KindObservations: reflect.TypeFor[api.Observations](), api.KindProof: reflect.TypeFor[api.Proof](),
	}
}

// writeSchemas writes a JSON schema of each document, made from its type.
func writeSchemas() error {
	if err := os.MkdirAll(schemaDir, 0o755); err != nil {
		return err
	}
	for kind, t := range documents() {
		raw, err := schemaOf(kind, t)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(schemaDir, strings.ToLower(kind)+".json"), raw, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// schemaOf is a schema of draft 2020-12.
func schemaOf(kind string, t reflect.Type) ([]byte, error) {
	s := schema{defs: map[string]any{}}
	root := s.object(t)
	properties := root["properties"].(map[string]any)
	properties["apiVersion"], properties["kind"] = map[string]any{"const": api.Version}, map[string]any{"const": kind}
	root["required"] = slices.Compact(slices.Sorted(slices.Values(append(root["required"].([]string), "apiVersion", "kind"))))
	if kind == api.KindBaseline {
		// As YAML a baseline leaves out the lists of its scope that are empty.
		s.defs["Scope"].(map[string]any)["required"] = []string{}
	}
	root["$schema"], root["title"], root["$defs"] = "https://json-schema.org/draft/2020-12/schema", kind, s.defs
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(root); err != nil {
		return nil, fmt.Errorf("schema of %s: %w", kind, err)
	}
	return out.Bytes(), nil
}

// schema collects the types below a document.
type schema struct{ defs map[string]any }

// of is the schema of a type. What a nil pointer, list or map is written as is null.
func (s *schema) of(t reflect.Type) map[string]any {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return map[string]any{"type": "string", "format": "date-time"}
	case t.Kind() != reflect.Pointer && reflect.PointerTo(t).Implements(reflect.TypeFor[json.Marshaler]()):
		return map[string]any{}
	case t == reflect.TypeFor[api.Severity]():
		return map[string]any{"enum": api.Severities()}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return map[string]any{"anyOf": []any{s.of(t.Elem()), map[string]any{"type": "null"}}}
	case reflect.Struct:
		if _, known := s.defs[t.Name()]; !known {
			s.defs[t.Name()] = nil // it may hold itself
			s.defs[t.Name()] = s.object(t)
		}
		return map[string]any{"$ref": "#/$defs/" + t.Name()}
	case reflect.Slice:
		return map[string]any{"type": []string{"array", "null"}, "items": s.of(t.Elem())}
	case reflect.Map:
		return map[string]any{"type": []string{"object", "null"}, "additionalProperties": s.of(t.Elem())}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.String:
		return map[string]any{"type": "string"}
	case reflect.Float64:
		return map[string]any{"type": "number"}
	case reflect.Interface:
		return map[string]any{}
	}
	return map[string]any{"type": "integer"}
}

// object is the schema of a struct. Fields that are left out when they are empty are not required.
func (s *schema) object(t reflect.Type) map[string]any {
	properties, required := map[string]any{}, []string{}
	for field := range t.Fields() {
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case name == "-" || !field.IsExported():
		case field.Anonymous && name == "":
			below := s.object(field.Type)
			maps.Copy(properties, below["properties"].(map[string]any))
			required = append(required, below["required"].([]string)...)
		default:
			properties[name] = s.of(field.Type)
			if !strings.Contains(options, "omitempty") && !strings.Contains(options, "omitzero") {
				required = append(required, name)
			}
		}
	}
	slices.Sort(required)
	return map[string]any{"type": "object", "properties": properties, "required": required, "additionalProperties": false}
}
