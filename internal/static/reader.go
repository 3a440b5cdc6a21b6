package static

import (
	"cmp"
	"net/netip"
	"strconv"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// reader reads the configuration of one workload.
type reader struct {
	*index
	builder  *builder
	workload *workload.Workload
	// own are the public names of the workload, which it may be told and does not call.
	own map[string]bool
	// aliases are the names that the pods of a shape have in their hosts file.
	aliases map[string]netip.Addr
	// doubts are those of all shapes.
	doubts []doubt
}

func (r *reader) shape(shape *workload.Shape) {
	r.aliases = map[string]netip.Addr{}
	for _, alias := range shape.Spec.HostAliases {
		if a, err := netip.ParseAddr(alias.IP); err == nil {
			for _, name := range alias.Hostnames {
				r.aliases[name] = a.Unmap()
			}
		}
	}
	r.volumes(shape)
	for c := range shape.Containers() {
		r.container(c)
	}
}

func (r *reader) miss(what string) { r.builder.miss(r.workload.Ref, what, true) }

// finding is what was found in one field, or in fields that stand together.
type finding struct {
	all []foundAt
	// more are the places with more than maxMentions addresses; cut tells that a value was too long.
	more map[string]bool
	cut  bool
}

// foundAt is an address with its place; the place is empty for that of the whole.
type foundAt struct {
	mention
	place string
}

// findIn finds the addresses in values, each once at each place.
func findIn(values []named) *finding {
	out := &finding{more: map[string]bool{}}
	for i := range values {
		if len(values[i].value) > maxText {
			values[i].value, out.cut = values[i].value[:maxText], true
		}
	}
	seen, counts, words := map[foundAt]bool{}, map[string]int{}, 0
	scanAll(values, func(v *named, m mention) {
		at := foundAt{m, v.place}
		switch {
		case seen[at], v.upstreams[m.host] && m.port == 0:
		case (m.maybe || m.peers) && words == maxWords:
			out.more[v.place] = true
		case m.maybe, m.peers:
			words++
			seen[at] = true
			out.all = append(out.all, at)
		case counts[v.place] == maxMentions:
			out.more[v.place] = true
		default:
			seen[at] = true
			counts[v.place]++
			out.all = append(out.all, at)
		}
	})
	return out
}

// field makes edges of what was found at a place.
func (r *reader) field(f *finding, place string) {
	for _, at := range f.all {
		if at.maybe {
			r.consider(at.mention, cmp.Or(at.place, place))
			continue
		}
		r.take(at.mention, cmp.Or(at.place, place))
	}
	for at := range f.more {
		r.miss(cmp.Or(at, place) + ": more than " + strconv.Itoa(maxMentions) + " addresses")
	}
	if f.cut {
		r.miss(place + ": too long to be read whole")
	}
}

// take makes edges of an address.
func (r *reader) take(m mention, at string) {
	ref := r.workload.Ref
	if m.peers && (m.open || !r.amongPeers(m)) {
		return
	}
	for _, t := range r.targets(m) {
		own := t.end.Workload != nil && *t.end.Workload == ref
		if own && !r.amongPeers(m) || m.peers && !own {
			continue // its own address
		}
		if t.beside != "" {
			r.miss(at + " " + t.beside)
		}
		e := api.Edge{
			Client: api.EdgeEnd{Kind: api.EndWorkload, Workload: &ref}, Server: t.end, Protocol: t.protocol, Port: t.port, AnyPort: t.port == 0,
			Configured: []string{at},
		}
		if t.service != "" {
			e.Services = []string{t.service}
		}
		r.builder.add(e)
	}
}

// amongPeers tells the name of a headless Service, by which the pods of one workload find each
// other; any other name of a workload is its address for others.
func (r *reader) amongPeers(m mention) bool {
	p := r.find(r.workload.Ref.Namespace, m.host)
	return p.service != nil && isHeadless(p.service)
}
