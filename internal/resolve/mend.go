package resolve

import (
	"cmp"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/flow"
)

// A source that names pods, and tells the port that was dialled without its address, may mean the
// port of a Service in front of them, which no policy is about.

// front is a port of a Service with an address of its own, in front of pods.
type front struct {
	port     nodePort
	selector labels.Set
	// number is that of its target, 0 where it has a name.
	number uint16
	to     *servicePort
}

// readFront notes a port of a Service.
func (x *index) readFront(s *corev1.Service, port *corev1.ServicePort, protocol flow.Protocol, to *servicePort) {
	at := nodePort{uint16(port.Port), protocol}
	name := podName{s.Namespace, s.Name}
	if x.dialable[name] == nil {
		x.dialable[name] = &dialable{ports: map[nodePort]*servicePort{}}
	}
	x.dialable[name].ports[at] = to
	if len(s.Spec.Selector) == 0 {
		return
	}
	f := front{port: at, selector: s.Spec.Selector, to: to}
	if number := cmp.Or(port.TargetPort.IntVal, port.Port); port.TargetPort.Type == intstr.Int && isPort(number) {
		f.number = uint16(number)
	}
	x.fronts[s.Namespace] = append(x.fronts[s.Namespace], f)
}

// dialable is a Service by its name.
type dialable struct{ ports map[nodePort]*servicePort }

// serviceNamed is one that a source names, nil for one that was not read.
func (x *index) serviceNamed(p *flow.Peer) *dialable {
	if p == nil || p.Service.Name == "" {
		return nil
	}
	return x.dialable[podName{p.Service.Namespace, p.Service.Name}]
}

// mendKey is a port that was dialled of whom a word names.
type mendKey struct {
	word *word
	port nodePort
}

// mended is where a port leads that is a Service's in front of an end; nil where it is the end's
// own. Where it may be either it leads to both.
func (r *Resolver) mended(e *endpoint, p flow.Protocol) *servicePort {
	key := mendKey{e.word, nodePort{e.port, p}}
	sp, known := r.mends[key]
	if !known {
		sp = keep(r.mends, maxCached, key, r.mend(e.word, key.port))
	}
	return sp
}

func (r *Resolver) mend(w *word, at nodePort) *servicePort {
	out := &servicePort{}
	var before []front
	for _, f := range r.fronts[w.namespace] {
		if f.port != at {
			continue
		}
		targets, unknown := r.behindFront(w, &f)
		if out.targets = append(out.targets, targets...); len(targets) > 0 || unknown {
			before = append(before, f)
		}
		if unknown {
			out.why = "Service " + f.to.name + " names a port that no pod has now"
		}
	}
	if out.why != "" {
		return &servicePort{why: out.why}
	}
	through := len(out.targets)
	for _, t := range out.targets[:through] {
		if r.own(t.end, at) {
			out.targets = append(out.targets, target{t.end, at.port})
		}
	}
	if len(before) == 1 && len(out.targets) == through {
		out.name = before[0].to.name
	}
	slices.SortFunc(out.targets, func(a, b target) int {
		return cmp.Or(a.end.Compare(b.end), cmp.Compare(a.port, b.port))
	})
	out.targets = slices.Compact(out.targets)
	if !slices.ContainsFunc(out.targets, func(t target) bool { return t.port != at.port || w.end == nil }) {
		return nil
	}
	return out
}

// behindFront are the ports of an end behind a Service; unknown is set where it has one that
// nothing tells the number of. Of several workloads it is not known which were meant, unless
// by the very selector of the Service.
func (r *Resolver) behindFront(w *word, f *front) (targets []target, unknown bool) {
	if w.end == nil {
		if w.otherwise == severalFit && labels.Equals(f.selector, labels.Set(w.labels)) {
			return f.to.targets, false
		}
		return nil, false
	}
	for _, t := range f.to.targets {
		if t.end == w.end {
			targets = append(targets, t)
		}
	}
	if len(targets) > 0 || !labels.SelectorFromSet(f.selector).Matches(labels.Set(w.labels)) {
		return targets, false
	}
	if f.number != 0 { // its pods are not there now
		return []target{{w.end, f.number}}, false
	}
	for _, t := range f.to.targets {
		targets = append(targets, target{w.end, t.port})
	}
	return targets, len(targets) == 0
}

// own tells whether pods of an end say themselves, or a Service does, that they serve on a port.
func (x *index) own(end *api.EdgeEnd, at nodePort) bool {
	return x.serves[serving{end, at}] || len(x.behind[target{end, at.port}]) > 0
}

// serving is a port that a pod of an end declares.
type serving struct {
	end  *api.EdgeEnd
	port nodePort
}
