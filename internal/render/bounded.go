package render

import "github.com/kubectl-harden/kubectl-harden/internal/api"

// Bounds of what text and Markdown tell of one thing; JSON and YAML have all of it.
const (
	mostNotes = 10
	mostRows  = 100
)

// bounded are the first of some texts, with how many more there are as the last.
func bounded(all []string, most int, more string) []string {
	if len(all) <= most {
		return all
	}
	return append(all[:most:most], "and "+number(len(all)-most)+" more"+more)
}

// inJSON is where the rest is.
const inJSON = " (-o json)"

// notes are as many as a page tells.
func notes(all []string) []string { return bounded(all, mostNotes, inJSON) }

// boundedRows are the rows of a page, of each sort as many as it tells: of notes and of what is
// not known fewer. What is left out is a row of its own.
func boundedRows(rows []api.Row) []api.Row {
	var out []api.Row
	for start := 0; start < len(rows); {
		end := start
		for end < len(rows) && rows[end].ID == rows[start].ID {
			end++
		}
		most := mostRows
		if id := rows[start].ID; id == "note" || id == "unknown" {
			most = mostNotes
		}
		shown := min(end, start+most)
		out = append(out, rows[start:shown]...)
		if more := end - shown; more > 0 {
			out = append(out, api.Row{ID: rows[start].ID, Title: "and " + number(more) + " more" + inJSON, Status: rows[start].Status})
		}
		start = end
	}
	return out
}
