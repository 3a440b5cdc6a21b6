package static

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// place is what a name stands for.
type place struct {
	service *corev1.Service
	// pod is the name of a pod behind a headless Service.
	pod string
	// outside is a name that is not the cluster's.
	outside string
	// server is the API server, where its Service was not read.
	server bool
	// reason is why a name of the cluster leads nowhere. unread is a namespace whose Services were
	// not read, so that it is not known.
	reason, unread string
}

// find looks a name up as a pod of a namespace would: as a Service, as a pod behind one, as a name
// outside. What is nothing of these is empty.
func (x *index) find(namespace, host string) place {
	labels := strings.Split(host, ".")
	for len(labels) > 3 && strings.HasPrefix(labels[0], "_") { // of SRV records
		labels = labels[1:]
	}
	if at := serviceLabel(labels); at > 0 {
		return x.full(labels[:at], strings.Join(labels[at+1:], "."), host)
	}
	if strings.HasSuffix(host, "."+clusterDomain) {
		return place{reason: "no Service has the name " + host}
	}
	switch len(labels) {
	case 1:
		return x.lone(namespace, host)
	case 2:
		if s := x.headless(namespace, labels[1], labels[0]); s != nil {
			return place{service: s, pod: labels[0]}
		}
		if found := x.named(labels[1], labels[0]); found.service != nil || found.server || x.namespaces[labels[1]] {
			return found
		}
	case 3:
		if s := x.headless(labels[2], labels[1], labels[0]); s != nil {
			return place{service: s, pod: labels[0]}
		}
	}
	return place{outside: host}
}

// serviceLabel is where "svc" stands in a name of the cluster, 0 for none.
func serviceLabel(labels []string) int {
	for _, at := range []int{2, 3} {
		if at < len(labels) && labels[at] == "svc" {
			return at
		}
	}
	return 0
}

// full looks up what stands before "svc". Behind another domain than that of nearly all clusters
// it is a name outside, unless there is such a Service.
func (x *index) full(labels []string, domain, host string) place {
	n := len(labels)
	found := x.named(labels[n-1], labels[n-2])
	switch {
	case found.service != nil && n == 3 && x.headless(labels[2], labels[1], labels[0]) == nil:
		found = place{reason: "no pod of Service " + labels[2] + "/" + labels[1] + " has the name " + labels[0]}
	case found.service != nil && n == 3:
		found.pod = labels[0]
	}
	if domain != "" && domain != clusterDomain && found.service == nil && !found.server {
		return place{outside: host}
	}
	return found
}

// lone looks up a name of one label, which is a Service of the pod's own namespace, or a word of
// settings.
func (x *index) lone(namespace, name string) place {
	found := x.named(namespace, name)
	if found.service == nil && !found.server && found.unread == "" && isSetting(name) {
		return place{}
	}
	return found
}

// isSetting tells words that stand for a host where there is none.
func isSetting(name string) bool {
	return slices.Contains([]string{"true", "false", "none", "null", "nil", "auto", "default", "enabled", "disabled", "yes", "no", "on", "off", "any", "all", "undefined"}, name)
}

func (x *index) named(namespace, name string) place {
	if s := x.services[types.NamespacedName{Namespace: namespace, Name: name}]; s != nil {
		return place{service: s}
	}
	if namespace == serverNamespace && name == serverName {
		return place{server: true}
	}
	if _, fact := x.inv.Services(namespace); fact == workload.FactUnknown {
		return place{unread: namespace, reason: "the Services of namespace " + namespace + " could not be read"}
	}
	return place{reason: "there is no Service " + namespace + "/" + name}
}

// headless is a Service that gives each of its pods a name, of a pod that may be one of them.
func (x *index) headless(namespace, service, pod string) *corev1.Service {
	s := x.services[types.NamespacedName{Namespace: namespace, Name: service}]
	if s == nil || !isHeadless(s) || len(s.Spec.Selector) > 0 && !slices.ContainsFunc(x.behind[s], func(m *member) bool { return m.mayBe(pod) }) {
		return nil
	}
	return s
}

// mayBe tells whether a pod has a name: its own, that of its hostname, or one that its StatefulSet
// gives.
func (m *member) mayBe(name string) bool {
	if m.pod.Spec.Hostname == name || m.live && m.pod.Name == name {
		return true
	}
	number, ok := strings.CutPrefix(name, m.ref.Name+"-")
	return ok && m.ref.Kind == "StatefulSet" && number != "" && strings.Trim(number, "0123456789") == ""
}

// isOutside tells what may be a name of the Internet: of at least two labels, the last one of
// letters. One that is not surely a host is not told from the name of a file.
func isOutside(host string, sure bool) bool {
	at := strings.LastIndexByte(host, '.')
	last := host[at+1:]
	if at < 0 || len(last) < 2 || strings.Contains(host, "_") && !sure {
		return false
	}
	if strings.Trim(last, "abcdefghijklmnopqrstuvwxyz") != "" {
		return strings.HasPrefix(last, "xn--")
	}
	return sure || !isFileEnding(last)
}

// unreadNamespace is the namespace of which nothing was read where a host may be name.namespace, or
// pod-0.name.namespace; empty for what is clearly a name outside, or may be no host at all.
func unreadNamespace(host string, m mention) string {
	labels := strings.Split(host, ".")
	last := labels[len(labels)-1]
	isPod := len(labels) == 3 && strings.TrimRight(labels[0], "0123456789") == labels[1]+"-"
	letters := strings.ContainsAny(last, "abcdefghijklmnopqrstuvwxyz")
	switch {
	case isCommonDomain(last), len(labels) != 2 && !isPod && isOutside(host, true), strings.HasPrefix(last, "xn--"), len(labels) == 1:
		return ""
	case !m.sure && (isFileEnding(last) || strings.Contains(host, "_") || !letters):
		return ""
	}
	return last
}

// isCommonDomain tells last labels that are hardly the name of a namespace: those of countries, and
// the first of the Internet (RFC 920), with those for examples.
func isCommonDomain(label string) bool {
	return slices.Contains([]string{"com", "net", "org", "edu", "gov", "mil", "int", "info", "biz", "example", "invalid"}, label) ||
		len(label) == 2 && label != "qa" && label != "ns" && label != "db" && label != "mq" && strings.Trim(label, "abcdefghijklmnopqrstuvwxyz") == ""
}

// isFileEnding tells last labels that are more likely the ending of a file, as in main.go:42.
func isFileEnding(label string) bool {
	return slices.Contains([]string{
		"go", "py", "js", "ts", "jsx", "tsx", "java", "class", "jar", "war", "kt", "rb", "rs", "cc", "cpp", "cxx", "hpp", "cs", "php", "pl", "lua", "sh", "bash", "ps", "bat", "exe", "dll", "so",
		"yaml", "yml", "json", "xml", "toml", "ini", "cfg", "conf", "config", "properties", "env", "txt", "md", "log", "csv", "sql", "db", "html", "htm", "css", "scss", "tmpl", "tpl", "proto",
		"pem", "crt", "cer", "key", "pub", "jks", "lock", "sock", "socket", "pid", "zip", "tar", "gz", "tgz", "bz", "xz", "png", "jpg", "jpeg", "gif", "svg", "pdf", "service", "vue", "swift", "scala",
	}, label)
}
