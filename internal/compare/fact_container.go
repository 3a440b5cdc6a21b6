package compare

import (
	"path"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// runtimeDefault stands for what container runtimes leave to a container that drops nothing.
const runtimeDefault = "runtime-default"

// defaults are the capabilities of containerd's default; those of CRI-O are among them
// (pkg/oci/spec.go of containerd, defaultUnixCaps).
func defaults() []string {
	return []string{
		"AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE",
		"NET_RAW", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
	}
}

// capability is one that a container may have.
type capability string

const allCapabilities capability = "ALL"

func (c capability) coveredBy(others *pool) bool { return others.exact[c] || c.under(others) }

func (c capability) under(others *pool) bool {
	has := func(o capability) bool { return o != c && others.exact[o] }
	return has(allCapabilities) || has(runtimeDefault) && slices.Contains(defaults(), string(c))
}

func (capability) related(atom) bool { return true }

func capabilityAtoms(f fact) []atom {
	var out []atom
	for _, name := range f.args[0] {
		out = append(out, capability(name))
	}
	return out
}

func joinCapabilities(container string, atoms []atom) []fact {
	var names []string
	for _, a := range atoms {
		names = append(names, string(a.(capability)))
	}
	return []fact{{container: container, kind: kindCapabilities, args: [][]string{set(names)}}}
}

func capabilitySeverity(f fact) api.Severity {
	if slices.ContainsFunc(f.args[0], func(name string) bool {
		return name != runtimeDefault && name != "NET_BIND_SERVICE" && !slices.Contains(defaults(), name)
	}) {
		return api.SeverityHigh
	}
	return api.SeverityMedium
}

// mountChecks are those about the place.
func mountChecks(f fact) []string {
	if f.arg(0) == "hostPath" {
		return []string{"hostpath-any", "hostpath-escape", "runtime-socket"}
	}
	return []string{"restricted-volumes", "pvc-shared", "token-audience-ttl"}
}

func mountSeverity(f fact) api.Severity {
	if f.arg(0) == "hostPath" {
		return api.SeverityMedium
	}
	return api.SeverityLow
}

// mountAtom is a source that a container mounts.
type mountAtom struct {
	kind, source string
	writable     bool
	propagation  string
}

// propagations are ordered by what passes between the node and the container.
func propagations() []string {
	return []string{"", "HostToContainer", "Bidirectional"}
}

// wide tells a place that has others in it.
func (m mountAtom) wide() bool { return slices.Contains(api.MountsWithPaths(), m.kind) }

func (m mountAtom) covers(o mountAtom) bool {
	return m.kind == o.kind && (m.writable || !o.writable) && (m.source == o.source || m.contains(o)) &&
		slices.Index(propagations(), m.propagation) >= slices.Index(propagations(), o.propagation)
}

// contains tells a folder that another path stands in.
func (m mountAtom) contains(o mountAtom) bool {
	if m.kind != o.kind || !m.wide() || m.source == "" {
		return false
	}
	folder := strings.TrimSuffix(path.Clean(m.source), "/") + "/"
	return strings.HasPrefix(path.Clean(o.source), folder)
}

func (m mountAtom) coveredBy(others *pool) bool { return others.exact[m] || m.under(others) }

func (m mountAtom) under(others *pool) bool {
	for _, propagation := range propagations() {
		for _, writable := range []bool{false, true} {
			if o := (mountAtom{m.kind, m.source, writable, propagation}); o != m && others.exact[o] && o.covers(m) {
				return true
			}
		}
	}
	return slices.ContainsFunc(others.wide, func(o atom) bool { return o != atom(m) && o.(mountAtom).covers(m) })
}

func (m mountAtom) related(other atom) bool {
	o, ok := other.(mountAtom)
	return ok && m.kind == o.kind && (m.source == o.source || m.contains(o) || o.contains(m))
}

const (
	readOnly  = "read-only"
	readWrite = "read-write"
)

func validMount(f fact) bool {
	return (len(f.args) == 3 || len(f.args) == 4 && slices.Contains(propagations()[1:], f.arg(3))) && (f.arg(2) == readOnly || f.arg(2) == readWrite)
}

func mountAtoms(f fact) []atom {
	return []atom{mountAtom{f.arg(0), f.arg(1), f.arg(2) == readWrite, f.arg(3)}}
}

func joinMounts(container string, atoms []atom) []fact {
	var out []fact
	for _, a := range atoms {
		m, access := a.(mountAtom), readOnly
		if m.writable {
			access = readWrite
		}
		args := [][]string{one(m.kind), one(m.source), one(access)}
		if m.propagation != "" {
			args = append(args, one(m.propagation))
		}
		out = append(out, fact{container: container, kind: kindMount, args: args})
	}
	slices.SortFunc(out, compareFacts)
	return out
}
