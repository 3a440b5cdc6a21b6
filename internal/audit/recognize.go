package audit

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/source"
)

// Recognize names, for a message, what a file seems to be that is no audit log: by its
// beginning, and empty for what it does not know.
func Recognize(head []byte) string {
	f := foreignHead{text: bytes.TrimPrefix(head, []byte(source.ByteOrderMark))}
	if skipSpace(f.text, 0) == len(f.text) {
		return source.Empty
	}
	f.members = firstMembers(f.text)
	for _, kind := range foreignKinds() {
		if kind.is(f) {
			return kind.name
		}
	}
	return ""
}

// foreignHead is the beginning of a file, and the members of a JSON object that it begins with,
// of which the last may be cut.
type foreignHead struct {
	text    []byte
	members map[string]string
}

// has tells whether the object has all of the keys.
func (f foreignHead) has(keys ...string) bool {
	for _, key := range keys {
		if _, ok := f.members[key]; !ok {
			return false
		}
	}
	return true
}

// within tells whether the value of a key holds all of the texts.
func (f foreignHead) within(key string, texts ...string) bool {
	for _, text := range texts {
		if !strings.Contains(f.members[key], text) {
			return false
		}
	}
	return f.has(key)
}

func (f foreignHead) matches(pattern string) bool {
	return regexp.MustCompile(pattern).Match(f.text)
}

// foreignKind is something that is no audit log, or that has one inside.
type foreignKind struct {
	name string
	is   func(foreignHead) bool
}

// foreignKinds come with the particular before the general.
func foreignKinds() []foreignKind {
	return []foreignKind{
		{"an EKS log from CloudWatch", func(f foreignHead) bool {
			return f.has("logEvents") || f.within("events", `"message"`) || f.has("awslogs")
		}},
		{"a GKE log", func(f foreignHead) bool { return f.has("protoPayload") || f.within("resource", `"k8s_cluster"`) }},
		{"an AKS log", func(f foreignHead) bool {
			return f.within("records", `"properties"`) || f.within("category", "kube-audit") || f.has("log_s") || f.has("AuditId", "RequestUri")
		}},
		{"a container log of Docker", func(f foreignHead) bool { return f.has("log", "stream", "time") }},
		{"a container log (CRI)", func(f foreignHead) bool { return f.matches(`^\S+ (stdout|stderr) [FP] `) }},
		{"an audit log in the legacy text format", func(f foreignHead) bool { return f.matches(`(?m)^\S+ AUDIT: id="`) }},
		{"an audit log of the Rancher API", func(f foreignHead) bool {
			return f.has("auditID", "requestURI") && !f.has("level") || f.has("auditLog")
		}},
		{"alerts of Falco", func(f foreignHead) bool { return f.has("rule", "output", "priority") }},
		{"flows of Hubble", func(f foreignHead) bool {
			return f.within("flow", `"verdict"`) || f.has("lost_events") || f.has("node_status") || f.has("verdict", "IP")
		}},
		{"conntrack entries", func(f foreignHead) bool {
			return f.matches(`(?m)^[^"{]*\bsrc=[0-9a-f.:]+ dst=[0-9a-f.:]+ `) || f.matches(`^\s*(<\?xml[^>]*>\s*)?<(conntrack|flow)\b`)
		}},
		{"sockets of /proc/net", func(f foreignHead) bool {
			return f.matches(`(?m)^\s*(sl\s+local_address\s|\d+: [0-9A-F]{8,32}:[0-9A-F]{4} [0-9A-F]{8,32}:[0-9A-F]{4} )`)
		}},
		{"sockets of ss", func(f foreignHead) bool {
			return f.matches(`(?m)^(Netid\s+)?(State\s+)?Recv-Q\s+Send-Q\s+Local Address`) || f.matches(`(?m)^(\w+\s+)?[A-Z][-A-Z0-9]+\s+\d+\s+\d+\s+\S+:\d+\s+\S+:(\d+|\*)(\s|$)`)
		}},
		{"a document of kubectl-harden", func(f foreignHead) bool {
			return f.within("apiVersion", `"kubectl-harden.dev/`) || f.matches(`(?m)^apiVersion: ["']?kubectl-harden\.dev/`)
		}},
		{"Kubernetes objects", func(f foreignHead) bool {
			return f.has("apiVersion", "kind") || f.matches(`(?m)^apiVersion:`) && f.matches(`(?m)^kind:`)
		}},
		{"audit events inside of another log", func(f foreignHead) bool { return f.matches(`\\"auditID\\"`) }},
		{"a tar archive", func(f foreignHead) bool { return len(f.text) > 262 && string(f.text[257:262]) == "ustar" }},
		{"a zip archive", func(f foreignHead) bool { return bytes.HasPrefix(f.text, []byte("PK\x03\x04")) }},
		{"UTF-16 text", func(f foreignHead) bool {
			return bytes.HasPrefix(f.text, []byte("\xff\xfe")) || bytes.HasPrefix(f.text, []byte("\xfe\xff"))
		}},
	}
}
