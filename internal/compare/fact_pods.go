package compare

import (
	"slices"
	"strings"
)

// podsPeer is a peer by labels, as internal/netpol writes it: "all pods of namespace shop",
// "pods app=a,tier in (x,y) of all namespaces", "pods app=a of namespaces team=x".
type podsPeer struct{ pods, namespaces []demand }

// demand is what a label must be: one of values, none of them, there or not there.
type demand struct {
	key, operator string
	values        []string
}

const (
	demandIn     = "in"
	demandNotIn  = "notin"
	demandIs     = "is"
	demandIsNot  = "is not"
	namespaceKey = "kubernetes.io/metadata.name"
)

// parsePods reads a peer; no says that it is none of pods.
func parsePods(who string) (p podsPeer, ok bool) {
	pods, place, found := strings.Cut(who, " of ")
	if !found {
		return p, false
	}
	if pods != "all pods" {
		labels, selected := strings.CutPrefix(pods, "pods ")
		if !selected {
			return p, false
		}
		if p.pods, ok = parseDemands(labels); !ok {
			return p, false
		}
	}
	if name, one := strings.CutPrefix(place, "namespace "); one {
		p.namespaces = []demand{{namespaceKey, demandIn, []string{name}}}
		return p, true
	}
	if labels, selected := strings.CutPrefix(place, "namespaces "); selected {
		p.namespaces, ok = parseDemands(labels)
		return p, ok
	}
	return p, place == "all namespaces"
}

// parseDemands reads a selector as k8s.io/apimachinery/pkg/labels writes it, in its shortest form.
func parseDemands(text string) ([]demand, bool) {
	var out []demand
	for text != "" {
		end := strings.IndexByte(text, ',')
		if open := strings.IndexByte(text, '('); open >= 0 && (end < 0 || open < end) {
			if end = strings.IndexByte(text, ')') + 1; end == 0 {
				return nil, false
			}
		}
		if end < 0 {
			end = len(text)
		}
		d, ok := parseDemand(text[:end])
		if !ok {
			return nil, false
		}
		out = append(out, d)
		text = strings.TrimPrefix(text[end:], ",")
	}
	return shortest(out), len(out) > 0
}

func parseDemand(text string) (demand, bool) {
	for _, operator := range []string{demandNotIn, demandIn} {
		if key, list, found := strings.Cut(text, " "+operator+" ("); found {
			return demand{key, operator, set(strings.Split(strings.TrimSuffix(list, ")"), ","))}, strings.HasSuffix(list, ")")
		}
	}
	if key, value, found := strings.Cut(text, "!="); found {
		return demand{key, demandNotIn, one(value)}, true
	}
	if key, value, found := strings.Cut(text, "="); found {
		return demand{key, demandIn, one(strings.TrimPrefix(value, "="))}, true
	}
	if key, not := strings.CutPrefix(text, "!"); not {
		return demand{key, demandIsNot, nil}, key != ""
	}
	return demand{text, demandIs, nil}, text != "" && !strings.ContainsAny(text, " ()<>")
}

// shortest drops what other demands hold in themselves.
func shortest(list []demand) []demand {
	var out []demand
	for i, d := range list {
		if !slices.ContainsFunc(list[:i], d.impliedBy) && !slices.ContainsFunc(list[i+1:], func(o demand) bool { return d.impliedBy(o) && !o.impliedBy(d) }) {
			out = append(out, d)
		}
	}
	return out
}

// impliedBy tells whether what meets another demand meets this one.
func (d demand) impliedBy(o demand) bool {
	if d.key != o.key {
		return false
	}
	within := func(inner, outer []string) bool {
		return !slices.ContainsFunc(inner, func(v string) bool { return !slices.Contains(outer, v) })
	}
	switch d.operator {
	case demandIs:
		return o.operator == demandIs || o.operator == demandIn
	case demandIn:
		return o.operator == demandIn && within(o.values, d.values)
	case demandNotIn:
		return o.operator == demandIsNot || o.operator == demandNotIn && within(d.values, o.values)
	}
	return o.operator == demandIsNot
}

func (p podsPeer) covers(o podsPeer) bool {
	return wider(p.pods, o.pods) && wider(p.namespaces, o.namespaces)
}

// wider tells whether each demand of one list is met where those of the other one are.
func wider(list, others []demand) bool {
	return !slices.ContainsFunc(list, func(d demand) bool { return !slices.ContainsFunc(others, d.impliedBy) })
}

func (d demand) String() string {
	switch {
	case d.operator == demandIn && len(d.values) == 1:
		return d.key + "=" + d.values[0]
	case d.operator == demandIs:
		return d.key
	case d.operator == demandIsNot:
		return "!" + d.key
	}
	return d.key + " " + d.operator + " (" + strings.Join(d.values, ",") + ")"
}

// normalPeer is a peer in its one form; what is none of pods stays as it is.
func normalPeer(who string) string {
	p, ok := parsePods(who)
	if !ok {
		return who
	}
	text := "all pods"
	if len(p.pods) > 0 {
		text = "pods " + demandsText(p.pods)
	}
	switch n := p.namespaces; {
	case len(n) == 0:
		return text + " of all namespaces"
	case len(n) == 1 && n[0].key == namespaceKey && n[0].operator == demandIn && len(n[0].values) == 1:
		return text + " of namespace " + n[0].values[0]
	default:
		return text + " of namespaces " + demandsText(n)
	}
}

func demandsText(list []demand) string {
	var words []string
	for _, d := range list {
		words = append(words, d.String())
	}
	slices.Sort(words)
	return strings.Join(words, ",")
}
