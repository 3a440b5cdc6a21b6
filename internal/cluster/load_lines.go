package cluster

import (
	"slices"
	"strconv"
	"strings"
)

// lineIndex knows the line of every value of a document. It is kept instead of the node tree
// or the bytes because it is the smallest of the three and needs no second parse: 12 bytes
// and the key for each value.
type lineIndex struct {
	// nodes are in the order of the document, a parent before its children.
	nodes []lineNode
	// keys are the keys of all nodes in a row.
	keys string
}

type lineNode struct {
	// key is where the node's key begins in keys; it ends where that of the next node begins.
	key uint32
	// next is the node after the last child.
	next uint32
	line uint32
}

// lineBuilder grows a lineIndex.
type lineBuilder struct {
	nodes []lineNode
	keys  []byte
}

// open begins a node and returns what close needs; key is empty for an element of a list.
func (b *lineBuilder) open(key string, line int) int {
	b.nodes = append(b.nodes, lineNode{key: uint32(len(b.keys)), line: uint32(line)})
	b.keys = append(b.keys, key...)
	return len(b.nodes) - 1
}

func (b *lineBuilder) close(node int) {
	b.nodes[node].next = uint32(len(b.nodes))
}

func (b *lineBuilder) index() *lineIndex {
	return &lineIndex{nodes: slices.Clone(b.nodes), keys: string(b.keys)}
}

func (x *lineIndex) key(node int) string {
	end := len(x.keys)
	if node+1 < len(x.nodes) {
		end = int(x.nodes[node+1].key)
	}
	return x.keys[x.nodes[node].key:end]
}

// line of a node.
func (x *lineIndex) line(node int) int { return int(x.nodes[node].line) }

// child finds a child by its key, element by its place in a list; -1 when there is none.
func (x *lineIndex) child(node int, key string) int {
	for c := node + 1; c < int(x.nodes[node].next); c = int(x.nodes[c].next) {
		if x.key(c) == key {
			return c
		}
	}
	return -1
}

func (x *lineIndex) element(node, place int) int {
	for c := node + 1; c < int(x.nodes[node].next); c = int(x.nodes[c].next) {
		if place == 0 {
			return c
		}
		place--
	}
	return -1
}

// lineOf gives the line of a path below node, or of the nearest parent that is written there.
func (x *lineIndex) lineOf(node int, path string) int {
	for path != "" {
		var step string
		var isElement bool
		step, isElement, path = nextStep(path)
		next := -1
		if !isElement {
			next = x.child(node, step)
		} else if place, err := strconv.Atoi(step); err == nil && place >= 0 {
			next = x.element(node, place)
		}
		if next < 0 {
			break
		}
		node = next
	}
	return x.line(node)
}

// nextStep cuts the first step off a path such as "a.b[0]['c.d']".
func nextStep(path string) (step string, isElement bool, rest string) {
	if !strings.HasPrefix(path, "[") {
		path = strings.TrimPrefix(path, ".")
		end := strings.IndexAny(path, ".[")
		if end < 0 {
			return path, false, ""
		}
		return path[:end], false, path[end:]
	}
	for _, quote := range []string{"'", `"`} {
		if quoted, found := strings.CutPrefix(path, "["+quote); found {
			step, rest, _ = strings.Cut(quoted, quote+"]")
			return step, false, rest
		}
	}
	step, rest, _ = strings.Cut(path[1:], "]")
	return step, true, rest
}

// pathStep writes a step of a path as nextStep reads it.
func pathStep(parent, key string) string {
	switch {
	case strings.ContainsAny(key, ".[]'\""):
		return parent + "['" + key + "']"
	case parent == "":
		return key
	default:
		return parent + "." + key
	}
}
