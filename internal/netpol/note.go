package netpol

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// NoteKind tells notes apart.
type NoteKind string

// The kinds of notes.
const (
	// NoteRefused is on a policy that the API server would refuse, as ValidateNetworkPolicySpec
	// of k8s.io/kubernetes pkg/apis/networking/validation does. Whether it is in force depends.
	NoteRefused NoteKind = "refused"
	// NoteOdd is on what is valid and probably not what was meant.
	NoteOdd NoteKind = "odd"
	// NoteSelectsNothing is on a policy that selects no pod.
	NoteSelectsNothing NoteKind = "selects-nothing"
	// NoteDead is on a rule, or a part of one, that no pod or address matches.
	NoteDead NoteKind = "dead"
	// NoteAllowsAll is on a rule that allows every peer on every port.
	NoteAllowsAll NoteKind = "allows-all"
	// NoteHostNetwork is on a policy that selects a pod on the host's network.
	NoteHostNetwork NoteKind = "host-network"
)

// Note is what a reader of the objects should know.
type Note struct {
	Kind   NoteKind
	Object api.Ref
	// Rule is the rule that the note is about; its Number is 0 where it is about the object.
	Rule    Rule
	Message string
}

func (b *builder) note(kind NoteKind, object api.Ref, format string, args ...any) {
	b.network.notes = append(b.network.notes, Note{Kind: kind, Object: object, Message: fmt.Sprintf(format, args...)})
}

// noteRule is a note on a rule; the message goes on where the rule's name ends.
func (b *builder) noteRule(kind NoteKind, rule Rule, format string, args ...any) {
	message := fmt.Sprintf("%s rule %d", strings.ToLower(string(rule.Direction)), rule.Number) + fmt.Sprintf(format, args...)
	b.network.notes = append(b.network.notes, Note{kind, rule.Policy, rule, message})
}

func compareNotes(a, b Note) int {
	return cmp.Or(
		strings.Compare(a.Object.Namespace, b.Object.Namespace), strings.Compare(a.Object.Kind, b.Object.Kind),
		strings.Compare(a.Object.Name, b.Object.Name), -strings.Compare(string(a.Rule.Direction), string(b.Rule.Direction)),
		cmp.Compare(a.Rule.Number, b.Rule.Number), strings.Compare(a.Message, b.Message),
	)
}
