package render

import (
	"cmp"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// wideColumn is a column that wide adds to the table of workloads.
type wideColumn struct {
	head  text
	value func(*api.Item) string
}

// wideColumns are those of which the report knows something.
func wideColumns(report *api.Report) []wideColumn {
	columns := []wideColumn{
		{"CONTAINERS", func(i *api.Item) string { return number(len(i.Containers)) }},
		{"USER", userCell},
	}
	for _, c := range []struct {
		head    text
		setting string
	}{{"ACCOUNT", "serviceAccountName"}, {"TOKEN", "automountServiceAccountToken"}} {
		if slices.ContainsFunc(report.Items, func(i api.Item) bool { return i.Settings[c.setting].Value != "" }) {
			columns = append(columns, wideColumn{c.head, func(i *api.Item) string { return settingCell(i.Settings[c.setting]) }})
		}
	}
	return columns
}

func settingCell(s api.Setting) string {
	switch value := short(s); value {
	case "":
		return "-"
	case "true":
		return "yes"
	case "false":
		return "no"
	default:
		return value
	}
}

// userCell is the user of the container that is worst off, with who set it where no field did:
// root first, then one that only the image knows, then the lowest uid.
func userCell(item *api.Item) string {
	var users []api.Setting
	for _, c := range item.Containers {
		for _, name := range []string{"runAsUser", "runAsUserName"} {
			if s := c.Settings[name]; s.Value != "" {
				users = append(users, s)
			}
		}
	}
	if len(users) == 0 {
		return "-"
	}
	worst := slices.MinFunc(users, func(a, b api.Setting) int {
		return cmp.Or(
			cmp.Compare(userRank(a), userRank(b)), cmp.Compare(len(a.Value), len(b.Value)),
			strings.Compare(a.Value, b.Value), strings.Compare(a.Origin, b.Origin),
		)
	})
	switch {
	case worst.Value == "unset":
		return "image's"
	case strings.Contains(worst.Origin, "observed"):
		return worst.Value + " observed"
	}
	return worst.Value
}

func userRank(s api.Setting) int {
	switch {
	case s.Value == "0" || strings.HasPrefix(s.Value, "0,"):
		return 0
	case s.Value == "unset":
		return 1
	}
	return 2
}
