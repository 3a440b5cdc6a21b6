package plugin

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/check"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
)

// config is the file of --config: what an organisation sees differently, and nothing else.
type config struct {
	// Registries are the only ones that images may come from, such as registry.example.com
	// or docker.io/library.
	Registries []string `json:"registries"`
	// Skip are IDs of checks that are not reported.
	Skip []string `json:"skip"`
	// Severities are severities of checks, by ID.
	Severities map[string]api.Severity `json:"severities"`
}

// readConfig reads a config file; an empty name is an empty config.
func readConfig(name string) (config, error) {
	if name == "" {
		return config{}, nil
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return config{}, fmt.Errorf("--config: %w", err)
	}
	c, err := parseConfig(data)
	if err != nil {
		return config{}, fmt.Errorf("--config: %s: %w", name, err)
	}
	return c, nil
}

func parseConfig(data []byte) (config, error) {
	var keys map[string]any
	if err := yaml.Unmarshal(data, &keys); err != nil {
		return config{}, err
	}
	known := []string{"registries", "severities", "skip"}
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		if !slices.Contains(known, key) {
			return config{}, unknownWord("key", key, known)
		}
	}
	var c config
	if err := yaml.UnmarshalStrict(data, &c); err != nil {
		return config{}, err
	}
	for _, entry := range c.Registries {
		if err := check.RegistryEntry(entry); err != nil {
			return config{}, err
		}
	}
	if err := knownChecks(append(slices.Sorted(maps.Keys(c.Severities)), c.Skip...)); err != nil {
		return config{}, err
	}
	for _, id := range slices.Sorted(maps.Keys(c.Severities)) {
		severity, err := api.ParseSeverity(string(c.Severities[id]))
		if err != nil {
			return config{}, fmt.Errorf("severities: %s: %w", id, err)
		}
		c.Severities[id] = severity
	}
	return c, nil
}

// knownChecks returns an error for the first ID that no check has.
func knownChecks(ids []string) error {
	var known []string
	for _, c := range check.All() {
		known = append(known, c.ID)
	}
	for _, id := range ids {
		if !slices.Contains(known, id) {
			return unknownWord("check", id, known)
		}
	}
	return nil
}

// unknownWord says which word may be meant.
func unknownWord(what, word string, known []string) error {
	if near := cluster.Nearest(word, known); near != "" {
		return fmt.Errorf("unknown %s %q; did you mean %s?", what, word, near)
	}
	if len(known) > 10 {
		return fmt.Errorf("unknown %s %q; see '%s checks'", what, word, displayName)
	}
	return fmt.Errorf("unknown %s %q; known are %s", what, word, strings.Join(known, ", "))
}
