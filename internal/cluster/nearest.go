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

// editDistance counts insertions, deletions and replacements of bytes, and neighbours that have
// changed places (optimal string alignment).
func editDistance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before, last, row = last, row, before
		row[0] = i + 1
		for j := range len(b) {
			cost := last[j]
			if a[i] != b[j] {
				cost++
			}
			row[j+1] = min(cost, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return row[len(b)]
}
