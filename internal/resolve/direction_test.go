package resolve_test

import (
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/flow"
)

func TestDirection(t *testing.T) {
	inv := shop(t)
	none := "none: " + api.UnclearDirection + " x1"
	cartEdge := "Deployment shop/web > Deployment shop/cart TCP 8080"
	for name, c := range map[string]struct {
		flows     []*flow.Flow
		listeners []flow.Listener
		want      []string
	}{
		"declared by a container":      {[]*flow.Flow{tcp(web+":40000 > "+cart+":8080", undirected)}, nil, []string{cartEdge + " guessed"}},
		"declared, a reply":            {[]*flow.Flow{tcp(cart+":8080 > "+web+":40000", undirected)}, nil, []string{cartEdge + " guessed"}},
		"declared in the usual range":  {[]*flow.Flow{tcp(db+":50051 > "+web+":33000", undirected)}, nil, []string{"Deployment shop/web > StatefulSet shop/db TCP 50051 guessed"}},
		"declared by a Service":        {[]*flow.Flow{tcp("10.96.0.50:80 > "+web+":33000", undirected)}, nil, []string{"Deployment shop/web > Deployment shop/cart TCP 8080 via shop/cart:80 guessed"}},
		"a node port":                  {[]*flow.Flow{tcp("192.0.2.1:30080 > "+web+":33000", undirected)}, nil, []string{"Deployment shop/web > Deployment shop/cart TCP 8080 via shop/cart:80 guessed"}},
		"the API server":               {[]*flow.Flow{tcp("192.0.2.1:6443 > "+web+":33000", undirected)}, nil, []string{"Deployment shop/web > the API server TCP 6443 guessed"}},
		"not known":                    {[]*flow.Flow{tcp(web+":40000 > "+cart+":7000", undirected)}, nil, []string{none}},
		"not known, both":              {[]*flow.Flow{tcp(web+":40000 > "+cart+":41000", undirected)}, nil, []string{none}},
		"both declared":                {[]*flow.Flow{tcp(cart+":8080 > "+canary+":9090", undirected)}, nil, []string{none}},
		"by another flow":              {[]*flow.Flow{tcp(web+":40000 > "+cart+":7000", undirected), tcp(db+":40001 > "+cart+":7000", final)}, nil, []string{"Deployment shop/web > Deployment shop/cart TCP 7000", "StatefulSet shop/db > Deployment shop/cart TCP 7000"}},
		"a reply, by another flow":     {[]*flow.Flow{tcp(cart+":7000 > "+web+":40000", undirected), tcp(web+":40001 > "+cart+":7000", final)}, nil, []string{"Deployment shop/web > Deployment shop/cart TCP 7000 x2"}},
		"by a refused flow":            {[]*flow.Flow{tcp(cart+":7000 > "+web+":40000", undirected), tcp(db+":41000 > "+web+":40000", denied)}, nil, []string{"StatefulSet shop/db > Deployment shop/web TCP 40000 denied", none}},
		"refused, both":                {[]*flow.Flow{tcp(cart+":45000 > "+web+":40000", undirected), tcp(db+":41000 > "+web+":40000", denied)}, nil, []string{"StatefulSet shop/db > Deployment shop/web TCP 40000 denied", none}},
		"unanswered, both":             {[]*flow.Flow{tcp(cart+":45000 > "+web+":40000", undirected), tcp(db+":41000 > "+web+":40000", unanswered)}, nil, []string{"StatefulSet shop/db > Deployment shop/web TCP 40000 unanswered", none}},
		"a guess of no sense":          {[]*flow.Flow{tcp(cart+":45000 > "+web+":40000", guessed)}, nil, []string{none}},
		"a guess turned round":         {[]*flow.Flow{tcp(cart+":7000 > "+web+":40000", guessed)}, nil, []string{none}},
		"by a listener":                {[]*flow.Flow{tcp(web+":40000 > "+cart+":7000", undirected, file("hubble"))}, []flow.Listener{listener(flow.TCP, cart+":7000")}, []string{"Deployment shop/web > Deployment shop/cart TCP 7000"}},
		"by a listener of any address": {[]*flow.Flow{tcp(web+":40000 > "+cart+":7000", undirected, file("hubble")), tcp(cart+":45000 > 198.51.100.7:443", atClient)}, []flow.Listener{listener(flow.TCP, "0.0.0.0:7000")}, []string{"Deployment shop/cart > 198.51.100.7 TCP 443 from client", "Deployment shop/web > Deployment shop/cart TCP 7000"}},
		"by a listener of several": {[]*flow.Flow{
			tcp(web+":40000 > "+cart+":7000", undirected, file("hubble")), tcp(cart+":45000 > 198.51.100.7:443", atClient), tcp(db+":45000 > 198.51.100.7:443", atClient),
		}, []flow.Listener{listener(flow.TCP, "0.0.0.0:7000")}, []string{"Deployment shop/cart > 198.51.100.7 TCP 443 from client", "StatefulSet shop/db > 198.51.100.7 TCP 443 from client", none}},
		"a bound socket of a client": {[]*flow.Flow{udp(web+":40000 > "+cart+":41000", undirected)}, []flow.Listener{listener(flow.UDP, web+":40000")}, []string{none}},
		"a guess":                    {[]*flow.Flow{tcp(web+":40000 > "+cart+":7000", guessed)}, nil, []string{"Deployment shop/web > Deployment shop/cart TCP 7000 guessed"}},
		"ping":                       {[]*flow.Flow{icmp(web+" > "+cart, flow.ICMP, 8)}, nil, []string{"Deployment shop/web > Deployment shop/cart ICMP 0"}},
		"pong":                       {[]*flow.Flow{icmp(cart+" > "+web, flow.ICMPv6, 129)}, nil, []string{"Deployment shop/web > Deployment shop/cart ICMPv6 0"}},
		"ICMP":                       {[]*flow.Flow{icmp(cart+" > "+web, flow.ICMP, 3)}, nil, []string{none}},
		"NAT, turned":                {[]*flow.Flow{udp(dns+":5353 > "+web+":40000", undirected, masqueraded("10.96.0.10:53"))}, nil, []string{"Deployment shop/web > Deployment kube-system/coredns UDP 5353 via kube-system/kube-dns:53 guessed"}},
	} {
		t.Run(name, func(t *testing.T) { checkSet(t, run(inv, c.flows, c.listeners...), c.want...) })
	}
}

func icmp(text string, p flow.Protocol, kind uint8) *flow.Flow {
	return seen(p, text, undirected, func(f *flow.Flow) { f.ICMPType = kind })
}

// Points on the way show a connection again, without who began it.
func TestDuplicatesGiveOneEdge(t *testing.T) {
	inv := shop(t)
	f := tcp(web+":40000 > "+cart+":8080", final)
	flows := []*flow.Flow{
		f, f, tcp(web+":40000 > "+cart+":8080", undirected), tcp(cart+":8080 > "+web+":40000", undirected), tcp(web+":40000 > "+cart+":8080", final, atServer),
	}
	check(t, run(inv, flows), "Deployment shop/web > Deployment shop/cart TCP 8080 x5 from server")
}

func byTuple(f *flow.Flow) {
	f.Direction, f.Final, f.Point.Side = flow.DirectionTuple, true, flow.SideBetween
}

// An answer may be what a source saw first of a connection: it then takes the server for the client.
func TestAnswersThatWereSeenFirst(t *testing.T) {
	inv := shop(t)
	synSent := func(f *flow.Flow) { f.Point.At = "SYN_SENT" }
	handshake := func(f *flow.Flow) { f.Direction = flow.DirectionHandshake }
	toCart := "Deployment shop/web > Deployment shop/cart TCP 8080"
	toWeb := "Deployment shop/cart > Deployment shop/web TCP 41000"
	for name, c := range map[string]struct {
		flows     []*flow.Flow
		listeners []flow.Listener
		want      []string
	}{
		"a tuple":                      {[]*flow.Flow{tcp(cart+":8080 > "+web+":41000", byTuple)}, nil, []string{toCart + " guessed from between"}},
		"a flag":                       {[]*flow.Flow{tcp(cart+":8080 > "+web+":41000", atClient)}, nil, []string{toCart + " guessed from server"}},
		"a dated flag":                 {[]*flow.Flow{tcp(cart+":8080 > "+web+":41000", at(noon))}, nil, []string{toCart + " guessed"}},
		"and the question":             {[]*flow.Flow{tcp(cart+":8080 > "+web+":41000", byTuple), tcp(web+":41000 > "+cart+":8080", byTuple)}, nil, []string{toCart + " x2 from between"}},
		"from outside":                 {[]*flow.Flow{tcp("198.51.100.9:443 > "+web+":41000", byTuple)}, nil, []string{"Deployment shop/web > 198.51.100.9 TCP 443 guessed from between"}},
		"to outside":                   {[]*flow.Flow{tcp(cart+":8080 > 198.51.100.9:41000", byTuple, masqueraded("192.0.2.2:8080"))}, nil, []string{"198.51.100.9 > Deployment shop/cart TCP 8080 guessed from between"}},
		"UDP":                          {[]*flow.Flow{udp(dns+":5353 > "+web+":41000", byTuple)}, nil, []string{"Deployment shop/web > Deployment kube-system/coredns UDP 5353 guessed from between"}},
		"of a declared high port":      {[]*flow.Flow{tcp(db+":50051 > "+web+":41000", byTuple)}, nil, []string{"Deployment shop/web > StatefulSet shop/db TCP 50051 guessed from between"}},
		"of a high port that serves":   {[]*flow.Flow{tcp(cart+":45000 > "+web+":41000", byTuple), tcp(db+":40001 > "+cart+":45000", handshake)}, nil, []string{"Deployment shop/web > Deployment shop/cart TCP 45000 guessed from between", "StatefulSet shop/db > Deployment shop/cart TCP 45000"}},
		"a declared high port":         {[]*flow.Flow{tcp(web+":7000 > "+db+":50051", byTuple)}, nil, []string{"Deployment shop/web > StatefulSet shop/db TCP 50051 from between"}},
		"a high port that listens":     {[]*flow.Flow{tcp(cart+":8080 > "+web+":41000", byTuple, file("ct"))}, []flow.Listener{listener(flow.TCP, web+":41000")}, []string{toWeb + " from between"}},
		"a high port behind a Service": {[]*flow.Flow{tcp(cart+":7000 > "+web+":41000", byTuple, dialled("10.96.9.9:80"))}, nil, []string{toWeb + " from between"}},
		"a high port that serves":      {[]*flow.Flow{tcp(cart+":8080 > "+web+":41000", byTuple), tcp(db+":7000 > "+web+":41000", handshake)}, nil, []string{toWeb + " from between", "StatefulSet shop/db > Deployment shop/web TCP 41000"}},
		"a high port that others dial": {[]*flow.Flow{tcp(cart+":7000 > "+web+":41000", byTuple), tcp(db+":45000 > "+web+":41000", byTuple)}, nil, []string{toWeb + " from between", "StatefulSet shop/db > Deployment shop/web TCP 41000 from between"}},
		"both serve": {[]*flow.Flow{tcp(cart+":8080 > "+web+":41000", byTuple), tcp(db+":7000 > "+web+":41000", handshake), tcp(db+":40001 > "+cart+":8080", handshake)}, nil,
			[]string{toWeb + " from between", "StatefulSet shop/db > Deployment shop/cart TCP 8080", "StatefulSet shop/db > Deployment shop/web TCP 41000"}},
		"both high":   {[]*flow.Flow{tcp(cart+":45000 > "+web+":41000", byTuple)}, nil, []string{toWeb + " from between"}},
		"a beginning": {[]*flow.Flow{tcp(cart+":8080 > "+web+":41000", byTuple, synSent)}, nil, []string{toWeb + " from between"}},
		"a handshake": {[]*flow.Flow{tcp(cart+":8080 > "+web+":41000", handshake)}, nil, []string{toWeb}},
		"shows nothing of others": {[]*flow.Flow{tcp(cart+":8080 > "+web+":41000", byTuple), tcp(db+":45000 > "+web+":41000", undirected)}, nil,
			[]string{toCart + " guessed from between", "none: " + api.UnclearDirection + " x1"}},
	} {
		t.Run(name, func(t *testing.T) { checkSet(t, run(inv, c.flows, c.listeners...), c.want...) })
	}
}
