package render

import (
	"encoding/json"
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// SARIF 2.1.0 (docs.oasis-open.org/sarif), as much of it as changes need.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool struct {
			Driver sarifDriver `json:"driver"`
		} `json:"tool"`
		Results []sarifResult `json:"results"`
	}
	sarifDriver struct {
		Name  string      `json:"name"`
		Rules []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID string `json:"id"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID              string             `json:"ruleId"`
		Level               string             `json:"level"`
		BaselineState       string             `json:"baselineState"`
		Message             sarifText          `json:"message"`
		Locations           []sarifLocation    `json:"locations"`
		PartialFingerprints map[string]string  `json:"partialFingerprints"`
		Suppressions        []sarifSuppression `json:"suppressions,omitempty"`
	}
	sarifSuppression struct {
		Kind          string `json:"kind"`
		Justification string `json:"justification,omitempty"`
	}
	sarifLocation struct {
		Physical *sarifPhysical `json:"physicalLocation,omitempty"`
		Logical  []sarifLogical `json:"logicalLocations"`
	}
	sarifPhysical struct {
		Artifact struct {
			URI string `json:"uri"`
		} `json:"artifactLocation"`
		Region *sarifRegion `json:"region,omitempty"`
	}
	sarifRegion struct {
		StartLine int `json:"startLine"`
	}
	sarifLogical struct {
		FullyQualifiedName string `json:"fullyQualifiedName"`
		Kind               string `json:"kind"`
	}
)

// sarifOfChanges has a result for each change. What cannot be compared is a note.
func sarifOfChanges(w io.Writer, c *api.Changes) error {
	run := sarifRun{Results: []sarifResult{}}
	run.Tool.Driver = sarifDriver{Name: "kubectl-harden", Rules: []sarifRule{}}
	for i := range c.Changes {
		r := sarifOf(&c.Changes[i])
		run.Results = append(run.Results, r)
		if rule := (sarifRule{r.RuleID}); !slices.Contains(run.Tool.Driver.Rules, rule) {
			run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, rule)
		}
	}
	slices.SortFunc(run.Tool.Driver.Rules, func(a, b sarifRule) int { return strings.Compare(a.ID, b.ID) })
	raw, err := json.MarshalIndent(sarifLog{
		Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0", Runs: []sarifRun{run},
	}, "", "  ")
	if err != nil {
		return err
	}
	_, err = w.Write(append(escapeJSON(raw), '\n'))
	return err
}

func sarifOf(change *api.Change) sarifResult {
	r := sarifResult{
		RuleID: ruleOf(change), Level: sarifLevel(change), BaselineState: sarifState(change.State),
		Message:             sarifText{sarifWords(change)},
		PartialFingerprints: map[string]string{"kubectlHarden/v1": fingerprintOf(change)},
	}
	where := sarifLocation{Logical: []sarifLogical{{resourceName(change.Ref), "resource"}}}
	if change.Line > 0 {
		where.Physical = &sarifPhysical{Region: &sarifRegion{change.Line}}
		where.Physical.Artifact.URI = (&url.URL{Path: filepath.ToSlash(change.File)}).String()
	}
	r.Locations = []sarifLocation{where}
	if change.State == api.ChangeAccepted {
		s := sarifSuppression{Kind: "external"}
		if change.Now != nil && change.Now.Acceptance != nil {
			s.Justification = change.Now.Acceptance.Reason
			if change.Now.Acceptance.Origin == "annotation" {
				s.Kind = "inSource"
			}
		}
		r.Suppressions = []sarifSuppression{s}
	}
	return r
}

func present(words ...string) []string {
	return slices.DeleteFunc(words, func(s string) bool { return s == "" })
}

// sarifWords say the change without its place, which SARIF has apart.
func sarifWords(change *api.Change) string {
	without := *change
	without.Line = 0
	words := nowWords(&without)
	if words == "" {
		words = ruleOf(change)
	}
	return strings.Join(present(stateWord(change.State), words, change.Text), ": ")
}

// ruleOf is the check, or "fact/KIND".
func ruleOf(c *api.Change) string {
	if c.Check != "" {
		return c.Check
	}
	return "fact/" + what(c)
}

// fingerprintOf is that of the finding; a fact has one of its own, of its line.
func fingerprintOf(c *api.Change) string {
	switch {
	case c.Now != nil:
		return c.Now.Fingerprint
	case c.Was != nil:
		return c.Was.Fingerprint
	}
	return api.Fingerprint(ruleOf(c), c.Ref, "", c.Fact)
}

func sarifLevel(c *api.Change) string {
	switch {
	case c.State == api.ChangeIncomparable, c.State == api.ChangeNewRule:
		return "note"
	case c.Severity.AtLeast(api.SeverityHigh):
		return "error"
	case c.Severity == api.SeverityMedium:
		return "warning"
	}
	return "note"
}

// sarifState is one of the states that SARIF knows (3.27.24).
func sarifState(s api.ChangeState) string {
	switch s {
	case api.ChangeNew, api.ChangeNewRule:
		return "new"
	case api.ChangeResolved:
		return "absent"
	case api.ChangeWorsened, api.ChangeImproved, api.ChangeExpired:
		return "updated"
	}
	return "unchanged"
}
