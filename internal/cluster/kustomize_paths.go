package cluster

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/api/provider"
	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/api/types"
	kyaml "sigs.k8s.io/yaml"
)

// paths are all fields of a kustomization that kustomize loads from, after FixKustomization.
func paths(k *types.Kustomization) []string {
	all := slices.Concat(k.Resources, k.Components, k.Crds, k.Configurations,
		k.Generators, k.Transformers, k.Validators, []string{k.OpenAPI["path"]})
	for _, p := range k.PatchesStrategicMerge { //nolint:staticcheck // kustomize still loads from it
		all = append(all, string(p))
	}
	for _, p := range slices.Concat(k.Patches, k.PatchesJson6902) { //nolint:staticcheck // kustomize still loads from it
		all = append(all, p.Path)
	}
	for _, r := range k.Replacements {
		all = append(all, r.Path)
	}
	for _, g := range k.ConfigMapGenerator {
		all = slices.Concat(all, g.FileSources, g.EnvSources, []string{g.EnvSource})
	}
	for _, g := range k.SecretGenerator {
		all = slices.Concat(all, g.FileSources, g.EnvSources, []string{g.EnvSource})
	}
	return all
}

// onlyResources tells a kustomization that passes on the files it names as they are.
func onlyResources(k *types.Kustomization) bool {
	rest := *k
	rest.TypeMeta, rest.MetaData, rest.Resources = types.TypeMeta{}, nil, nil
	return reflect.DeepEqual(rest, types.Kustomization{})
}

// plugin checks the settings of generators, transformers or validators, from a file or
// written in place of a path, as kustomize itself reads them. Any text in them that looks
// remote is refused, but where it can be no path.
func (c *kustomizationCheck) plugin(content []byte, name string) error {
	if err := boundedYAML(content); err != nil {
		return &kustomizationError{name, err}
	}
	resources, err := resmap.NewFactory(provider.NewDepProvider().GetResourceFactory()).NewResMapFromBytes(content)
	if err != nil {
		// A path, or what kustomize will say the same of.
		return nil
	}
	for _, resource := range resources.Resources() {
		settings, err := resource.AsYAML()
		if err != nil {
			return &kustomizationError{name, err}
		}
		var tree any
		if err := kyaml.Unmarshal(settings, &tree); err != nil {
			return &kustomizationError{name, err}
		}
		if found, is := remoteText(tree); is {
			return &kustomizationError{name, fmt.Errorf("%s: %w", quoteShort(withoutCredentials(found)), errRemote)}
		}
	}
	return nil
}

// remoteText gives the first text in tree that looks remote.
func remoteText(tree any) (string, bool) {
	switch t := tree.(type) {
	case string:
		return anyRemote([]string{t})
	case []any:
		for _, e := range t {
			if found, is := remoteText(e); is {
				return found, true
			}
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(t)) {
			// URLs are common in these two, and no path is read there.
			if strings.EqualFold(key, "annotations") || strings.EqualFold(key, "literals") {
				continue
			}
			if found, is := remoteText(t[key]); is {
				return found, true
			}
		}
	}
	return "", false
}

// boundedYAML refuses text that kustomize could not hold once its aliases are followed.
func boundedYAML(content []byte) error {
	if bytes.IndexByte(content, '&') < 0 || bytes.IndexByte(content, '*') < 0 {
		return nil
	}
	roots, err := parseYAML(content)
	if err != nil {
		// Not every file is YAML; kustomize judges those that must be.
		return nil
	}
	for _, root := range roots {
		w := &yamlWriter{text: yamlText{data: content, line: 1}}
		if _, err := w.document(root); errors.Is(err, errAliases) {
			return err
		}
	}
	return nil
}
