package static

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// maxNames is how many names a value may list that could each be that of a Service, and maxWords how
// many values of a field are kept that could.
const (
	maxNames = 32
	maxWords = 4096
)

// maybe tells of a value that is a name, or a list of such, and may be that of Services.
func (s *scanner) maybe(v *named) {
	const longest = 1024
	if len(v.value) > longest || isLabel(v.words) {
		return
	}
	names := strings.FieldsFunc(v.value, func(r rune) bool { return r <= ' ' || strings.ContainsRune(",;\"'[]", r) })
	if len(names) == 0 || len(names) > maxNames || slices.ContainsFunc(names, func(name string) bool {
		return !isHost(name) || strings.ContainsRune(name, '_') || isLocal(name)
	}) {
		return
	}
	for _, name := range names {
		s.found(s.of, mention{host: strings.ToLower(name), maybe: true, list: strings.ToLower(strings.Join(names, " "))})
	}
}

// isLabel tells names of what is never the name of a host, though a Service may have the same.
func isLabel(words []string) bool {
	if len(words) == 0 {
		return false
	}
	switch strings.Join(words, " ") {
	case "postgres db", "mysql database", "mariadb database", "pgdatabase", "mongo initdb database", "db name", "database name", "namespace", "pod namespace":
		return true
	}
	return slices.Contains([]string{"namespace", "title", "label", "labels", "schema", "level", "format", "image", "path"}, words[len(words)-1])
}

// doubt is a value that is the name of a Service, and no edge by itself.
type doubt struct {
	service *corev1.Service
	mention mention
	at      string
}

// consider keeps a value that is the name of a Service, or a list of such.
func (r *reader) consider(m mention, at string) {
	namespace := r.workload.Ref.Namespace
	for name := range strings.SplitSeq(m.list, " ") {
		if r.find(namespace, name).service == nil {
			return
		}
	}
	r.doubts = append(r.doubts, doubt{r.find(namespace, m.host).service, mention{host: m.host, sure: true}, at})
}

// settle tells of the names of Services that no edge of the workload stands for.
func (r *reader) settle() {
	for _, d := range r.doubts {
		if r.isDoubt(d) {
			r.miss(d.at + " may name Service " + d.service.Name)
		}
	}
}

// isDoubt tells whether a Service leads elsewhere than to the workload itself and to where it is
// configured to call anyhow.
func (r *reader) isDoubt(d doubt) bool {
	ref := r.workload.Ref
	return slices.ContainsFunc(r.targets(d.mention), func(t target) bool {
		if t.end.Workload != nil && *t.end.Workload == ref {
			return false
		}
		return r.builder.edges[keyOf(&api.Edge{Client: api.EdgeEnd{Workload: &ref}, Server: t.end, Protocol: t.protocol, Port: t.port, AnyPort: t.port == 0})] == nil
	})
}
