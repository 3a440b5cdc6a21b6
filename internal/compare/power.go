package compare

import (
	"slices"
	"strings"
)

// widerPower tells whether the subject of a finding about rights has all of another one, and more:
// "get,list/secrets" of "get/secrets/db". Subjects are "VERBS/RESOURCES[/NAMES]", with semicolons
// between, and behind an @ a namespace, or a star for the whole cluster.
func widerPower(a, b string) bool {
	if a == b {
		return false
	}
	mine, place, _ := strings.Cut(a, "@")
	theirs, other, _ := strings.Cut(b, "@")
	if place != other && place != anyOf {
		return false
	}
	for phrase := range strings.SplitSeq(theirs, ";") {
		if !slices.ContainsFunc(strings.Split(mine, ";"), func(m string) bool { return phraseCovers(m, phrase) }) {
			return false
		}
	}
	return true
}

func phraseCovers(a, b string) bool {
	verbs, what, _ := strings.Cut(a, "/")
	lessVerbs, less, _ := strings.Cut(b, "/")
	if !has(strings.Split(verbs, ","), strings.Split(lessVerbs, ",")) {
		return false
	}
	resources := strings.Split(what, ",")
	return slices.ContainsFunc(resources, func(r string) bool { return r == anyOf || strings.HasPrefix(less, r+"/") }) ||
		has(resources, strings.Split(less, ","))
}

// has tells whether a list has every entry of another one, or a star.
func has(list, entries []string) bool {
	return slices.Contains(list, anyOf) || !slices.ContainsFunc(entries, func(e string) bool { return !slices.Contains(list, e) })
}
