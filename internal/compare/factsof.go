package compare

import (
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// unset is the value of a setting that nobody sets.
const unset = "unset"

// factsOf are the facts of an item.
func factsOf(item *api.Item) []fact {
	var out []fact
	for _, c := range item.Containers {
		out = append(out, containerFacts(item, c)...)
	}
	out = append(out, podFacts(item)...)
	out = append(out, identityFacts(item)...)
	return append(out, networkFacts(item.Network)...)
}

// containerFacts are what a container has beyond the strictest.
func containerFacts(item *api.Item, c api.Container) []fact {
	var out []fact
	add := func(kind string, words ...string) {
		f := fact{container: containerKey(c.Type, c.Name), kind: kind}
		for _, w := range words {
			f.args = append(f.args, one(clean(w)))
		}
		out = append(out, f)
	}
	when := func(setting, value, kind string, words ...string) {
		if c.Settings[setting].Value == value {
			add(kind, words...)
		}
	}
	when("privileged", "true", kindPrivileged)
	when("hostProcess", "true", kindHostProcess)
	when("runAsGroup", "0", kindGroup, "root")
	when("allowPrivilegeEscalation", "true", kindEscalation, "allowed")
	when("procMount", "Unmasked", kindProc, "unmasked")
	when("readOnlyRootFilesystem", "false", kindRoot, "writable")
	if user := userOf(c.Settings); user != "" {
		add(kindUser, user)
	}
	if s, ok := c.Settings["seLinuxOptions"]; ok && unconfined(s.Value) {
		add(kindSELinux, s.Value)
	}
	if names := capabilitiesOf(c.Settings["capabilities"]); len(names) > 0 {
		out = append(out, fact{container: containerKey(c.Type, c.Name), kind: kindCapabilities, args: [][]string{names}})
	}
	for setting, kind := range map[string]string{"seccompProfile": kindSeccomp, "appArmorProfile": kindAppArmor} {
		switch s := c.Settings[setting]; {
		case s.Value == "Unconfined", s.Value == unset && kind == kindSeccomp && !strings.Contains(s.Origin, "not readable"):
			add(kind, s.Value)
		case s.Value == unset && kind == kindSeccomp:
			add(unknownFact, kind)
		case strings.HasPrefix(s.Value, localhost+" "):
			add(kind, localhost, strings.TrimPrefix(s.Value, localhost+" "))
		}
	}
	if item.Identity != nil && slices.Contains(item.Identity.Tokens, c.Name) {
		add(kindToken)
	}
	out = append(out, mountFacts(item, c)...)
	out = append(out, secretFacts(containerKey(c.Type, c.Name), item.Secrets, c.Name)...)
	return append(out, limitFacts(item, c)...)
}

// unconfined tells SELinux options that no Pod Security level but privileged allows
// (k8s.io/pod-security-admission policy/check_seLinuxOptions.go): a level alone takes nothing away.
func unconfined(options string) bool {
	for part := range strings.SplitSeq(options, ", ") {
		switch name, value, _ := strings.Cut(part, " "); name {
		case "user", "role":
			return true
		case "type":
			if !slices.Contains([]string{"container_t", "container_init_t", "container_kvm_t", "container_engine_t"}, value) {
				return true
			}
		}
	}
	return false
}

func mountFacts(item *api.Item, c api.Container) []fact {
	var atoms []atom
	for _, m := range item.Mounts {
		if m.Container == c.Name && m.Type == c.Type {
			atoms = append(atoms, mountAtom{clean(m.Kind), clean(m.Source), !m.ReadOnly, clean(m.Propagation)})
		}
	}
	if len(atoms) == 0 {
		return nil
	}
	return (&kind{atoms: mountAtoms, join: joinMounts}).normal(joinMounts(containerKey(c.Type, c.Name), atoms))
}

// userOf is root where a field says so, image where nothing keeps the image from being root, and
// empty for another user. What runtimes were seen to do is the findings' matter: it is not known
// while no pod runs.
func userOf(settings map[string]api.Setting) string {
	user, ok := settings["runAsUser"]
	declared := user.Origin != "unset" && !strings.HasPrefix(user.Origin, "image")
	switch {
	case !ok:
		return ""
	case declared && user.Value == "0":
		return "root"
	case declared || settings["runAsNonRoot"].Value == "true":
		return ""
	}
	return "image"
}

// capabilitiesOf keeps what is left of the runtime's default as it is where nothing is dropped.
func capabilitiesOf(s api.Setting) []string {
	switch {
	case s.Value == "" || s.Value == "none":
		return nil
	case s.Value == string(allCapabilities):
		return one(s.Value)
	case strings.Contains(s.Origin, "drop "):
		return set(strings.Fields(clean(s.Value)))
	}
	names := one(runtimeDefault)
	for name := range strings.FieldsSeq(clean(s.Value)) {
		if !slices.Contains(defaults(), name) {
			names = append(names, name)
		}
	}
	return set(names)
}

func podFacts(item *api.Item) []fact {
	var out []fact
	add := func(on bool, kind string, words ...string) {
		if !on {
			return
		}
		f := fact{kind: kind}
		for _, w := range words {
			f.args = append(f.args, one(clean(w)))
		}
		out = append(out, f)
	}
	on := func(setting, value string) bool { return item.Settings[setting].Value == value }
	add(on("hostNetwork", "true"), kindHost, "network")
	add(on("hostPID", "true"), kindHost, "pid")
	add(on("hostIPC", "true"), kindHost, "ipc")
	add(on("shareProcessNamespace", "true"), kindShared)
	add(on("hostUsers", "false"), kindUserns)
	add(on("fsGroup", "0"), kindFSGroup, "root")
	if s, ok := item.Settings["runtimeClassName"]; ok {
		add(s.Value != "", kindRuntime, s.Value)
	}
	if s, ok := item.Settings["sysctls"]; ok {
		for text := range strings.SplitSeq(s.Value, ", ") {
			add(text != "", kindSysctl, text)
		}
	}
	return out
}

func identityFacts(item *api.Item) []fact {
	id := item.Identity
	if id == nil {
		return nil
	}
	var out []fact
	for _, name := range append([]string{id.Account}, id.Also...) {
		out = append(out, fact{kind: kindAccount, args: [][]string{one(clean(name))}})
	}
	if slices.ContainsFunc(id.Unknown, func(words string) bool { return words != api.BesideFiles }) {
		out = append(out, unknownOf(kindRight))
	}
	out = append(out, cloudFacts(item.Findings)...)
	return append(out, rightsOf(item.Rights)...)
}

func unknownOf(kind string) fact { return fact{kind: unknownFact, args: [][]string{one(kind)}} }
