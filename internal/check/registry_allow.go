package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// RegistryAllow finds images from registries that are not allowed.
func RegistryAllow() Check {
	return Check{
		ID:        "registry-allow",
		Title:     "Image comes from a registry that is not allowed",
		Severity:  api.SeverityMedium,
		Standards: []string{"owasp-2025:K07", "attack:T1525"},
		Doc: "The registries of the configuration are the only ones that images may come from; with " +
			"none there is no opinion and no finding. An entry is a host, with its port where the " +
			"image names one, and may go on with a path, of which whole parts count: " +
			"registry.example.com/shop allows registry.example.com/shop/web and not " +
			"registry.example.com/shopping. nginx is docker.io/library/nginx. Images of volumes and of " +
			"init containers count as any: their code and files come from there as well. What is no valid " +
			"reference, with a .. in it or an empty part, is of no allowed registry.",
		Fix:      "the image from an allowed registry, or the registry added to the configuration",
		MayBreak: "nothing, once the image is copied",
		Eval: func(s Subject) []Violation {
			if len(s.Context.Registries) == 0 {
				return nil
			}
			var out []Violation
			for _, use := range imageUses(s) {
				im := parseImage(use.ref)
				name := im.registry + "/" + im.repository
				if !validReference(use.ref) {
					out = append(out, Violation{
						Container: use.container, Path: use.path, Key: use.key, Severity: api.SeverityMedium,
						Got: use.ref, Want: "an allowed registry",
						Message: "not a valid image reference, so of no allowed registry",
					})
					continue
				}
				if slices.ContainsFunc(s.Context.Registries, func(entry string) bool { return allows(entry, name) }) {
					continue
				}
				out = append(out, Violation{
					Container: use.container, Path: use.path, Key: use.key, Severity: api.SeverityMedium,
					Got: use.ref, Want: "an allowed registry",
					Message: fmt.Sprintf("%s is not among the allowed registries", im.registry),
				})
			}
			return out
		},
	}
}

// allows tells whether an entry of the configuration is the image's name or a part of it that
// ends where a part of the name does.
func allows(entry, name string) bool {
	entry = strings.TrimPrefix(entry, "https://")
	host, path, _ := strings.Cut(strings.TrimRight(entry, "/"), "/")
	if host = strings.ToLower(host); host == "index.docker.io" {
		host = defaultRegistry
	}
	if host == "" {
		return false
	}
	if path != "" {
		host += "/" + path
	}
	_, ok := below(name, host)
	return ok
}
