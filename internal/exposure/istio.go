package exposure

import (
	"cmp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// meshGateway stands for the sidecars in spec.gateways of a VirtualService.
const meshGateway = "mesh"

// readIstio reads Gateways, then VirtualServices, then PeerAuthentications. Semantics:
// https://istio.io/latest/docs/reference/config/networking/.
func (x *Index) readIstio() {
	for _, u := range x.objects.Custom[istioGatewayKind()] {
		x.istio[nameOf(u)] = readIstioGateway(u)
	}
	for _, u := range x.objects.Custom[virtualServiceKind()] {
		x.readVirtualService(u)
	}
	for _, u := range x.objects.Custom[peerAuthenticationKind()] {
		x.peers = append(x.peers, readPeerAuthentication(u))
	}
}

func readIstioGateway(u *unstructured.Unstructured) *gateway {
	r := readerOf(u)
	g := &gateway{namespace: u.GetNamespace(), reach: api.ReachOutside}
	for _, server := range r.parts(r.part(u.Object, "spec"), "servers") {
		port, tls := r.part(server, "port"), r.part(server, "tls")
		l := listener{
			name: r.text(port, "name"), port: r.port(port, "number"), protocol: strings.ToUpper(r.text(port, "protocol")),
			hosts: r.texts(server, "hosts"), redirects: r.yes(tls, "httpsRedirect"),
		}
		switch mode := r.text(tls, "mode"); {
		case mode == "PASSTHROUGH" || mode == "AUTO_PASSTHROUGH":
			l.tls = api.TLSPassthrough
		case slices.Contains([]string{"SIMPLE", "MUTUAL", "OPTIONAL_MUTUAL", "ISTIO_MUTUAL"}, mode):
			l.tls = api.TLSYes
		case slices.Contains([]string{"HTTP", "HTTP2", "GRPC", "GRPC-WEB"}, l.protocol):
			l.tls = api.TLSNo
		default:
			l.tls = api.TLSUnknown
		}
		g.listeners = append(g.listeners, l)
	}
	g.doubts = r.notes
	return g
}

// hostsFor are the hosts of a server that VirtualServices of a namespace may use: they are
// written as NAMESPACE/HOST or HOST, with "." for the Gateway's own namespace.
func (l listener) hostsFor(own, namespace string) (hosts []string, some bool) {
	for _, h := range l.hosts {
		of, host, split := strings.Cut(h, "/")
		if !split {
			of, host = "*", h
		}
		if of == "*" || of == namespace || of == "." && own == namespace {
			hosts = append(hosts, host)
		}
	}
	return hosts, len(hosts) > 0
}

// protocols of an Istio server that the routes of each list of a VirtualService are for.
func (l listener) serves(list string) bool {
	web := slices.Contains([]string{"HTTP", "HTTP2", "GRPC", "GRPC-WEB", "HTTPS"}, l.protocol)
	switch {
	case l.protocol == "":
		return true
	case l.tls == api.TLSPassthrough:
		return list == "tls" || list == "tcp"
	case web:
		return list == "http"
	}
	return list == "tcp" || list == "tls"
}

// virtualService is one while it is read.
type virtualService struct {
	*reader
	x         *Index
	namespace string
	hosts     []string
	// gateways are those named, by the name as written.
	gateways map[string]*gateway
	names    []string
	// reached are the namespaces that it may lead to.
	reached map[string]bool
}

// readVirtualService adds a way for each server that a route is bound to and each Service that
// it leads to. Bound to the mesh alone it leads in from nowhere.
func (x *Index) readVirtualService(u *unstructured.Unstructured) {
	v := &virtualService{reader: readerOf(u), x: x, namespace: u.GetNamespace(), gateways: map[string]*gateway{}}
	v.reached = map[string]bool{v.namespace: true}
	spec := v.part(u.Object, "spec")
	v.hosts, v.names = v.texts(spec, "hosts"), v.texts(spec, "gateways")
	for _, name := range v.names {
		if name != meshGateway {
			v.gateways[name] = v.gateway(name)
		}
	}
	for _, list := range []string{"http", "tls", "tcp"} {
		for _, rule := range v.parts(spec, list) {
			for _, to := range v.destinations(rule) {
				v.reached[to.service.Namespace] = true
				v.bind(list, rule, to)
			}
		}
	}
	for namespace := range v.reached {
		x.doubt(namespace, v.notes...)
	}
}

// gateway finds one by its name as written; nil for one that is not there.
func (v *virtualService) gateway(name string) *gateway {
	key := types.NamespacedName{Namespace: v.namespace, Name: name}
	if namespace, rest, split := strings.Cut(name, "/"); split {
		key = types.NamespacedName{Namespace: namespace, Name: rest}
	} else if to, ok := serviceOf(name, ""); ok {
		key = to // an old form: NAME.NAMESPACE.svc.DOMAIN
	}
	g := v.x.istio[key]
	if g != nil {
		v.notes = append(v.notes, g.doubts...)
		return g
	}
	if !v.x.complete(istioGatewayKind()) {
		return &gateway{reach: api.ReachOutside, listeners: []listener{{hosts: []string{"*"}, tls: api.TLSUnknown, from: "unread"}}}
	}
	return nil
}

// bind adds the ways through the gateways to one destination.
func (v *virtualService) bind(list string, rule fields, to backend) {
	for _, name := range v.names {
		g := v.gateways[name]
		if g == nil || !v.matches(rule, name) {
			continue
		}
		for _, l := range g.listeners {
			offered, some := l.hostsFor(g.namespace, v.namespace)
			hosts, meet := intersect(offered, v.hosts)
			if !some || !meet || l.redirects || !l.serves(list) {
				continue
			}
			via := v.what
			if v.namespace != to.service.Namespace {
				via += " of namespace " + v.namespace
			}
			v.x.add(way{api.Exposure{
				Via: via, Hosts: hosts, Port: l.port, TLS: l.tls, From: []string{}, Reach: g.reach, Derived: l.from != "",
			}, to})
		}
	}
}

// matches tells whether a rule holds for what comes through a gateway: each match may name
// some.
func (v *virtualService) matches(rule fields, gateway string) bool {
	matches := v.parts(rule, "match")
	return len(matches) == 0 || slices.ContainsFunc(matches, func(m fields) bool {
		names := v.texts(m, "gateways")
		return len(names) == 0 || slices.Contains(names, gateway)
	})
}

// destinations are the Services that a rule leads to, mirrors among them.
func (v *virtualService) destinations(rule fields) []backend {
	var out []backend
	add := func(n fields) {
		host := v.text(n, "host")
		if service, ok := serviceOf(host, v.namespace); ok {
			to := backend{service: service, port: v.port(v.part(n, "port"), "number")}
			if !slices.Contains(out, to) {
				out = append(out, to)
			}
		}
	}
	for _, r := range v.parts(rule, "route") {
		if !zero(r, "weight") || len(v.list(rule, "route")) == 1 {
			add(v.part(r, "destination"))
		}
	}
	add(v.part(rule, "mirror"))
	for _, m := range v.parts(rule, "mirrors") {
		add(v.part(m, "destination"))
	}
	if delegate := v.part(rule, "delegate"); len(delegate) > 0 {
		v.reached[cmp.Or(v.text(delegate, "namespace"), v.namespace)] = true
		v.notes = append(v.notes, v.what+": what it delegates to VirtualService "+v.text(delegate, "name")+" is not evaluated")
	}
	return out
}
