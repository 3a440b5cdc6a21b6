package shop

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// Envoy is what the proxies of Istio log, were there one in every pod but those of the DNS: that of the
// client, and that of the server. Of UDP they log nothing.
func (s *Shop) Envoy(seed uint64) string {
	var out strings.Builder
	for i, c := range s.connections(seed) {
		if c.edge.Protocol != corev1.ProtocolTCP {
			continue
		}
		line := func(codes, host, rest string, a ...any) {
			fmt.Fprintf(&out, "[%s] \"- - -\" 0 %s - - \"-\" 10 20 30 - \"-\" \"-\" \"-\" \"-\" \"%s\" %s - -\n", c.at.UTC().Format(time.RFC3339Nano), codes, host, fmt.Sprintf(rest, a...))
		}
		cluster, flags := "PassthroughCluster", "-"
		if service := s.Service(c.edge.Service); service != nil {
			cluster = fmt.Sprintf("outbound|%d||%s.%s.svc.cluster.local", c.edge.Dialled, service.Name, service.To.Namespace)
		} else if c.edge.Service != "" {
			cluster = fmt.Sprintf("outbound|%d||%s.default.svc.cluster.local", c.edge.Dialled, c.edge.Service)
		}
		if c.denied {
			flags = "UF,URX"
		}
		inside := netip.AddrPortFrom(c.from.Addr(), uint16(20000+i%10000)) // the pod's own end, in the pod
		if c.client.pod != nil {
			line(flags, c.to.String(), "%s %s %s %s", cluster, c.from, c.dialled, inside)
		}
		if c.server.pod != nil && !c.denied && c.server.name != "coredns" {
			line("-", c.to.String(), "inbound|%d|| 127.0.0.6:40001 %s %s", c.edge.Port, c.to, c.masked)
		}
	}
	return out.String()
}

// Whisker is what Calico's Whisker answers: what both ends report, without any address.
func (s *Shop) Whisker(seed uint64) string {
	var items []fields
	for _, c := range s.connections(seed) {
		for _, reporter := range []string{"Src", "Dst"} {
			if reporter == "Src" && c.client.pod == nil || reporter == "Dst" && c.server.pod == nil {
				continue
			}
			action := "Allow"
			if c.denied && reporter == "Dst" {
				action = "Deny"
			}
			item := fields{
				"start_time": c.at.UTC().Format(time.RFC3339), "end_time": c.at.Add(15 * time.Second).UTC().Format(time.RFC3339), "action": action,
				"protocol": strings.ToLower(string(c.edge.Protocol)), "dest_port": c.edge.Port, "reporter": reporter, "packets_in": 1,
				"policies": fields{"enforced": []string{}, "pending": []string{}},
			}
			c.client.whisker(item, "source")
			c.server.whisker(item, "dest")
			items = append(items, item)
		}
	}
	return mustJSON(fields{"total": len(items), "items": items})
}

func (e end) whisker(item fields, which string) {
	name, namespace, labels := "PUBLIC NETWORK", "", []string{}
	switch {
	case e.pod != nil:
		name, namespace = e.pod.Name[:strings.LastIndexByte(e.pod.Name, '-')+1]+"*", e.workload.Namespace
		all := e.workload.podLabels(e.pod)
		for _, key := range slices.Sorted(maps.Keys(all)) {
			labels = append(labels, key+"="+all[key])
		}
	case e.name == APIServer:
		name = "PRIVATE NETWORK"
	}
	item[which+"_name"], item[which+"_namespace"], item[which+"_labels"] = name, namespace, strings.Join(labels, " | ")
}

// Kubescape is the list of NetworkNeighborhoods that its agents wrote, before they wrote the ports
// behind Services: kubescape/node-agent#943.
func (s *Shop) Kubescape() string {
	var items []fields
	for _, w := range s.Workloads {
		if w.HostNetwork {
			continue
		}
		var ingress, egress []fields
		for _, e := range append(s.Needed(), s.Denied()...) {
			denied := slices.Contains(s.Denied(), e)
			if e.To == w.Name && !denied {
				ingress = append(ingress, s.neighbor(w, e.From, e.Protocol, e.Port))
			}
			if e.From != w.Name {
				continue
			}
			port := e.Port
			if e.Service != "" {
				port = e.Dialled
			}
			egress = append(egress, s.neighbor(w, e.To, e.Protocol, port))
		}
		items = append(items, fields{
			"apiVersion": "spdx.softwarecomposition.kubescape.io/v1beta1", "kind": "NetworkNeighborhood",
			"metadata": fields{
				"name": strings.ToLower(w.Kind) + "-" + w.Name, "namespace": w.Namespace, "annotations": fields{"kubescape.io/completion": "complete", "kubescape.io/status": "completed"},
				"labels": fields{"kubescape.io/workload-kind": w.Kind, "kubescape.io/workload-name": w.Name, "kubescape.io/workload-namespace": w.Namespace},
			},
			"spec": fields{"matchLabels": w.Labels, "containers": []fields{{"name": "main", "ingress": ingress, "egress": egress}}},
		})
	}
	return mustJSON(fields{"apiVersion": "v1", "items": items, "kind": "List"})
}

func (s *Shop) neighbor(of *Workload, name string, protocol corev1.Protocol, port int32) fields {
	out := fields{
		"type": "internal", "ipAddress": "", "dns": "", "podSelector": nil, "namespaceSelector": nil,
		"ports": []fields{{"name": fmt.Sprintf("%s-%d", protocol, port), "protocol": protocol, "port": port}},
	}
	namespace := "default"
	switch w := s.Workload(name); {
	case w != nil:
		namespace, out["podSelector"] = w.Namespace, fields{"matchLabels": w.Labels}
	case name == APIServer:
		out["ipAddress"], out["podSelector"] = kubernetesAddress, fields{"matchLabels": fields{"component": "apiserver", "provider": "kubernetes"}}
	default:
		out["type"], out["ipAddress"] = "external", name
		return out
	}
	if namespace != of.Namespace {
		out["namespaceSelector"] = fields{"matchLabels": fields{"kubernetes.io/metadata.name": namespace}}
	}
	return out
}

func mustJSON(v any) string {
	text, err := json.MarshalIndent(v, "", "    ")
	if err != nil {
		panic(err)
	}
	return string(text)
}
