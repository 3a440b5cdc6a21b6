package flow

import (
	"bytes"
	"regexp"

	"github.com/kubectl-harden/kubectl-harden/internal/source"
)

// Recognize names, for a message, what a file seems to be that has no flows in a known format:
// by its beginning, and empty for what it does not know.
func Recognize(head []byte) string {
	head = bytes.TrimPrefix(head, []byte(source.ByteOrderMark))
	if len(bytes.TrimSpace(head)) == 0 {
		return source.Empty
	}
	for _, kind := range foreignKinds() {
		if kind.is(head) {
			return kind.name
		}
	}
	return ""
}

// foreignKind is something that is read otherwise, or not.
type foreignKind struct {
	name string
	is   func(head []byte) bool
}

// foreignKinds come with the particular before the general.
func foreignKinds() []foreignKind {
	return []foreignKind{
		{"a zip archive", begins("PK\x03\x04")},
		{"UTF-16 text", func(head []byte) bool {
			return begins("\xff\xfe")(head) || begins("\xfe\xff")(head)
		}},
		{"a tar archive", func(head []byte) bool { return len(head) > 262 && string(head[257:262]) == "ustar" }},
		{"a document of kubectl-harden", matches(`(?m)^\s*("apiVersion": *"|\{"apiVersion": *"|apiVersion: ["']?)kubectl-harden\.dev/`)},
		{"a container log (CRI)", matches(`^\S+ (stdout|stderr) [FP] `)},
		{"an audit log of a Kubernetes API server", matches(`"auditID\\?"|"kind": *"EventList", *"apiVersion": *"audit\.k8s\.io/|(?m)^\S+ AUDIT: id="`)},
		{"flows of Hubble over several lines: write one on each, as jq -c does", matches(`"(verdict|lost_events|node_status)":`)},
		{"flows of Hubble as text: ask for them with -o json", matches(`(?m) (FORWARDED|DROPPED|REDIRECTED|AUDIT|TRACED|TRANSLATED) \(`)},
		{"flows of Calico over several lines, or of another of its logs: those of Whisker are read, one on each line", matches(`"reporter": *"(Src|Dst|src|dst)"`)},
		{"flows of the AWS VPC CNI over several lines: give the log of its agent as it is", matches(`"msg": *"Flow Info:`)},
		{"flows of the AWS VPC CNI from CloudWatch: give the log of its agent, network-policy-agent.log", matches(`;PolicyVerdict: `)},
		{"flows of NetObserv that lack addresses, a protocol or a time, or are over several lines: write one on each, as jq -c does", matches(`"(SrcAddr|DstAddr|SrcK8S_Name|DstK8S_Name)":`)},
		{"connections of Inspektor Gadget whose direction differs between its versions: give those of trace_tcp", matches(`(?s)"endpoint":.*"egress":|"egress":.*"endpoint":`)},
		{"a trace of Inspektor Gadget without connections, or over several lines: give trace_tcp or trace_dns with -o json", matches(`"(pktType|pkt_type|netns_id|mntns_id|netnsid|mountnsid)":`)},
		{"a policy log of GKE", matches(`"disposition":.*"connection":|"connection":.*"disposition":`)},
		{"other objects of Kubescape than NetworkNeighborhoods", matches(`spdx\.softwarecomposition\.kubescape\.io/`)},
		{"an access log of Istio in a layout of its own: the default text and JSON are read", matches(`(inbound|outbound)\|\d+\|`)},
		{"the output of netstat: ss is read", matches(`(?m)^Proto\s+Recv-Q\s+Send-Q\s+Local Address`)},
		{"Kubernetes objects", func(head []byte) bool {
			return matches(`"?apiVersion"?:`)(head) && matches(`"?kind"?:`)(head)
		}},
	}
}

func begins(with string) func([]byte) bool {
	return func(head []byte) bool { return bytes.HasPrefix(head, []byte(with)) }
}

func matches(pattern string) func([]byte) bool {
	return func(head []byte) bool { return regexp.MustCompile(pattern).Match(head) }
}
