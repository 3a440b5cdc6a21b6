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
	known := func(setting string) bool {
		return slices.ContainsFunc(report.Items, func(i api.Item) bool { return i.Identity != nil || i.Settings[setting].Value != "" })
	}
	if known(accountName) {
		columns = append(columns, wideColumn{"ACCOUNT", accountCell})
	}
	if known(automount) {
		columns = append(columns, wideColumn{"TOKEN", tokenCell})
	}
	if slices.ContainsFunc(report.Items, func(i api.Item) bool { return i.Identity != nil }) {
		columns = append(columns, wideColumn{"RIGHTS", rightsCell})
	}
	if slices.ContainsFunc(report.Items, func(i api.Item) bool { return i.Network != nil }) {
		columns = append(columns,
			wideColumn{"INGRESS", func(i *api.Item) string {
				return directionCell(i, func(n *api.Network) api.Direction { return n.Ingress })
			}},
			wideColumn{"EGRESS", func(i *api.Item) string {
				return directionCell(i, func(n *api.Network) api.Direction { return n.Egress })
			}},
			wideColumn{"EXPOSED", exposedCell})
	}
	return columns
}

// directionCell says in a few words what a direction lets through; void of pods for which no
// policy holds.
func directionCell(item *api.Item, of func(*api.Network) api.Direction) string {
	if item.Network == nil {
		return "-"
	}
	d := of(item.Network)
	switch {
	case item.Network.Host:
		return "void"
	case d.Unknown:
		return "?"
	case !d.Isolated:
		return "open"
	case len(d.Allows) == 0:
		return "none"
	}
	return counted(len(d.Allows), "peer")
}

// exposedCell names what leads to the pods from outside.
func exposedCell(item *api.Item) string {
	switch {
	case item.Network == nil:
		return "-"
	case len(item.Network.Exposed) == 0 && len(item.Network.MayExpose) > 0:
		return "?"
	case len(item.Network.Exposed) == 0:
		return "no"
	case len(item.Network.Exposed) == 1:
		return item.Network.Exposed[0].Via
	}
	return item.Network.Exposed[0].Via + " and " + number(len(item.Network.Exposed)-1) + " more"
}

// accountName is the name of the setting of a pod's account.
const accountName = "serviceAccountName"

func accountCell(item *api.Item) string {
	if item.Identity != nil {
		return cmp.Or(item.Identity.Account, "-")
	}
	return settingCell(item.Settings[accountName])
}

// tokenCell tells whether a container holds a token; "?" where that is not known.
func tokenCell(item *api.Item) string {
	switch {
	case item.Identity == nil || isAccount(item.Ref):
		return settingCell(item.Settings[automount])
	case len(item.Identity.Tokens) > 0:
		return "yes"
	case slices.ContainsFunc(item.Findings, func(f api.Finding) bool {
		return f.Check == "token-mounted" && f.Status == api.StatusUnknown
	}):
		return "?"
	}
	return "no"
}

// rightsCell counts the rights; "+" tells that there may be more.
func rightsCell(item *api.Item) string {
	switch {
	case item.Identity == nil:
		return "-"
	case len(item.Identity.Unknown) == 0:
		return rightsCount(item.Rights)
	case len(item.Rights) == 0:
		return "?"
	}
	return rightsCount(item.Rights) + "+"
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
