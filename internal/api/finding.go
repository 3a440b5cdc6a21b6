package api

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
)

// Status is what became of a check.
type Status string

// Statuses.
const (
	StatusFail     Status = "fail"
	StatusPass     Status = "pass"
	StatusAccepted Status = "accepted"
	StatusUnknown  Status = "unknown"
)

// Confidence says what a finding stands on.
type Confidence string

// Confidences.
const (
	// ConfidenceConfirmed stands on a value that was read.
	ConfidenceConfirmed Confidence = "confirmed"
	// ConfidenceDerived follows from values that were read and a default that was not.
	ConfidenceDerived Confidence = "derived"
)

// Finding is one thing that a check found in a workload.
type Finding struct {
	// Check is the ID of the check.
	Check    string   `json:"check"`
	Severity Severity `json:"severity"`
	// Modifier is the step that changed the severity, with its reason, such as
	// "-1: user namespace"; empty where the severity is the check's own.
	Modifier   string     `json:"modifier,omitempty"`
	Status     Status     `json:"status"`
	Confidence Confidence `json:"confidence"`
	// Container is empty for a finding about the pod as a whole.
	Container string `json:"container"`
	// Subject tells findings of one check in one container apart: a capability, a volume, a right;
	// empty where there is only one. It is what the fingerprint has of it.
	Subject string `json:"subject,omitempty"`
	// Path of the field, from the object named by the item; from the pod where Pods is set.
	Path string `json:"path"`
	// Line of Path in the item's source file; 0 without a file.
	Line int `json:"line,omitempty"`
	// Pods names how many live pods show it when the template does not, such as "2 of 3 pods".
	Pods      string   `json:"pods,omitempty"`
	Got       string   `json:"got"`
	Want      string   `json:"want"`
	Message   string   `json:"message"`
	Fix       string   `json:"fix"`
	Standards []string `json:"standards"`
	// Origin says who set the value: "container", "pod", "annotation", "unset", and where the
	// object's history tells, "written by MANAGER, TIME".
	Origin string `json:"origin,omitempty"`
	// Effective says what is in effect where that is more than Got.
	Effective string `json:"effective,omitempty"`
	// MayBreak says what the fix may break; empty when nothing is known.
	MayBreak string `json:"mayBreak,omitempty"`
	// Acceptance is set with StatusAccepted, and for one that has expired.
	Acceptance *Acceptance `json:"acceptance,omitempty"`
	// Fingerprint is stable over releases of the workload; see Fingerprint.
	Fingerprint string `json:"fingerprint"`
}

// Acceptance is a risk that somebody takes.
type Acceptance struct {
	Reason string `json:"reason"`
	Owner  string `json:"owner,omitempty"`
	// Expires is a date such as "2027-01-31", the last day on which it holds; empty for ever.
	Expires string `json:"expires,omitempty"`
	// Origin is "annotation" or "baseline".
	Origin string `json:"origin"`
	// Expired tells that it no longer holds.
	Expired bool `json:"expired,omitempty"`
}

// Fingerprint identifies a finding over time: it has no array index, pod name, hash, uid,
// digest, line, severity or message in it. Container is "type:name" or empty, and subject
// is what tells two findings of one check in one container apart (a capability, a volume).
func Fingerprint(check string, ref Ref, container, subject string) string {
	object := strings.Join([]string{
		escape(ref.Group(), `\|/`), escape(ref.Kind, `\|/`), escape(ref.Namespace, `\|/`), escape(ref.Name, `\|/`),
	}, "/")
	parts := []string{"v1", escape(check, `\|`), object, escape(container, `\|`), escape(subject, `\|`)}
	sum := sha256.Sum256([]byte(strings.Join(parts, "|")))
	return hex.EncodeToString(sum[:])
}

// escape puts a backslash before the characters of special, of which the first is a backslash.
func escape(s, special string) string {
	if !strings.ContainsAny(s, special) {
		return s
	}
	for _, c := range special {
		s = strings.ReplaceAll(s, string(c), `\`+string(c))
	}
	return s
}

// SortFindings orders findings worst first, unknown after failing ones of the same
// severity, then by check, container, path and fingerprint.
func SortFindings(findings []Finding) {
	slices.SortFunc(findings, func(a, b Finding) int {
		return cmp.Or(
			cmp.Compare(statusRank(a.Status), statusRank(b.Status)),
			cmp.Compare(b.Severity.Rank(), a.Severity.Rank()),
			cmp.Compare(a.Check, b.Check),
			cmp.Compare(a.Container, b.Container),
			cmp.Compare(a.Path, b.Path),
			cmp.Compare(a.Fingerprint, b.Fingerprint),
		)
	})
}

func statusRank(s Status) int {
	return slices.Index([]Status{StatusFail, StatusUnknown, StatusAccepted, StatusPass}, s)
}
