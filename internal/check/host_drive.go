package check

import (
	"path"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// pathOn cleans a path of the node, in the manner of the node's system.
func pathOn(s Subject, p string) string {
	if p != "" && (s.Windows() || drive(p) != "") {
		return windowsPath(p)
	}
	return nodePath(p)
}

// joinOn is what a subPath narrows a path of the node to.
func joinOn(s Subject, p, sub string) string {
	switch {
	case sub == "":
		return p
	case p != "" && (s.Windows() || drive(p) != ""):
		return windowsPath(p + `\` + sub)
	}
	return nodePath(path.Join(p, sub))
}

// drive is the letter of a path's drive with its colon, in upper case; empty for none.
func drive(p string) string {
	p = strings.ReplaceAll(p, `\`, "/")
	p = strings.TrimPrefix(strings.TrimPrefix(p, "//?/"), "//./")
	if len(p) < 2 || p[1] != ':' {
		return ""
	}
	if letter := strings.ToUpper(p[:1]); "A" <= letter && letter <= "Z" {
		return letter + ":"
	}
	return ""
}

// windowsPath cleans a path of a Windows node, so that c:/etc//kubernetes. is
// C:\etc\kubernetes; without a drive C: is meant. A pipe or a share stays as it is written.
func windowsPath(p string) string {
	slashed, letter := strings.ReplaceAll(p, `\`, "/"), drive(p)
	switch {
	case letter != "":
		_, slashed, _ = strings.Cut(slashed, ":")
	case strings.HasPrefix(slashed, "//") && path.Clean(slashed) != "/":
		return p
	default:
		letter = "C:"
	}
	parts := strings.Split(path.Clean("/"+slashed), "/")
	for i := range parts {
		parts[i] = strings.TrimRight(parts[i], " .")
	}
	return letter + strings.ReplaceAll(path.Clean("/"+strings.Join(parts, "/")), "/", `\`)
}

// windowsPlace is worstPlace for a path that windowsPath has cleaned; Windows tells no upper
// case from lower.
func windowsPlace(p string, readOnly bool) (worst place, severity api.Severity, found bool) {
	rest, ok := strings.CutPrefix(p, "C:")
	if !ok {
		return place{}, "", false
	}
	rest = strings.ToLower(strings.ReplaceAll(rest, `\`, "/"))
	if rest == "/" {
		return place{pattern: "/", gives: "everything on it, the kubelet's and the runtime's state with it"}, api.SeverityCritical, true
	}
	return worstOf(windowsPlaces(), rest, readOnly)
}

// windowsPlaces are those of Kubernetes and of Windows, below C: and in lower case.
func windowsPlaces() []place {
	const c, h = api.SeverityCritical, api.SeverityHigh
	out := kubernetesPlaces()
	out = appendPlaces(out, c, h, "the files and the environment of every container on the node",
		"/programdata/containerd/**", "/programdata/*/containerd/**", "/programdata/docker/**")
	out = appendPlaces(out, c, h, "the kubelet, its settings and its credentials", "/k/**")
	out = appendPlaces(out, c, h, "the password hashes of the node", "/windows/system32/config/**")
	out = appendPlaces(out, c, h, "the keys of the node and whom it lets in", "/programdata/ssh/**")
	out = appendPlaces(out, c, "", "the programs that the system runs on the node", "/windows/**", "/program files/**",
		"/program files (x86)/**", "/opt/cni/bin/**")
	out = appendPlaces(out, h, "", "how the node runs containers", "/etc/cni/**")
	out = appendPlaces(out, h, h, "keys and credentials of the node's users", "/users/*", "/users/*/.*/**", "/users/*/appdata/**")
	return appendPlaces(out, h, "", "links there make the kubelet show any file of the node as a log",
		"/var/log", "/var/log/pods/**", "/var/log/containers/**")
}
