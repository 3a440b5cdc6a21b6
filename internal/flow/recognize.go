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
		{"NetworkNeighborhoods of Kubescape", matches(`spdx\.softwarecomposition\.kubescape\.io/`)},
		{"a container log (CRI)", matches(`^\S+ (stdout|stderr) [FP] `)},
		{"an audit log of a Kubernetes API server", matches(`"auditID\\?"|"kind": *"EventList", *"apiVersion": *"audit\.k8s\.io/|(?m)^\S+ AUDIT: id="`)},
		{"flows of Hubble over several lines: write one on each, as jq -c does", matches(`"(verdict|lost_events|node_status)":`)},
		{"flows of Hubble as text: ask for them with -o json", matches(`(?m) (FORWARDED|DROPPED|REDIRECTED|AUDIT|TRACED|TRANSLATED) \(`)},
		{"flows of Calico", matches(`"reporter": *"(Src|Dst|src|dst)"`)},
		{"flows of the AWS VPC CNI", matches(`"msg": *"Flow Info:`)},
		{"flows of NetObserv", matches(`"SrcAddr":.*"DstAddr":|"DstAddr":.*"SrcAddr":`)},
		{"a trace of Inspektor Gadget", matches(`"pktType":|"netns_id":|"mntns_id":`)},
		{"a policy log of GKE", matches(`"disposition":.*"connection":|"connection":.*"disposition":`)},
		{"an access log of Istio", matches(`(inbound|outbound)\|\d+\|`)},
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
