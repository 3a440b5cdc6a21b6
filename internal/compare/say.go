package compare

import (
	"slices"
	"strings"
)

// saysCapability: findings of added ones name one, caps-not-dropped is about the runtime's default.
func saysCapability(about subjectKey, _ string, _ fact, a atom) bool {
	c := a.(capability)
	switch about.check {
	case "caps-added", "caps-added-escape", "caps-effective":
		name := strings.TrimPrefix(strings.ToUpper(about.subject), "CAP_")
		return name == string(allCapabilities) || name == string(c)
	case "caps-not-dropped":
		return c == runtimeDefault || c == allCapabilities || slices.Contains(defaults(), string(c))
	}
	return true
}

func saysSecret(about subjectKey, _ string, _ fact, a atom) bool {
	return about.subject == "secret:"+a.(secretAtom).name
}

func saysSysctl(about subjectKey, _ string, f fact, _ atom) bool {
	name, _, _ := strings.Cut(f.arg(0), "=")
	return about.subject == name
}

func saysFSGroup(about subjectKey, _ string, _ fact, _ atom) bool { return about.subject == "fsGroup" }

func saysCloud(about subjectKey, _ string, f fact, _ atom) bool {
	return about.subject == "cloud:"+f.arg(0)
}

// saysPeer: each check is about one direction, and about all of it.
func saysPeer(about subjectKey, _ string, f fact, a atom) bool {
	p := a.(peerAtom)
	switch about.check {
	case "netpol-allow-all":
		return about.subject == f.kind && p.who == anyone && p.protocol == ""
	case "netpol-none-ingress", "netpol-none-egress":
		return direction(about.check) == f.kind && p.who == openWord
	}
	return p.who == voidWord
}

// saysExposure tells the port of the pods; which object a fact is of is not known.
func saysExposure(about subjectKey, _ string, _ fact, a atom) bool {
	return strings.HasSuffix(about.subject, ":"+a.(exposureAtom).target)
}

// saysRight reads "VERBS/RESOURCES[/NAMES]" with semicolons between, and the place behind an @.
func saysRight(about subjectKey, home string, _ fact, a atom) bool {
	r := a.(rightAtom)
	phrases, place, found := strings.Cut(about.subject, "@")
	if !found {
		place = home
	}
	if r.url != "" || place != anyOf && place != r.namespace {
		return false
	}
	return slices.ContainsFunc(strings.Split(phrases, ";"), func(phrase string) bool { return phraseSays(phrase, r) })
}

func phraseSays(phrase string, r rightAtom) bool {
	verbs, what, _ := strings.Cut(phrase, "/")
	if list := strings.Split(verbs, ","); !slices.Contains(list, anyOf) && !slices.Contains(list, r.verb) {
		return false
	}
	resource := r.resource
	if strings.Contains(r.group, ".") && !strings.HasSuffix(r.group, ".k8s.io") {
		resource += "." + r.group
	}
	list := strings.Split(what, ",")
	if slices.Contains(list, anyOf) || slices.Contains(list, resource) {
		return true
	}
	names, named := strings.CutPrefix(what, resource+"/")
	return named && r.name != "" && slices.Contains(strings.Split(names, ","), r.name)
}

// concernedKinds are the kinds of facts that a finding stands on, where they can be unknown.
func concernedKinds(about subjectKey) []string {
	switch check := about.check; {
	case check == "netpol-none-ingress", check == "netpol-none-egress":
		return one(direction(check))
	case check == "netpol-allow-all":
		return one(about.subject)
	case check == "hostnetwork-bypass":
		return []string{kindIngress, kindEgress}
	case check == "exposed":
		return one(kindExposed)
	case check == "mtls":
		return one(kindMTLS)
	case strings.HasPrefix(check, "sa-"), check == "group-grants":
		return one(kindRight)
	case check == "limits-missing":
		return one(kindNoLimit)
	case check == "seccomp-unset":
		return one(kindSeccomp)
	}
	return nil
}

// ignorant tells a side that does not know the facts that a finding stands on.
func (w *workload) ignorant(f finding) bool {
	kinds := concernedKinds(f.key())
	return len(kinds) > 0 && slices.ContainsFunc(w.facts, func(u fact) bool {
		return u.kind == unknownFact && slices.Contains(kinds, u.arg(0)) && (u.container == "" || u.container == f.container)
	})
}
