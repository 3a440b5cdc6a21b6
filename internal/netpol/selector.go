package netpol

import (
	"maps"
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"
)

// selector is a LabelSelector that was read. Equal ones are the same selector.
type selector struct {
	// requirements are all to be met: none select everything.
	requirements labels.Requirements
	// pairs are the labels that everything it selects has for sure, and others the requirements
	// that these do not say.
	pairs  [][2]string
	others []labels.Requirement
	// text is how it is printed.
	text string
	// err is why it cannot be read; then it may select anything.
	err error
}

// selector reads each distinct selector once.
func (b *builder) selector(written *metav1.LabelSelector) *selector {
	key := appendSelectorKey(nil, written)
	if s := b.selectors[string(key)]; s != nil {
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
			s.require(&s.requirements[i])
			b.network.keys[s.requirements[i].Key()] = true
		}
	}
	b.selectors[string(key)] = s
	return s
}

func (s *selector) require(r *labels.Requirement) {
	if values := r.ValuesUnsorted(); positive(r) && len(values) == 1 {
		s.pairs = append(s.pairs, [2]string{r.Key(), values[0]})
	} else {
		s.others = append(s.others, *r)
	}
}

func selectorKey(s *metav1.LabelSelector) string { return string(appendSelectorKey(nil, s)) }

func appendSelectorKey(key []byte, s *metav1.LabelSelector) []byte {
	if len(s.MatchLabels) == 1 {
		for k, v := range s.MatchLabels {
			key = appendPair(key, k, v)
		}
	} else {
		for _, k := range slices.Sorted(maps.Keys(s.MatchLabels)) {
			key = appendPair(key, k, s.MatchLabels[k])
		}
	}
	for _, e := range s.MatchExpressions {
		key = strconv.AppendQuote(strconv.AppendQuote(append(key, ';'), e.Key), string(e.Operator))
		for _, v := range e.Values {
			key = strconv.AppendQuote(key, v)
		}
	}
	return key
}

func appendPair(key []byte, k, v string) []byte {
	return strconv.AppendQuote(append(strconv.AppendQuote(key, k), '='), v)
}

// matchPod: an empty selector selects every pod.
func (s *selector) matchPod(l map[string]string) match {
	if s.err != nil {
		return perhaps
	}
	for i := range s.pairs {
		if value, found := l[s.pairs[i][0]]; !found || value != s.pairs[i][1] {
			return never
		}
	}
	for i := range s.others {
		if !s.others[i].Matches(labels.Set(l)) {
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
	for i := range s.pairs {
		value, found := ns.labels[s.pairs[i][0]]
		switch {
		case !ns.known && s.pairs[i][0] != corev1.LabelMetadataName:
			m = perhaps
		case !found || value != s.pairs[i][1]:
			return never
		}
	}
	for i := range s.others {
		r := &s.others[i]
		switch {
		case !ns.known && r.Key() != corev1.LabelMetadataName:
			m = perhaps
		case !r.Matches(labels.Set(ns.labels)):
			return never
		}
	}
	return m
}

func positive(r *labels.Requirement) bool {
	return r.Operator() == selection.In || r.Operator() == selection.Equals
}

// everything tells a selector that selects all.
func (s *selector) everything() bool { return s.err == nil && len(s.requirements) == 0 }
