package flow

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// withPeers describes a flow with who its ends are said to be.
func withPeers(f *Flow) string {
	text := strings.ReplaceAll(words(f), "invalid AddrPort", "nowhere")
	return fmt.Sprintf("%s | %s:%d | %s:%d %s", text, peerWords(f.Client.Peer), f.Client.Port, peerWords(f.Server.Peer), f.Server.Port, strings.Join(f.Server.Names, ","))
}

func peerWords(p *Peer) string {
	if p == nil {
		return "nobody"
	}
	var all []string
	add := func(what, text string) {
		if text != "" {
			all = append(all, what+" "+text)
		}
	}
	add("in", p.Namespace)
	add("pod", p.Pod)
	add("pods", p.PodPrefix)
	add("host", p.Host)
	add("hidden:", p.Undisclosed)
	add("reserved", strings.Join(p.Reserved, ","))
	add("service", strings.Trim(p.Service.Namespace+"/"+p.Service.Name, "/"))
	add("account", p.ServiceAccount)
	for _, w := range p.Workloads {
		add(w.Kind, w.Name)
	}
	add("with", labelWords(p.Labels))
	add("namespace with", labelWords(p.NamespaceLabels))
	return strings.Join(all, " ")
}

func labelWords(labels map[string]string) string {
	var all []string
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		all = append(all, key+"="+labels[key])
	}
	return strings.Join(all, ",")
}

func allWithPeers(flows []Flow) []string {
	var all []string
	for i := range flows {
		all = append(all, withPeers(&flows[i]))
	}
	return all
}

func faultWords(r *result) []string {
	var all []string
	for _, f := range r.sources[0].Faults {
		all = append(all, fmt.Sprintf("%dx %s at %d", f.Count, f.Reason, f.Offset))
	}
	return all
}
