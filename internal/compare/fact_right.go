package compare

import (
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// rightAtom is one verb on one resource, or on one URL. A star is any; an empty name is any too,
// and an empty namespace the whole cluster.
type rightAtom struct{ verb, group, resource, name, url, namespace string }

const anyOf = "*"

// covers follows the rules of RBAC: a resource stands for itself alone, */sub for a subresource of
// any, * for all of them (k8s.io/component-helpers auth/rbac/validation, rulesCover).
func (r rightAtom) covers(o rightAtom) bool {
	if r.verb != anyOf && r.verb != o.verb || r.namespace != "" && r.namespace != o.namespace {
		return false
	}
	if r.url != "" || o.url != "" {
		prefix, wild := strings.CutSuffix(r.url, anyOf)
		return r.url == o.url || wild && o.url != "" && strings.HasPrefix(o.url, prefix)
	}
	return (r.group == anyOf || r.group == o.group) && (r.name == "" || r.name == o.name) && r.coversResource(o.resource)
}

func (r rightAtom) coversResource(resource string) bool {
	_, sub, found := strings.Cut(resource, "/")
	return r.resource == anyOf || r.resource == resource || found && r.resource == anyOf+"/"+sub
}

// wide tells a right that has others in it that do not look like it.
func (r rightAtom) wide() bool {
	return r.verb == anyOf || r.group == anyOf || strings.HasPrefix(r.resource, anyOf) || strings.HasSuffix(r.url, anyOf)
}

func (r rightAtom) coveredBy(others *pool) bool { return others.exact[r] || r.under(others) }

// under tells a right that another one of the pool has in it.
func (r rightAtom) under(others *pool) bool {
	for _, name := range []string{r.name, ""} {
		for _, namespace := range []string{r.namespace, ""} {
			o := r
			o.name, o.namespace = name, namespace
			if o != r && others.exact[o] {
				return true
			}
		}
	}
	return slices.ContainsFunc(others.wide, func(o atom) bool { return o != atom(r) && o.(rightAtom).covers(r) })
}

// related are rights on the same resource, or the same URL.
func (r rightAtom) related(other atom) bool {
	o, ok := other.(rightAtom)
	return ok && r.group == o.group && r.resource == o.resource && r.url == o.url
}

// rightAtoms takes "right VERBS RESOURCE [named NAMES] in NAMESPACE" apart.
func rightAtoms(f fact) []atom {
	var out []atom
	base, names, ok := rightPlace(f)
	if !ok {
		return nil
	}
	for _, verb := range f.args[0] {
		for _, name := range names {
			a := base
			a.verb, a.name = verb, name
			out = append(out, a)
		}
	}
	return out
}

// rightPlace reads what stands behind the verbs.
func rightPlace(f fact) (a rightAtom, names []string, ok bool) {
	args := f.args
	if len(args) < 3 {
		return a, nil, false
	}
	switch last := args[len(args)-1]; {
	case len(last) != 1:
		return a, nil, false
	case len(args) > 3 && slices.Equal(args[len(args)-2], one("in")):
		a.namespace, args = last[0], args[1:len(args)-2]
	case last[0] == everywhere:
		args = args[1 : len(args)-1]
	default:
		return a, nil, false
	}
	names = []string{""}
	switch {
	case len(args) == 2 && slices.Equal(args[0], one("url")) && len(args[1]) == 1:
		a.url = args[1][0]
		return a, names, a.url != ""
	case len(args) == 3 && slices.Equal(args[1], one("named")):
		names = args[2]
	case len(args) != 1:
		return a, nil, false
	}
	switch resource := args[0]; len(resource) {
	case 1:
		a.resource, a.group, _ = strings.Cut(resource[0], ".")
	case 2:
		a.resource, a.group = resource[0], resource[1]
	default:
		return a, nil, false
	}
	return a, names, true
}

const everywhere = "everywhere"

func validRight(f fact) bool {
	_, _, ok := rightPlace(f)
	return ok
}

// joinRights merges the verbs on one thing, then the names that the same verbs are held for.
func joinRights(_ string, atoms []atom) []fact {
	verbs := map[rightAtom][]string{}
	for _, a := range atoms {
		r := a.(rightAtom)
		key := r
		key.verb = ""
		verbs[key] = append(verbs[key], r.verb)
	}
	names := map[rightAtom][]string{}
	for key, list := range verbs {
		if list = set(list); slices.Contains(list, anyOf) {
			list = one(anyOf)
		}
		same := key
		same.verb, same.name = joined([][]string{list}), ""
		if key.name != "" {
			same.name = anyOf // of some names, which are told apart from any
		}
		names[same] = append(names[same], key.name)
	}
	var out []fact
	for key, list := range names {
		verbs, err := split(key.verb)
		if err != nil {
			continue
		}
		f := fact{kind: kindRight, args: [][]string{verbs[0]}}
		if key.url != "" {
			f.args = append(f.args, one("url"), one(key.url))
		} else {
			f.args = append(f.args, key.resourceWord())
		}
		if key.name != "" {
			f.args = append(f.args, one("named"), set(list))
		}
		if key.namespace == "" {
			f.args = append(f.args, one(everywhere))
		} else {
			f.args = append(f.args, one("in"), one(key.namespace))
		}
		out = append(out, f)
	}
	slices.SortFunc(out, compareFacts)
	return out
}

// resourceWord is RESOURCE or RESOURCE.GROUP, and two items where a dot of the resource could be
// taken for the one before the group.
func (r rightAtom) resourceWord() []string {
	switch {
	case strings.Contains(r.resource, "."):
		return []string{r.resource, r.group}
	case r.group == "":
		return one(r.resource)
	}
	return one(r.resource + "." + r.group)
}

// rightsOf are the rights of a report as facts.
func rightsOf(rights []api.Right) []fact {
	var atoms []atom
	for _, r := range rights {
		names := r.ResourceNames
		if len(names) == 0 {
			names = one("")
		}
		for _, verb := range r.Verbs {
			for _, url := range r.NonResourceURLs {
				if url == "" {
					continue
				}
				atoms = append(atoms, rightAtom{verb: clean(verb), url: clean(url), namespace: clean(r.Namespace)})
			}
			for _, group := range r.Groups {
				for _, resource := range r.Resources {
					for _, name := range names {
						atoms = append(atoms, rightAtom{clean(verb), clean(group), clean(resource), clean(name), "", clean(r.Namespace)})
					}
				}
			}
		}
	}
	if len(atoms) == 0 {
		return nil
	}
	return (&kind{atoms: rightAtoms, join: joinRights}).normal(joinRights("", atoms))
}
