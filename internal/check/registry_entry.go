package check

import (
	"errors"
	"fmt"
	"strings"
)

// RegistryEntry is an error for an entry of the allowed registries that no image can be of. It
// says what to write instead.
func RegistryEntry(entry string) error {
	const example = "write a host such as registry.example.com, or one with a path such as docker.io/library"
	rest, path, _ := strings.Cut(strings.TrimRight(strings.TrimPrefix(entry, "https://"), "/"), "/")
	scheme, bare, hasScheme := strings.Cut(entry, "://")
	switch {
	case strings.TrimSpace(rest) == "":
		return fmt.Errorf("registry %q is empty; %s", entry, example)
	case hasScheme && scheme != "https":
		return fmt.Errorf("registry %q begins with a scheme; write %s", entry, bare)
	case entry == "*":
		return errors.New(`registry "*" is no pattern; leave registries out to allow every one`)
	case strings.Contains(entry, "*"):
		return fmt.Errorf("registry %q is no pattern, what it names includes all below it; %s", entry, example)
	case strings.ContainsAny(path, ":@"):
		return fmt.Errorf("registry %q has a tag or digest, which none can have; write %s/%s", entry, rest, path[:strings.IndexAny(path, ":@")])
	case strings.ToLower(path) != path:
		return fmt.Errorf("registry %q has a path with upper-case letters, which no image has; write %s/%s", entry, rest, strings.ToLower(path))
	}
	name := strings.TrimSuffix(rest+"/"+path, "/")
	if im := parseImage(name + "/x"); im.registry == defaultRegistry && im.repository == name+"/x" {
		if path == "" {
			name = officialImages + name
		}
		return fmt.Errorf("registry %q names no host, so no image is of it; write %s/%s if Docker Hub is meant", entry, defaultRegistry, name)
	}
	if !validReference(name + "/x") {
		return fmt.Errorf("registry %q is not valid; %s", entry, example)
	}
	return nil
}
