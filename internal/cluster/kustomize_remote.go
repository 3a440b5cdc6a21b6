package cluster

import (
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
)

var (
	// remoteHead begins what kustomize takes for a repository or a URL: git:: and github.com
	// in any case, USER@, and for caution every SCHEME: of two letters or more. A key of YAML
	// written in place of a path is followed by white space.
	remoteHead = regexp.MustCompile(`^(?i:git::|github\.com[/:]|[a-z][a-z0-9-]*@|[a-z][a-z0-9+.-]+:\S)`)
	// remotePart is seen in no local path: a scheme, and the query that kustomize gives to git.
	remotePart = regexp.MustCompile(`^\S*(://|\?(\S*&)?(ref|version|timeout|submodules)=)\S*$`)
)

// isRemote tells whether kustomize would, or in some version could, fetch a path: it clones
// what internal/git.NewRepoSpecFromURL can parse, before it looks for a folder of that name,
// and downloads what internal/loader.IsRemoteFile finds. It says yes to more than these two.
func isRemote(path string) bool {
	if filepath.IsAbs(path) {
		return false
	}
	if u, err := url.Parse(path); err == nil && (u.Scheme == "http" || u.Scheme == "https") {
		return true
	}
	return remoteHead.MatchString(path) || remotePart.MatchString(path)
}

// anyRemote gives the first remote path; what stands behind a "=" is one too, as in the
// files of generators.
func anyRemote(paths []string) (string, bool) {
	for _, path := range paths {
		for rest, more := path, true; more; _, rest, more = strings.Cut(rest, "=") {
			if isRemote(rest) {
				return path, true
			}
		}
	}
	return "", false
}
