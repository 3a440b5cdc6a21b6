package cluster

import (
	"errors"
	"regexp"
	"strings"
)

var (
	// kustomizeSecrets are the parts of kustomize's messages that repeat what a generator or a
	// patch holds, which may be a Secret's.
	kustomizeSecrets = []struct {
		part *regexp.Regexp
		with string
	}{
		{regexp.MustCompile("(?s)with config: `.*`"), "with its config"},
		{regexp.MustCompile(`(?s)literal sources \[.*`), "a literal is not KEY=VALUE"},
		{regexp.MustCompile(`(?s)(env source files: \[[^\]]*\]).*`), "${1}: a line is not KEY=VALUE"},
		{regexp.MustCompile(`(?s)\[patch: .*\]`), "a patch written in place"},
		{regexp.MustCompile(`(?s)must specify one of patch and path in.*`), "must specify one of patch and path"},
		{regexp.MustCompile(`(?s)patch and path can't be set at the same time.*`), "patch and path can't be set at the same time"},
	}
	urlUser  = regexp.MustCompile(`(://|^)[^/@\s]*:[^/@\s]*@|://[^/@\s]+@`)
	urlQuery = regexp.MustCompile(`\?.*$`)
)

// kustomizeCause says on one line what kustomize has against its input, without the input.
func kustomizeCause(err error) error {
	message := err.Error()
	for _, secret := range kustomizeSecrets {
		message = secret.part.ReplaceAllString(message, secret.with)
	}
	return errors.New(strings.Join(strings.Fields(message), " "))
}

// withoutCredentials is a URL or what looks like one, with the user and the query left out.
func withoutCredentials(path string) string {
	path = urlUser.ReplaceAllStringFunc(path, func(user string) string {
		if strings.HasPrefix(user, "://") {
			return "://…@"
		}
		return "…@"
	})
	return urlQuery.ReplaceAllString(path, "?…")
}
