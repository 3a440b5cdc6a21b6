package render

import "github.com/kubectl-harden/kubectl-harden/internal/api"

// WorstFirst returns the items in the order of the table.
func WorstFirst(items []api.Item) []api.Item {
	out := make([]api.Item, 0, len(items))
	for _, r := range worstFirst(items) {
		out = append(out, *r.item)
	}
	return out
}

// ShortName is TYPE/NAME with kubectl's short name of the type, as a command takes it.
func ShortName(ref api.Ref) string { return shortName(ref) }
