package exposure

import (
	"maps"
	"slices"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// anyPath is every path, as api.Exposure writes paths.
const anyPath = "/*"

// prefixPath is a path with all below it; a star at its end is how some controllers write that.
func prefixPath(path string) string {
	return "/" + strings.TrimPrefix(strings.TrimRight(strings.TrimSuffix(path, "*"), "/")+anyPath, "/")
}

// ingressPath is a path of an Ingress; one that a controller interprets itself is taken for a
// prefix, or for a regular expression where it looks like one.
func ingressPath(p networkingv1.HTTPIngressPath) string {
	switch {
	case p.PathType != nil && *p.PathType == networkingv1.PathTypeExact:
		return p.Path
	case p.PathType != nil && *p.PathType == networkingv1.PathTypePrefix:
		return prefixPath(p.Path)
	case strings.ContainsAny(p.Path, `()[]^$|+\`) || strings.Contains(p.Path, ".*"):
		return "~" + p.Path
	}
	return prefixPath(p.Path)
}

// joinedPaths leaves out what another one covers; nil for any.
func joinedPaths(paths []string) []string {
	var out []string
	for _, p := range sorted(paths) {
		if p == anyPath {
			return nil
		}
		if !slices.ContainsFunc(paths, func(o string) bool { return o != p && api.PathCovers(o, p) }) {
			out = append(out, p)
		}
	}
	return out
}

// ingressWays are the ways of an Ingress that differ in their hosts and paths alone.
type ingressWays struct {
	way
	// paths of each host; the empty one is any.
	paths map[string][]string
}

// byPaths joins the hosts that have the same paths.
func (w *ingressWays) byPaths() []way {
	var out []way
	for _, host := range slices.Sorted(maps.Keys(w.paths)) {
		paths := joinedPaths(w.paths[host])
		same := slices.IndexFunc(out, func(o way) bool { return slices.Equal(o.Paths, paths) })
		if same < 0 {
			one := w.way
			one.Hosts, one.Paths = []string{}, paths
			out, same = append(out, one), len(out)
		}
		if host != "" {
			out[same].Hosts = append(out[same].Hosts, host)
		}
	}
	return out
}

// routePaths are the paths of a rule of an HTTPRoute; a match without one is for any.
func (r *route) routePaths(rule fields) []string {
	matches := r.parts(rule, "matches")
	if r.kind != "HTTPRoute" || len(matches) == 0 {
		return []string{anyPath}
	}
	var out []string
	for _, m := range matches {
		path := r.part(m, "path")
		switch value := r.text(path, "value"); r.text(path, "type") {
		case "Exact":
			out = append(out, value)
		case "RegularExpression":
			out = append(out, "~"+value)
		default:
			out = append(out, prefixPath(value))
		}
	}
	return out
}
