package assess

import (
	"slices"

	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"
)

// labelIndex finds things by their labels without looking at each.
type labelIndex struct {
	labels []labels.Set
	// all are those of a namespace, or of every one; byLabel those of them that have a label.
	all     map[labelPlace][]int
	byLabel map[labelPlace][]int
}

// labelPlace is a label of a namespace, or of all; without a label all of there.
type labelPlace struct {
	everywhere     bool
	namespace      string
	labelled       bool
	label, content string
}

func newLabelIndex() *labelIndex {
	return &labelIndex{all: map[labelPlace][]int{}, byLabel: map[labelPlace][]int{}}
}

// add puts in the next thing, numbered from 0.
func (x *labelIndex) add(namespace string, set map[string]string) {
	n := len(x.labels)
	x.labels = append(x.labels, set)
	for _, place := range []labelPlace{{namespace: namespace}, {everywhere: true}} {
		x.all[place] = append(x.all[place], n)
		place.labelled = true
		for place.label, place.content = range set {
			x.byLabel[place] = append(x.byLabel[place], n)
		}
	}
}

// find are those of a namespace, or of all, that a selector selects, in their order.
func (x *labelIndex) find(namespace string, everywhere bool, selector labels.Selector) []int {
	place := labelPlace{everywhere: everywhere, namespace: namespace}
	if everywhere {
		place.namespace = ""
	}
	candidates := x.all[place]
	requirements, selectable := selector.Requirements()
	if !selectable {
		return nil
	}
	place.labelled = true
	for _, r := range requirements {
		exact := slices.Contains([]selection.Operator{selection.Equals, selection.DoubleEquals, selection.In}, r.Operator())
		if values := r.Values(); exact && len(values) == 1 {
			place.label, place.content = r.Key(), values.UnsortedList()[0]
			if having := x.byLabel[place]; len(having) < len(candidates) {
				candidates = having
			}
		}
	}
	var out []int
	for _, n := range candidates {
		if selector.Matches(x.labels[n]) {
			out = append(out, n)
		}
	}
	return out
}
