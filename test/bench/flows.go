package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// The flows are of flowWorkloads workloads, each of which reaches flowPeers others, every edge
// seen flowPoints times, or FLOW_EDGES edges.
const (
	flowWorkloads  = 400
	flowPeers      = 250
	flowPoints     = 4
	flowNamespaces = 20
)

// flows measures policies from flows of Hubble. The yardstick is decoding every line into a
// struct, on one core.
func flows(plugin, dir string) error {
	peers := flowPeers
	if text := os.Getenv("FLOW_EDGES"); text != "" {
		edges := 0
		if _, err := fmt.Sscan(text, &edges); err != nil {
			return fmt.Errorf("FLOW_EDGES: %w", err)
		}
		peers = max(1, edges/flowWorkloads)
	}
	state, lines := filepath.Join(dir, "cluster.json"), filepath.Join(dir, "flows.json")
	if err := writeFile(state, generateCluster); err != nil {
		return err
	}
	count := flowWorkloads * peers * flowPoints
	if err := writeFile(lines, func(w io.Writer) error { return generateFlows(w, peers) }); err != nil {
		return err
	}
	yardstick, err := repeated(1, os.Args[0], "flow-decode", lines)
	if err != nil {
		return err
	}
	for _, test := range []struct {
		name, goal string
		args       []string
	}{
		{"observe", "100,000 lines/s, 200 MB; encoding/json on one core", []string{"observe", "--from", lines, "--output-file", os.DevNull}},
		{"gen netpol of one", "the same", []string{"gen", "netpol", "deploy/app-7", "-n", "ns-7", "--from", lines}},
		{"gen netpol -A", "the same", []string{"gen", "netpol", "-A", "--from", lines}},
	} {
		measured, err := repeated(3, plugin, append(test.args, "-f", state, "--local")...)
		if err != nil {
			return err
		}
		row(fmt.Sprintf("%s, %d edges, %d lines", test.name, flowWorkloads*peers, count), measured.wall, yardstick.wall, test.goal)
		fmt.Printf("%-44s %5.0f k/s %7.0f k/s %8s  peak %s, cpu %.1f s\n", "", float64(count)/1e3/measured.wall.Seconds(), float64(count)/1e3/yardstick.wall.Seconds(),
			"", measured.peak, measured.cpu.Seconds())
	}
	return nil
}

func writeFile(name string, write func(io.Writer) error) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	err = write(w)
	if flushed := w.Flush(); err == nil {
		err = flushed
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}

func flowNamespace(i int) string { return fmt.Sprintf("ns-%d", i%flowNamespaces) }

func flowAddress(i int) string { return fmt.Sprintf("10.244.%d.%d", i/250, 1+i%250) }

// generateCluster writes Deployments with a pod each.
func generateCluster(w io.Writer) error {
	var items []any
	add := func(o map[string]any) { items = append(items, o) }
	for i := range flowNamespaces {
		name := flowNamespace(i)
		add(map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": name, "labels": map[string]any{"kubernetes.io/metadata.name": name}}})
	}
	for i := range flowWorkloads {
		name, labels := fmt.Sprintf("app-%d", i), map[string]any{"app": fmt.Sprintf("app-%d", i)}
		spec := map[string]any{"containers": []any{map[string]any{"name": "app", "image": "app", "ports": []any{map[string]any{"containerPort": 8080}}}}, "nodeName": "node-1"}
		meta := func(name, owner, kind string) map[string]any {
			m := map[string]any{"name": name, "namespace": flowNamespace(i), "labels": labels, "uid": kind + name}
			if owner != "" {
				m["ownerReferences"] = []any{map[string]any{"apiVersion": "apps/v1", "kind": kind, "name": owner, "uid": owner, "controller": true}}
			}
			return m
		}
		selector := map[string]any{"selector": map[string]any{"matchLabels": labels}, "template": map[string]any{"metadata": map[string]any{"labels": labels}, "spec": spec}}
		add(map[string]any{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta(name, "", ""), "spec": selector})
		add(map[string]any{"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": meta(name+"-5d4f8", name, "Deployment"), "spec": selector})
		add(map[string]any{"apiVersion": "v1", "kind": "Pod", "metadata": meta(name+"-5d4f8-x7k2p", name+"-5d4f8", "ReplicaSet"), "spec": spec, "status": map[string]any{
			"phase": "Running", "podIP": flowAddress(i), "podIPs": []any{map[string]any{"ip": flowAddress(i)}}, "hostIP": "192.0.2.11", "hostIPs": []any{map[string]any{"ip": "192.0.2.11"}},
		}})
	}
	return json.NewEncoder(w).Encode(map[string]any{"apiVersion": "v1", "kind": "List", "items": items})
}

// generateFlows writes lines in the shape of Hubble's, about as long as they are with the labels
// of nodes.
func generateFlows(w io.Writer, peers int) error {
	end := func(i int) string {
		return fmt.Sprintf(`{"ID":%[1]d,"identity":%[2]d,"cluster_name":"default","namespace":"%[3]s","labels":["k8s:app=app-%[1]d","k8s:io.cilium.k8s.namespace.labels.kubernetes.io/metadata.name=%[3]s","k8s:io.cilium.k8s.policy.cluster=default","k8s:io.cilium.k8s.policy.serviceaccount=default","k8s:io.kubernetes.pod.namespace=%[3]s"],"pod_name":"app-%[1]d-5d4f8-x7k2p","workloads":[{"name":"app-%[1]d","kind":"Deployment"}]}`,
			i, i+3000, flowNamespace(i))
	}
	nodes := `"node_labels":["kubernetes.io/arch=amd64","kubernetes.io/hostname=node-1","kubernetes.io/os=linux","node.kubernetes.io/instance-type=` + strings.Repeat("m", 160) + `","topology.kubernetes.io/zone=a"]`
	for round := range flowPoints {
		point := []string{"TO_ENDPOINT", "TO_OVERLAY"}[round%2]
		for client := range flowWorkloads {
			for peer := 1; peer <= peers; peer++ {
				server := (client + peer) % flowWorkloads
				_, err := fmt.Fprintf(w, `{"flow":{"time":"2026-11-20T%02d:%02d:%02d.123456789Z","uuid":"5d3c8f7e-%04x-%04x-8f7e-2b1a9c8d7e6f","verdict":"FORWARDED","ethernet":{"source":"aa:bb:cc:dd:ee:01","destination":"aa:bb:cc:dd:ee:02"},"IP":{"source":"%s","destination":"%s","ipVersion":"IPv4"},"l4":{"TCP":{"source_port":%d,"destination_port":8080,"flags":{"SYN":true}}},"source":%s,"destination":%s,"Type":"L3_L4","node_name":"default/node-1",%s,"event_type":{"type":4,"sub_type":3},"traffic_direction":"EGRESS","trace_observation_point":"%s","trace_reason":"NEW","is_reply":false,"Summary":"TCP Flags: SYN"},"node_name":"default/node-1","time":"2026-11-20T08:00:00.123456789Z"}`+"\n",
					round, client%60, peer%60, client, peer, flowAddress(client), flowAddress(server), 32768+(client*peer+round)%28000, end(client), end(server), nodes, point)
				if err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// decodeFlows is the yardstick.
func decodeFlows(file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	scanner := bufio.NewScanner(f)
	scanner.Buffer(nil, 1<<20)
	type end struct {
		Namespace string   `json:"namespace"`
		PodName   string   `json:"pod_name"`
		Labels    []string `json:"labels"`
	}
	type ports struct {
		Source      int `json:"source_port"`
		Destination int `json:"destination_port"`
	}
	for scanner.Scan() {
		var line struct {
			Flow struct {
				Time, Verdict string
				IP            struct{ Source, Destination string }
				L4            struct{ TCP, UDP *ports }
				Source        end   `json:"source"`
				Destination   end   `json:"destination"`
				IsReply       *bool `json:"is_reply"`
			}
		}
		if err := json.Unmarshal(scanner.Bytes(), &line); err != nil {
			return err
		}
	}
	return scanner.Err()
}
