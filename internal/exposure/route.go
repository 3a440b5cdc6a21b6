package exposure

import (
	"cmp"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// route is a route of the Gateway API while it is read.
type route struct {
	*reader
	x               *Index
	kind, namespace string
	hosts           []string
	status          fields
}

// readRoute adds a way for each listener that serves a route and each Service it leads to.
func (x *Index) readRoute(u *unstructured.Unstructured) {
	r := &route{reader: readerOf(u), x: x, kind: u.GetKind(), namespace: u.GetNamespace()}
	spec := r.part(u.Object, "spec")
	r.hosts, r.status = r.texts(spec, "hostnames"), r.part(u.Object, "status")
	var entries []api.Exposure
	for _, parent := range r.parts(spec, "parentRefs") {
		entries = append(entries, r.through(parent)...)
	}
	backends, paths := r.backends(spec)
	for _, to := range backends {
		granted, known := x.granted(r.kind, r.namespace, to.service)
		if !granted {
			continue
		}
		for _, e := range entries {
			e.Derived = e.Derived || !known
			e.Via, e.Paths = r.what, joinedPaths(paths[to])
			if r.namespace != to.service.Namespace {
				e.Via += " of namespace " + r.namespace
			}
			x.add(way{e, to})
		}
	}
	x.doubt(r.namespace, r.notes...)
	for _, to := range backends {
		if to.service.Namespace != r.namespace {
			x.doubt(to.service.Namespace, r.notes...)
		}
	}
}

// through are the ways through one parent.
func (r *route) through(parent fields) []api.Exposure {
	group, kind := cmp.Or(r.text(parent, "group"), gatewayGroup), cmp.Or(r.text(parent, "kind"), "Gateway")
	key := types.NamespacedName{Namespace: cmp.Or(r.text(parent, "namespace"), r.namespace), Name: r.text(parent, "name")}
	if written, is := parent["group"].(string); is && written == "" && kind == "Service" {
		return nil // inside the mesh
	}
	if group != gatewayGroup || kind != "Gateway" {
		r.notes = append(r.notes, r.what+": its parent "+kind+" "+key.Name+" is not evaluated")
		return nil
	}
	accepted := r.accepted(parent, key)
	if accepted == "False" {
		return nil
	}
	hosts, _ := intersect(nil, r.hosts)
	g := r.x.gateways[key]
	if g == nil {
		if r.x.complete(gatewayKind()) {
			return nil
		}
		return []api.Exposure{{Hosts: hosts, TLS: api.TLSUnknown, From: []string{}, Reach: api.ReachOutside, Derived: true}}
	}
	r.notes = append(r.notes, g.doubts...)
	if g.refused {
		return nil
	}
	return r.listeners(g, parent, accepted == "True")
}

// listeners are the ways through the listeners of a Gateway.
func (r *route) listeners(g *gateway, parent fields, accepted bool) []api.Exposure {
	var out []api.Exposure
	section, port := r.text(parent, "sectionName"), r.port(parent, "port")
	for _, l := range g.listeners {
		if section != "" && l.name != section || port != 0 && l.port != port || !l.takes(r.kind) {
			continue
		}
		allowed, known := r.x.lets(g, l, r.namespace)
		hosts, meet := intersect(l.hosts, r.hosts)
		if !allowed || !meet {
			continue
		}
		out = append(out, api.Exposure{
			Hosts: hosts, Port: l.port, TLS: l.tls, From: []string{}, Reach: g.reach, Derived: !accepted || !known,
		})
	}
	return out
}

// accepted is what the controllers say of a route at a parent: "True", "False", or empty where
// none said anything.
func (r *route) accepted(parent fields, key types.NamespacedName) string {
	said := ""
	for _, p := range r.parts(r.status, "parents") {
		ref := r.part(p, "parentRef")
		same := types.NamespacedName{Namespace: cmp.Or(r.text(ref, "namespace"), r.namespace), Name: r.text(ref, "name")} == key &&
			r.text(ref, "sectionName") == r.text(parent, "sectionName") && r.port(ref, "port") == r.port(parent, "port")
		if !same {
			continue
		}
		switch r.condition(p, "Accepted") {
		case "True":
			return "True"
		case "False":
			said = "False"
		}
	}
	return said
}

// backends are the Services that rules lead to, with the paths that do; a mirror gets a copy of
// every request.
func (r *route) backends(spec fields) ([]backend, map[backend][]string) {
	var out []backend
	var here []string
	paths := map[backend][]string{}
	add := func(ref fields) {
		group, kind := r.text(ref, "group"), cmp.Or(r.text(ref, "kind"), "Service")
		if group != "" || kind != "Service" || zero(ref, "weight") {
			return
		}
		to := backend{service: types.NamespacedName{Namespace: cmp.Or(r.text(ref, "namespace"), r.namespace), Name: r.text(ref, "name")}, port: r.port(ref, "port")}
		if !slices.Contains(out, to) {
			out = append(out, to)
		}
		paths[to] = append(paths[to], here...)
	}
	mirrors := func(n fields) {
		for _, filter := range r.parts(n, "filters") {
			if mirror := r.part(filter, "requestMirror"); len(mirror) > 0 {
				add(r.part(mirror, "backendRef"))
			}
		}
	}
	for _, rule := range r.parts(spec, "rules") {
		here = r.routePaths(rule)
		mirrors(rule)
		for _, ref := range r.parts(rule, "backendRefs") {
			add(ref)
			mirrors(ref)
		}
	}
	return out, paths
}
