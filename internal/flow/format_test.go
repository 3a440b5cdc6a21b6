package flow

import (
	"bytes"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/audit"
	"github.com/kubectl-harden/kubectl-harden/internal/source"
)

// TestFormatOrForeign has a beginning of everything that is known.
func TestFormatOrForeign(t *testing.T) {
	line := hubbleLine("")
	for name, test := range map[string]struct{ head, want string }{
		"Hubble":               {line, "flows of Hubble, JSON lines"},
		"Hubble, bare":         {hubbleBare(""), "flows of Hubble, JSON lines"},
		"Hubble, cut":          {line[:400], "flows of Hubble, JSON lines"},
		"Hubble, lost":         {`{"lost_events":{"num_events_lost":"1"}}`, "flows of Hubble, JSON lines"},
		"Hubble, nodes":        {`{"node_status":{"state_change":"NODE_CONNECTED"}}` + "\n", "flows of Hubble, JSON lines"},
		"Hubble, after others": {"level=info msg=x\n" + line, "flows of Hubble, JSON lines"},
		"Hubble, CRI":          {"2026-01-01T00:00:00.0Z stdout F " + line, "a container log (CRI)"},
		"proc":                 {tcpHeader, "sockets of /proc/net"},
		"ss":                   {"State Recv-Q Send-Q Local Address:Port Peer Address:Port Process\n", "sockets, ss"},
		"conntrack":            {"conntrack v1.4.7 (conntrack-tools): 1 flow entries have been shown.\n" + good()["conntrack"], "conntrack entries, text"},
		"XML":                  {"<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<conntrack>\n", "conntrack entries, XML"},

		"empty":               {" \n", "empty"},
		"Hubble, pretty":      {"{\n  \"flow\": {\n    \"verdict\": \"FORWARDED\"", "flows of Hubble over several lines: write one on each, as jq -c does"},
		"Hubble, text":        {"Nov 20 12:00:00.123: shop/web-0:40000 (ID:3418) -> data/db-0:5432 (ID:2) to-endpoint FORWARDED (TCP Flags: SYN)\n", "flows of Hubble as text: ask for them with -o json"},
		"Calico":              {whiskerRecord, "flows of Calico's Whisker"},
		"Calico, list":        {`{"total":1,"items":[` + whiskerRecord[:len(whiskerRecord)-40], "flows of Calico's Whisker"},
		"Calico, stream":      {"event: flow\ndata: " + whiskerRecord, "flows of Calico's Whisker"},
		"Calico, pretty":      {"{\n  \"start_time\": \"\",\n  \"reporter\": \"Src\"", "flows of Calico over several lines, or of another of its logs: those of Whisker are read, one on each line"},
		"AWS":                 {good()["AWS"], "flows of the AWS VPC CNI"},
		"AWS, other lines":    {`{"level":"info","logger":"ebpf-client","msg":"Configure Event loop ... "}`, "flows of the AWS VPC CNI"},
		"AWS, pretty":         {"{\n  \"msg\": \"Flow Info: \",\n", "flows of the AWS VPC CNI over several lines: give the log of its agent as it is"},
		"AWS, CloudWatch":     {"Node: n;SIP: 10.0.0.1;SPORT: 1;DIP: 10.0.0.2;DPORT: 2;PROTOCOL: TCP;PolicyVerdict: DENY\n", "flows of the AWS VPC CNI from CloudWatch: give the log of its agent, network-policy-agent.log"},
		"NetObserv":           {good()["NetObserv"], "flows of NetObserv"},
		"NetObserv, array":    {"[\n" + strings.TrimSuffix(good()["NetObserv"], "\n") + ",\n", "flows of NetObserv"},
		"NetObserv, pretty":   {"{\n  \"DstAddr\": \"10.0.0.1\",\n", "flows of NetObserv that lack addresses, a protocol or a time, or are over several lines: write one on each, as jq -c does"},
		"NetObserv, filtered": {`{"DstAddr":"10.0.0.1","SrcAddr":"10.0.0.2"}`, "flows of NetObserv that lack addresses, a protocol or a time, or are over several lines: write one on each, as jq -c does"},
		"trace":               {good()["trace"], "a trace of Inspektor Gadget"},
		"trace, array":        {"[" + strings.TrimSuffix(good()["trace"], "\n") + `,{"comm":"cut`, "a trace of Inspektor Gadget"},
		"trace, other":        {`{"comm":"x","netns_id":1}`, "a trace of Inspektor Gadget without connections, or over several lines: give trace_tcp or trace_dns with -o json"},
		"trace, advisor":      {`{"egress":1,"endpoint":{"addr":"10.0.0.1","port":80},"netns_id":1}`, "connections of Inspektor Gadget whose direction differs between its versions: give those of trace_tcp"},
		"trace, pretty":       {"{\n  \"netns_id\": 1,\n", "a trace of Inspektor Gadget without connections, or over several lines: give trace_tcp or trace_dns with -o json"},
		"GKE":                 {`{"connection":{"src_ip":"10.0.0.1"},"disposition":"allow"}`, "a policy log of GKE"},
		"Istio":               {`[2026-01-01T00:00:00Z] "GET / HTTP/1.1" 200 - outbound|80||a.b.svc.cluster.local`, "an access log of Istio in a layout of its own: the default text and JSON are read"},
		"Istio, text":         {good()["Envoy"], "an access log of Istio"},
		"Istio, JSON":         {recorded(t, "istio-access.json"), "an access log of Istio"},
		"netstat":             {"Active Internet connections\nProto Recv-Q Send-Q Local Address           Foreign Address         State\n", "the output of netstat: ss is read"},
		"Kubescape, list":     {"apiVersion: v1\nitems:\n- apiVersion: spdx.softwarecomposition.kubescape.io/v1beta1\n  kind: NetworkNeighborhood\n", "NetworkNeighborhoods of Kubescape"},
		"Kubescape, JSON":     {`{"apiVersion":"v1","items":[{"apiVersion":"spdx.softwarecomposition.kubescape.io/v1beta1","kind":"NetworkNeighborhood"`, "NetworkNeighborhoods of Kubescape"},
		"Kubescape, other":    {"apiVersion: spdx.softwarecomposition.kubescape.io/v1beta1\nkind: ApplicationProfile\n", "other objects of Kubescape than NetworkNeighborhoods"},
		"Kubescape, audit":    {`{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"i","requestObject":{"kind":"NetworkNeighborhood","apiVersion":"spdx.softwarecomposition.kubescape.io/v1beta1"}}`, "an audit log of a Kubernetes API server"},
		"Kubescape":           {"apiVersion: spdx.softwarecomposition.kubescape.io/v1beta1\nkind: NetworkNeighborhood\n", "NetworkNeighborhoods of Kubescape"},
		"audit":               {`{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"i"}`, "an audit log of a Kubernetes API server"},
		"audit, pretty":       {"{\n  \"kind\": \"Event\",\n  \"auditID\": \"i\"", "an audit log of a Kubernetes API server"},
		"audit, quoted":       {`{"log":"{\"kind\":\"Event\",\"auditID\":\"i\"`, "an audit log of a Kubernetes API server"},
		"audit, no events":    {`{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":[]}`, "an audit log of a Kubernetes API server"},
		"audit, legacy":       {"2026-01-01T00:00:00Z AUDIT: id=\"u\" stage=\"ResponseComplete\"\n", "an audit log of a Kubernetes API server"},
		"own":                 {"apiVersion: kubectl-harden.dev/v1alpha1\nkind: Observations\n", "a document of kubectl-harden"},
		"own, JSON":           {`{"apiVersion":"kubectl-harden.dev/v1alpha1"`, "a document of kubectl-harden"},
		"manifest":            {"apiVersion: v1\nkind: Pod\n", "Kubernetes objects"},
		"zip":                 {"PK\x03\x04", "a zip archive"},
		"tar":                 {strings.Repeat("\x00", 257) + "ustar\x0000", "a tar archive"},
		"UTF-16":              {"\xff\xfe{\x00", "UTF-16 text"},
		"text":                {"hello {world", ""},
		"a table of ICMP":     {"  sl  local_address rem_address\n", ""},
		"conntrack, expect":   {"297 proto=6 src=10.0.0.1 dst=10.0.0.2 sport=0 dport=1\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, ok := Format([]byte(test.head))
			if !ok {
				got = Recognize([]byte(test.head))
			}
			if got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

// claims are the names of all formats, those of audit logs among them, that know the head.
func claims(head []byte) []string {
	var names []string
	for _, f := range formats() {
		if slices.ContainsFunc(bytes.SplitAfter(head, []byte("\n")), f.is) {
			names = append(names, f.name)
		}
	}
	if name, ok := audit.Format(head); ok {
		names = append(names, name)
	}
	return names
}

// TestFormatAlone feeds what is known of each format to all.
func TestFormatAlone(t *testing.T) {
	entries, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	texts := good()
	for _, entry := range entries {
		if !entry.IsDir() {
			texts[entry.Name()] = recorded(t, entry.Name())
		}
	}
	for name, text := range texts {
		if got := claims([]byte(text)); len(got) != 1 {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// TestFormatOfSamples is for a folder of logs and flows in the wild, which FLOW_SAMPLES names.
func TestFormatOfSamples(t *testing.T) {
	folder := os.Getenv("FLOW_SAMPLES")
	if folder == "" {
		t.Skip("FLOW_SAMPLES names no folder")
	}
	const hubble, conntrack, proc, sockets = "flows of Hubble, JSON lines", "conntrack entries, text", "sockets of /proc/net", "sockets, ss"
	want := map[string]string{
		"audit/webhook-eventlist.json": "audit EventList", "audit/own/kube-apiserver-1.36-metadata.log.gz": "audit events, JSON lines",
		"flows/hubble/basic-sample-10-flows.json": hubble, "flows/hubble/policy-denied.2026.jsonl": hubble, "flows/hubble/basic-sample-5-dns-flows.json": hubble,
		"flows/hubble/basic-sample-5-http-flows.json": hubble, "flows/hubble/tke-hubble-1.19.1-export.jsonl": hubble,
		"flows/own/client-pod.proc-net-tcp": proc, "flows/own/client-pod.proc-net-tcp6": proc, "flows/own/client-pod.proc-net-udp": proc,
		"flows/own/server-pod.proc-net-tcp": proc, "flows/own/server-pod.proc-net-tcp6": proc, "flows/own/server-pod.proc-net-udp": proc,
		"flows/own/client-pod.ss-tanup.txt": sockets, "flows/own/server-pod.ss-tanup.txt": sockets,
		"flows/own/node.conntrack-L.txt": conntrack, "flows/own/node.conntrack-L-o-extended.txt": conntrack, "flows/own/node.nf_conntrack": conntrack,
		"flows/own/node.conntrack-L-o-xml.xml":           "conntrack entries, XML",
		"flows/inspektor-gadget/trace_tcp.mid2024.jsonl": api.FormatTrace, "flows/inspektor-gadget/v0.20.0.connect-to-svc.input": api.FormatTrace,
		"flows/inspektor-gadget/v0.20.0.connect-to-svc-duplicate.input": api.FormatTrace, "flows/netobserv/current-flow.sample.json": api.FormatNetObserv,
		"flows/aws-vpc-cni/network-policy-agent.log.samples.jsonl": api.FormatAWS,
		"flows/istio/sidecar-access-log.samples.txt":               api.FormatEnvoy, "flows/calico/whisker-flowlog.fixture.json": api.FormatWhisker,
		"flows/kubescape/nn-operator.json": api.FormatNeighborhood, "flows/kubescape/networkneighborhood-example.yaml": api.FormatNeighborhood,
	}
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		files, err := source.Find(nil, path)
		if err != nil {
			return err
		}
		stream, err := files[0].Open()
		if err != nil {
			return err
		}
		defer stream.Close()
		name, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		got := strings.Join(claims(stream.Head()), ", ")
		if got != want[filepath.ToSlash(name)] {
			t.Errorf("%s: %q, want %q", name, got, want[name])
		}
		if got != "" && !strings.HasPrefix(got, "audit") {
			r, err := readFiles(t, files, Options{})
			if err != nil || r.sources[0].Skipped != 0 {
				t.Errorf("%s: %v, %+v", name, err, r.sources)
			}
			for _, f := range allWords(r.flows) {
				t.Log(name, f)
			}
		} else if got == "" && !strings.HasSuffix(name, ".txt") || strings.HasSuffix(name, "samples.txt") {
			t.Log(name, Recognize(stream.Head()))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestReadIsTheSameHoweverItIsCut reads lines in blocks of any size, by one and by many.
func TestReadIsTheSameHoweverItIsCut(t *testing.T) {
	d := rand.New(rand.NewPCG(1, 2))
	for _, record := range []string{good()["hubble"], good()["conntrack"], good()["AWS"], good()["NetObserv"], good()["trace"], good()["Envoy"], recorded(t, "whisker.jsonl"), recorded(t, "whisker-list.json"), recorded(t, "neighborhoods.yaml"), recorded(t, "neighborhoods-list.json"), recorded(t, "server-pod.proc-net-tcp"), recorded(t, "server-pod.ss-tanup.txt"), recorded(t, "node.conntrack-L-o-xml.xml")} {
		text := record
		for range 50 {
			at := d.IntN(len(record))
			text += []string{record, record[:at] + "\n", record[at:] + "\n"}[d.IntN(3)]
		}
		want := readText(t, text, Options{workers: 1})
		for range 5 {
			opts := Options{workers: 1 + d.IntN(8), blockSize: 1 + d.IntN(3000)}
			got := readText(t, text, opts)
			if diff := cmp.Diff(allWords(want.flows), allWords(got.flows)); diff != "" {
				t.Fatalf("%+v (-one block +these):\n%s", opts, diff)
			}
			if diff := cmp.Diff(want.sources, got.sources); diff != "" || len(want.listeners) != len(got.listeners) {
				t.Fatalf("%+v, %d and %d listeners (-one block +these):\n%s", opts, len(want.listeners), len(got.listeners), diff)
			}
		}
	}
}
