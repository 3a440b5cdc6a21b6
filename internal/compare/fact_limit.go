package compare

import (
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// limited are the resources that containers can have a limit of, in the order in which a report's
// setting "limits" has their values, with "-" for none.
func limited() []string { return []string{"cpu", "memory", "ephemeral-storage"} }

// limitSeverity: requests share cpu out.
func limitSeverity(f fact) api.Severity {
	if f.arg(0) == "cpu" {
		return api.SeverityInfo
	}
	return api.SeverityLow
}

// limitFacts are the resources that nothing bounds. Ephemeral containers cannot have limits.
func limitFacts(item *api.Item, c api.Container) []fact {
	setting, ok := c.Settings["limits"]
	if !ok || c.Type == api.ContainerEphemeral {
		return nil
	}
	container := containerKey(c.Type, c.Name)
	if slices.ContainsFunc(item.Findings, func(f api.Finding) bool {
		return f.Check == "limits-missing" && f.Status == api.StatusUnknown && f.Container == c.Name
	}) {
		return []fact{{container: container, kind: unknownFact, args: [][]string{one(kindNoLimit)}}}
	}
	values := strings.Fields(setting.Value)
	var out []fact
	for i, resource := range limited() {
		if len(values) != len(limited()) || values[i] == "-" {
			out = append(out, fact{container: container, kind: kindNoLimit, args: [][]string{one(resource)}})
		}
	}
	return out
}

// cloudFacts are the roles in clouds, as findings name them.
func cloudFacts(findings []api.Finding) []fact {
	var out []fact
	for _, f := range findings {
		cloud, ok := strings.CutPrefix(f.Subject, "cloud:")
		if ok && f.Check == "cloud-identity" && (f.Status == api.StatusFail || f.Status == api.StatusAccepted) {
			out = append(out, fact{kind: kindCloud, args: [][]string{one(clean(cloud)), one(clean(f.Got))}})
		}
	}
	return out
}
