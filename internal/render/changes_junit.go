package render

import (
	"encoding/xml"
	"io"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// JUnit, as the readers of continuous integration take it (github.com/testmoapp/junitxml).
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Name     string       `xml:"name,attr"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Skipped  int          `xml:"skipped,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Skipped  int         `xml:"skipped,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Name    string        `xml:"name,attr"`
		Class   string        `xml:"classname,attr"`
		Failure *junitMessage `xml:"failure"`
		Skipped *junitMessage `xml:"skipped"`
	}
	junitMessage struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr,omitempty"`
	}
)

// junitOfChanges has a suite for each workload with a case for each change: what is against it
// fails; what else is new, worse or expired, what is accepted, of a new rule or cannot be compared is
// skipped, the rest passes. Its texts are escaped: XML cannot hold every character.
func junitOfChanges(w io.Writer, c *api.Changes, against func(*api.Change) bool) error {
	if against == nil {
		against = worse
	}
	all := junitSuites{Name: "kubectl-harden diff"}
	index := map[api.Ref]int{}
	for i := range c.Changes {
		change := &c.Changes[i]
		at, ok := index[change.Ref]
		if !ok {
			at = len(all.Suites)
			index[change.Ref] = at
			all.Suites = append(all.Suites, junitSuite{Name: Printable(workloadName(change.Ref, true))})
		}
		all.Suites[at].add(junitCaseOf(change, against(change)))
	}
	for _, s := range all.Suites {
		all.Tests, all.Failures, all.Skipped = all.Tests+s.Tests, all.Failures+s.Failures, all.Skipped+s.Skipped
	}
	raw, err := xml.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, xml.Header+string(raw)+"\n")
	return err
}

func (s *junitSuite) add(c junitCase) {
	s.Tests++
	if c.Failure != nil {
		s.Failures++
	}
	if c.Skipped != nil {
		s.Skipped++
	}
	s.Cases = append(s.Cases, c)
}

func worse(change *api.Change) bool {
	return slices.Contains([]api.ChangeState{api.ChangeNew, api.ChangeWorsened, api.ChangeExpired}, change.State)
}

func junitCaseOf(change *api.Change, fails bool) junitCase {
	name := strings.Join(present(ruleOf(change), change.Container, change.Subject, change.Fact), " ")
	out := junitCase{Name: Printable(name), Class: Printable(resourceName(change.Ref))}
	words := strings.Join(present(stateWord(change.State), nowWords(change), change.Text), ": ")
	message := &junitMessage{Message: Printable(words), Type: string(change.Severity)}
	switch {
	case fails:
		out.Failure = message
	case worse(change) || slices.Contains([]api.ChangeState{api.ChangeIncomparable, api.ChangeNewRule, api.ChangeAccepted}, change.State):
		message.Type = ""
		out.Skipped = message
	}
	return out
}
