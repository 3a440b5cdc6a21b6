package netpol

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"
)

// selector is a LabelSelector that was read. Equal ones are the same selector.
type selector struct {
	// requirements are all to be met: none select everything.
	requirements labels.Requirements
	// text is how it is printed.
	text string
	// err is why it cannot be read; then it may select anything.
	err error
}

// selector reads each distinct selector once.
func (b *builder) selector(written *metav1.LabelSelector) *selector {
	key := selectorKey(written)
	if s := b.selectors[key]; s != nil {
		return s
	}
	s := &selector{}
	parsed, err := metav1.LabelSelectorAsSelector(written)
	if err != nil {
		s.err, s.text = err, "of a selector that cannot be read"
	} else {
		s.text = parsed.String()
		s.requirements, _ = parsed.Requirements()
		for i := range s.requirements {
			b.network.keys[s.requirements[i].Key()] = true
		}
	}
	b.selectors[key] = s
	return s
}

func selectorKey(s *metav1.LabelSelector) string {
	var key strings.Builder
	for _, k := range slices.Sorted(maps.Keys(s.MatchLabels)) {
		key.WriteString(strconv.Quote(k) + "=" + strconv.Quote(s.MatchLabels[k]))
	}
	for _, e := range s.MatchExpressions {
		key.WriteString(strconv.Quote(e.Key) + strconv.Quote(string(e.Operator)))
		for _, v := range e.Values {
			key.WriteString(strconv.Quote(v))
		}
	}
	return key.String()
}

// matchPod: an empty selector selects every pod.
func (s *selector) matchPod(l map[string]string) match {
	if s.err != nil {
		return perhaps
	}
	for i := range s.requirements {
		if !s.requirements[i].Matches(labels.Set(l)) {
			return never
		}
	}
	return surely
}

// matchNamespace answers perhaps where that needs labels which are not known.
func (s *selector) matchNamespace(ns *namespace) match {
	if s.err != nil {
		return perhaps
	}
	m := surely
	for i := range s.requirements {
		r := &s.requirements[i]
		switch {
		case !ns.known && r.Key() != corev1.LabelMetadataName:
			m = perhaps
		case !r.Matches(labels.Set(ns.labels)):
			return never
		}
	}
	return m
}

// pair is a label that everything which the selector selects has; found tells whether there
// is one that is certain.
func (s *selector) pair() (label [2]string, found bool) {
	for i := range s.requirements {
		if values := s.requirements[i].ValuesUnsorted(); positive(&s.requirements[i]) && len(values) == 1 {
			return [2]string{s.requirements[i].Key(), values[0]}, true
		}
	}
	return label, false
}

func positive(r *labels.Requirement) bool {
	return r.Operator() == selection.In || r.Operator() == selection.Equals
}

// everything tells a selector that selects all.
func (s *selector) everything() bool { return s.err == nil && len(s.requirements) == 0 }
