package netpol

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// EdgePattern selects edges by their ends and, where it has one, their port.
type EdgePattern struct {
	from, to patternEnd
	port     int32
	text     string
}

// patternEnd is one end: everything, a kind of end, a workload or addresses.
type patternEnd struct {
	any    bool
	kind   api.EndKind
	ref    api.Ref
	prefix netip.Prefix
}

// String is the pattern as it was written.
func (p EdgePattern) String() string { return p.text }

// ParseEdgePattern reads FROM->TO[:PORT]. Either end is TYPE/NAME, of the namespace given,
// NAMESPACE/TYPE/NAME, an address or a block, apiserver, nodes or an asterisk, which also stands
// for any name. An address of IPv6 with a port behind it is in brackets.
func ParseEdgePattern(text, namespace string) (EdgePattern, error) {
	p := EdgePattern{text: text}
	from, to, found := strings.Cut(text, "->")
	if !found || strings.Contains(to, "->") {
		return p, errors.New("is not FROM->TO or FROM->TO:PORT")
	}
	var err error
	if p.from, err = parsePatternEnd(strings.TrimSpace(from), namespace); err != nil {
		return EdgePattern{text: text}, err
	}
	to, p.port, err = cutPort(strings.TrimSpace(to))
	if err == nil {
		p.to, err = parsePatternEnd(to, namespace)
	}
	if err != nil {
		return EdgePattern{text: text}, err
	}
	return p, nil
}

// cutPort takes a port from the end of a text; without one it is 0.
func cutPort(text string) (string, int32, error) {
	if _, err := parsePatternPrefix(text); err == nil {
		return text, 0, nil
	}
	i := strings.LastIndexByte(text, ':')
	if i < 0 {
		return strings.Trim(text, "[]"), 0, nil
	}
	number, err := strconv.ParseUint(text[i+1:], 10, 16)
	if err != nil || number == 0 {
		return "", 0, fmt.Errorf("%q is not a port from 1 to %d", text[i+1:], maxPort)
	}
	head := text[:i]
	if strings.HasPrefix(head, "[") && strings.HasSuffix(head, "]") {
		head = head[1 : len(head)-1]
	}
	return head, int32(number), nil
}

// parsePatternPrefix reads an address or a block.
func parsePatternPrefix(text string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(text); err == nil {
		a = a.Unmap().WithZone("")
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, _, err := parseBlock(text)
	return p, err
}

func parsePatternEnd(text, namespace string) (patternEnd, error) {
	switch text {
	case "":
		return patternEnd{}, errors.New("has an end that is empty")
	case "*":
		return patternEnd{any: true}, nil
	case "apiserver":
		return patternEnd{kind: api.EndAPIServer}, nil
	case "nodes":
		return patternEnd{kind: api.EndNode}, nil
	}
	if p, err := parsePatternPrefix(text); err == nil {
		return patternEnd{kind: api.EndAddress, prefix: p}, nil
	}
	parts := strings.Split(text, "/")
	if len(parts) == 2 {
		parts = append([]string{namespace}, parts...)
	}
	if len(parts) != 3 || strings.Trim(parts[1][:min(1, len(parts[1]))], "0123456789") == "" || parts[2] == "" {
		return patternEnd{}, fmt.Errorf("%q is not TYPE/NAME, NAMESPACE/TYPE/NAME, an address, a block, apiserver, nodes or *", text)
	}
	return patternEnd{kind: api.EndWorkload, ref: api.Ref{Namespace: parts[0], Kind: kindWord(parts[1]), Name: parts[2]}}, nil
}

// kindWord is the kind that a type of the command line means, in lower case.
func kindWord(text string) string {
	text, _, _ = strings.Cut(strings.ToLower(text), ".")
	if kind := map[string]string{
		"deploy": "deployment", "sts": "statefulset", "ds": "daemonset", "cj": "cronjob", "rs": "replicaset", "rc": "replicationcontroller", "po": "pod",
	}[text]; kind != "" {
		return kind
	}
	return strings.TrimSuffix(text, "s")
}

// Matches tells an edge that the pattern selects.
func (p *EdgePattern) Matches(e *api.Edge) bool {
	return p.from.matches(&e.Client) && p.to.matches(&e.Server) && (p.port == 0 || p.port == e.Port)
}

func (p *patternEnd) matches(e *api.EdgeEnd) bool {
	switch {
	case p.any:
		return true
	case p.kind == api.EndNode:
		return e.Kind == api.EndNode || e.Kind == api.EndOwnNode
	case p.kind == api.EndAddress:
		a, err := netip.ParseAddr(e.Address)
		return err == nil && p.prefix.Contains(a.Unmap().WithZone(""))
	case p.kind != e.Kind || p.kind != api.EndWorkload:
		return p.kind == e.Kind
	case e.Workload == nil:
		return false
	}
	return (p.ref.Namespace == "*" || p.ref.Namespace == e.Workload.Namespace) &&
		p.ref.Kind == kindWord(e.Workload.Kind) && (p.ref.Name == "*" || p.ref.Name == e.Workload.Name)
}
