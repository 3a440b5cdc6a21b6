package cluster

import "slices"

// Nearest is the name that differs least from a misspelt one, when it differs by a third of
// its length at most; of equals the first in order. It is empty when none is near.
func Nearest(name string, names []string) string {
	best, distance := "", max(len(name)/3, 1)+1
	for _, candidate := range slices.Sorted(slices.Values(names)) {
		if d := editDistance(name, candidate); d < distance {
			best, distance = candidate, d
		}
	}
	return best
}

// editDistance counts insertions, deletions and replacements of bytes (Levenshtein).
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
