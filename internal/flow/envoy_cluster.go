package flow

import "strings"

// envoyCluster is a cluster of Envoy as Istio names it: direction|port|subset|host.
//
// Its host is no name that anybody looked up: that of a ServiceEntry need not be in DNS at all.
type envoyCluster struct {
	word    clusterWord
	service Workload
}

// clusterWord is what kind of a cluster it is.
type clusterWord string

// The kinds of clusters (istio/istio, pilot/pkg/model/cluster.go and
// pilot/pkg/networking/util/util.go). A line without one had no route.
const (
	clusterNone        clusterWord = ""
	clusterInbound     clusterWord = "inbound"
	clusterOutbound    clusterWord = "outbound"
	clusterPassthrough clusterWord = "PassthroughCluster"
	clusterBlackHole   clusterWord = "BlackHoleCluster"
	clusterOther       clusterWord = "other"
)

func clusterOf(text string) envoyCluster {
	switch {
	case text == "":
		return envoyCluster{word: clusterNone}
	case text == string(clusterPassthrough), text == string(clusterBlackHole):
		return envoyCluster{word: clusterWord(text)}
	case strings.HasPrefix(text, "InboundPassthrough"):
		return envoyCluster{word: clusterInbound}
	}
	if strings.HasPrefix(text, "outbound_.") { // the same for gateways that pass TLS through
		text = strings.ReplaceAll(text, "_.", "|")
	}
	parts := strings.Split(text, "|")
	if len(parts) != 4 {
		return envoyCluster{word: clusterOther}
	}
	switch parts[0] {
	case "inbound":
		return envoyCluster{word: clusterInbound}
	case "outbound":
		return envoyCluster{word: clusterOutbound, service: serviceOf(parts[3])}
	}
	return envoyCluster{word: clusterOther}
}

// serviceOf is the Service of a host such as cart.shop.svc.cluster.local; none for others.
func serviceOf(host string) Workload {
	parts := strings.Split(host, ".")
	if len(parts) < 4 || parts[2] != "svc" || parts[0] == "" || parts[1] == "" || parts[3] == "clusterset" {
		return Workload{}
	}
	return Workload{Kind: "Service", Namespace: parts[1], Name: parts[0]}
}
