package compare

import (
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// secretAtom is one key of a Secret, or each of them where key is a star.
type secretAtom struct{ name, key string }

func (s secretAtom) coveredBy(others *pool) bool { return others.exact[s] || s.under(others) }

func (s secretAtom) under(others *pool) bool {
	all := secretAtom{s.name, anyOf}
	return s != all && others.exact[all]
}

func (s secretAtom) related(other atom) bool {
	o, ok := other.(secretAtom)
	return ok && s.name == o.name
}

func validSecret(f fact) bool { return len(f.args) == 2 && len(f.args[0]) == 1 }

func secretAtoms(f fact) []atom {
	var out []atom
	for _, key := range f.args[1] {
		out = append(out, secretAtom{f.arg(0), key})
	}
	return out
}

func joinSecrets(container string, atoms []atom) []fact {
	keys := map[string][]string{}
	for _, a := range atoms {
		s := a.(secretAtom)
		keys[s.name] = append(keys[s.name], s.key)
	}
	var out []fact
	for name, list := range keys {
		out = append(out, fact{container: container, kind: kindSecret, args: [][]string{one(name), set(list)}})
	}
	slices.SortFunc(out, compareFacts)
	return out
}

// secretFacts are the keys of Secrets that a container gets, as variables or files.
func secretFacts(container string, secrets []api.SecretUse, name string) []fact {
	var atoms []atom
	for _, s := range secrets {
		for _, use := range s.Uses {
			how, mine := strings.CutPrefix(use, name+" ")
			if !mine {
				continue
			}
			for _, key := range keysOfUse(how) {
				atoms = append(atoms, secretAtom{clean(s.Name), clean(key)})
			}
		}
	}
	if len(atoms) == 0 {
		return nil
	}
	return (&kind{atoms: secretAtoms, join: joinSecrets}).normal(joinSecrets(container, atoms))
}

// keysOfUse are the keys that a use of a Secret names at its end, "env NAME (key KEY)" and "PATH (keys
// KEY, KEY)"; a star where it names none.
func keysOfUse(how string) []string {
	inside, named := strings.CutSuffix(how, ")")
	if !named {
		return one(anyOf)
	}
	if at := strings.LastIndex(inside, " (key "); at >= 0 {
		return one(inside[at+len(" (key "):])
	}
	if at := strings.LastIndex(inside, " (keys "); at >= 0 {
		return strings.Split(inside[at+len(" (keys "):], ", ")
	}
	return one(anyOf)
}
