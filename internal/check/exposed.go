package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// Exposed finds pods that are reached from outside the cluster.
func Exposed() Check {
	return Check{
		ID:        "exposed",
		Title:     "Pod is reached from outside the cluster",
		Severity:  api.SeverityMedium,
		Standards: []string{"owasp-2025:K05", "attack:T1190"},
		Doc: "Services of type NodePort and LoadBalancer, externalIPs, Ingresses, routes of the Gateway API and of " +
			"Istio, each followed to the port of the pods; one finding for each object and port. Ports of the node " +
			"that a pod opens by itself are host-port and host-network. Low where only private addresses get in: " +
			"an internal load balancer, or source ranges of private networks. Derived where nothing shows that it " +
			"is served: an Ingress without an address, a route that no controller accepted. What a firewall or the " +
			"controller of an Ingress adds is not seen, nor that it may answer on port 80 beside 443. Unknown " +
			"where something that may lead to the pods could not be read. Source: " +
			"https://kubernetes.io/docs/concepts/services-networking/service/#publishing-services-service-types.",
		Fix:      "a Service of type ClusterIP where nobody outside needs it; else source ranges, and TLS",
		MayBreak: "clients outside the cluster",
		Eval:     evalExposed,
	}
}

func evalExposed(s Subject) []Violation {
	n := s.Context.Network
	if n == nil {
		return nil
	}
	var out []Violation
	for _, ways := range waysIn(n) {
		out = append(out, exposedBy(ways))
	}
	if len(out) == 0 && len(n.MayExpose) > 0 {
		return []Violation{{
			Path: "Services of its namespace", Got: "unknown", Want: "no way in", Key: "unknown", Unknown: true,
			Message: "whether it is reached from outside is not known: " + n.MayExpose[0],
		}}
	}
	return out
}

// waysIn groups the exposures by object and port of the pods; those that the pods open by
// themselves are left out.
func waysIn(n *api.Network) [][]api.Exposure {
	var out [][]api.Exposure
	for _, e := range n.Exposed {
		if ownPort(e) {
			continue
		}
		at := slices.IndexFunc(out, func(g []api.Exposure) bool { return objectOf(g[0]) == objectOf(e) && g[0].Target == e.Target })
		if at < 0 {
			out = append(out, []api.Exposure{e})
		} else {
			out[at] = append(out[at], e)
		}
	}
	return out
}

// ownPort tells a port of the node that the pod itself opens.
func ownPort(e api.Exposure) bool {
	return strings.HasPrefix(e.Via, "hostPort ") || strings.HasPrefix(e.Via, "hostNetwork ")
}

// objectOf is what exposes, such as "Service web", without how it does.
func objectOf(e api.Exposure) string {
	object, _, _ := strings.Cut(e.Via, " (")
	return object
}

func exposedBy(ways []api.Exposure) Violation {
	v := Violation{Path: objectOf(ways[0]), Key: objectOf(ways[0]) + ":" + ways[0].Target, Derived: true, Want: "no way in"}
	var places, gots []string
	private := true
	for _, e := range ways {
		v.Derived = v.Derived && e.Derived
		private = private && e.Reach == api.ReachPrivate
		places = append(places, placeOf(e)+", "+tlsWords(e))
		if got := fromWords(e) + ", " + tlsWords(e); !slices.Contains(gots, got) {
			gots = append(gots, got)
		}
	}
	v.Got = strings.Join(gots, "; ")
	v.Message = fmt.Sprintf("%s: %s, to port %s", objectOf(ways[0]), strings.Join(places, "; "), ways[0].Target)
	if private {
		v.Severity, v.Modifier = api.SeverityLow, privateStep
	}
	return v
}

const privateStep = "-1: private networks alone"

// placeOf is where it is reached, such as "shop.example.com:443" or "port 30080 of the nodes".
func placeOf(e api.Exposure) string {
	port := ""
	if e.Port != 0 {
		port = fmt.Sprintf("port %d", e.Port)
	}
	switch {
	case e.Reach == api.ReachNodes && port == "":
		return "a port of the nodes"
	case e.Reach == api.ReachNodes:
		return port + " of the nodes"
	case len(e.Hosts) == 0 && port == "":
		return "any port"
	case len(e.Hosts) == 0:
		return port
	}
	hosts := e.Hosts
	more := ""
	if len(hosts) > maxHosts {
		hosts, more = hosts[:maxHosts], fmt.Sprintf(" and %d more", len(e.Hosts)-maxHosts)
	}
	if e.Port != 0 {
		return fmt.Sprintf("%s:%d", strings.Join(hosts, " "), e.Port) + more
	}
	return strings.Join(hosts, " ") + more
}

// maxHosts is how many names of one way are told.
const maxHosts = 3

func fromWords(e api.Exposure) string {
	switch {
	case len(e.From) > 0:
		return strings.Join(e.From, " ")
	case e.Reach == api.ReachNodes:
		return "the nodes' network"
	case e.Reach == api.ReachPrivate:
		return "a private network"
	}
	return "internet"
}

func tlsWords(e api.Exposure) string {
	switch e.TLS {
	case api.TLSYes:
		return "TLS"
	case api.TLSNo:
		return "no TLS"
	case api.TLSPassthrough:
		return "TLS to the pods"
	}
	return "TLS unknown"
}
