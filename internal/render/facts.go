package render

import (
	"maps"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// fact is a setting that has a row of its own.
type fact struct {
	label   text
	setting string
	// group is the setting whose value is shown behind it.
	group string
	// checks are those about it whose field does not say so.
	checks []string
	// quiet tells that the value is not worth a row as long as nothing is found about it.
	quiet func(api.Setting) bool
	// confines marks what a privileged container has no more.
	confines bool
}

// containerFacts are the settings of a container in the order of a page.
func containerFacts() []fact {
	return []fact{
		{label: "user", setting: "runAsUser", group: "runAsGroup", checks: []string{"run-as-root-observed", "root-group"}},
		{label: "user", setting: "runAsUserName"},
		{label: "non-root", setting: "runAsNonRoot", checks: []string{"run-as-root-declared", "nonroot-unprovable"}},
		{label: "privileged", setting: privileged, checks: []string{"privileged"}, quiet: is("false")},
		{label: "host process", setting: "hostProcess", checks: []string{"windows-host-process"}, quiet: is("false")},
		{
			label: "capabilities", setting: "capabilities", confines: true,
			checks: []string{"caps-added-escape", "caps-added", "caps-not-dropped", "caps-effective"},
		},
		{label: "escalation", setting: "allowPrivilegeEscalation", confines: true, checks: []string{"allow-priv-escalation"}},
		{label: "seccomp", setting: "seccompProfile", confines: true, checks: []string{"seccomp-unconfined", "seccomp-unset"}},
		{
			label: "AppArmor", setting: "appArmorProfile", confines: true, checks: []string{"apparmor-unconfined"},
			quiet: func(v api.Setting) bool { return v.Value == "RuntimeDefault" && v.Origin == "unset" },
		},
		{label: "SELinux", setting: "seLinuxOptions", confines: true, checks: []string{"selinux-options"}},
		{label: "/proc", setting: "procMount", confines: true, checks: []string{"proc-unmasked"}, quiet: is("Default")},
		{label: "root fs", setting: "readOnlyRootFilesystem", checks: []string{"rootfs-writable"}},
		{label: "limits", setting: "limits", checks: []string{"limits-missing", "limitrange-quota"}},
	}
}

// privileged is the name of the setting, and of the check, that stands for those it voids.
const privileged = "privileged"

// podFacts are the settings of the pod as a whole.
func podFacts() []fact {
	return []fact{
		{label: "host network", setting: "hostNetwork", checks: []string{"host-network", "hostnetwork-bypass"}, quiet: is("false")},
		{label: "host PID", setting: "hostPID", checks: []string{"host-pid"}, quiet: is("false")},
		{label: "host IPC", setting: "hostIPC", checks: []string{"host-ipc"}, quiet: is("false")},
		{label: "host process", setting: "hostProcess", quiet: is("false")},
		{label: "one PID ns", setting: "shareProcessNamespace", checks: []string{"share-process-ns"}, quiet: is("false")},
		{label: "host users", setting: "hostUsers", checks: []string{"userns"}, quiet: is("true")},
		{label: "fsGroup", setting: "fsGroup", quiet: is("unset")},
		{label: "groups", setting: "supplementalGroups", quiet: is("unset")},
		{label: "sysctls", setting: "sysctls", checks: []string{"sysctls"}, quiet: is("unset")},
		{label: "runtime", setting: "runtimeClassName", checks: []string{"runtime-class"}, quiet: is("unset")},
		{label: "account", setting: accountName, checks: []string{"default-sa"}},
		{label: "token", setting: automount, checks: []string{"token-mounted", "token-needless"}},
	}
}

func is(value string) func(api.Setting) bool {
	return func(v api.Setting) bool { return v.Value == value }
}

// stated is a fact with its value and what was found about it.
type stated struct {
	fact
	value, group api.Setting
	findings     []api.Finding
}

// states pairs the facts that have a value with their findings, and returns the findings
// that have no row. Settings that no fact knows come last, by name.
func states(facts []fact, settings map[string]api.Setting, findings []api.Finding) (rows []stated, rest []api.Finding) {
	known := map[string]bool{}
	for _, f := range facts {
		known[f.setting], known[f.group] = true, true
		if value, ok := settings[f.setting]; ok {
			rows = append(rows, stated{fact: f, value: value, group: settings[f.group]})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		if !known[name] {
			rows = append(rows, stated{fact: fact{setting: name}, value: settings[name]})
		}
	}
	for _, f := range findings {
		if i := rowOf(rows, f.Check, f.Path); i >= 0 {
			rows[i].findings = append(rows[i].findings, f)
		} else {
			rest = append(rest, f)
		}
	}
	return rows, rest
}

// rowOf is the row of the field that a finding is about, or else of its check; -1 without.
func rowOf(rows []stated, check, path string) int {
	field := fieldOf(path)
	if i := slices.IndexFunc(rows, func(r stated) bool { return r.setting == field || r.fact.group == field && field != "" }); i >= 0 {
		return i
	}
	return slices.IndexFunc(rows, func(r stated) bool { return slices.Contains(r.checks, check) })
}

// fieldOf is the name of the setting that a field path is about.
func fieldOf(path string) string {
	if strings.Contains(path, ".resources.limits") {
		return "limits"
	}
	_, field, ok := strings.Cut(path, "securityContext.")
	if !ok {
		field = path[strings.LastIndexByte(path, '.')+1:]
	}
	field = strings.TrimPrefix(field, "windowsOptions.")
	if i := strings.IndexAny(field, ".["); i >= 0 {
		field = field[:i]
	}
	return field
}

// shown tells whether a row is worth printing, under the settings it stands among.
func (r stated) shown(settings map[string]api.Setting) bool {
	switch {
	case len(r.findings) > 0:
		return true
	case r.confines && settings[privileged].Value == "true":
		return false
	}
	return r.quiet == nil || !r.quiet(r.value)
}
