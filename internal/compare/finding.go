package compare

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// finding is one that fails, is accepted or is unknown, without what differs from run to run.
type finding struct {
	// container is "type:name", empty for the pod.
	container string
	api.Finding
}

// subjectKey is what a finding is about, within its workload.
type subjectKey struct{ check, container, subject string }

func (f finding) key() subjectKey { return subjectKey{f.Check, f.container, f.Subject} }

func (f finding) unknown() bool { return f.Status == api.StatusUnknown }

// severityUnknown stands for the severity of a finding that could not be judged.
const severityUnknown = "unknown"

// line is "severity check [container] [subject]".
func (f finding) line() string {
	severity := string(f.Severity)
	if f.unknown() {
		severity = severityUnknown
	}
	return severity + " " + f.what()
}

// what is the line without its severity, as acceptances have it.
func (f finding) what() string { return f.key().String() }

func (k subjectKey) String() string {
	text := quoted(k.check)
	if k.container != "" {
		text += " " + containerText(k.container)
	}
	if k.subject == "" || k.subject == direction(k.check) {
		return text
	}
	return text + " " + subjectText(k.subject)
}

// direction is the subject of a check that names it: that of netpol-none-egress is always egress.
func direction(check string) string {
	of, _ := strings.CutPrefix(check, "netpol-none-")
	if of == check {
		return ""
	}
	return of
}

// subjectText keeps commas and blanks, since it comes last, but is quoted where it could be taken
// for a container or is not printable.
func subjectText(subject string) string {
	_, isContainer := cutType(subject)
	if isContainer || strings.HasPrefix(subject, `"`) || strings.TrimSpace(subject) != subject ||
		strings.ContainsFunc(subject, func(r rune) bool { return r < ' ' || r > '~' }) {
		return strconv.QuoteToASCII(subject)
	}
	return subject
}

// parseFinding reads a line of findings.
func parseFinding(ref api.Ref, line string) (finding, error) {
	severity, rest, _ := strings.Cut(line, " ")
	f := finding{Finding: api.Finding{Status: api.StatusFail}}
	switch {
	case severity == severityUnknown:
		f.Status = api.StatusUnknown
	case api.Severity(severity).Rank() < 0:
		return f, fmt.Errorf("finding %q begins with none of critical, high, medium, low, info, unknown", line)
	default:
		f.Severity = api.Severity(severity)
	}
	key, err := parseSubject(rest)
	if err != nil {
		return f, fmt.Errorf("finding %q: %w", line, err)
	}
	f.Check, f.container, f.Subject = key.check, key.container, key.subject
	f.name(ref)
	return f, nil
}

// parseSubject reads "check [container] [subject]".
func parseSubject(text string) (subjectKey, error) {
	var k subjectKey
	check, rest, err := nextItem(text)
	if err != nil || check == "" || strings.HasPrefix(rest, ",") {
		return k, errors.New("it names no check")
	}
	k.check = check
	if k.container, rest, err = cutContainer(strings.TrimPrefix(rest, " ")); err != nil {
		return k, err
	}
	if strings.HasPrefix(rest, `"`) {
		if k.subject, err = strconv.Unquote(rest); err != nil {
			return k, errors.New("its subject is not quoted to its end")
		}
		return k, nil
	}
	if k.subject = rest; rest == "" {
		k.subject = direction(k.check)
	}
	return k, nil
}

// name gives a finding the container's name and the fingerprint.
func (f *finding) name(ref api.Ref) {
	if _, name, found := strings.Cut(f.container, ":"); found {
		f.Container = name
	}
	f.Fingerprint = api.Fingerprint(f.Check, ref, f.container, f.Subject)
}

// compareFindings orders lines: the worst first, unknown last, then by what they are about.
func compareFindings(a, b finding) int {
	rank := func(f finding) int {
		if f.unknown() {
			return -1
		}
		return f.Severity.Rank()
	}
	return cmp.Or(cmp.Compare(rank(b), rank(a)), strings.Compare(a.what(), b.what()))
}
