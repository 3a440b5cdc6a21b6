package cluster

import (
	"errors"
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"
)

var errMerge = errors.New("a merge key wants a mapping or a list of mappings")

// yamlPair is one entry of a mapping.
type yamlPair struct {
	key   string
	line  int
	value *yaml.Node
}

// yamlPairs are the entries of a mapping in which a later one replaces an earlier one, as
// kubectl has it: a merge key below a field overrides the field.
type yamlPairs struct {
	list []yamlPair
	// at is made by the first merge key: without one, all keys are new.
	at map[string]int
}

func (p *yamlPairs) set(pair yamlPair) {
	if p.at != nil {
		if i, known := p.at[pair.key]; known {
			p.list[i] = pair
			return
		}
		p.at[pair.key] = len(p.list)
	}
	p.list = append(p.list, pair)
}

func (p *yamlPairs) indexKeys() {
	if p.at != nil {
		return
	}
	p.at = make(map[string]int, len(p.list))
	for i, pair := range p.list {
		p.at[pair.key] = i
	}
}

// pairs gives the entries of a mapping with its merge keys followed.
func (w *yamlWriter) pairs(n *yaml.Node) ([]yamlPair, error) {
	p := yamlPairs{list: make([]yamlPair, 0, len(n.Content)/2)}
	var own keySet
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		merge, err := w.isMerge(k)
		if err != nil {
			return nil, err
		}
		if merge {
			p.indexKeys()
			if err := w.merge(&p, v); err != nil {
				return nil, err
			}
			continue
		}
		key, err := w.key(k)
		if err != nil {
			return nil, err
		}
		if !own.add(key) {
			return nil, &lineError{w.line(k), fmt.Errorf("key %s is set twice", quoteShort(key))}
		}
		p.set(yamlPair{key: key, line: w.line(k), value: v})
	}
	return p.list, nil
}

// merge adds the entries of what a merge key names; of a list, the first one wins.
func (w *yamlWriter) merge(p *yamlPairs, n *yaml.Node) error {
	if n.Kind == yaml.SequenceNode {
		for _, e := range slices.Backward(n.Content) {
			if err := w.mergeOne(p, e); err != nil {
				return err
			}
		}
		return nil
	}
	return w.mergeOne(p, n)
}

func (w *yamlWriter) mergeOne(p *yamlPairs, n *yaml.Node) error {
	source := n
	if n.Kind == yaml.AliasNode {
		if err := w.enter(n); err != nil {
			return err
		}
		defer w.leave()
		source = n.Alias
	}
	if source.Kind != yaml.MappingNode {
		return &lineError{w.line(n), errMerge}
	}
	pairs, err := w.pairs(source)
	if err != nil {
		return err
	}
	if w.merged += len(pairs) + 1; w.merged > maxMerged {
		return &lineError{w.aliasLine, errAliases}
	}
	for _, pair := range pairs {
		p.set(pair)
	}
	return nil
}

// isMerge tells whether a key is "<<" and not quoted; the tag "!" undoes the quotes.
func (w *yamlWriter) isMerge(k *yaml.Node) (bool, error) {
	switch {
	case k.Kind != yaml.ScalarNode || k.Value != "<<":
		return false, nil
	case k.Style&yaml.TaggedStyle != 0:
		return k.Tag == "!!merge", w.checkTag(k)
	case k.Style&quotedStyles == 0:
		return true, nil
	}
	bang, verbatim := w.tagInText(k)
	if verbatim {
		return false, &lineError{w.line(k), errTag}
	}
	return bang, nil
}
