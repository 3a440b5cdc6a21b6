package audit

import (
	"bytes"

	"github.com/kubectl-harden/kubectl-harden/internal/source"
)

// linesFormat is what the API server writes into a file: an event on each line.
func linesFormat() format {
	return format{name: "audit events, JSON lines", claims: claimsLines, cut: (*cutter).lines}
}

// claimsLines wants an event that is all of a line; lines before it may be others'. A line that
// is longer than the head is an event where it begins as one.
func claimsLines(head []byte) bool {
	if claimsList(head) {
		return false
	}
	head = bytes.TrimPrefix(head, []byte(source.ByteOrderMark))
	for len(head) > 0 {
		line, rest, ended := bytes.Cut(head, []byte{'\n'})
		if _, err := decode(line); err == nil {
			return true
		}
		if !ended && skipValue(line, skipSpace(line, 0)) == bad && cutEvent(line) {
			return true
		}
		head = rest
	}
	return false
}
