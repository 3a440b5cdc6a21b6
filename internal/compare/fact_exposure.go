package compare

import (
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// exposureAtom is one way in from outside, whatever object makes it. Host may be followed by a path.
type exposureAtom struct{ target, reach, tls, host, from string }

// Words of an exposure. Whoever and whatever name is any.
const (
	withTLS    = "TLS"
	noTLS      = "no-TLS"
	passedTLS  = "TLS-passthrough"
	unknownTLS = "TLS-unknown"
	anyWord    = "any"
)

func reaches() []string { return []string{api.ReachPrivate, api.ReachNodes, api.ReachOutside} }

func encryptions() []string { return []string{withTLS, passedTLS, unknownTLS, noTLS} }

func (exposureAtom) wide() bool { return true }

// covers tells a way in that is as wide, whoever may come in by it.
func (e exposureAtom) covers(o exposureAtom) bool {
	return e.target == o.target && slices.Index(reaches(), e.reach) >= slices.Index(reaches(), o.reach) &&
		(e.tls == o.tls || e.tls == noTLS) && coversPlace(e.host, o.host)
}

// coversPlace tells that requests to another host and path are among those to one.
func coversPlace(place, other string) bool {
	host, path := splitPlace(place)
	otherHost, otherPath := splitPlace(other)
	return coversHost(host, otherHost) && (path == "" || otherPath != "" && api.PathCovers(path, otherPath))
}

// splitPlace parts a host from the path that follows it, as api.Exposure writes paths.
func splitPlace(place string) (host, path string) {
	if i := strings.IndexAny(place, "/~"); i >= 0 {
		return place[:i], place[i:]
	}
	return place, ""
}

// coversHost: a star stands for one label, as in an Ingress; routes let it stand for more, so that
// what is deeper is told rather than taken for covered.
func coversHost(name, host string) bool {
	suffix, wild := strings.CutPrefix(name, "*")
	label, under := strings.CutSuffix(host, suffix)
	return name == anyWord || name == host || wild && under && strings.HasPrefix(suffix, ".") && label != "" && label != "*" && !strings.Contains(label, ".")
}

func (e exposureAtom) coveredBy(others *pool) bool { return others.exact[e] || e.under(others) }

func (e exposureAtom) under(others *pool) bool {
	mine := others.ranges(e.from)
	left := mine
	for _, a := range others.wide {
		o := a.(exposureAtom)
		if o == e || !o.covers(e) {
			continue
		}
		if o.from == anyWord || o.from == e.from {
			return true
		}
		for _, r := range others.ranges(o.from) {
			left = subtract(left, r)
		}
	}
	return len(mine) > 0 && len(left) == 0
}

func (e exposureAtom) related(other atom) bool {
	o, ok := other.(exposureAtom)
	return ok && e.target == o.target
}

func exposureSeverity(f fact) api.Severity {
	if f.arg(1) == api.ReachPrivate {
		return api.SeverityLow
	}
	return api.SeverityMedium
}

// validExposure tells "exposed PORT REACH TLS HOSTS from PEERS".
func validExposure(f fact) bool {
	return len(f.args) == 6 && slices.Contains(reaches(), f.arg(1)) && slices.Contains(encryptions(), f.arg(2)) && f.arg(4) == "from"
}

func exposureAtoms(f fact) []atom {
	var out []atom
	for _, host := range f.args[3] {
		for _, from := range f.args[5] {
			out = append(out, exposureAtom{f.arg(0), f.arg(1), f.arg(2), host, from})
		}
	}
	return out
}

// joinExposures merges the sources of one host, then the hosts that have the same.
func joinExposures(_ string, atoms []atom) []fact {
	sources := map[exposureAtom][]string{}
	for _, a := range atoms {
		e := a.(exposureAtom)
		key := e
		key.from = ""
		sources[key] = append(sources[key], e.from)
	}
	hosts := map[exposureAtom][]string{}
	for key, from := range sources {
		same := key
		same.host, same.from = "", joined([][]string{set(from)})
		hosts[same] = append(hosts[same], key.host)
	}
	var out []fact
	for key, list := range hosts {
		from, err := split(key.from)
		if err != nil {
			continue
		}
		out = append(out, fact{kind: kindExposed, args: [][]string{one(key.target), one(key.reach), one(key.tls), set(list), one("from"), from[0]}})
	}
	slices.SortFunc(out, compareFacts)
	return out
}

// places are hosts, each with each path.
func places(hosts, paths []string) []string {
	if len(paths) == 0 {
		paths = one("")
	}
	var out []string
	for _, host := range hosts {
		for _, path := range paths {
			out = append(out, strings.ToLower(clean(host))+clean(path))
		}
	}
	return out
}

// exposuresOf are the ways in as facts.
func exposuresOf(ways []api.Exposure) []fact {
	var atoms []atom
	for _, w := range ways {
		encryption := unknownTLS
		switch w.TLS {
		case api.TLSYes:
			encryption = withTLS
		case api.TLSNo:
			encryption = noTLS
		case api.TLSPassthrough:
			encryption = passedTLS
		}
		hosts, from := w.Hosts, w.From
		if len(hosts) == 0 {
			hosts = one(anyWord)
		}
		if len(from) == 0 {
			from = one(anyWord)
		}
		if !slices.Contains(reaches(), w.Reach) {
			w.Reach = api.ReachOutside
		}
		for _, place := range places(hosts, w.Paths) {
			for _, peer := range from {
				atoms = append(atoms, exposureAtom{clean(w.Target), w.Reach, encryption, place, clean(peer)})
			}
		}
	}
	if len(atoms) == 0 {
		return nil
	}
	return (&kind{atoms: exposureAtoms, join: joinExposures}).normal(joinExposures("", atoms))
}
